"""Which objects are compared with which: of few each with each, of many those that are near enough for a relation."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from .nearby import close_pairs
from .table import ObjectTable

_EACH = 10_000  # pairs or triples up to which each is compared with each
_MOST = 57_600  # of near ones that are measured for one relation; of more, the best members'
_LEFT = 1000  # objects whose distances are measured
_ANCHORS = 8  # nearest anchors that a distance is measured to


def compared(
    table: ObjectTable, a: np.ndarray, b: np.ndarray, some_a: np.ndarray, some_b: np.ndarray, reach: float
) -> tuple[np.ndarray, np.ndarray]:
    """Objects to compare, as indices that broadcast: (A, 1) and (1, B), or (P,) and (P,).

    a, b (K,): memberships; some_a, some_b: those that come into question.  reach: metres between footprints beyond
    which the relation does not hold.
    """
    if len(some_a) * len(some_b) <= _EACH:
        return some_a[:, None], some_b[None]
    i, j = close_pairs(table.boxes[some_a], table.boxes[some_b], reach)
    i, j = some_a[i], some_b[j]
    kept = _best(a[i] * b[j])
    return i[kept], j[kept]


def compared_between(
    table: ObjectTable,
    memberships: tuple[np.ndarray, np.ndarray, np.ndarray],
    some_a: np.ndarray,
    some_b: np.ndarray,
    some_c: np.ndarray,
    reach: float,
    beside: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same for ``a`` between ``b`` and ``c``, which are at most ``reach`` metres from one another; ``beside``:
    metres that a may be off the box round their centres."""
    if len(some_a) * len(some_b) * len(some_c) <= _EACH:
        return some_a[:, None, None], some_b[None, :, None], some_c[None, None]
    a, b, c = memberships
    points = np.concatenate([table.center, np.zeros((len(table), 3))], 1)
    j, k = close_pairs(points[some_b], points[some_c], reach)
    j, k = some_b[j], some_c[k]
    kept = _best(b[j] * c[k])
    j, k = j[kept], k[kept]
    round_both = np.concatenate([(points[j, :3] + points[k, :3]) / 2, np.abs(points[j, :3] - points[k, :3])], 1)
    i, pair = close_pairs(points[some_a], round_both, beside)
    i, j, k = some_a[i], j[pair], k[pair]
    kept = _best(a[i] * b[j] * c[k])
    return i[kept], j[kept], k[kept]


def nearest_anchors(
    table: ObjectTable, some: np.ndarray, anchors: np.ndarray, nearest: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Objects (A,) and the anchors (A, n), or (1, n) for all of them, to which their distances are measured.

    Of many objects those are left whose centres are the nearest to an anchor's, or else the farthest.
    """
    if len(some) * len(anchors) <= _EACH:
        return some, anchors[None]
    apart, which = cKDTree(table.center[anchors]).query(table.center[some], k=range(1, 1 + min(_ANCHORS, len(anchors))))
    if len(some) > _LEFT:
        first = np.where(np.isin(some, anchors), apart[:, -1], apart[:, 0])  # an anchor is at no distance from itself
        kept = np.sort(np.argsort(first if nearest else -first, kind="stable")[:_LEFT])
        some, which = some[kept], which[kept]
    return some, anchors[which]


def _best(membership: np.ndarray) -> np.ndarray:
    """Indices of the ``_MOST`` best."""
    if len(membership) <= _MOST:
        return np.arange(len(membership))
    return np.argpartition(-membership, _MOST)[:_MOST]
