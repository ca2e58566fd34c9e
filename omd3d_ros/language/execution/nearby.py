"""Which of many boxes are near one another, found without comparing all with all."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

_LARGE = 1.5  # metres, half of a side, from which a box is compared with every other


def close_pairs(a: np.ndarray, b: np.ndarray, reach: float) -> tuple[np.ndarray, np.ndarray]:
    """Rows of ``a`` and rows of ``b``, (P,) each: the pairs whose footprints are at most ``reach`` metres apart along
    x and along y, in no order.

    a (A, 6), b (B, 6): centre and size in metres.
    """
    half_a, half_b = a[:, 3:5] / 2, b[:, 3:5] / 2
    large_a, large_b = (half_a > _LARGE).any(1), (half_b > _LARGE).any(1)
    small_a, small_b = np.flatnonzero(~large_a), np.flatnonzero(~large_b)
    found = [_joined(a[:, :2], half_a, b[:, :2], half_b, small_a, small_b, reach)]
    for row in np.flatnonzero(large_a):
        close = np.flatnonzero(_close(a[row, :2] - b[:, :2], half_a[row] + half_b, reach))
        found.append((np.full(len(close), row), close))
    for row in np.flatnonzero(large_b):
        close = small_a[_close(a[small_a, :2] - b[row, :2], half_a[small_a] + half_b[row], reach)]
        found.append((close, np.full(len(close), row)))
    first, second = zip(*found, strict=True)
    return np.concatenate(first), np.concatenate(second)


def _joined(
    a: np.ndarray, half_a: np.ndarray, b: np.ndarray, half_b: np.ndarray, some_a: np.ndarray, some_b: np.ndarray,
    reach: float,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    if len(some_a) == 0 or len(some_b) == 0:
        return np.zeros(0, int), np.zeros(0, int)
    radius = reach + half_a[some_a].max() + half_b[some_b].max()
    pairs = cKDTree(a[some_a]).sparse_distance_matrix(cKDTree(b[some_b]), radius, p=np.inf, output_type="ndarray")
    i, j = some_a[pairs["i"]], some_b[pairs["j"]]
    kept = _close(a[i] - b[j], half_a[i] + half_b[j], reach)
    return i[kept], j[kept]


def _close(offset: np.ndarray, half: np.ndarray, reach: float) -> np.ndarray:
    return (np.abs(offset) - half <= reach).all(-1)
