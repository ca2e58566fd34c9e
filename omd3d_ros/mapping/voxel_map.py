"""VoxelMap: RGB-D frames in, a coloured point cloud with normals out."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..files import write_atomically
from ..types import Camera, ColorCamera, Frame, PointCloud
from . import voxel_blocks as kernels

MIN_WEIGHT = 0.05
_FORMAT = 1
_WEIGHT_STEPS = 5.0  # colour weights are stored in fifths, in one byte


class MapError(ValueError):
    """A map file or a frame that the map can't use; the message says what would be right."""


@dataclass(frozen=True)
class MapSnapshot:
    """A map at one moment; camera_up and camera_forward (3,) or None, as the properties of VoxelMap."""

    cloud: PointCloud
    version: int
    stamp: float
    num_frames: int
    camera_up: np.ndarray | None
    camera_forward: np.ndarray | None


class VoxelMap:
    """A truncated signed distance map in a hash of 8x8x8-voxel blocks.

    voxel_size, max_depth, min_depth, truncation in metres (truncation None: 4 voxels).  ``max_blocks`` bounds
    the memory (about 14 KB a block): when it is reached, known blocks go on being refined and new ones are
    refused and counted in ``refused_frames``.  All methods are thread-safe.
    """

    def __init__(
        self,
        voxel_size: float = 0.02,
        max_depth: float = 4.0,
        min_depth: float = 0.2,
        truncation: float | None = None,
        max_blocks: int = 60_000,
    ) -> None:
        if not 0.002 <= voxel_size <= 1.0:
            raise ValueError(f"voxel_size must be 0.002 to 1 m, got {voxel_size}")
        if not 0 < min_depth < max_depth:
            raise ValueError(f"need 0 < min_depth < max_depth, got {min_depth} and {max_depth}")
        if max_blocks < 1:
            raise ValueError(f"max_blocks must be at least 1, got {max_blocks}")
        self.voxel_size = float(voxel_size)
        self.max_depth = float(max_depth)
        self.min_depth = float(min_depth)
        self.truncation = float(truncation if truncation is not None else 4 * voxel_size)
        self.max_blocks = int(max_blocks)
        self._lock = threading.Lock()
        self._rectifiers: dict[Camera, tuple[np.ndarray, np.ndarray]] = {}
        self.version = 0
        self.reset()

    def reset(self) -> None:
        """Forget everything; the version still grows."""
        with self._lock:
            self._count = 0
            self._allocate(min(1024, self.max_blocks))
            self._cloud: PointCloud | None = None
            self._cloud_min_weight = 0.0
            self._up_sum = np.zeros(3)
            self._forward_sum = np.zeros(3)
            self.num_frames = 0
            self.refused_frames = 0
            self.stamp = 0.0
            self.version += 1

    @property
    def camera_up(self) -> np.ndarray | None:
        """(3,) mean up direction of the cameras in the world, None before the first frame."""
        total = self._up_sum
        length = np.linalg.norm(total)
        return None if length < 1e-6 else total / length

    @property
    def camera_forward(self) -> np.ndarray | None:
        """(3,) mean viewing direction, None before the first frame or when the views cancel out."""
        total = self._forward_sum
        length = np.linalg.norm(total)
        return None if length < 0.1 * max(self.num_frames, 1) else total / length

    def snapshot(self) -> MapSnapshot:
        """Cloud, version, stamp and views that belong together, whatever other threads do."""
        with self._lock:
            cloud = self._extract()
            return MapSnapshot(cloud, self.version, self.stamp, self.num_frames, self.camera_up, self.camera_forward)

    def integrate(self, frame: Frame) -> int:
        """Fuse one frame; returns how many depth pixels were used (0: nothing usable, nothing changed).

        Raises MapError for a frame without a pose.
        """
        if frame.T_world_camera is None:
            raise MapError("the frame has no pose (T_world_camera is None): it can't be mapped")
        depth, rgb, color_camera = self._rectified(frame)
        valid = np.empty_like(depth)
        used = kernels.drop_edges(depth, valid, self.min_depth, self.max_depth, 0.02)
        if used == 0:
            return 0
        K = _intrinsics(frame.depth_camera)
        T = np.ascontiguousarray(frame.T_world_camera)
        T_color_depth = np.eye(4)
        if isinstance(color_camera, ColorCamera):
            T_color_depth = color_camera.T_color_depth
        Kc = K if color_camera is None else _intrinsics(color_camera)
        with self._lock:
            touched = self._touch(valid, K, T)
            kernels.integrate_blocks(
                touched, self._coords, self._tsdf, self._weight, self._color, valid, rgb, K, Kc,
                np.linalg.inv(T), np.ascontiguousarray(T_color_depth), self.voxel_size, self.truncation,
            )  # fmt: skip
            self._up_sum = self._up_sum - T[:3, 1]
            self._forward_sum = self._forward_sum + T[:3, 2]
            self.num_frames += 1
            self.stamp = max(self.stamp, frame.stamp)
            self.version += 1
            self._cloud = None
        return used

    def point_cloud(self, min_weight: float = MIN_WEIGHT) -> PointCloud:
        """The surface as points about one voxel apart, with colour and normals facing free space.

        min_weight: least sum of 1/depth^2 over the views of a voxel (0.05: one view within 4.5 m).
        """
        with self._lock:
            return self._extract(min_weight)

    def _extract(self, min_weight: float = MIN_WEIGHT) -> PointCloud:
        """The cloud, made anew only when something has changed; the lock is held."""
        if self._cloud is None or min_weight != self._cloud_min_weight:
            around = kernels.neighbours(self._keys, self._values, self._coords, self._count)
            xyz, rgb, normals, _ = kernels.extract_points(
                self._coords, self._count, self._tsdf, self._weight, self._color, around, self.voxel_size, min_weight
            )
            self._cloud = PointCloud(xyz, np.clip(rgb + 0.5, 0, 255).astype(np.uint8), normals)
            self._cloud_min_weight = min_weight
        return self._cloud

    def num_bytes(self) -> int:
        """Bytes held by the voxel storage."""
        arrays = (self._tsdf, self._weight, self._color, self._coords, self._seen, self._keys, self._values)
        return sum(a.nbytes for a in arrays)

    def save(self, path: str | os.PathLike) -> None:
        """Write the whole map to one ``.npz`` file (no pickles), atomically."""
        with self._lock:
            n = self._count
            color = np.clip(self._color[:n] + 0.5, 0, 255)
            color[..., 3] = np.clip(np.ceil(self._color[:n, :, 3] * _WEIGHT_STEPS), 0, 255)
            content: dict[str, Any] = {
                "format": _FORMAT,
                "settings": [self.voxel_size, self.max_depth, self.min_depth, self.truncation, self.max_blocks],
                "coords": self._coords[:n].copy(),
                "tsdf": self._tsdf[:n].astype(np.float16),
                "weight": self._weight[:n].astype(np.float16),
                "color": color.astype(np.uint8),
                "views": np.stack([self._up_sum, self._forward_sum]),
                "num_frames": self.num_frames,
                "stamp": self.stamp,
            }

        def write(file: Path) -> None:
            with open(file, "wb") as f:  # a name without .npz would get one
                np.savez_compressed(f, **content)

        write_atomically(Path(path), write)

    @classmethod
    def load(cls, path: str | os.PathLike) -> VoxelMap:
        """Read a map written by ``save``; raises MapError when the file is missing or is not one."""
        try:
            with np.load(path, allow_pickle=False) as f:
                if int(f["format"]) != _FORMAT:
                    raise MapError(f"{path}: map format {int(f['format'])}, this version reads {_FORMAT}")
                voxel_size, max_depth, min_depth, truncation, max_blocks = f["settings"]
                new = cls(voxel_size, max_depth, min_depth, truncation, int(max_blocks))
                n = len(f["coords"])
                new._allocate(max(n, 1024))
                new._count = n
                new._coords[:n] = f["coords"]
                new._tsdf[:n] = f["tsdf"]
                new._weight[:n] = f["weight"]
                new._color[:n] = f["color"]
                new._color[:n, :, 3] /= _WEIGHT_STEPS
                new._up_sum, new._forward_sum = f["views"]
                new.num_frames, new.stamp = int(f["num_frames"]), float(f["stamp"])
        except MapError:
            raise
        except Exception as e:
            raise MapError(f"{path} is not a readable map written by OMD3D ({type(e).__name__}: {e})") from e
        kernels.rehash(new._keys, new._values, new._coords, new._count)
        return new

    def _allocate(self, capacity: int) -> None:
        self._coords = np.zeros((capacity, 3), np.int32)
        self._tsdf = np.zeros((capacity, kernels.VOXELS), np.float32)
        self._weight = np.zeros((capacity, kernels.VOXELS), np.float32)
        self._color = np.zeros((capacity, kernels.VOXELS, 4), np.float32)
        self._seen = np.full(capacity, -1, np.int64)
        self._new_table(capacity)

    def _new_table(self, capacity: int) -> None:
        size = 1 << int(np.ceil(np.log2(capacity * 2 + 2)))
        self._keys = np.full(size, -1, np.int64)
        self._values = np.zeros(size, np.int32)

    def _touch(self, depth: np.ndarray, K: np.ndarray, T: np.ndarray) -> np.ndarray:
        while True:
            self._count, touched, full = kernels.touch_blocks(
                depth, K[0], K[1], K[2], K[3], T, self.voxel_size * kernels.BLOCK, self.truncation, 4,
                self._keys, self._values, self._coords, self._count, self._seen, self.version,
            )  # fmt: skip
            if not full:
                return touched
            if len(self._coords) >= self.max_blocks:
                self.refused_frames += 1
                return touched
            self._grow(min(2 * len(self._coords), self.max_blocks))

    def _grow(self, capacity: int) -> None:
        old = self._coords, self._tsdf, self._weight, self._color
        n = self._count
        self._allocate(capacity)
        for new, values in zip((self._coords, self._tsdf, self._weight, self._color), old, strict=True):
            new[:n] = values[:n]
        kernels.rehash(self._keys, self._values, self._coords, n)

    def _rectified(self, frame: Frame) -> tuple[np.ndarray, np.ndarray, Camera | None]:
        """Depth and colour without lens distortion (a no-op for cameras that have none)."""
        depth, rgb, color_camera = frame.depth, frame.rgb, frame.color_camera
        if frame.depth_camera.distortion is not None:
            depth = self._undistort(depth, frame.depth_camera, nearest=True)
            if color_camera is None:
                rgb = self._undistort(rgb, frame.depth_camera, nearest=False)
        if color_camera is not None and color_camera.distortion is not None:
            rgb = self._undistort(rgb, color_camera, nearest=False)
        return np.ascontiguousarray(depth), np.ascontiguousarray(rgb), color_camera

    def _undistort(self, image: np.ndarray, camera: Camera, nearest: bool) -> np.ndarray:
        import cv2

        if camera not in self._rectifiers:
            K = camera.matrix
            self._rectifiers[camera] = cv2.initUndistortRectifyMap(
                K, np.array(camera.distortion), None, K, (camera.width, camera.height), cv2.CV_32FC1
            )
        x, y = self._rectifiers[camera]
        return cv2.remap(image, x, y, cv2.INTER_NEAREST if nearest else cv2.INTER_LINEAR)


def _intrinsics(camera: Camera) -> np.ndarray:
    return np.array([camera.fx, camera.fy, camera.cx, camera.cy])
