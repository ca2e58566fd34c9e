"""The neighbours of the points of a cloud that changes in places: only those near a change are searched again."""

from __future__ import annotations

import numpy as np
from numba import njit

from .neighbours import NEIGHBOURS, nearest


class NeighbourMap:
    """``nearest`` within radius (metres) of a cloud again and again.  Not thread-safe."""

    def __init__(self, radius: float) -> None:
        self.radius = float(radius)
        self._around = np.empty((0, NEIGHBOURS), np.int32)  # per point of the last cloud

    def update(self, xyz: np.ndarray, local: np.ndarray, previous: np.ndarray, changed: np.ndarray) -> np.ndarray:
        """(L, 8) int32 rows of xyz: the nearest other points of some, -1 where there are fewer.

        xyz (L, 3): those points, in the order of ``order_by_position(xyz, radius)``; local (L,): where they stand in
        the cloud (N,); previous (N,): which point of the last cloud each is, -1: none.  changed (N,) bool: points that
        came, or from which another within the radius came or went: ``xyz`` holds these and all within the radius of
        them.  Where it does not hold all neighbours of another point, those that it holds are given.
        """
        wanted = changed[local]
        around = nearest(xyz, self.radius, wanted)
        now = np.full(len(self._around) + 1, -1, np.int32)  # the last for what is not known: of -1
        now[previous] = np.arange(len(previous))
        now[-1] = -1
        place = np.full(len(previous), -1, np.int32)
        place[local] = np.arange(len(local))
        self._around = _carried(self._around, previous, now)
        _fill(around, wanted, local, place, self._around)
        return around


@njit(cache=True, nogil=True)
def _carried(before, previous, now):
    """Neighbours (N, 8) of points that were ``previous`` (N,) among those with neighbours before (M, 8), which are
    ``now`` (M,)."""
    after = np.empty((len(previous), before.shape[1]), np.int32)
    for i in range(len(previous)):
        for k in range(before.shape[1]):
            after[i, k] = now[before[previous[i], k]] if previous[i] >= 0 else -1
    return after


@njit(cache=True, nogil=True)
def _fill(around, wanted, local, place, known):
    """Give the rows that are not wanted what is known of them, and what is known of the others their rows."""
    for r in range(len(local)):
        i = local[r]
        count = 0
        for k in range(around.shape[1]):
            if wanted[r]:
                known[i, k] = local[around[r, k]] if around[r, k] >= 0 else -1
            elif known[i, k] >= 0 and place[known[i, k]] >= 0:
                around[r, count] = place[known[i, k]]
                count += 1
