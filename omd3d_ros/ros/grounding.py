"""The Assistant as the node needs it: an answer together with the scene that its masks index."""

from __future__ import annotations

import threading
from typing import Any, Protocol

import numpy as np

from omd3d_ros.assistant import Assistant
from omd3d_ros.mapping.voxel_map import VoxelMap
from omd3d_ros.types import Answer, Camera, Frame, Scene


class Grounding(Protocol):
    """What the node asks of the one that maps and answers; all methods are thread-safe."""

    voxel_map: VoxelMap

    def observe(self, frame: Frame) -> int: ...

    def reset(self) -> None: ...

    def load_map(self, path: Any) -> None: ...

    def ask_with_scene(self, query: str, min_score: float, max_instances: int) -> tuple[Answer, Scene]: ...


class NodeAssistant(Assistant):
    """Frames go on being mapped during an answer, so by its end ``scene()`` may already be another one."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        self._asked = threading.local()
        super().__init__(*arguments, **keywords)
        compile_kernels()

    def scene(self) -> Scene:
        self._asked.scene = super().scene()
        return self._asked.scene

    def ask_with_scene(self, query: str, min_score: float, max_instances: int) -> tuple[Answer, Scene]:
        """Like ``ask``, which calls ``scene()`` once, in this thread."""
        answer = self.ask(query, min_score, max_instances)
        return answer, self._asked.scene


def compile_kernels() -> None:
    """Map a flat wall: numba compiles on the first frame after an install, and the camera's would wait for that."""
    wall = Frame(np.zeros((16, 16, 3), np.uint8), np.ones((16, 16), np.float32), Camera(16, 16, 16.0, 16.0, 8.0, 8.0))
    wall.T_world_camera = np.eye(4)
    voxel_map = VoxelMap()
    voxel_map.integrate(wall)
    voxel_map.point_cloud()
