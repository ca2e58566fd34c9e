"""One point per voxel of a cloud that changes in places: only voxels whose points changed are averaged again."""

from __future__ import annotations

import numpy as np
from numba import njit

from ..types import PointCloud
from .neighbours import find_slot, new_table, pack_cell
from .point_changes import matched
from .thinning import voxel_means


class ThinningMap:
    """``voxel_downsample`` of a cloud with normals again and again; voxel_size in metres.  Not thread-safe."""

    def __init__(self, voxel_size: float) -> None:
        self.voxel_size = float(voxel_size)
        self.reset()

    def reset(self) -> None:
        """Forget the last cloud."""
        self._cloud = self._thin = PointCloud(np.empty((0, 3)), np.empty((0, 3)), np.empty((0, 3)))
        self._point_of = np.empty(0, np.int64)
        self._keys = np.empty(0, np.int64)  # of the voxels of the thin cloud

    def update(self, cloud: PointCloud) -> tuple[PointCloud, np.ndarray, np.ndarray]:
        """The thin cloud (n points), (N,) the index of each point's voxel in it, and (n,) int64 which point of the thin
        cloud before each point of this one is, -1 where any of the voxel's points came or went.  What stays is found
        bit for bit.
        """
        previous = matched(self._cloud, cloud, None, self.voxel_size)
        stayed = np.zeros(len(self._cloud), bool)
        stayed[previous[previous >= 0]] = True
        changed = np.zeros(len(self._keys), bool)
        changed[self._point_of[~stayed]] = True
        table = new_table(int((previous < 0).sum()))
        point_of, source, keys = _numbered(
            cloud.xyz, 1.0 / self.voxel_size, previous, self._point_of, self._keys, changed, table
        )
        thin = cloud if len(keys) == len(cloud) else self._averaged(cloud, point_of, source)
        self._cloud, self._thin, self._point_of, self._keys = cloud, thin, point_of, keys
        return thin, point_of, source

    def _averaged(self, cloud: PointCloud, point_of: np.ndarray, source: np.ndarray) -> PointCloud:
        """Of each voxel the point of the last thin cloud that it is, ``source`` (n,), or the mean of its points."""
        new = source < 0
        points = np.flatnonzero(new[point_of])
        of_new = cloud.select(points)
        number = np.cumsum(new) - 1
        means = voxel_means(of_new.xyz, of_new.rgb, of_new.normals, number[point_of[points]], int(new.sum()))
        before = self._thin.xyz, self._thin.rgb, self._thin.normals
        return PointCloud(*(_merged(source, old, mean) for old, mean in zip(before, means, strict=True)))


@njit(cache=True, nogil=True)
def _merged(source, old, new):
    """Rows ``source`` (n,) of old (M, 3); where it is -1 those of new (K, 3) in turn."""
    rows = np.empty((len(source), 3), new.dtype)
    k = 0
    for i in range(len(source)):
        for c in range(3):
            rows[i, c] = old[source[i], c] if source[i] >= 0 else new[k, c]
        k += source[i] < 0
    return rows


@njit(cache=True, nogil=True)
def _numbered(xyz, inverse_size, previous, point_of, keys, changed, table):
    """Voxels in the order in which the points enter them: that of each point, and of each voxel the one before that it
    is with all its points, -1: it is not, and its key.

    previous (N,): which of the points before, in voxels point_of with keys, each point is; changed: voxels that lost
    a point.
    """
    came = np.flatnonzero(previous < 0)
    slots = np.empty(len(came), np.int32)
    for k in range(len(came)):
        x, y, z = xyz[came[k], 0], xyz[came[k], 1], xyz[came[k], 2]
        key = pack_cell(np.floor(x * inverse_size), np.floor(y * inverse_size), np.floor(z * inverse_size))
        slots[k] = find_slot(table, key)
        table[slots[k]] = key
    voxel_at = np.full(len(table), -1, np.int64)  # of voxels that points came to: which of those before it is
    for v in range(len(keys)):
        slot = find_slot(table, keys[v])
        if table[slot] == keys[v]:
            voxel_at[slot] = v
            changed[v] = True
    number, number_at = np.full(len(keys), -1, np.int64), np.full(len(table), -1, np.int64)
    voxel = np.empty(len(xyz), np.int64)
    source, now = np.empty(len(keys) + len(came), np.int64), np.empty(len(keys) + len(came), np.int64)
    count, k, slot = 0, 0, 0
    for i in range(len(xyz)):
        if previous[i] >= 0:
            v = point_of[previous[i]]
        else:
            slot = slots[k]
            v = voxel_at[slot]
            k += 1
        known = number[v] if v >= 0 else number_at[slot]
        if known < 0:
            known = count
            if v >= 0:
                number[v], now[count], source[count] = count, keys[v], -1 if changed[v] else v
            else:
                number_at[slot], now[count], source[count] = count, table[slot], -1
            count += 1
        voxel[i] = known
    return voxel, source[:count].copy(), now[:count].copy()
