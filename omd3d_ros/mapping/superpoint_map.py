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
from .neighbours import nearest, order_by_position
from .point_changes import extents, in_cells_around, matched, nearest_of
from .superpoints import Context, along_axes, compacted, grow_and_cut, smoothed_features, weighted_edges


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
        threshold: float = 0.01,
        min_points: int = 20,
        color_weight: float = 3.0,
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

    def update(
        self, cloud: PointCloud, changed_blocks: np.ndarray | None = None, block_size: float = 0.08
    ) -> SuperpointUpdate:
        """Take the cloud as it is now, in any order; it must have normals (else ValueError).

        What changed is found by comparing points bit for bit.  changed_blocks (B, 3) int32, coordinates of cubes of
        ``block_size`` metres, only makes that faster: points outside them are expected to be the same, in the same
        order as before, and are looked up one by one where they are not.
        """
        if cloud.normals is None:
            raise ValueError("SuperpointMap needs a cloud with normals")
        previous = matched(self._cloud, cloud, changed_blocks, block_size)
        gone = np.ones(len(self._cloud), bool)
        gone[previous[previous >= 0]] = False
        dirty = np.zeros(len(self._label), bool)
        dirty[self._superpoint[gone]] = True
        known = np.flatnonzero(previous >= 0)
        moved = np.concatenate([cloud.xyz[previous < 0], self._cloud.xyz[gone]])
        around = np.flatnonzero(in_cells_around(cloud.xyz, moved, self.radius) & (previous >= 0))
        near = around[nearest_of(cloud.xyz[around], moved, self.radius) >= 0]
        dirty[self._superpoint[previous[near]]] = True
        free = previous < 0
        free[known] = dirty[self._superpoint[previous[known]]]
        return self._segment_again(cloud, previous, free, gone, dirty)

    def _segment_again(
        self, cloud: PointCloud, previous: np.ndarray, free: np.ndarray, gone: np.ndarray, dirty: np.ndarray
    ) -> SuperpointUpdate:
        """Segment the ``free`` points of the cloud; ``dirty`` (M,) superpoints give theirs up."""
        n, m = len(cloud), len(self._label)
        superpoint = np.full(n, -1, np.int64)
        superpoint[~free] = self._superpoint[previous[~free]]
        limit = np.zeros(n, np.float32)
        limit[~free] = self._limit[previous[~free]]
        local = np.flatnonzero(free | in_cells_around(cloud.xyz, cloud.xyz[free], 2 * self.radius))
        local = local[order_by_position(cloud.xyz[local], self.radius)]
        around = nearest(cloud.xyz[local], self.radius)
        features = smoothed_features(cloud.normals[local], cloud.rgb[local], around)  # type: ignore[index]
        fixed = ~free[local]
        edges = weighted_edges(cloud.xyz[local], features, around, self.color_weight, fixed)
        along = along_axes(cloud.xyz[local], self.axes)
        context = self._context(cloud, superpoint, limit, local, along)
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
        stays[heads] = self._same_part_elsewhere(piece, pieces.cell[heads], dirty)
        new = heads[stays[heads] < 0]
        piece = piece[stays[heads] < 0]
        stays[new] = m + np.arange(len(new))
        free_local = np.flatnonzero(~fixed)
        superpoint[local[free_local]] = stays[pieces.superpoint[free_local]]
        limit[local[free_local]] = pieces.limit[free_local]

        inherited = self._inherited(cloud, previous, free, gone, superpoint, len(new))
        label = np.concatenate([self._label, inherited])
        resegmented = len(free_local)
        gained = np.unique(superpoint[free])
        removed = np.setdiff1d(self._label[dirty], inherited)
        numbers = compacted(superpoint)
        count = int(numbers.max(initial=-1)) + 1
        original = np.empty(count, np.int64)
        original[numbers] = superpoint
        self._cloud, self._superpoint, self._limit = cloud, numbers, limit
        self._label = label[original]
        self._piece = compacted(np.concatenate([self._piece, piece])[original]).astype(np.int64)
        self._cell = np.concatenate([self._cell, pieces.cell[new]])[original]
        return SuperpointUpdate(
            self._label[numbers], numbers, self._label.copy(), np.sort(label[gained]), removed, resegmented
        )

    def _context(
        self, cloud: PointCloud, superpoint: np.ndarray, limit: np.ndarray, local: np.ndarray, along: np.ndarray
    ) -> Context:
        """What is known around the free points, of which superpoint (N,) is -1."""
        context = Context.nothing_known(along)
        at = np.flatnonzero(superpoint[local] >= 0)
        if len(at) == 0:
            return context
        part = superpoint[local[at]]
        piece = self._piece[part]
        staying = superpoint[superpoint >= 0]
        context.fixed[at] = True
        context.limit[at] = limit[local[at]]
        context.cell[at] = self._cell[part]
        pieces, first_of_piece, which = np.unique(piece, return_index=True, return_inverse=True)
        context.piece[at] = at[first_of_piece[which]]
        piece_size, part_size = np.ones(len(local), np.int64), np.ones(len(local), np.int64)
        piece_size[at] = part_size[at] = 0
        size_of_part = np.bincount(staying, minlength=len(self._label))
        size_of_piece = np.bincount(self._piece, size_of_part)
        piece_size[at[first_of_piece]] = size_of_piece[pieces]
        parts, first_of_part = np.unique(part, return_index=True)
        part_size[at[first_of_part]] = size_of_part[parts]
        context.piece_size, context.part_size = piece_size, part_size

        number = np.full(len(size_of_piece), -1, np.int64)
        number[pieces] = np.arange(len(pieces))
        of_piece = np.full(len(cloud), -1, np.int64)
        of_piece[superpoint >= 0] = number[self._piece[staying]]
        inside = np.flatnonzero(of_piece >= 0)
        low, high = extents(along_axes(cloud.xyz[inside], self.axes), of_piece[inside], len(pieces))
        context.low, context.high = along.copy(), along.copy()
        context.low[at], context.high[at] = low[which], high[which]
        return context

    def _same_part_elsewhere(self, piece: np.ndarray, cell: np.ndarray, dirty: np.ndarray) -> np.ndarray:
        """(K,) the staying superpoint that is the same cell of the same piece, though out of reach; -1: none."""
        same = np.flatnonzero(np.isin(self._piece, piece) & ~dirty)
        known = {(int(self._piece[s]), int(self._cell[s])): int(s) for s in same}
        return np.array([known.get((int(p), int(c)), -1) for p, c in zip(piece, cell, strict=True)], np.int64)

    def _inherited(
        self,
        cloud: PointCloud,
        previous: np.ndarray,
        free: np.ndarray,
        gone: np.ndarray,
        superpoint: np.ndarray,
        count: int,
    ) -> np.ndarray:
        """(count,) labels of the new superpoints: each keeps that of the old one it shares most points with.

        A point that came stands for the nearest one that went, within half of ``radius``.
        """
        m = len(self._label)
        ancestor = np.full(len(cloud), -1, np.int64)
        same = free & (previous >= 0)
        ancestor[same] = self._superpoint[previous[same]]
        came, went = np.flatnonzero(previous < 0), np.flatnonzero(gone)
        stands_for = nearest_of(cloud.xyz[came], self._cloud.xyz[went], 0.5 * self.radius)
        close = stands_for >= 0
        ancestor[came[close]] = self._superpoint[went[stands_for[close]]]
        voting = np.flatnonzero((superpoint >= m) & (ancestor >= 0))
        pairs, votes = np.unique((superpoint[voting] - m) * (m + 1) + ancestor[voting], return_counts=True)
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
