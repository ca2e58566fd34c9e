"""What the node asks of the one that maps and answers, and how that one is made ready."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any, Protocol

from omd3d_ros.asking.desk import Answering
from omd3d_ros.datasets.rooms import make_room, stream_room
from omd3d_ros.mapping.voxel_map import VoxelMap
from omd3d_ros.ros.parameters import Parameters
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


def load_grounding(parameters: Parameters) -> Grounding:
    """Import torch and load the preset's models; raises ValueError when files of the preset are missing."""
    import torch

    from omd3d_ros.assistant import Assistant

    # A thread of torch that waits for one which has no core spins: with as many threads as cores beside mapping and the
    # camera's driver, an answer takes ten times as long.
    torch.set_num_threads(max(1, len(os.sched_getaffinity(0)) // 2))
    p = parameters
    assistant = Assistant.from_preset(
        p.preset,
        up=p.up,
        device=p.device,
        voxel_size=p.voxel_size,
        max_depth=p.max_depth,
        min_views=p.min_views,
        max_blocks=p.max_blocks,
        when_full=p.when_full,
        background=True,
    )
    warm_up(assistant)
    return assistant


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
