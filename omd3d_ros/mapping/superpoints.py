"""Superpoints: small pieces of surface that belong to one object.

Felzenszwalb and Huttenlocher's graph segmentation (2004) on the neighbour graph of the cloud, with edges
weighted by the angle between normals (convex edges count more than concave ones as boundaries do less) and by
the difference in colour.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from scipy.spatial import cKDTree

from ..types import PointCloud


def estimate_normals(xyz: np.ndarray, neighbours: int = 16) -> np.ndarray:
    """(N, 3) unit normals of a bare cloud, by the smallest axis of each neighbourhood; sign is arbitrary."""
    if len(xyz) < 3:
        return np.tile(np.array([0, 0, 1], np.float32), (len(xyz), 1))
    k = min(neighbours, len(xyz))
    _, index = cKDTree(xyz).query(xyz, k=k, workers=-1)
    normals = np.empty((len(xyz), 3), np.float32)
    for start in range(0, len(xyz), 100_000):
        near = xyz[index[start : start + 100_000]].astype(np.float64)
        near -= near.mean(1, keepdims=True)
        _, vectors = np.linalg.eigh(np.einsum("nki,nkj->nij", near, near))
        normals[start : start + 100_000] = vectors[:, :, 0]
    return normals


def voxel_downsample(cloud: PointCloud, voxel_size: float) -> tuple[PointCloud, np.ndarray]:
    """Mean of the points in each voxel; returns the smaller cloud and (N,) the index of each point's voxel."""
    cells = np.floor(cloud.xyz.astype(np.float64) / voxel_size).astype(np.int64)
    cells -= cells.min(0) if len(cells) else 0
    extent = cells.max(0) + 1 if len(cells) else np.ones(3, np.int64)
    flat = (cells[:, 0] * extent[1] + cells[:, 1]) * extent[2] + cells[:, 2]
    _, inverse, counts = np.unique(flat, return_inverse=True, return_counts=True)
    inverse = inverse.reshape(-1)

    def mean(values: np.ndarray) -> np.ndarray:
        columns = [np.bincount(inverse, values[:, c], len(counts)) for c in range(values.shape[1])]
        return np.stack(columns, 1) / counts[:, None]

    normals = None
    if cloud.normals is not None:
        normals = mean(cloud.normals)
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-6)
    rgb = np.clip(mean(cloud.rgb) + 0.5, 0, 255).astype(np.uint8)
    return PointCloud(mean(cloud.xyz).astype(np.float32), rgb, normals), inverse


def segment(
    cloud: PointCloud,
    threshold: float = 0.01,
    min_points: int = 20,
    color_weight: float = 3.0,
    radius: float = 0.05,
    max_extent: float = 0.8,
) -> np.ndarray:
    """(N,) int32 superpoint of every point, numbered 0..M-1 without gaps.

    cloud: about one point per 2 cm, with normals.  threshold: larger merges more.  min_points: smaller pieces
    join their most similar neighbour.  radius in metres: the reach of the neighbour graph.  max_extent in
    metres: larger pieces (walls, floors) are cut into cells of this size.
    """
    n = len(cloud)
    if n == 0:
        return np.empty(0, np.int32)
    normals = cloud.normals if cloud.normals is not None else estimate_normals(cloud.xyz)
    k = min(9, n)
    distance, index = cKDTree(cloud.xyz).query(cloud.xyz, k=k, distance_upper_bound=radius, workers=-1)
    index, distance = index.reshape(n, -1), distance.reshape(n, -1)
    a = np.repeat(np.arange(n), index.shape[1] - 1)
    b = index[:, 1:].ravel()
    known = b < n
    a, b = a[known], b[known]
    normals = _smoothed(normals.astype(np.float64), a, b)
    lab = _smoothed_rows(_opponent(cloud.rgb), a, b)
    step = cloud.xyz[b].astype(np.float64) - cloud.xyz[a]
    step /= np.maximum(np.linalg.norm(step, axis=1, keepdims=True), 1e-6)
    angle = 1.0 - np.einsum("ij,ij->i", normals[a], normals[b])
    convex = np.einsum("ij,ij->i", normals[b] - normals[a], step) > 0.0
    weight = np.where(convex, 0.5 * angle, angle)
    weight = weight + color_weight * np.linalg.norm(lab[a] - lab[b], axis=1) ** 2
    order = np.argsort(weight, kind="stable")
    labels = _felzenszwalb(a[order], b[order], weight[order], n, threshold, min_points)
    if max_extent > 0:
        labels = _cut_large(labels, cloud.xyz, max_extent, min_points)
    return _compact(labels)


