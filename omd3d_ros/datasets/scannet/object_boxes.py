"""Boxes and means of the objects of a labelled cloud, without a loop over points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ObjectBoxes:
    """Of K objects: centre and size (K, 3) of the axis-aligned box, mean (K, 3) of the points, num_points (K,).

    All float32 metres; zeros for an object without points.
    """

    centre: np.ndarray
    size: np.ndarray
    mean: np.ndarray
    num_points: np.ndarray

    @property
    def boxes(self) -> np.ndarray:
        """(K, 6) centre and size."""
        return np.concatenate([self.centre, self.size], 1)

    @property
    def mean_boxes(self) -> np.ndarray:
        """(K, 6) mean of the points and size: what vil3dref and LEO call a location."""
        return np.concatenate([self.mean, self.size], 1)


def object_boxes(xyz: np.ndarray, object_of_point: np.ndarray, object_ids: np.ndarray) -> ObjectBoxes:
    """For points (N, 3), the object (N,) of each, and the K ids asked for, which have to differ from each other."""
    k = len(object_ids)
    order = np.argsort(object_ids, kind="stable")
    place = np.minimum(np.searchsorted(object_ids, object_of_point, sorter=order), max(k - 1, 0))
    if k == 0:
        none = np.zeros((0, 3), np.float32)
        return ObjectBoxes(none, none, none, np.zeros(0, np.int64))
    row = order[place]
    inside = np.asarray(object_ids)[row] == object_of_point
    row, points = row[inside], np.asarray(xyz, np.float64)[inside]
    count = np.bincount(row, minlength=k)
    low, high = np.full((k, 3), np.inf), np.full((k, 3), -np.inf)
    np.minimum.at(low, row, points)
    np.maximum.at(high, row, points)
    total = np.stack([np.bincount(row, points[:, axis], k) for axis in range(3)], 1)
    filled = (count > 0)[:, None]
    low, high = np.where(filled, low, 0), np.where(filled, high, 0)
    centre, size = (low + high) / 2, high - low
    mean = total / np.maximum(count, 1)[:, None]
    return ObjectBoxes(centre.astype(np.float32), size.astype(np.float32), mean.astype(np.float32), count)
