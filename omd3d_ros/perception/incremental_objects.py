"""Boxes, colours and masks of objects, put together from what is known of each superpoint."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numba import njit

from .finding import Found
from .objects import COLOR_CHANNELS, color_features, pooled_features

_CHUNK = 16  # superpoints whose points are weighed at a time: the weights of all at once would be a large matrix


@dataclass
class SuperpointColors:
    """counts (M,) points of each superpoint; moments (M, 17): the means that ``color_features`` is made of, the mean
    square in place of the spread."""

    counts: np.ndarray
    moments: np.ndarray

    @classmethod
    def nothing(cls) -> SuperpointColors:
        """No superpoints."""
        return cls(np.empty(0), np.empty((0, COLOR_CHANNELS), np.float32))

    def updated(self, rgb: np.ndarray, superpoints: np.ndarray, old: np.ndarray) -> SuperpointColors:
        """Of superpoints (N,) of points with colours rgb (N, 3), of which i is the one that was old[i], -1: new."""
        new = np.flatnonzero(old < 0)
        number = np.full(len(old), -1, np.int16)  # sorts faster; there are at most 1,500 superpoints
        number[new] = np.arange(len(new))
        points = np.flatnonzero(old[superpoints] < 0)
        order = points[np.argsort(number[superpoints[points]], kind="stable")]
        counts = np.bincount(number[superpoints[order]], minlength=len(new))
        result = SuperpointColors(np.empty(len(old)), np.empty((len(old), COLOR_CHANNELS), np.float32))
        result.counts[old >= 0], result.moments[old >= 0] = self.counts[old[old >= 0]], self.moments[old[old >= 0]]
        result.counts[new] = counts
        result.moments[new] = _moments(rgb[order], counts)
        return result

    def of_objects(self, members: np.ndarray) -> np.ndarray:
        """(K, 17) float32 ``color_features`` of objects with superpoints members (K, M) bool."""
        weight = members * self.counts
        mean = weight @ self.moments / np.maximum(weight.sum(1, keepdims=True), 1)
        mean[:, 3:6] = np.sqrt(np.maximum(mean[:, 3:6] - mean[:, :3] ** 2, 0))
        return mean.astype(np.float32)


def _moments(rgb: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """(S, 17) of runs of counts (S,) points of rgb (N, 3)."""
    moments = np.empty((len(counts), COLOR_CHANNELS), np.float32)
    ends = np.cumsum(counts)
    for first in range(0, len(counts), _CHUNK):
        chunk = counts[first : first + _CHUNK]
        end = ends[first + len(chunk) - 1]
        owner = np.repeat(np.arange(len(chunk)), chunk)
        colors = rgb[end - len(owner) : end]
        moments[first : first + _CHUNK] = color_features(colors, owner == np.arange(len(chunk))[:, None])
    moments[:, 3:6] = moments[:, 3:6] ** 2 + moments[:, :3] ** 2
    return moments


def own_features(found: Found, colors: SuperpointColors, members: np.ndarray) -> np.ndarray:
    """(K, D) as ObjectDescriber gives them for a model without feature encoders, of superpoints members (K, M) bool."""
    proposals = found.proposals
    counts = torch.from_numpy(colors.counts).to(found.features)
    pooled = pooled_features(found.features, proposals.masks.to(found.features), counts)
    classes = proposals.class_logits.to(found.features).softmax(-1)
    parts = [torch.cat([pooled, classes], 1).float().cpu().numpy(), colors.of_objects(members)]
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
    shared = now[:, known].astype(np.float32) @ before[:, old[known]].T.astype(np.float32)
    same = (shared == now.sum(1)[:, None]) & (shared == before.sum(1)[None])
    return np.where(same.any(1), same.argmax(1) if same.size else -1, -1)


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
