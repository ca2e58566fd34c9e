"""Masks over points as masks over superpoints, and the boxes of masks."""

from __future__ import annotations

import numpy as np


def majority_masks(masks: np.ndarray, superpoints: np.ndarray, count: int) -> np.ndarray:
    """(K, count) bool: the superpoints that masks (K, N) cover by more than half of their points; superpoints (N,)."""
    points = np.bincount(superpoints, minlength=count)
    inside = np.array([np.bincount(superpoints[mask], minlength=count) for mask in masks]).reshape(-1, count)
    return inside * 2 > points


def mask_boxes(xyz: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """(K, 6) float32 centre and size of the points in each of masks (K, N); zeros for an empty one."""
    boxes = np.zeros((len(masks), 6), np.float32)
    for box, mask in zip(boxes, masks, strict=True):
        if mask.any():
            low, high = xyz[mask].min(0), xyz[mask].max(0)
            box[:] = np.concatenate([(low + high) / 2, high - low])
    return boxes
