"""What the node asks of the one that maps and answers."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Protocol

from omd3d_ros.asking.desk import Answering
from omd3d_ros.datasets.rooms import make_room, stream_room
from omd3d_ros.mapping.voxel_map import VoxelMap
from omd3d_ros.types import Frame

WARM_UP_ROOM = 1000


class Grounding(Answering, Protocol):
    """``Assistant`` or a stand-in for it; all methods are thread-safe, and an answer carries its scene."""

    voxel_map: VoxelMap

    def observe(self, frame: Frame) -> int: ...

    def reset(self) -> None: ...

    def save_map(self, path: Any) -> None: ...

    def load_map(self, path: Any) -> None: ...

    def close(self) -> None: ...


def warm_up(grounding: Grounding) -> None:
    """Map a few frames of a made room, ask about it, and forget it all.

    Numba's and torch's first calls compile, load and allocate for seconds, in which a camera's images would be lost.
    """
    room = make_room(WARM_UP_ROOM)
    with suppress(ValueError):  # settings of the map for which three small frames are not enough
        for frame, _ in stream_room(room, frames=3, width=160, height=120, noise=False):
            grounding.observe(frame)
        grounding.voxel_map.point_cloud(since=grounding.voxel_map.point_cloud().version)
        grounding.ask("a chair")
    grounding.reset()
