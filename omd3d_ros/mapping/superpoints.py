"""Superpoints: small pieces of surface that belong to one object.

Felzenszwalb and Huttenlocher's graph segmentation (2004) on the neighbour graph of the cloud, with edges
weighted by the angle between normals (concave edges are likelier boundaries than convex ones) and by the difference in
colour.  Both are smoothed first, over neighbours that are alike (Tomasi and Manduchi's bilateral filter, 1998), so that
noise goes and the edge of a sheet of paper stays.  Large pieces are then cut along a grid that is fixed in the world.

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

THRESHOLD = 0.015
LEAST_POINTS = 15
COLOR_WEIGHT = 12.0

_CELL_BITS = 20
_CELL_HALF = 1 << (_CELL_BITS - 1)
_ALIKE_NORMAL, _ALIKE_COLOR = 0.6, 0.06  # differences at which a neighbour counts 0.6 in the mean
_MARGIN = 0.25  # of max_extent: what the end of a piece may reach past a cut without becoming a piece of its own


def segment(
    cloud: PointCloud,
    threshold: float = THRESHOLD,
    min_points: int = LEAST_POINTS,
    color_weight: float = COLOR_WEIGHT,
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

    def __init__(self, cloud: PointCloud, color_weight: float = COLOR_WEIGHT, radius: float = 0.05) -> None:
        normals = cloud.normals if cloud.normals is not None else estimate_normals(cloud.xyz)
        self._order = order_by_position(cloud.xyz, radius)
        self._xyz = cloud.xyz.take(self._order, axis=0)
        around = nearest(self._xyz, radius)
        features = smoothed_features(normals.take(self._order, axis=0), cloud.rgb.take(self._order, axis=0), around)
        self._edges = weighted_edges(self._xyz, features, around, color_weight, np.zeros(len(cloud), bool))

    def partition(
        self,
        threshold: float = THRESHOLD,
        min_points: int = LEAST_POINTS,
        max_extent: float = 0.8,
        axes: np.ndarray | None = None,
    ) -> np.ndarray:
        """(N,) int32 superpoints in the order of the cloud; arguments as for ``segment``."""
        along = along_axes(self._xyz, axes)
        nothing = Context.nothing_known(along)
        pieces = grow_and_cut(along, self._edges, nothing, threshold, min_points, max_extent)
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
    """(N, 6) float32: unit normal and opponent colours, each the mean over the point and neighbours like it.

    The colours are lightness, red-green and yellow-blue, about 0..1; lightness counts less because of shadows.
    """
    n = len(normals)
    features = np.empty((n, 6), np.float32)
    for i in range(n):
        r, g, b = rgb[i, 0] / 255, rgb[i, 1] / 255, rgb[i, 2] / 255
        features[i, :3] = normals[i]
        features[i, 3] = 0.2 * (r + g + b)
        features[i, 4] = r - g
        features[i, 5] = 0.5 * (r + g) - b
    out = np.empty((n, 6), np.float32)
    for i in range(n):
        _mean_of_alike(features, around, i, 0, _ALIKE_NORMAL, out)
        _mean_of_alike(features, around, i, 3, _ALIKE_COLOR, out)
        length = np.sqrt(out[i, 0] ** 2 + out[i, 1] ** 2 + out[i, 2] ** 2)
        for c in range(3):
            out[i, c] /= max(length, 1e-6)
    return out


@njit(cache=True, nogil=True, inline="always")
def _mean_of_alike(features, around, i, first, scale, out):
    """Three columns from ``first`` of row i: the mean of it and its neighbours, weighted by a Gaussian of how they
    differ from it with standard deviation ``scale``."""
    x, y, z = features[i, first], features[i, first + 1], features[i, first + 2]
    total_x, total_y, total_z, total = x, y, z, 1.0
    for k in range(NEIGHBOURS):
        j = around[i, k]
        if j < 0:
            break
        u, v, w = features[j, first], features[j, first + 1], features[j, first + 2]
        apart = (u - x) ** 2 + (v - y) ** 2 + (w - z) ** 2
        weight = np.exp(-apart / (2 * scale * scale))
        total_x += weight * u
        total_y += weight * v
        total_z += weight * w
        total += weight
    out[i, first], out[i, first + 1], out[i, first + 2] = total_x / total, total_y / total, total_z / total


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
class Context:
    """Points (N,) of which some are ``fixed``: parts of superpoints that are known and stay.

    piece: for a fixed point the first fixed point of its piece of the graph, for others the point itself.
    piece_size, part_size: 1 for points that are not fixed; how many points the piece or superpoint of a fixed
    point has, given at one of its points and 0 at others.  limit: the weight that a fixed point's piece accepts.
    cell: the part of its piece that a fixed point belongs to.  low, high (N, 3): the point itself, or the extent
    along the axes of the cuts of the whole piece of a fixed point.
    """

    fixed: np.ndarray
    piece: np.ndarray
    piece_size: np.ndarray
    part_size: np.ndarray
    limit: np.ndarray
    cell: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def nothing_known(cls, along: np.ndarray) -> Context:
        """No fixed points; along (N, 3): the points along the axes of the cuts."""
        n = len(along)
        ones = np.ones(n, np.int64)
        return cls(np.zeros(n, bool), np.arange(n), ones, ones, np.zeros(n), np.zeros(n, np.int64), along, along)


@dataclass
class Pieces:
    """Per point (N,): ``piece`` and ``superpoint``, a point that stands for each; ``cell``, which part of its piece
    the superpoint is, one for every (piece, cell); ``limit``, the greatest weight that its piece accepts."""

    piece: np.ndarray
    superpoint: np.ndarray
    cell: np.ndarray
    limit: np.ndarray


def along_axes(xyz: np.ndarray, axes: np.ndarray | None) -> np.ndarray:
    """(N, 3) float64 coordinates along the unit vectors in the rows of ``axes``, or as they are."""
    return xyz.astype(np.float64) if axes is None else xyz @ np.asarray(axes, np.float64).T


def grow_and_cut(
    along: np.ndarray, edges: Edges, context: Context, threshold: float, min_points: int, max_extent: float
) -> Pieces:
    """Pieces of the graph, cut where they are large; no two fixed pieces are joined."""
    pinned = context.fixed.copy()
    piece, limit = _grow(
        edges.a, edges.b, edges.weight, context.fixed, pinned, context.piece, context.piece_size, context.limit,
        threshold, min_points,
    )  # fmt: skip
    if max_extent <= 0:
        return Pieces(piece, piece, context.cell, limit)
    cell = _cells(along, piece, context.low, context.high, context.fixed, context.cell, max_extent)
    superpoint = _cut(edges.a, edges.b, piece, cell, context.fixed, context.part_size, min_points)
    return Pieces(piece, superpoint, cell[superpoint], limit)


@njit(cache=True, nogil=True, inline="always")
def _find(parent, i):
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@njit(cache=True, nogil=True, inline="always")
def _join(parent, size, pinned, i, j):
    """Join two roots under the larger; returns the new root."""
    if size[i] < size[j]:
        i, j = j, i
    parent[j] = i
    size[i] += size[j]
    pinned[i] |= pinned[j]
    return i


@njit(cache=True, nogil=True)
def _roots(parent):
    for i in range(len(parent)):
        parent[i] = _find(parent, i)


@njit(cache=True, nogil=True)
def _grow(a, b, weight, fixed, pinned, known, known_size, known_limit, threshold, min_points):
    parent = known.copy()
    n = len(parent)
    size = np.zeros(n, np.int64)
    limit = np.empty(n)
    for i in range(n):
        size[known[i]] += known_size[i]
        limit[i] = known_limit[i] if fixed[i] else threshold
    for e in range(len(a)):
        i, j = _find(parent, a[e]), _find(parent, b[e])
        if i == j or (pinned[i] and pinned[j]):
            continue
        # a piece that is complete has accepted every edge up to its limit, at whatever size it then was
        limit_i = limit[a[e]] if fixed[a[e]] else limit[i]
        limit_j = limit[b[e]] if fixed[b[e]] else limit[j]
        if weight[e] <= limit_i and weight[e] <= limit_j:
            least = 0.0
            if pinned[i] or pinned[j]:
                least = limit[i] if pinned[i] else limit[j]
            root = _join(parent, size, pinned, i, j)
            # threshold / sqrt(size): pieces of a 2 cm cloud have 20 to 5,000 points
            limit[root] = max(weight[e] + threshold / np.sqrt(size[root]), least)
    reached = np.empty(n, np.float32)
    for i in range(n):
        reached[i] = limit[i] if fixed[i] else limit[_find(parent, i)]
    _absorb_small(a, b, np.zeros(n, np.int64), parent, size, pinned, min_points)
    _roots(parent)
    return parent, reached


@njit(cache=True, nogil=True)
def _absorb_small(a, b, group, parent, size, pinned, min_points):
    """Join what has fewer than min_points along the lightest edge inside its group."""
    for e in range(len(a)):
        if group[a[e]] != group[b[e]]:
            continue
        i, j = _find(parent, a[e]), _find(parent, b[e])
        if i != j and (size[i] < min_points or size[j] < min_points) and not (pinned[i] and pinned[j]):
            _join(parent, size, pinned, i, j)


@njit(cache=True, nogil=True)
def _cells(along, piece, low_of, high_of, fixed, known, max_extent):
    """Grid cell of each point, 0 along the axes where its piece is short.

    The cuts lie at multiples of max_extent, wherever a piece begins and ends; an end that would be shorter than
    the margin stays with the cell before it.
    """
    n = len(along)
    low = np.full((n, 3), np.inf)
    high = np.full((n, 3), -np.inf)
    for i in range(n):
        for c in range(3):
            low[piece[i], c] = min(low[piece[i], c], low_of[i, c])
            high[piece[i], c] = max(high[piece[i], c], high_of[i, c])
    margin = _MARGIN * max_extent
    cell = known.copy()
    for i in range(n):
        if fixed[i]:
            continue
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
def _cut(a, b, piece, cell, fixed, part_size, min_points):
    """A point that stands for each point's superpoint: its cell of its piece, slivers joined to the next."""
    n = len(piece)
    parent = np.empty(n, np.int64)
    size = np.zeros(n, np.int64)
    pinned = np.zeros(n, np.bool_)
    newest = np.full(n, -1, np.int64)  # per piece: the head of a chain of one point per cell
    following = np.full(n, -1, np.int64)
    latest = np.full(n, -1, np.int64)  # per piece: the cell met last, as a rule the one that is met next
    for i in range(n):
        p = piece[i]
        head = latest[p]
        if head < 0 or cell[head] != cell[i]:
            head = newest[p]
            while head >= 0 and cell[head] != cell[i]:
                head = following[head]
            if head < 0:
                following[i] = newest[p]
                newest[p] = i
                head = i
            latest[p] = head
        parent[i] = head
        size[head] += part_size[i]
        pinned[head] |= fixed[i]
    _absorb_small(a, b, piece, parent, size, pinned, min_points)
    _roots(parent)
    for i in range(n):
        if fixed[i]:  # a superpoint that stays keeps its cell, whatever has joined it
            cell[parent[i]] = cell[i]
    return parent
