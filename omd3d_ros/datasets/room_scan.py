"""One scan of a synthetic room: recorded, fused by VoxelMap, cut into superpoints, labelled.

Everything that differs between users' maps is drawn: the recording, how complete it is, the map's settings, how the
world frame lies in the room.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from ..mapping.plausibility import FrameRefused
from ..mapping.superpoints import THRESHOLD
from ..mapping.voxel_map import VoxelMap
from ..perception.scene import MIN_POINTS, PreparedCloud, Views, prepare_cloud
from ..types import Frame
from .rooms import Room
from .rooms.recording import Recording
from .rooms.stream import RecordedFrame, record_room
from .rooms.variants import CAREFUL_SEEDS, VALIDATION_SEED

_ATTEMPTS = 4
_FRAMES = ((12, 28), (28, 60), (60, 120))  # a glance, a part of the room, most of it
_LEAST_POINTS = 4000
_LEAST_OBJECTS = 4
_MAX_TILT = np.radians(8.0)
_VISIBLE_POINTS = 40  # what an object must have of the map to be there
_DRIFT_CELL = 0.15


@dataclass(frozen=True)
class ScanPlan:
    """How a room is scanned: the recording, its number of frames, and the settings of the map.

    voxel_size and max_depth in metres; threshold: of the superpoints; T_map_room (4, 4): the map's world is not
    aligned with the room's walls, and not always with gravity.  exact: images and poses without error, as a simulator
    gives them.
    """

    recording: Recording
    frames: int
    voxel_size: float
    max_depth: float
    min_views: int
    threshold: float
    T_map_room: np.ndarray
    exact: bool = False

    @classmethod
    def draw_careful(cls, rng: np.random.Generator) -> ScanPlan:
        """As by a good camera and tracker, every second time by a simulator."""
        plan = cls.draw(rng)
        return replace(plan, recording=plan.recording.with_care(rng), exact=bool(rng.random() < 0.5))

    @classmethod
    def draw(cls, rng: np.random.Generator) -> ScanPlan:
        fewest, most = _FRAMES[int(rng.choice(3, p=(0.15, 0.5, 0.35)))]
        return cls(
            recording=Recording.draw(rng),
            frames=int(rng.integers(fewest, most)),
            voxel_size=float(rng.choice([0.02, 0.015, 0.025, 0.03], p=(0.79, 0.07, 0.07, 0.07))),
            max_depth=float(rng.choice([3.0, 3.5, 4.0, 4.0, 4.5, 5.0])),
            min_views=int(rng.choice([1, 2, 3], p=(0.1, 0.2, 0.7))),
            threshold=THRESHOLD * float(np.exp(rng.normal(-0.1, 0.35))),
            T_map_room=_map_frame(rng),
        )


@dataclass
class RoomScan:
    """prepared: the map's cloud and superpoints.  labels (n,): the object that each aligned point belongs to, 0 none.

    T_aligned_room (4, 4): the room's frame in the aligned frame.  frames: the recording, where it was kept.
    """

    plan: ScanPlan
    prepared: PreparedCloud
    labels: np.ndarray
    T_aligned_room: np.ndarray
    frames: list[Frame]

    def owners(self) -> np.ndarray:
        """(M,) the most frequent label of each superpoint."""
        superpoints = self.prepared.superpoints
        m, width = int(superpoints.max()) + 1, int(self.labels.max()) + 1
        counts = np.bincount(superpoints * width + self.labels, minlength=m * width)
        return counts.reshape(m, width).argmax(1)

    def visible(self) -> dict[int, int]:
        """Ids of the objects that superpoints show, with their number of points."""
        shown = self.labels[self.owners()[self.prepared.superpoints] == self.labels]
        ids, counts = np.unique(shown, return_counts=True)
        return {int(i): int(n) for i, n in zip(ids, counts, strict=True) if i > 0 and n >= _VISIBLE_POINTS}

    def is_useful(self, room: Room) -> bool:
        """Whether some objects are seen and up was found."""
        upright = self.T_aligned_room[2, 2] > np.cos(_MAX_TILT)
        return bool(upright and len(self.visible()) >= min(_LEAST_OBJECTS, len(room.objects)))


def scan_room(room: Room, seed: int, keep_frames: bool = False) -> RoomScan:
    """The scan of this seed, careful from ``CAREFUL_SEEDS`` up to ``VALIDATION_SEED``.

    A recording that hardly shows anything, or not which way is up, is made in another way.  Raises RuntimeError for a
    room of which no recording shows anything.
    """
    draw = ScanPlan.draw_careful if CAREFUL_SEEDS <= seed < VALIDATION_SEED else ScanPlan.draw
    for attempt in range(_ATTEMPTS):
        rng = np.random.default_rng([seed, 7, attempt])
        scan = _scan(room, draw(rng), rng, keep_frames)
        if scan is not None and scan.is_useful(room):
            return scan
    raise RuntimeError(f"no recording of room {room.seed} shows any of its objects")


def _scan(room: Room, plan: ScanPlan, rng: np.random.Generator, keep_frames: bool) -> RoomScan | None:
    voxel_map = VoxelMap(plan.voxel_size, plan.max_depth, min_views=plan.min_views)
    frames, seen = [], []
    for recorded in record_room(room, plan.recording, rng, plan.frames, noise=not plan.exact):
        assert recorded.frame.T_world_camera is not None
        frame = replace(recorded.frame, T_world_camera=plan.T_map_room @ recorded.frame.T_world_camera)
        try:
            voxel_map.integrate(frame)
        except FrameRefused:  # a jump from one side of the room to the other: the node goes on without it too
            continue
        seen.append(_drift_samples(recorded, frame, plan.max_depth))
        if keep_frames:
            frames.append(frame)
    cloud = voxel_map.point_cloud()
    if len(cloud) < max(_LEAST_POINTS, MIN_POINTS):
        return None
    views = Views(voxel_map.camera_up, voxel_map.camera_forward)
    prepared = prepare_cloud(cloud, views, voxel_size=plan.voxel_size, threshold=plan.threshold)
    T = prepared.T_aligned_world
    in_map = (prepared.aligned.xyz - T[:3, 3]) @ T[:3, :3]
    labels = room.label_points(_in_room(in_map, np.concatenate(seen))).astype(np.int64)
    return RoomScan(plan, prepared, labels, T @ plan.T_map_room, frames)


def _drift_samples(recorded: RecordedFrame, frame: Frame, max_depth: float) -> np.ndarray:
    """(n, 6): some points of a frame where the map has them, and where they are in the room."""
    depth, camera = frame.depth[4::9, 4::9], frame.depth_camera
    v, u = np.nonzero((depth > 0) & (depth < max_depth))
    z = depth[v, u]
    rays = np.stack([(9 * u + 4 - camera.cx) / camera.fx, (9 * v + 4 - camera.cy) / camera.fy, np.ones(len(u))], 1)
    xyz = rays * z[:, None]
    return np.concatenate(
        [xyz @ T[:3, :3].T + T[:3, 3] for T in (frame.T_world_camera, recorded.T_room_camera) if T is not None], axis=1
    )


def _in_room(xyz: np.ndarray, samples: np.ndarray) -> np.ndarray:
    """(N, 3) float32: where points of the map are in the room, by the mean drift of the frames that saw that place."""
    cells = np.floor(samples[:, :3] / _DRIFT_CELL).astype(np.int64)
    _, cell, counts = np.unique(cells, axis=0, return_inverse=True, return_counts=True)
    cell = cell.reshape(-1)
    means = np.stack([np.bincount(cell, column) for column in samples.T], axis=1) / counts[:, None]
    motion = _rigid_fit(means)
    residual = means[:, 3:] - (means[:, :3] @ motion[:3, :3].T + motion[:3, 3])
    _, near = cKDTree(means[:, :3]).query(xyz, k=min(4, len(means)))
    local = residual[near.reshape(len(xyz), -1)].mean(1)
    return (xyz @ motion[:3, :3].T + motion[:3, 3] + local).astype(np.float32)


def _rigid_fit(pairs: np.ndarray) -> np.ndarray:
    """(4, 4) motion that takes the first three columns of (n, 6) nearest to the last three."""
    a, b = pairs[:, :3], pairs[:, 3:]
    rotation, _ = Rotation.align_vectors(b - b.mean(0), a - a.mean(0))
    T = np.eye(4)
    T[:3, :3] = rotation.as_matrix()
    T[:3, 3] = b.mean(0) - T[:3, :3] @ a.mean(0)
    return T


def _map_frame(rng: np.random.Generator) -> np.ndarray:
    """(4, 4) T_map_room: turned about the vertical and shifted; one in three tilted as well, as after visual SLAM."""
    T = np.eye(4)
    T[:3, :3] = Rotation.from_euler("z", rng.uniform(0, 2 * np.pi)).as_matrix()
    if rng.random() < 1 / 3:
        T[:3, :3] = Rotation.from_rotvec(rng.normal(0, np.radians(40), 3)).as_matrix() @ T[:3, :3]
    T[:3, 3] = rng.uniform(-3, 3, 3)
    return T
