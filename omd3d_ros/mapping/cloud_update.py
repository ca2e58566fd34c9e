"""What a map gives out: its points at one moment, or what changed of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..types import PointCloud


@dataclass
class CloudUpdate(PointCloud):
    """What changed since an earlier version of a map.

    All points within the cubes ``regions`` (R, 3) int32 are replaced by the points given here; a cube may have become
    empty.  Cube i spans regions[i] * region_size + region_offset and region_size on from there, in metres along each
    axis.  ``version``: pass it as ``since`` next time.  ``complete``: this is the whole map, forget everything else.
    """

    version: int = 0
    since: int = 0
    complete: bool = True
    regions: np.ndarray | None = None
    region_size: float = 0.0
    region_offset: float = 0.0

    def region_of(self, xyz: np.ndarray) -> np.ndarray:
        """(N, 3) int32 cubes that points (N, 3) of this map lie in."""
        return np.floor((xyz.astype(np.float64) - self.region_offset) / self.region_size).astype(np.int32)


@dataclass(frozen=True)
class MapSnapshot:
    """A map at one moment; camera_up and camera_forward (3,) or None, as the properties of VoxelMap."""

    cloud: PointCloud
    version: int
    stamp: float
    num_frames: int
    camera_up: np.ndarray | None
    camera_forward: np.ndarray | None
