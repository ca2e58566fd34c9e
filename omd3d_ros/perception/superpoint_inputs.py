"""What the superpoint encoder reads: a few points of every superpoint, its statistics, and its box."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numba import njit

from ..mapping.neighbours import radix_argsort
from ..types import PointCloud

POINT_CHANNELS = 11
STATISTICS = 25
_SORTED_BITS = 22  # few of some 100,000 hashes begin alike


@dataclass
class SuperpointInputs:
    """points (M, P, 11): offset from the centre (3, units of 0.3 m), normal (3), colour -1..1 (3), height (m),
    log size; statistics (M, 25); boxes (M, 6): centre and size in metres in the aligned frame; counts (M,)."""

    points: torch.Tensor
    statistics: torch.Tensor
    boxes: torch.Tensor
    counts: torch.Tensor

    def to(self, device: torch.device | str) -> SuperpointInputs:
        return SuperpointInputs(*(getattr(self, f).to(device) for f in self.__dataclass_fields__))


def superpoint_inputs(
    cloud: PointCloud, superpoints: np.ndarray, points_per_superpoint: int = 24, seed: int = 0
) -> SuperpointInputs:
    """Sample and summarise each superpoint of a cloud that is already in the aligned frame (with normals)."""
    if cloud.normals is None:
        raise ValueError("superpoint_inputs needs a cloud with normals")
    m = int(superpoints.max()) + 1 if len(superpoints) else 0
    counts, mean, squares, low, high, outer = _summaries(cloud.xyz, cloud.normals, cloud.rgb, superpoints, m)
    spread = np.sqrt(np.maximum(squares - mean[:, 6:9] ** 2, 0))
    values, vectors = np.linalg.eigh(outer)
    axes = np.sqrt(np.maximum(values[:, ::-1], 0))
    statistics = np.concatenate(
        [
            mean[:, 2:3], low[:, 2:3], high[:, 2:3], high - low, axes,
            np.abs(vectors[:, 2, ::-1]), mean[:, 3:6], mean[:, 6:9], spread,
            np.linalg.norm(mean[:, 3:6], axis=1, keepdims=True), np.abs(mean[:, 5:6]),
            np.log(counts)[:, None] / 5, (counts < 40)[:, None],
        ],
        1,
    )  # fmt: skip
    pick = _sample(cloud.xyz, superpoints, counts.astype(np.int64), points_per_superpoint, seed)
    drawn = cloud.xyz.take(pick, axis=0).astype(np.float64)
    points = np.concatenate(
        [
            (drawn - mean[:, None, :3]) / 0.3, cloud.normals.take(pick, axis=0),
            cloud.rgb.take(pick, axis=0) / 127.5 - 1.0, drawn[..., 2:3],
            np.broadcast_to(np.log(np.linalg.norm(high - low, axis=1) + 0.02)[:, None, None], (*pick.shape, 1)),
        ],
        -1,
    )  # fmt: skip
    boxes = np.concatenate([(low + high) / 2, high - low], 1)
    return SuperpointInputs(*(torch.from_numpy(a.astype(np.float32)) for a in (points, statistics, boxes, counts)))


@njit(cache=True, nogil=True)
def _summaries(xyz, normals, rgb, superpoints, m):
    """Of each superpoint: count, mean of xyz, normal and colour (9), mean squared colour, box, covariance of xyz."""
    counts = np.zeros(m)
    mean, squares = np.zeros((m, 9)), np.zeros((m, 3))
    low, high = np.full((m, 3), np.inf), np.full((m, 3), -np.inf)
    outer = np.zeros((m, 3, 3))
    for i in range(len(xyz)):
        s = superpoints[i]
        counts[s] += 1.0
        for c in range(3):
            color = rgb[i, c] / 127.5 - 1.0
            mean[s, c] += xyz[i, c]
            mean[s, 3 + c] += normals[i, c]
            mean[s, 6 + c] += color
            squares[s, c] += color * color
            low[s, c] = min(low[s, c], xyz[i, c])
            high[s, c] = max(high[s, c], xyz[i, c])
    for s in range(m):
        for c in range(9):
            mean[s, c] /= max(counts[s], 1.0)
        for c in range(3):
            squares[s, c] /= max(counts[s], 1.0)
    for i in range(len(xyz)):
        s = superpoints[i]
        for a in range(3):
            for b in range(3):
                outer[s, a, b] += (xyz[i, a] - mean[s, a]) * (xyz[i, b] - mean[s, b])
    for s in range(m):
        outer[s] /= max(counts[s], 1.0)
    return counts, mean, squares, low, high, outer


def _sample(xyz: np.ndarray, superpoints: np.ndarray, counts: np.ndarray, p: int, seed: int) -> np.ndarray:
    """(M, p) point indices; small superpoints repeat points.

    Which points are drawn depends on where they are and on the seed alone, so that a superpoint is drawn alike in every
    cloud that it is part of.
    """
    drawn = _least(_place_hash(xyz, np.uint64(seed & 0xFFFFFFFF)), superpoints, len(counts), p)
    place = np.arange(p)[None] % np.clip(counts, 1, p)[:, None]
    return np.take_along_axis(drawn, place, 1)


def place_order(xyz: np.ndarray, seed: int = 0) -> np.ndarray:
    """(N,) the points in a random order that depends on where they are and on the seed alone."""
    hashes = _place_hash(xyz, np.uint64(seed & 0xFFFFFFFF))
    leading = radix_argsort((hashes >> np.uint64(64 - _SORTED_BITS)).astype(np.int32), _SORTED_BITS)
    return _settled(hashes, leading)


@njit(cache=True, nogil=True)
def _settled(values, order):
    """The stable order of values that are nearly in this one, where equals come as they stand."""
    for i in range(1, len(order)):
        k, j = order[i], i
        while j > 0 and values[order[j - 1]] > values[k]:
            order[j] = order[j - 1]
            j -= 1
        order[j] = k
    return order


@njit(cache=True, nogil=True)
def _place_hash(xyz, seed):
    """(N,) uint64: a random number for the 2 cm cell that each point lies in (Steele et al. 2014, mixing)."""
    out = np.empty(len(xyz), np.uint64)
    for i in range(len(xyz)):
        h = seed + np.uint64(1)
        for c in range(3):
            cell = np.uint64(np.int64(np.floor(np.float64(xyz[i, c]) / 0.02)))
            h = (h ^ cell) * np.uint64(0x9E3779B97F4A7C15)
            h ^= h >> np.uint64(29)
            h *= np.uint64(0xBF58476D1CE4E5B9)
            h ^= h >> np.uint64(32)
        out[i] = h
    return out


@njit(cache=True, nogil=True)
def _least(values, group, count, p):
    """(count, p) indices of the least values of each group, in order; where a group has fewer, the rest is 0."""
    found = np.zeros((count, p), np.int64)
    least = np.empty((count, p), np.uint64)
    known = np.zeros(count, np.int64)
    for i in range(len(values)):
        g = group[i]
        if known[g] == p and values[i] >= least[g, p - 1]:
            continue
        known[g] = min(known[g] + 1, p)
        k = known[g] - 1
        while k > 0 and least[g, k - 1] > values[i]:
            least[g, k], found[g, k] = least[g, k - 1], found[g, k - 1]
            k -= 1
        least[g, k], found[g, k] = values[i], i
    return found
