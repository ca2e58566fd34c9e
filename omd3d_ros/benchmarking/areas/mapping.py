"""Frames into the voxel map."""

from __future__ import annotations

from functools import partial

from ...mapping.voxel_map import MIN_WEIGHT
from ..figures import Figure
from ..inputs import Inputs
from ..measuring import Samples, figure_of, timed

CAMERA_MS = 1e3 / 30  # a camera's frames come every 33 ms


def measure(inputs: Inputs) -> list[Figure]:
    """A frame, frames a second, the cloud of the whole map, the map's memory."""
    frames = inputs.frames
    samples = Samples()
    rates = []
    for number in range(inputs.repeats(3, 5) + 1):
        voxel_map = inputs.new_map()
        turn = Samples()
        for frame in frames:
            turn.time(partial(voxel_map.integrate, frame))
        if number:
            samples.wall += turn.wall
            samples.cpu += turn.cpu
            rates.append(1e3 * len(frames) / sum(turn.wall))

    above = 1.001 * MIN_WEIGHT  # a cloud at the default is kept until the map changes, at any other it is made anew
    cloud = timed(lambda: voxel_map.point_cloud(above), inputs.repeats(3, 9))
    points = len(voxel_map.point_cloud())
    return [
        samples.figure("map a frame", inputs.origin, CAMERA_MS),
        figure_of("frames mapped a second", rates, "fps", "higher", bar=30.0, note="one pass of them, empty map"),
        cloud.figure("extract the whole cloud", f"{points} points"),
        Figure("memory of the map", voxel_map.num_bytes() / 1e6, "MB", note=f"{points} points"),
    ]
