"""Intersection over union of axis-aligned boxes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def box_iou(a: ArrayLike, b: ArrayLike) -> float:
    """IoU of two boxes (cx, cy, cz, sx, sy, sz) in metres; the union has 1e-8 added, as in the published scores."""
    return float(box_iou_matrix(np.reshape(a, (1, 6)), np.reshape(b, (1, 6)))[0, 0])


def box_iou_matrix(a: ArrayLike, b: ArrayLike) -> np.ndarray:
    """(P, G) float64 IoU of each of the boxes ``a`` (P, 6) with each of ``b`` (G, 6); see box_iou."""
    low_a, high_a, volume_a = _corners(a)
    low_b, high_b, volume_b = _corners(b)
    low = np.maximum(low_a[:, None], low_b[None])
    high = np.minimum(high_a[:, None], high_b[None])
    both = np.maximum(high - low, 0).prod(-1)
    return both / (volume_a[:, None] + volume_b[None] - both + 1e-8)


def _corners(boxes: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    centre, size = np.split(np.asarray(boxes, np.float64).reshape(-1, 6), 2, axis=1)
    low, high = centre - size / 2, centre + size / 2
    return low, high, (high - low).prod(-1)
