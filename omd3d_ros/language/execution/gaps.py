"""Metres between the surfaces of objects: of near ones measured between their points, of others between boxes."""

from __future__ import annotations

import numpy as np
from numba import njit

from .nearby import close_pairs

_REACH = 1.0  # metres between boxes up to which the gap is measured between points
_SPACING = 0.02  # metres between neighbouring points of a map: two surfaces no further apart touch
_COARSE, _FINE = 32, 384  # points per object in the first and the second look at a gap


class SurfaceGaps:
    """The (K, K) gaps of K objects as an array gives them, ``gaps[i, j]`` with indices that broadcast; memory is that
    of the near pairs alone.

    boxes (K, 6): centre and size in metres; points: (n, 3) of each object.
    """

    def __init__(self, points: list[np.ndarray], boxes: np.ndarray) -> None:
        self._boxes = np.asarray(boxes, float).reshape(-1, 6)
        i, j = close_pairs(self._boxes, self._boxes, _REACH)
        later = i > j
        i, j = i[later], j[later]
        near = self._between_boxes(i, j) <= _REACH
        i, j = i[near], j[near]
        gaps = np.zeros(len(i))
        if len(i):
            thin = [p[:: max(1, -(-len(p) // _FINE))] for p in points]
            starts = np.cumsum([0, *map(len, thin)])
            _measure(np.concatenate(thin).astype(np.float32), starts, i, j, gaps)
        keys = np.concatenate([self._key(i, j), self._key(j, i)])
        order = np.argsort(keys)
        self._keys, self._gaps = keys[order], np.concatenate([gaps, gaps])[order]

    @property
    def shape(self) -> tuple[int, int]:
        return len(self._boxes), len(self._boxes)

    def __getitem__(self, pair: tuple[np.ndarray | int, np.ndarray | int]) -> np.ndarray:
        i, j = np.broadcast_arrays(*pair)
        gaps = self._between_boxes(i, j)
        near = (gaps <= _REACH) & (i != j)
        gaps[near] = self._gaps[np.searchsorted(self._keys, self._key(i[near], j[near]))]
        return gaps

    def _key(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        return i.astype(np.int64) * len(self._boxes) + j

    def _between_boxes(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        center, half = self._boxes[:, :3], self._boxes[:, 3:] / 2
        apart = np.abs(center[i] - center[j]) - (half[i] + half[j])
        return np.asarray(np.linalg.norm(np.maximum(apart, 0.0), axis=-1))


@njit(cache=True, nogil=True)
def _measure(xyz, starts, first, second, gaps):
    """Gaps (P,) of pairs of objects: the nearest of some points of either, then of all, once to and fro."""
    for pair in range(len(first)):
        a, b = first[pair], second[pair]
        step_a = max(1, (starts[a + 1] - starts[a]) // _COARSE)
        step_b = max(1, (starts[b + 1] - starts[b]) // _COARSE)
        best, at = np.inf, starts[a]
        for i in range(starts[a], starts[a + 1], step_a):
            for j in range(starts[b], starts[b + 1], step_b):
                d = _squared(xyz, i, j)
                if d < best:
                    best, at = d, i
        at = _nearest(xyz, at, starts[b], starts[b + 1])
        there = _nearest(xyz, at, starts[a], starts[a + 1])
        at = _nearest(xyz, there, starts[b], starts[b + 1])
        gaps[pair] = max(0.0, np.sqrt(_squared(xyz, there, at)) - _SPACING)


@njit(cache=True, nogil=True)
def _nearest(xyz, i, start, end):
    best, at = np.inf, start
    for j in range(start, end):
        d = _squared(xyz, i, j)
        if d < best:
            best, at = d, j
    return at


@njit(cache=True, nogil=True)
def _squared(xyz, i, j):
    x, y, z = xyz[i, 0] - xyz[j, 0], xyz[i, 1] - xyz[j, 1], xyz[i, 2] - xyz[j, 2]
    return x * x + y * y + z * z
