"""The nouns of OMD3D, one small dataclass each, shared by every part of the package.

Conventions: metres, seconds, radians.  World frame z up unless a source says otherwise; camera
optical frame x right, y down, z forward (REP 103).  ``T_a_b`` is a 4x4 matrix that takes points in
``b`` coordinates to ``a`` coordinates.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Camera:
    """Pinhole intrinsics in pixels; ``distortion`` in OpenCV order (k1 k2 p1 p2 k3 ...) or None.

    Raises ValueError when the size or the focal lengths are not positive and finite.
    """

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    distortion: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        if self.width <= 0 or self.height <= 0:
            raise ValueError(f"camera size must be positive, got {self.width}x{self.height}")
        values = (self.fx, self.fy, self.cx, self.cy)
        if not np.all(np.isfinite(values)) or self.fx <= 0 or self.fy <= 0:
            raise ValueError(
                "camera intrinsics must be finite with positive focal lengths, "
                f"got fx={self.fx} fy={self.fy} cx={self.cx} cy={self.cy}"
            )
        if self.distortion is not None:
            distortion = tuple(float(d) for d in self.distortion)
            if not np.all(np.isfinite(distortion)):
                raise ValueError(f"camera distortion must be finite, got {distortion}")
            object.__setattr__(self, "distortion", distortion if any(distortion) else None)

    @property
    def matrix(self) -> np.ndarray:
        """(3, 3) float64 intrinsic matrix K."""
        return np.array([[self.fx, 0, self.cx], [0, self.fy, self.cy], [0, 0, 1]], dtype=np.float64)


@dataclass(frozen=True)
class ColorCamera(Camera):
    """A colour camera that is not registered to depth: intrinsics and where it sits.

    ``T_color_depth`` (4, 4) takes points in the depth optical frame to the colour optical frame.
    """

    T_color_depth: np.ndarray = field(default_factory=lambda: np.eye(4), compare=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "T_color_depth", rigid(self.T_color_depth, "T_color_depth"))


@dataclass
class Frame:
    """One RGB-D observation.

    rgb (H, W, 3) uint8 sRGB; depth (H', W') float32 metres, where 0, NaN, inf mean "no reading";
    depth_camera belongs to depth.  color_camera None: colour lies on depth's pixel grid.
    T_world_camera (4, 4) takes depth-camera coordinates to the world; None: pose unknown.
    stamp in seconds.  Raises ValueError on any mismatch.
    """

    rgb: np.ndarray
    depth: np.ndarray
    depth_camera: Camera
    color_camera: Camera | None = None
    T_world_camera: np.ndarray | None = None
    stamp: float = 0.0

    def __post_init__(self) -> None:
        rgb, depth = np.asarray(self.rgb), np.asarray(self.depth)
        if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8:
            raise ValueError(f"rgb must be (H, W, 3) uint8, got {rgb.shape} {rgb.dtype}")
        if depth.ndim != 2 or not np.issubdtype(depth.dtype, np.floating):
            raise ValueError(
                f"depth must be (H, W) float32 in metres, got {depth.shape} {depth.dtype}; "
                "divide integer millimetres by 1000"
            )
        _same_size("depth", depth, self.depth_camera)
        if self.color_camera is None:
            if rgb.shape[:2] != depth.shape:
                raise ValueError(
                    f"colour {rgb.shape[1]}x{rgb.shape[0]} and depth {depth.shape[1]}x{depth.shape[0]} differ in "
                    "size: give color_camera, or register colour to depth"
                )
        else:
            _same_size("colour", rgb, self.color_camera)
        self.rgb = rgb
        self.depth = depth.astype(np.float32, copy=False)
        if self.T_world_camera is not None:
            self.T_world_camera = rigid(self.T_world_camera, "T_world_camera")


@dataclass
class PointCloud:
    """xyz (N, 3) float32 metres, rgb (N, 3) uint8 sRGB, normals (N, 3) float32 unit vectors or None.

    confidence (N,) float32 or None: the sum of 1/depth^2 over the views of a point, as a map counts it.
    """

    xyz: np.ndarray
    rgb: np.ndarray
    normals: np.ndarray | None = None
    confidence: np.ndarray | None = None

    def __post_init__(self) -> None:
        self.xyz = np.ascontiguousarray(self.xyz, dtype=np.float32).reshape(-1, 3)
        self.rgb = np.ascontiguousarray(self.rgb, dtype=np.uint8).reshape(-1, 3)
        if len(self.rgb) != len(self.xyz):
            raise ValueError(f"{len(self.xyz)} points but {len(self.rgb)} colours")
        if self.normals is not None:
            self.normals = np.ascontiguousarray(self.normals, dtype=np.float32).reshape(-1, 3)
            if len(self.normals) != len(self.xyz):
                raise ValueError(f"{len(self.xyz)} points but {len(self.normals)} normals")
        if self.confidence is not None:
            self.confidence = np.ascontiguousarray(self.confidence, dtype=np.float32).reshape(-1)
            if len(self.confidence) != len(self.xyz):
                raise ValueError(f"{len(self.xyz)} points but {len(self.confidence)} confidences")

    def __len__(self) -> int:
        return len(self.xyz)

    def select(self, mask: np.ndarray) -> PointCloud:
        """The points that ``mask`` (boolean (N,) or indices) picks."""
        index = np.arange(len(self))[mask]
        fields = (self.xyz, self.rgb, self.normals, self.confidence)  # take: several times faster than rows by index
        return PointCloud(*(None if values is None else values.take(index, axis=0) for values in fields))  # type: ignore[arg-type]


@dataclass
class Instance:
    """One object: ``id`` like ``OBJ007``, ``mask`` boolean (N,) over the scene's cloud.

    center and size (3,) float32: axis-aligned box in the world frame.  score in 0..1.
    """

    id: str
    label: str
    score: float
    mask: np.ndarray
    center: np.ndarray
    size: np.ndarray

    @property
    def num_points(self) -> int:
        return int(np.count_nonzero(self.mask))

    @classmethod
    def from_mask(cls, id: str, label: str, score: float, mask: np.ndarray, xyz: np.ndarray) -> Instance:
        """Box the masked points; raises ValueError for an empty mask."""
        points = xyz[mask]
        if len(points) == 0:
            raise ValueError(f"instance {id} has no points")
        low, high = points.min(0), points.max(0)
        return cls(id, label, float(score), mask, (low + high) / 2, high - low)


@dataclass(eq=False)
class Scene:
    """A point cloud as the language model reads it: superpoints, objects, their features.  Equal only to itself.

    superpoints (N,) int32 in 0..M-1; superpoint_features (M, C) float32;
    instances: K objects with identifiers; object_masks (K, M) float32 probability over
    superpoints; object_features (K, D) float32; object_boxes (K, 6) float32 centre + size in the
    aligned frame; T_aligned_world (4, 4): gravity-aligned, floor at z = 0; stamp of the newest frame in it.
    """

    cloud: PointCloud
    superpoints: np.ndarray
    superpoint_features: np.ndarray
    instances: list[Instance]
    object_masks: np.ndarray
    object_features: np.ndarray
    object_boxes: np.ndarray
    T_aligned_world: np.ndarray
    stamp: float = 0.0


@dataclass
class Answer:
    """What the model said: text with identifiers such as ``<OBJ007>``, the instances, and milliseconds spent.

    scene: the one that the instances' masks index; frames may have been mapped since.  program: how the question was
    understood, such as ``find(nearest("chair", "window"))``, of a model that writes query programs.
    """

    query: str
    text: str
    instances: list[Instance] = field(default_factory=list)
    timing_ms: dict[str, float] = field(default_factory=dict)
    scene: Scene | None = field(default=None, repr=False)
    program: str | None = None

    def to_dict(self, id: str | int | None = None, frame_id: str = "world") -> dict:
        """The JSON form of one answer, as ``omd3d ask --json`` prints it."""
        return {
            "id": id,
            "query": self.query,
            "answer": self.text,
            "instances": [
                {
                    "id": i.id,
                    "label": i.label,
                    "score": round(float(i.score), 4),
                    "center": [round(float(v), 4) for v in i.center],
                    "size": [round(float(v), 4) for v in i.size],
                    "num_points": i.num_points,
                }
                for i in self.instances
            ],
            "timing_ms": {k: round(v, 1) for k, v in self.timing_ms.items()},
            "frame_id": frame_id,
        }


def object_id(index: int) -> str:
    """``OBJ007``: the identifier of object 7 in messages; in text it stands between angle brackets."""
    return f"OBJ{index:03d}"


def rigid(matrix: np.ndarray, name: str) -> np.ndarray:
    """The matrix as (4, 4) float64; raises ValueError, with ``name`` in it, when it is not a rigid transform."""
    T = np.asarray(matrix, dtype=np.float64)
    if T.shape != (4, 4):
        raise ValueError(f"{name} must be 4x4, got {T.shape}")
    if not np.all(np.isfinite(T)):
        raise ValueError(f"{name} has NaN or inf: a lost pose must be None")
    R = T[:3, :3]
    if not np.allclose(R @ R.T, np.eye(3), atol=1e-2) or np.linalg.det(R) < 0 or not np.allclose(T[3], [0, 0, 0, 1]):
        raise ValueError(f"{name} is not a rigid transform")
    return T


def _same_size(what: str, image: np.ndarray, camera: Camera) -> None:
    if image.shape[:2] != (camera.height, camera.width):
        raise ValueError(
            f"{what} is {image.shape[1]}x{image.shape[0]} but its camera is {camera.width}x{camera.height}"
        )
