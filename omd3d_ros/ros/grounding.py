"""What the node asks of the one that maps and answers."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from omd3d_ros.asking.desk import Answering
from omd3d_ros.mapping.voxel_map import VoxelMap
from omd3d_ros.types import Camera, Frame


class Grounding(Answering, Protocol):
    """``Assistant`` or a stand-in for it; all methods are thread-safe, and an answer carries its scene."""

    voxel_map: VoxelMap

    def observe(self, frame: Frame) -> int: ...

    def reset(self) -> None: ...

    def save_map(self, path: Any) -> None: ...

    def load_map(self, path: Any) -> None: ...

    def close(self) -> None: ...


def compile_kernels() -> None:
    """Map a flat wall: numba compiles on the first frame after an install, and the camera's would wait for that."""
    wall = Frame(np.zeros((16, 16, 3), np.uint8), np.ones((16, 16), np.float32), Camera(16, 16, 16.0, 16.0, 8.0, 8.0))
    wall.T_world_camera = np.eye(4)
    voxel_map = VoxelMap()
    voxel_map.integrate(wall)
    voxel_map.keep_view(wall)
    voxel_map.point_cloud(since=voxel_map.point_cloud().version)
