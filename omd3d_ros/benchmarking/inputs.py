"""What is measured with: a synthetic room or a recording, its map, the model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from itertools import islice
from pathlib import Path

import numpy as np

from ..datasets import open_source
from ..datasets.rooms import make_room, stream_room
from ..datasets.rooms.variants import VALIDATION_SEED
from ..mapping.map_file import MapError
from ..mapping.voxel_map import VoxelMap
from ..models.loading import load_model
from ..models.openmaskdino3d import OpenMaskDINO3DModel, OpenMaskDINO3DProcessor
from ..models.presets import load_preset
from ..perception.scene import Views
from ..types import Frame, PointCloud
from .figures import Unavailable

CLOUD_POINTS = 60_000
SHIFT = 8.0  # metres between copies of a room, so that none touches another
_BREAK = 1e4  # seconds between the recordings of two copies
_SIZE = (640, 480)
_FRAMES = {True: 24, False: 60}
_MOST_FRAMES = 300


class Inputs:
    """Made when they are first asked for, then kept.

    source: a recording instead of a synthetic room (its first 300 frames that a map takes).  quick: fewer repeats and
    frames.  Raises PresetError for an unknown preset.
    """

    def __init__(self, preset: str = "nano", source: Path | None = None, quick: bool = False) -> None:
        self.preset = load_preset(preset)
        self.source = source
        self.quick = quick

    def repeats(self, quick: int, thorough: int) -> int:
        """How often to measure."""
        return quick if self.quick else thorough

    @cached_property
    def origin(self) -> str:
        """What the frames are of, for a note."""
        if self.source is not None:
            return f"{len(self.frames)} frames of {self.source.name}"
        width, height = _SIZE
        return f"{len(self.frames)} frames {width}x{height} of a synthetic room"

    @cached_property
    def frames(self) -> list[Frame]:
        """With poses, decoded.

        Raises SourceError for a folder that is no recording, Unavailable for one without poses.
        """
        if self.source is None:
            room = make_room(VALIDATION_SEED)
            return [frame for frame, _ in stream_room(room, _FRAMES[self.quick], *_SIZE)]
        frames = list(islice(_believed(open_source(self.source), self.new_map()), _MOST_FRAMES))
        if not frames:
            raise Unavailable(f"no frame of {self.source} has a pose that can be believed")
        return frames

    @cached_property
    def _mapped(self) -> VoxelMap:
        voxel_map = self.new_map()
        for frame in self.frames:
            voxel_map.integrate(frame)
        return voxel_map

    @cached_property
    def cloud(self) -> PointCloud:
        """The ``CLOUD_POINTS`` points of the map nearest to its middle, or all where it has fewer."""
        cloud = self._mapped.point_cloud()
        distance = np.linalg.norm(cloud.xyz - np.median(cloud.xyz, 0), axis=1)
        return cloud.select(np.sort(np.argsort(distance, kind="stable")[:CLOUD_POINTS]))

    @cached_property
    def views(self) -> Views:
        return Views(self._mapped.camera_up, self._mapped.camera_forward)

    @cached_property
    def loaded(self) -> tuple[OpenMaskDINO3DModel, OpenMaskDINO3DProcessor]:
        """The preset's model on the CPU.  Raises Unavailable where it can't be loaded."""
        try:
            return load_model(self.preset.weights, "cpu", **self.preset.runtime)
        except ValueError as error:
            raise Unavailable(" ".join(str(error).split())) from error

    def new_map(self) -> VoxelMap:
        """Empty, with the preset's settings."""
        return VoxelMap(**self.preset.map)

    def side_by_side(self, copies: int) -> PointCloud:
        """The cloud, ``copies`` times beside itself along x."""
        cloud = self.cloud
        steps = [np.array([SHIFT * i, 0, 0], np.float32) for i in range(copies)]
        normals = None if cloud.normals is None else np.tile(cloud.normals, (copies, 1))
        xyz = np.concatenate([cloud.xyz + step for step in steps])
        return PointCloud(xyz, np.tile(cloud.rgb, (copies, 1)), normals)


def moved(frame: Frame, copy: int) -> Frame:
    """The frame as seen in the ``copy``-th room beside the first, along x; long before, as the camera jumped there."""
    T = np.array(frame.T_world_camera, float)
    T[0, 3] += SHIFT * copy
    return replace(frame, T_world_camera=T, stamp=frame.stamp - _BREAK * copy)


def _believed(frames: Iterable[Frame], voxel_map: VoxelMap) -> Iterator[Frame]:
    """Those that a map takes when they come in this order."""
    for frame in frames:
        try:
            voxel_map.integrate(frame)
        except MapError:
            continue
        yield frame
