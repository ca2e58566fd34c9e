"""A client's copy of the node's map, kept from the topic map_updates."""

from __future__ import annotations

import numpy as np
from omd3d.msg import MapUpdate

from omd3d_ros.ros.messages import cloud_from_message
from omd3d_ros.types import PointCloud


class MissedUpdate(ValueError):
    """An update about another version than the one at hand; the copy stays as it was."""


class MapFollower:
    """Give it every message of map_updates in the order in which they come.

    ``version`` is None until the first complete update, which the node sends to whoever subscribes.  Not thread-safe.
    """

    def __init__(self) -> None:
        self.cloud = PointCloud(np.empty((0, 3)), np.empty((0, 3)))
        self.version: int | None = None
        self._keys = np.empty(0, np.int64)  # of the cubes that the points lie in; anew where the cubes' size changes

    def take(self, update: MapUpdate) -> PointCloud:
        """The whole cloud after this update: xyz and rgb, in no particular order.

        Raises MissedUpdate when updates before it were lost; call ~/publish_map for a complete one then.
        """
        if not update.complete and update.since != self.version:
            at_hand = "there is no map at hand yet" if self.version is None else f"version {self.version} is at hand"
            raise MissedUpdate(
                f"this update leads from version {update.since} of the map to {update.version}, but {at_hand}: "
                "messages were lost; call the node's ~/publish_map for the whole map"
            )
        points = cloud_from_message(update.points)
        keys = _keys(np.floor((points.xyz.astype(np.float64) - update.region_offset) / update.region_size))
        if update.complete:
            self.cloud, self._keys = points, keys
        else:
            kept = self._outside(_keys(np.array(update.regions, np.int64).reshape(-1, 3)))
            self.cloud = PointCloud(
                np.concatenate([self.cloud.xyz[kept], points.xyz]), np.concatenate([self.cloud.rgb[kept], points.rgb])
            )
            self._keys = np.concatenate([self._keys[kept], keys])
        self.version = update.version
        return self.cloud

    def _outside(self, regions: np.ndarray) -> np.ndarray:
        """(N,) bool: the points at hand that lie in none of these cubes."""
        outside = np.ones(len(self._keys), bool)
        if len(regions):
            near = np.flatnonzero((self._keys >= regions.min()) & (self._keys <= regions.max()))  # few of a large map
            outside[near] = ~np.isin(self._keys[near], regions)
        return outside


def _keys(cubes: np.ndarray) -> np.ndarray:
    """(N,) int64 from whole numbers (N, 3) within 2^20 of zero."""
    shifted = cubes.astype(np.int64) + (1 << 20)
    return (shifted[:, 0] << 42) | (shifted[:, 1] << 21) | shifted[:, 2]
