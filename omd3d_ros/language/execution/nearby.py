"""Which of many boxes are near one another, found without comparing all with all."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.spatial import cKDTree

_SMALL = 0.75  # metres, half of a side, up to which boxes are searched together; then twice as much, and so on


def close_pairs(a: np.ndarray, b: np.ndarray, reach: float) -> tuple[np.ndarray, np.ndarray]:
    """Rows of ``a`` and rows of ``b``, (P,) each: the pairs whose footprints are at most ``reach`` metres apart along
    x and along y, in no order.

    a (A, 6), b (B, 6): centre and size in metres.
    """
    first, second = [np.zeros(0, int)], [np.zeros(0, int)]
    others = list(_by_size(b))
    for some_a, half_a, tree_a in _by_size(a):
        for some_b, half_b, tree_b in others:
            radius = reach + half_a + half_b
            found = tree_a.sparse_distance_matrix(tree_b, radius, p=np.inf, output_type="ndarray")
            i, j = some_a[found["i"]], some_b[found["j"]]
            apart = np.abs(a[i, :2] - b[j, :2]) - (a[i, 3:5] + b[j, 3:5]) / 2
            close = (apart[:, 0] <= reach) & (apart[:, 1] <= reach)
            first.append(i[close])
            second.append(j[close])
    return np.concatenate(first), np.concatenate(second)


def _by_size(boxes: np.ndarray) -> Iterator[tuple[np.ndarray, float, cKDTree]]:
    """Rows of boxes of about the same size, the most that half a side of them has, and a tree of their centres."""
    half = boxes[:, 3:5].max(1, initial=0.0) / 2
    kind = np.ceil(np.log2(np.maximum(half / _SMALL, 1.0)))
    for one in np.unique(kind):
        rows = np.flatnonzero(kind == one)
        yield rows, float(half[rows].max()), cKDTree(boxes[rows, :2])
