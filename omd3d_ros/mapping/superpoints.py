"""Superpoints: small pieces of surface that belong to one object.

Felzenszwalb and Huttenlocher's graph segmentation (2004) on the neighbour graph of the cloud, with edges
weighted by the angle between normals (convex edges count more than concave ones as boundaries do less) and by
the difference in colour.  Large pieces are then cut along a grid that is fixed in the world.

A region's superpoints depend on its points and what its pieces touch: not on the order of the cloud, nor on
changes far away (equal weights are ordered by position; the graph does not change under rotation).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from ..types import PointCloud
from .neighbours import NEIGHBOURS, nearest, order_by_position, radix_argsort
from .thinning import estimate_normals

_CELL_BITS = 20
_CELL_HALF = 1 << (_CELL_BITS - 1)
_MARGIN = 0.25  # of max_extent: what the end of a piece may reach past a cut without becoming a piece of its own


def segment(
    cloud: PointCloud,
    threshold: float = 0.01,
    min_points: int = 20,
    color_weight: float = 3.0,
    radius: float = 0.05,
    max_extent: float = 0.8,
    axes: np.ndarray | None = None,
) -> np.ndarray:
    """(N,) int32 superpoint of every point, numbered 0..M-1 without gaps in the order of the cloud.

    cloud: about one point per 2 cm, with normals.  threshold: larger merges more.  min_points: smaller pieces
    join their most similar neighbour.  radius in metres: the reach of the neighbour graph.  max_extent in
    metres: larger pieces (walls, floors) are cut at multiples of it along ``axes``, (3, 3) unit vectors in rows
    (None: x, y, z); 0 leaves them whole.
    """
    return SurfaceGraph(cloud, color_weight, radius).partition(threshold, min_points, max_extent, axes)


class SurfaceGraph:
    """The neighbour graph of a cloud with weighted edges; partition it as often as needed."""

    def __init__(self, cloud: PointCloud, color_weight: float = 3.0, radius: float = 0.05) -> None:
        normals = cloud.normals if cloud.normals is not None else estimate_normals(cloud.xyz)
        self._order = order_by_position(cloud.xyz, radius)
        self._xyz = cloud.xyz[self._order]
        around = nearest(self._xyz, radius)
        features = smoothed_features(normals[self._order], cloud.rgb[self._order], around)
        self._edges = weighted_edges(self._xyz, features, around, color_weight, np.zeros(len(cloud), bool))

    def partition(
        self, threshold: float = 0.01, min_points: int = 20, max_extent: float = 0.8, axes: np.ndarray | None = None
    ) -> np.ndarray:
        """(N,) int32 superpoints in the order of the cloud; arguments as for ``segment``."""
        pieces = partition(self._xyz, self._edges, threshold, min_points, max_extent, axes)
        labels = np.empty(len(self._order), np.int64)
        labels[self._order] = pieces.superpoint
        return compacted(labels)


@dataclass
class Edges:
    """a, b (E,) int32 point indices and weight (E,) float32, lightest first."""

    a: np.ndarray
    b: np.ndarray
    weight: np.ndarray


def compacted(labels: np.ndarray) -> np.ndarray:
    """(N,) int32: labels (N,) >= 0 numbered 0..M-1 by their first appearance."""
    return _compacted(labels, np.full(int(labels.max(initial=-1)) + 1, -1, np.int32))


@njit(cache=True, nogil=True)
def _compacted(labels, number):
    out = np.empty(len(labels), np.int32)
    count = 0
    for i in range(len(labels)):
        if number[labels[i]] < 0:
            number[labels[i]] = count
            count += 1
        out[i] = number[labels[i]]
    return out


@njit(cache=True, nogil=True)
def smoothed_features(normals, rgb, around):
    """(N, 6) float32: unit normal and opponent colours, each the mean over the point and its neighbours.

    The colours are lightness, red-green and yellow-blue, about 0..1; lightness counts less because of shadows.
    """
    n = len(normals)
    color = np.empty((n, 3), np.float32)
    for i in range(n):
        r, g, b = rgb[i, 0] / 255, rgb[i, 1] / 255, rgb[i, 2] / 255
        color[i, 0] = 0.2 * (r + g + b)
        color[i, 1] = r - g
        color[i, 2] = 0.5 * (r + g) - b
    out = np.empty((n, 6), np.float32)
    total = np.empty(6)
    for i in range(n):
        for c in range(3):
            total[c], total[3 + c] = normals[i, c], color[i, c]
        count = 1
        for k in range(NEIGHBOURS):
            j = around[i, k]
            if j < 0:
                break
            for c in range(3):
                total[c] += normals[j, c]
                total[3 + c] += color[j, c]
            count += 1
        length = np.sqrt(total[0] ** 2 + total[1] ** 2 + total[2] ** 2)
        scale = 1.0 / max(length, 1e-6 * count)
        for c in range(3):
            out[i, c] = total[c] * scale
            out[i, 3 + c] = total[3 + c] / count
    return out


def weighted_edges(
    xyz: np.ndarray, features: np.ndarray, around: np.ndarray, color_weight: float, fixed: np.ndarray
) -> Edges:
    """Edges between neighbours, each pair once, but none between two ``fixed`` (N,) points."""
    a, b, weight = _edges(xyz, features, around, color_weight, fixed)
    # floats >= 0 sort as their bits do; 14 bits of mantissa tell weights apart that differ by 0.01 %
    order = radix_argsort(weight.view(np.int32) >> 9, 22)
    return Edges(a[order], b[order], weight[order])


@njit(cache=True, nogil=True)
def _edges(xyz, features, around, color_weight, fixed):
    n = len(xyz)
    a = np.empty(n * NEIGHBOURS, np.int32)
    b = np.empty(n * NEIGHBOURS, np.int32)
    weight = np.empty(n * NEIGHBOURS, np.float32)
    count = 0
    for i in range(n):
        for k in range(NEIGHBOURS):
            j = around[i, k]
            if j < 0:
                break
            if fixed[i] and fixed[j]:
                continue
            if j < i:
                known = False
                for m in range(NEIGHBOURS):
                    known |= around[j, m] == i
                if known:
                    continue
            dot = 0.0
            ahead = 0.0
            apart = 0.0
            for c in range(3):
                dot += features[i, c] * features[j, c]
                ahead += (features[j, c] - features[i, c]) * (xyz[j, c] - xyz[i, c])
                apart += (features[i, 3 + c] - features[j, 3 + c]) ** 2
            angle = max(1.0 - dot, 0.0)
            if ahead > 0:  # convex
                angle *= 0.5
            a[count], b[count] = i, j
            weight[count] = angle + color_weight * apart
            count += 1
    return a[:count], b[:count], weight[:count]


@dataclass
class Pieces:
    """Per point (N,): ``piece``, an index of a point of its piece of the graph; ``cell``, which part of a large
    piece; ``superpoint``, an index of a point of its superpoint, one for every (piece, cell)."""

    piece: np.ndarray
    cell: np.ndarray
    superpoint: np.ndarray


def partition(
    xyz: np.ndarray, edges: Edges, threshold: float, min_points: int, max_extent: float, axes: np.ndarray | None
) -> Pieces:
    n = len(xyz)
    piece = _grow(edges.a, edges.b, edges.weight, n, threshold, min_points)
    if max_extent <= 0:
        return Pieces(piece, np.zeros(n, np.int64), piece)
    along = xyz.astype(np.float64) if axes is None else xyz @ np.asarray(axes, np.float64).T
    cell = _cells(along, piece, max_extent)
    superpoint = _cut(edges.a, edges.b, piece, cell, min_points)
    return Pieces(piece, cell[superpoint], superpoint)


@njit(cache=True, nogil=True, inline="always")
def _find(parent, i):
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@njit(cache=True, nogil=True)
def _grow(a, b, weight, n, threshold, min_points):
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


@njit(cache=True, nogil=True)
def _cells(along, piece, max_extent):
    """Grid cell of each point, 0 along the axes where its piece is short.

    The cuts lie at multiples of max_extent, wherever a piece begins and ends; an end that would be shorter than
    the margin stays with the cell before it.
    """
    n = len(along)
    low = np.full((n, 3), np.inf)
    high = np.full((n, 3), -np.inf)
    for i in range(n):
        for c in range(3):
            low[piece[i], c] = min(low[piece[i], c], along[i, c])
            high[piece[i], c] = max(high[piece[i], c], along[i, c])
    margin = _MARGIN * max_extent
    cell = np.empty(n, np.int64)
    for i in range(n):
        p = piece[i]
        key = np.int64(0)
        for c in range(3):
            k = 0
            if high[p, c] - low[p, c] > max_extent + margin:
                first = np.floor((low[p, c] + margin) / max_extent)
                last = np.floor((high[p, c] - margin) / max_extent)
                k = np.int64(min(max(np.floor(along[i, c] / max_extent), first), last))
            key = (key << _CELL_BITS) | (k + _CELL_HALF)
        cell[i] = key
    return cell


@njit(cache=True, nogil=True)
def _cut(a, b, piece, cell, min_points):
    """A point of each point's superpoint: its part of the piece, or the one that a sliver has joined."""
    n = len(piece)
    # radix by cell, then by piece, would need wide keys: chain the points of each piece instead
    first = np.full(n, -1, np.int64)
    following = np.full(n, -1, np.int64)
    parent = np.empty(n, np.int64)
    size = np.zeros(n, np.int64)
    for i in range(n):
        p = piece[i]
        head = first[p]
        while head >= 0 and cell[head] != cell[i]:
            head = following[head]
        if head < 0:
            following[i] = first[p]
            first[p] = i
            head = i
        parent[i] = head
        size[head] += 1
    for e in range(len(a)):
        if piece[a[e]] != piece[b[e]]:
            continue
        i, j = _find(parent, a[e]), _find(parent, b[e])
        if i != j and (size[i] < min_points or size[j] < min_points):
            if size[i] < size[j]:
                i, j = j, i
            parent[j] = i
            size[i] += size[j]
    for i in range(n):
        parent[i] = _find(parent, i)
    return parent
