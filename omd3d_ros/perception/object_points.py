"""Points of each object and of what is around it, as the object classifier reads them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numba import njit

from ..mapping.point_changes import extents
from ..types import PointCloud

OWN = 256  # points of an object itself
AROUND = 96  # points of what is around it
MARGIN = 0.3  # metres beyond an object's box that count as around it
CHANNELS = 11


@dataclass
class ObjectPoints:
    """Of K objects: points (K, OWN + AROUND, 11): offset from the middle of the object's box (3, metres), normal (3),
    colour -1..1 (3), height over the floor (metres), 1 for a point of the object and 0 for one around it; real (K,
    OWN + AROUND) bool: False where there were too few points, which are zeros then; counts (K,): the object's points;
    boxes (K, 6): its lowest and highest corner in the scene, metres.
    """

    points: torch.Tensor
    real: torch.Tensor
    counts: torch.Tensor
    boxes: torch.Tensor

    def __len__(self) -> int:
        return len(self.counts)

    def to(self, device: torch.device | str) -> ObjectPoints:
        return ObjectPoints(*(getattr(self, f).to(device) for f in self.__dataclass_fields__))


def object_points(cloud: PointCloud, superpoints: np.ndarray, members: np.ndarray, order: np.ndarray) -> ObjectPoints:
    """Of objects with superpoints members (K, M) bool, in a cloud in the aligned frame, with normals.

    superpoints (N,) of the points; order (N,): the points in the order in which they are drawn.
    """
    if cloud.normals is None:
        raise ValueError("object_points needs a cloud with normals")
    xyz = np.ascontiguousarray(cloud.xyz, np.float32)
    low, high = extents(xyz, superpoints, members.shape[1])
    boxes, counts = _boxes(low, high, np.bincount(superpoints, minlength=len(low)), members)
    chosen = _draw(xyz, superpoints, members, order, boxes, *_offers(low, high, members, boxes))
    real = chosen >= 0
    pick = np.maximum(chosen, 0)
    middle = (boxes[:, :3] + boxes[:, 3:]) / 2
    points = np.empty((*chosen.shape, CHANNELS), np.float32)
    points[..., :3] = xyz.take(pick, axis=0) - middle[:, None]
    points[..., 3:6] = cloud.normals.take(pick, axis=0)
    points[..., 6:9] = cloud.rgb.take(pick, axis=0) / np.float32(127.5) - 1
    points[..., 9] = xyz[pick, 2]
    points[..., 10] = np.arange(OWN + AROUND) < OWN
    points[~real] = 0
    arrays = points, real, counts.astype(np.float32), boxes
    return ObjectPoints(*(torch.from_numpy(a) for a in arrays))


@njit(cache=True, nogil=True)
def _boxes(low, high, of_superpoint, members):
    """(K, 6) lowest and highest corner of each object, zeros without points, and its number of points (K,)."""
    k, m = members.shape
    boxes, counts = np.zeros((k, 6), np.float32), np.zeros(k, np.int64)
    for j in range(k):
        for s in range(m):
            if members[j, s] and of_superpoint[s] > 0:
                for c in range(3):
                    boxes[j, c] = low[s, c] if counts[j] == 0 else min(boxes[j, c], low[s, c])
                    boxes[j, 3 + c] = high[s, c] if counts[j] == 0 else max(boxes[j, 3 + c], high[s, c])
                counts[j] += of_superpoint[s]
    return boxes, counts


@njit(cache=True, nogil=True)
def _offers(low, high, members, boxes):
    """Objects that may draw a point of superpoint s: numbers[starts[s] : starts[s + 1]]."""
    k, m = members.shape
    starts = np.zeros(m + 1, np.int64)
    numbers = np.empty(k * m, np.int64)
    total, reach = 0, MARGIN + 1e-3
    for s in range(m):
        for j in range(k):
            touching = members[j, s]
            if not touching:
                touching = True
                for c in range(3):
                    touching &= low[s, c] < boxes[j, 3 + c] + reach and high[s, c] > boxes[j, c] - reach
            if touching:
                numbers[total] = j
                total += 1
        starts[s + 1] = total
    return starts, numbers


@njit(cache=True, nogil=True)
def _draw(xyz, superpoints, members, order, boxes, starts, numbers):
    """(K, OWN + AROUND) the first points of ``order`` on and around each object, -1 where there are too few."""
    k = len(members)
    chosen = np.full((k, OWN + AROUND), -1, np.int64)
    own, around = np.zeros(k, np.int64), np.zeros(k, np.int64)
    margin = np.float32(MARGIN)
    for i in order:
        x, y, z, s = xyz[i, 0], xyz[i, 1], xyz[i, 2], superpoints[i]
        for at in range(starts[s], starts[s + 1]):
            j = numbers[at]
            if members[j, s]:
                if own[j] < OWN:
                    chosen[j, own[j]] = i
                    own[j] += 1
            elif (
                around[j] < AROUND
                and boxes[j, 0] - margin < x < boxes[j, 3] + margin
                and boxes[j, 1] - margin < y < boxes[j, 4] + margin
                and boxes[j, 2] - margin < z < boxes[j, 5] + margin
            ):
                chosen[j, OWN + around[j]] = i
                around[j] += 1
    return chosen
