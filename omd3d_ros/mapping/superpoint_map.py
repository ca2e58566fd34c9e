"""Superpoints that are kept while a map changes: only what a change touches is segmented again.

Which superpoints are segmented again: those that lost a point, and those with a point within ``radius`` of a point
that came or went, as its neighbours in the graph may be others now.  Their points and the new points are grown
into pieces as in ``segment``, next to the pieces that stay.  Those take part as they are: each accepts every edge up
to the weight that its own growth had accepted, gains the points that join it, and is never joined to another that
stays.  The result differs a little from a segmentation from scratch where a change would have worked its way on
through a piece that stays, and where a piece has grown past the length at which it is cut.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..types import PointCloud
from .neighbour_map import NeighbourMap
from .neighbours import order_by_position
from .point_changes import extents, in_cells_around, matched, nearest_of
from .superpoints import (
    COLOR_WEIGHT,
    LEAST_POINTS,
    THRESHOLD,
    Context,
    along_axes,
    compacted,
    grow_and_cut,
    smoothed_features,
    weighted_edges,
)  # fmt: skip

_VOTERS = 1000  # points that came, which say what superpoint a new one was


@dataclass(frozen=True)
class SuperpointUpdate:
    """What an update made of the cloud it was given.

    labels (N,) int64: the superpoint of each point, by a number that a superpoint keeps for its life and that is
    never used for another.  superpoints (N,) int32: the same, numbered 0..M-1 in the order of the cloud.  label_of (M,)
    int64: the label of each of those.  changed (K,) int64: labels that are new or whose points are others than before.
    removed: labels that are no more.  resegmented: how many points were segmented again.
    """

    labels: np.ndarray
    superpoints: np.ndarray
    label_of: np.ndarray
    changed: np.ndarray
    removed: np.ndarray
    resegmented: int


class SuperpointMap:
    """The superpoints of a cloud that changes in places.

    Arguments are those of ``segment``.  ``axes`` stay for the life of the object: cuts that turned with every new
    estimate of gravity would move everywhere, so keep the cloud in the world frame and start a new SuperpointMap
    where the estimate has moved by more than a few degrees.  Not thread-safe.
    """

    def __init__(
        self,
        threshold: float = THRESHOLD,
        min_points: int = LEAST_POINTS,
        color_weight: float = COLOR_WEIGHT,
        radius: float = 0.05,
        max_extent: float = 0.8,
        axes: np.ndarray | None = None,
    ) -> None:
        self.threshold = float(threshold)
        self.min_points = int(min_points)
        self.color_weight = float(color_weight)
        self.radius = float(radius)
        self.max_extent = float(max_extent)
        self.axes = None if axes is None else np.asarray(axes, np.float64)
        self._next_label = 0
        self._cloud = PointCloud(np.empty((0, 3)), np.empty((0, 3)), np.empty((0, 3)))
        self._superpoint = np.empty(0, np.int32)  # per point
        self._limit = np.empty(0, np.float32)
        self._label = np.empty(0, np.int64)  # per superpoint
        self._piece = np.empty(0, np.int64)
        self._cell = np.empty(0, np.int64)
        self._neighbours = NeighbourMap(self.radius)
        self._size = np.empty(0, np.int64)
        self._low, self._high = np.empty((0, 3)), np.empty((0, 3))  # along the axes

    def update(
        self,
        cloud: PointCloud,
        changed_blocks: np.ndarray | None = None,
        block_size: float = 0.08,
        previous: np.ndarray | None = None,
    ) -> SuperpointUpdate:
        """Take the cloud as it is now, in any order; it must have normals (else ValueError).

        What changed is found by comparing points bit for bit.  changed_blocks (B, 3) int32, coordinates of cubes of
        ``block_size`` metres, only makes that faster: points outside them are expected to be the same, in the same
        order as before, and are looked up one by one where they are not.  previous (N,) int64: which point of the cloud
        before each point is, -1: none, where that is known already.
        """
        if cloud.normals is None:
            raise ValueError("SuperpointMap needs a cloud with normals")
        if previous is None:
            previous = matched(self._cloud, cloud, changed_blocks, block_size)
        known, came = np.flatnonzero(previous >= 0), np.flatnonzero(previous < 0)
        stayed = np.zeros(len(self._cloud), bool)
        stayed[previous[known]] = True
        went = np.flatnonzero(~stayed)
        dirty = np.zeros(len(self._label) + 1, bool)
        dirty[-1] = True
        dirty[self._superpoint[went]] = True
        superpoint = np.full(len(cloud), -1, np.int64)
        superpoint[known] = self._superpoint[previous[known]]
        moved = np.concatenate([cloud.xyz.take(came, axis=0), self._cloud.xyz.take(went, axis=0)])
        around = np.flatnonzero(in_cells_around(cloud.xyz, moved, self.radius) & (previous >= 0))
        near = around[nearest_of(cloud.xyz.take(around, axis=0), moved, self.radius) >= 0]
        dirty[superpoint[near]] = True
        changed = previous < 0
        changed[near] = True
        return self._segment_again(cloud, previous, changed, superpoint, came, went, dirty)

    def _segment_again(
        self,
        cloud: PointCloud,
        previous: np.ndarray,
        changed: np.ndarray,
        superpoint: np.ndarray,
        came: np.ndarray,
        went: np.ndarray,
        dirty: np.ndarray,
    ) -> SuperpointUpdate:
        """Segment the points of ``dirty`` (M + 1,) superpoints again, of which the last is -1: of those that came.

        changed (N,): points that came or have a change within ``radius``; superpoint (N,) is changed in place.
        """
        n, m = len(cloud), len(self._label)
        free = dirty[superpoint]
        limit = np.zeros(n, np.float32)
        kept = np.flatnonzero(~free)
        limit[kept] = self._limit[previous[kept]]
        again = np.flatnonzero(free)
        ancestor = superpoint[again]
        superpoint[again] = -1
        local = np.flatnonzero(free | in_cells_around(cloud.xyz, cloud.xyz.take(again, axis=0), 2 * self.radius))
        local = local[order_by_position(cloud.xyz.take(local, axis=0), self.radius)]
        nearby = cloud.select(local)
        around = self._neighbours.update(nearby.xyz, local, previous, changed)
        features = smoothed_features(nearby.normals, nearby.rgb, around)
        fixed = ~free[local]
        edges = weighted_edges(nearby.xyz, features, around, self.color_weight, fixed)
        along = along_axes(nearby.xyz, self.axes)
        context = self._context(superpoint, limit, local, along, dirty)
        pieces = grow_and_cut(along, edges, context, self.threshold, self.min_points, self.max_extent)

        # what a point belongs to: a superpoint that stays (0..m-1), or a new one (m..)
        stays = np.full(len(local), -1, np.int64)
        stays[pieces.superpoint[fixed]] = superpoint[local[fixed]]
        piece_stays = np.full(len(local), -1, np.int64)
        piece_stays[pieces.piece[fixed]] = self._piece[superpoint[local[fixed]]]
        heads = np.flatnonzero((pieces.superpoint == np.arange(len(local))) & (stays < 0))
        first_new = int(self._piece.max(initial=-1)) + 1
        piece = piece_stays[pieces.piece[heads]]
        piece = np.where(piece < 0, first_new + pieces.piece[heads], piece)
        stays[heads] = self._same_part_elsewhere(piece, pieces.cell[heads], dirty[:m])
        new = heads[stays[heads] < 0]
        piece = piece[stays[heads] < 0]
        stays[new] = m + np.arange(len(new))
        free_local = np.flatnonzero(~fixed)
        superpoint[local[free_local]] = stays[pieces.superpoint[free_local]]
        limit[local[free_local]] = pieces.limit[free_local]

        asked = slice(None, None, 1 + len(came) // _VOTERS)
        votes = np.ones(len(again), np.int64)
        votes[np.searchsorted(again, came[asked])] = asked.step
        ancestor[np.searchsorted(again, came[asked])] = self._ancestors(cloud.xyz.take(came[asked], axis=0), went)
        inherited = self._inherited(superpoint[again], ancestor, votes, len(new))
        label = np.concatenate([self._label, inherited])
        gained = np.bincount(superpoint[again], minlength=m + len(new))
        removed = np.setdiff1d(self._label[dirty[:m]], inherited)
        size, low, high = self._measured(gained, along.take(free_local, axis=0), superpoint[local[free_local]])
        numbers = compacted(superpoint)
        count = int(numbers.max(initial=-1)) + 1
        original = np.empty(count, np.int64)
        original[numbers] = superpoint
        self._cloud, self._superpoint, self._limit = cloud, numbers, limit
        self._label = label[original]
        self._piece = compacted(np.concatenate([self._piece, piece])[original]).astype(np.int64)
        self._cell = np.concatenate([self._cell, pieces.cell[new]])[original]
        self._size, self._low, self._high = size[original], low[original], high[original]
        return SuperpointUpdate(
            self._label[numbers], numbers, self._label.copy(), np.sort(label[gained > 0]), removed, len(again)
        )

    def _context(
        self, superpoint: np.ndarray, limit: np.ndarray, local: np.ndarray, along: np.ndarray, dirty: np.ndarray
    ) -> Context:
        """What is known around the free points, of which superpoint (N,) is -1."""
        context = Context.nothing_known(along)
        at = np.flatnonzero(superpoint[local] >= 0)
        if len(at) == 0:
            return context
        part = superpoint[local[at]]
        piece = self._piece[part]
        context.fixed[at] = True
        context.limit[at] = limit[local[at]]
        context.cell[at] = self._cell[part]
        of_piece, of_part = (np.empty(int(which.max()) + 1, np.int64) for which in (self._piece, part))
        of_piece[piece[::-1]], of_part[part[::-1]] = at[::-1], at[::-1]  # the first point of each
        context.piece[at] = of_piece[piece]
        members = np.flatnonzero(~dirty[:-1])
        size = np.bincount(self._piece[members], self._size[members], len(of_piece))
        context.piece_size, context.part_size = np.ones(len(local), np.int64), np.ones(len(local), np.int64)
        context.piece_size[at] = context.part_size[at] = 0
        context.piece_size[of_piece[piece]], context.part_size[of_part[part]] = size[piece], self._size[part]

        low, high = np.full((len(of_piece), 3), np.inf), np.full((len(of_piece), 3), -np.inf)
        np.minimum.at(low, self._piece[members], self._low[members])
        np.maximum.at(high, self._piece[members], self._high[members])
        context.low, context.high = along.copy(), along.copy()
        context.low[at], context.high[at] = low[piece], high[piece]
        return context

    def _measured(
        self, gained: np.ndarray, along: np.ndarray, superpoint: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Sizes (S,) and extents (S, 3) of superpoints that ``gained`` (S,) points each: along (P, 3) in
        ``superpoint`` (P,)."""
        low, high = extents(along, superpoint, len(gained))
        m = len(self._size)
        gained = gained.copy()
        gained[:m] += self._size
        low[:m], high[:m] = np.minimum(low[:m], self._low), np.maximum(high[:m], self._high)
        return gained, low, high

    def _same_part_elsewhere(self, piece: np.ndarray, cell: np.ndarray, dirty: np.ndarray) -> np.ndarray:
        """(K,) the staying superpoint that is the same cell of the same piece, though out of reach; -1: none."""
        same = np.flatnonzero(np.isin(self._piece, piece) & ~dirty)
        known = {(int(self._piece[s]), int(self._cell[s])): int(s) for s in same}
        return np.array([known.get((int(p), int(c)), -1) for p, c in zip(piece, cell, strict=True)], np.int64)

    def _ancestors(self, came: np.ndarray, went: np.ndarray) -> np.ndarray:
        """(K,) the superpoint of the point that went nearest to each that came, came (K, 3), within half of
        ``radius``; -1: none."""
        nearest_gone = nearest_of(came, self._cloud.xyz.take(went, axis=0), 0.5 * self.radius)
        ancestor = np.full(len(came), -1, np.int64)
        found = nearest_gone >= 0
        ancestor[found] = self._superpoint[went[nearest_gone[found]]]
        return ancestor

    def _inherited(self, superpoint: np.ndarray, ancestor: np.ndarray, votes: np.ndarray, count: int) -> np.ndarray:
        """(count,) labels of the new superpoints: each keeps that of the old one it shares most points with.

        superpoint, ancestor (P,): which superpoint points are in now, and which they were in, -1: unknown; votes (P,).
        """
        m = len(self._label)
        voting = np.flatnonzero((superpoint >= m) & (ancestor >= 0))
        pairs, which = np.unique((superpoint[voting] - m) * (m + 1) + ancestor[voting], return_inverse=True)
        votes = np.bincount(which, votes[voting])
        labels = np.full(count, -1, np.int64)
        taken = np.zeros(m, bool)
        for pair in pairs[np.argsort(-votes, kind="stable")]:
            new, old = divmod(int(pair), m + 1)
            if labels[new] < 0 and not taken[old]:
                labels[new] = self._label[old]
                taken[old] = True
        fresh = np.flatnonzero(labels < 0)
        labels[fresh] = self._next_label + np.arange(len(fresh))
        self._next_label += len(fresh)
        return labels
