"""Relations between objects, graded 0..1: above 0.8 where clearly true, below 0.2 where clearly false.

The bounds are those of ``datasets.rooms.relations``, widened for boxes that are a few centimetres off.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .grading import every, fall, rise
from .pairs import Pairs
from .places import held_by_wall
from .table import ObjectTable

_INWARD = np.array([(0, 1), (-1, 0), (0, -1), (1, 0)], float)  # of the walls at low y, high x, high y, low x


def near(pairs: Pairs) -> np.ndarray:
    """What rests on another thing is near it only in a way: half."""
    resting = np.maximum(pairs.on, pairs.swapped().on)
    return every(fall(pairs.gap, 0.3, 0.7), 1 - 0.5 * resting)


def on(pairs: Pairs) -> np.ndarray:
    return pairs.on


def under(pairs: Pairs) -> np.ndarray:
    """What stands in the space below b; and what carries b."""
    over_center = (np.abs(pairs.offset[..., :2]) - pairs.size_b[..., :2] / 2).max(-1)
    lower = fall(pairs.high_a[..., 2] - pairs.high_b[..., 2], 0.02, 0.12)
    deeper = every(
        fall(pairs.low_a[..., 2] - pairs.low_b[..., 2], 0.25, 0.4), fall(pairs.middle_above_top, -0.08, -0.02)
    )
    hanging = held_by_wall(pairs.table, pairs.a.ravel()).reshape(pairs.a.shape)
    beneath = every(fall(over_center, 0.0, 0.08), lower, deeper, 1 - 0.8 * pairs.on, 1 - hanging)
    return np.maximum(beneath, 0.9 * pairs.swapped().on)


def inside(pairs: Pairs) -> np.ndarray:
    """a's bottom is within b, and b's sides are round it."""
    smaller = fall(pairs.size_a.prod(-1) / np.maximum(pairs.size_b.prod(-1), 1e-9), 0.7, 1.2)
    raised = rise(pairs.low_a[..., 2] - pairs.low_b[..., 2], -0.03, 0.02)
    depth = np.clip(0.5 * pairs.size_b[..., 2], 0.03, 0.1)
    sunk = fall(pairs.low_a[..., 2] - pairs.high_b[..., 2], -depth, 0.05 - depth)
    within = every(rise(pairs.covered, 0.4, 0.75), smaller, raised, sunk)
    return within if pairs.table.supports is None else every(within, np.maximum(pairs.on, 0.15))


def above(pairs: Pairs) -> np.ndarray:
    beside = pairs.aside[..., :2].max(-1)
    clear = rise(pairs.low_a[..., 2] - pairs.high_b[..., 2], -0.02, 0.02)
    return every(clear, fall(beside, 0.03, 0.4), 1 - 0.5 * pairs.on)


def left(pairs: Pairs) -> np.ndarray:
    return _side(pairs, -1.0)


def right(pairs: Pairs) -> np.ndarray:
    return _side(pairs, 1.0)


def _side(pairs: Pairs, sign: float) -> np.ndarray:
    beyond, along = sign * pairs.seen[..., 0], np.abs(pairs.seen[..., 1])
    reach = (pairs.size_a + pairs.size_b)[..., :2] @ np.abs(pairs.view.axes()[0]) / 2
    return every(
        rise(beyond, 0.05, np.maximum(0.12, 0.6 * reach)), fall(along - 0.8 * beyond, 0.6, 1.2),
        fall(pairs.gap, 2.0, 3.0), fall(np.abs(pairs.offset[..., 2]), 1.0, 1.6),
    )  # fmt: skip


def front(pairs: Pairs) -> np.ndarray:
    return _in_depth(pairs, -1.0)


def behind(pairs: Pairs) -> np.ndarray:
    return _in_depth(pairs, 1.0)


def _in_depth(pairs: Pairs, sign: float) -> np.ndarray:
    """Before or behind b: along b's own axis where it stands at a wall, else as the viewer sees it."""
    wide = np.maximum(pairs.size_b[..., :2].max(-1) / 2, 0.3)

    def graded(across: np.ndarray, beyond: np.ndarray) -> np.ndarray:
        return every(rise(beyond, 0.05, 0.25), fall(np.abs(across) - wide, 0.1, 0.5))

    gaps = pairs.table.wall_gaps[pairs.b]
    at_wall = fall(gaps.min(-1), 0.11, 0.14)
    inward = _INWARD[gaps.argmin(-1)]
    flat = pairs.offset[..., :2]
    own_along = (flat * inward).sum(-1)
    own_across = flat[..., 0] * inward[..., 1] - flat[..., 1] * inward[..., 0]
    own = graded(own_across, -sign * own_along)
    seen = graded(pairs.seen[..., 0], sign * pairs.seen[..., 1])
    return every(at_wall * own + (1 - at_wall) * seen, fall(pairs.gap, 1.6, 2.4), 1 - 0.5 * pairs.on)


def left_end(pairs: Pairs) -> np.ndarray:
    return _end(pairs, -1.0)


def right_end(pairs: Pairs) -> np.ndarray:
    return _end(pairs, 1.0)


def _end(pairs: Pairs, sign: float) -> np.ndarray:
    half = np.maximum(pairs.size_b[..., :2] @ np.abs(pairs.view.axes()).T / 2, 1e-3)
    place = sign * pairs.seen[..., 0] / half[..., 0]
    long = 0.5 + 0.5 * rise(half[..., 0] / half[..., 1], 0.85, 1.1)
    beside = np.abs(pairs.seen[..., 1]) / half[..., 1]
    return every(
        rise(place, 0.4, 0.6), fall(place, 1.9, 2.6), fall(beside, 0.75, 1.2), fall(pairs.gap, 0.85, 1.1), long
    )


def carrying(pairs: Pairs) -> np.ndarray:
    """a carries or holds b; to a lesser degree a has b under it."""
    turned = pairs.swapped()
    return np.maximum(np.maximum(turned.on, inside(turned)), 0.6 * under(turned))


RELATIONS: dict[str, Callable[[Pairs], np.ndarray]] = {
    "near": near, "on": on, "under": under, "in": inside, "above": above, "left": left, "right": right, "front": front,
    "behind": behind, "left_end": left_end, "right_end": right_end, "with": carrying,
}  # fmt: skip
# Metres between footprints beyond which a relation's grade is about zero.
REACHES = {
    "near": 2.0, "on": 0.1, "under": 0.5, "in": 0.1, "above": 1.0, "left": 4.5, "right": 4.5, "front": 3.5,
    "behind": 3.5, "left_end": 2.0, "right_end": 2.0, "with": 0.5,
}  # fmt: skip
BETWEEN_REACH, BESIDE_REACH = 7.0, 1.5  # metres from the one to the other, and off the box round the two


def between(table: ObjectTable, a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """How far objects ``a`` are between ``b`` and ``c``: indices into the table that broadcast, as does the result."""
    flat = table.center[:, :2]
    axis = flat[c] - flat[b]
    length = np.maximum(np.linalg.norm(axis, axis=-1), 1e-6)
    offset = flat[a] - flat[b]
    along = (offset[..., 0] * axis[..., 0] + offset[..., 1] * axis[..., 1]) / length**2
    aside = np.abs(offset[..., 0] * axis[..., 1] - offset[..., 1] * axis[..., 0]) / length
    return every(
        rise(along, 0.0, 0.2), fall(along, 0.8, 1.0), fall(aside / length, 0.25, 0.5), fall(aside, 0.6, 1.2),
        np.broadcast_to(rise(length, 0.1, 0.3) * fall(length, 3.5, 5.5), along.shape),
    )  # fmt: skip
