"""Boxes, colours and masks of objects, put together from what is known of each superpoint."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numba import njit

from ..mapping.point_changes import extents
from ..types import PointCloud
from .finding import Found
from .objects import COLOR_CHANNELS, pooled_features, summed_colors, with_spread


@dataclass
class SuperpointTotals:
    """Of M superpoints: counts (M,) of points; colors (M, 17), sums over them as ``summed_colors`` makes them; low and
    high (M, 3), their corners."""

    counts: np.ndarray
    colors: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def nothing(cls) -> SuperpointTotals:
        """No superpoints."""
        return cls(np.empty(0), np.empty((0, COLOR_CHANNELS)), np.empty((0, 3)), np.empty((0, 3)))

    def updated(self, points: PointCloud, owner: np.ndarray, old: np.ndarray) -> SuperpointTotals:
        """Of superpoints of which i is the one that was old[i], -1: new; points (P) are those of the new ones, which
        ``owner`` (P,) numbers 0, 1, ... in order."""
        new, kept = np.flatnonzero(old < 0), np.flatnonzero(old >= 0)
        counts = np.bincount(owner, minlength=len(new))
        of_new = counts, summed_colors(points.rgb, owner, len(new)), *extents(points.xyz, owner, len(new))
        before = self.counts, self.colors, self.low, self.high
        both = []
        for values, known in zip(of_new, before, strict=True):
            now = np.empty((len(old), *values.shape[1:]))
            now[new], now[kept] = values, known[old[kept]]
            both.append(now)
        return SuperpointTotals(*both)

    def colors_of(self, members: np.ndarray) -> np.ndarray:
        """(K, 17) float32 ``color_features`` of objects with superpoints members (K, M) bool."""
        members = members.astype(np.float64)
        return with_spread(members @ self.colors / np.maximum(members @ self.counts, 1)[:, None])


def own_features(found: Found, totals: SuperpointTotals, members: np.ndarray) -> np.ndarray:
    """(K, D) as ObjectDescriber gives them for a model without feature encoders, of superpoints members (K, M) bool."""
    proposals = found.proposals
    counts = torch.from_numpy(totals.counts).to(found.features)
    pooled = pooled_features(found.features, proposals.masks.to(found.features), counts)
    classes = proposals.class_logits.to(found.features).softmax(-1)
    parts = [torch.cat([pooled, classes], 1).float().cpu().numpy(), totals.colors_of(members)]
    if found.attributes is not None:
        parts.append(found.attributes.float().cpu().numpy())
    return np.concatenate(parts, 1)


def object_boxes(corners: tuple[np.ndarray, np.ndarray], members: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Centres and sizes (K, 3) float32 of objects with superpoints members (K, M) bool of ``corners``, two (M, 3).

    Every object has a superpoint.
    """
    rows, columns = np.nonzero(members)
    if len(rows) == 0:
        return np.zeros((len(members), 3), np.float32), np.zeros((len(members), 3), np.float32)
    starts = np.searchsorted(rows, np.arange(len(members)))
    low, high = corners
    least, most = np.minimum.reduceat(low[columns], starts), np.maximum.reduceat(high[columns], starts)
    return ((least + most) / 2).astype(np.float32), (most - least).astype(np.float32)


def unchanged_objects(before: np.ndarray, now: np.ndarray, old: np.ndarray) -> np.ndarray:
    """(K,) int64 which object of ``before`` (J, L) bool each of ``now`` (K, M) bool is, superpoint by superpoint.

    old (M,): which superpoint was which, -1 one that is new or has changed.  -1: the object is none of them.
    """
    known = old >= 0
    if len(before) == 0:
        return np.full(len(now), -1)
    shared = now[:, known].astype(np.float32) @ before[:, old[known]].T.astype(np.float32)
    same = (shared == now.sum(1)[:, None]) & (shared == before.sum(1)[None])
    return np.where(same.any(1), same.argmax(1), -1)


def most_alike(
    before: np.ndarray, sizes: np.ndarray, now: np.ndarray, counts: np.ndarray, old: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(K,) int64 which object of ``before`` (J, L) bool each of ``now`` (K, M) bool shares most with, and their IoU in
    points that stayed: 0 where it is none.

    sizes (J,) points of the objects before; counts (M,) of the superpoints; old as for ``unchanged_objects``.
    """
    known = old >= 0
    if len(before) == 0 or not known.any():
        return np.zeros(len(now), np.int64), np.zeros(len(now))
    shared = (now[:, known] * counts[known]).astype(np.float32) @ before[:, old[known]].T.astype(np.float32)
    iou = shared / ((now @ counts)[:, None] + sizes - shared)
    best = iou.argmax(1)
    return best, iou[np.arange(len(now)), best].astype(np.float64)


def carried_over(before: np.ndarray, same: np.ndarray, new: np.ndarray) -> np.ndarray:
    """(K, D) of objects, of which ``same`` (K,) tells which of ``before`` (J, D) each is; new: of those of -1."""
    values = np.empty((len(same), new.shape[1]), new.dtype)
    values[same < 0], values[same >= 0] = new, before[same[same >= 0]]
    return values


def point_masks(members: np.ndarray, superpoints: np.ndarray) -> np.ndarray:
    """(K, N) bool of objects with superpoints members (K, M) bool: members[:, superpoints], for few per superpoint."""
    of_superpoint, objects = np.nonzero(members.T)
    starts = np.searchsorted(of_superpoint, np.arange(members.shape[1] + 1))
    masks = np.zeros((len(members), len(superpoints)), bool)
    _mark(superpoints, starts, objects, masks)
    return masks


@njit(cache=True, nogil=True)
def _mark(superpoints, starts, objects, masks):
    for i in range(len(superpoints)):
        for at in range(starts[superpoints[i]], starts[superpoints[i] + 1]):
            masks[objects[at], i] = True