def _opponent(rgb: np.ndarray) -> np.ndarray:
    """(N, 3) lightness and two opponent colours, about 0..1, with lightness counted less (shadows)."""
    c = rgb.astype(np.float64) / 255
    light = c.mean(1)
    return np.stack([0.6 * light, c[:, 0] - c[:, 1], 0.5 * (c[:, 0] + c[:, 1]) - c[:, 2]], axis=1)


def _smoothed_rows(values: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    total = values.copy()
    count = 1.0 + np.bincount(a, minlength=len(values))
    for c in range(values.shape[1]):
        total[:, c] += np.bincount(a, values[b, c], len(values))
    return total / count[:, None]


def _smoothed(normals: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    mean = _smoothed_rows(normals, a, b)
    return mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-6)


@njit(cache=True, nogil=True)
def _find(parent, i):
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@njit(cache=True, nogil=True)
def _felzenszwalb(a, b, weight, n, threshold, min_points):
    parent = np.arange(n)
    size = np.ones(n, np.int64)
    inner = np.full(n, threshold)
    for e in range(len(a)):
        i, j = _find(parent, a[e]), _find(parent, b[e])
        if i != j and weight[e] <= inner[i] and weight[e] <= inner[j]:
            if size[i] < size[j]:
                i, j = j, i
            parent[j] = i
            size[i] += size[j]
            # threshold / sqrt(size): pieces of a 2 cm cloud have 20 to 5,000 points
            inner[i] = weight[e] + threshold / np.sqrt(size[i])
    for e in range(len(a)):
        i, j = _find(parent, a[e]), _find(parent, b[e])
        if i != j and (size[i] < min_points or size[j] < min_points):
            if size[i] < size[j]:
                i, j = j, i
            parent[j] = i
            size[i] += size[j]
    out = np.empty(n, np.int64)
    for i in range(n):
        out[i] = _find(parent, i)
    return out


def _cut_large(labels: np.ndarray, xyz: np.ndarray, max_extent: float, min_points: int) -> np.ndarray:
    _, labels = np.unique(labels, return_inverse=True)
    labels = labels.reshape(-1)
    m = labels.max() + 1
    low = np.full((m, 3), np.inf)
    high = np.full((m, 3), -np.inf)
    np.minimum.at(low, labels, xyz)
    np.maximum.at(high, labels, xyz)
    parts = np.maximum(np.ceil((high - low) / max_extent - 0.25), 1)
    cell = np.floor((xyz - low[labels]) / ((high - low) / parts + 1e-6)[labels]).astype(np.int64)
    cell = np.clip(cell, 0, 1023)
    key = ((labels * 1024 + cell[:, 0]) * 1024 + cell[:, 1]) * 1024 + cell[:, 2]
    _, cut, counts = np.unique(key, return_inverse=True, return_counts=True)
    cut = cut.reshape(-1)
    # slivers go to the largest cell of their own piece
    owner = np.zeros(len(counts), np.int64)
    owner[cut] = labels
    best = np.full(m, -1)
    order = np.argsort(counts)
    best[owner[order]] = order
    small = counts < min_points
    return np.where(small[cut], best[labels], cut)


def _compact(labels: np.ndarray) -> np.ndarray:
    """Number labels by first appearance, so that the result does not depend on internal ids."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int32)
    rank[np.argsort(first)] = np.arange(len(first), dtype=np.int32)
    return rank[inverse.reshape(-1)]
