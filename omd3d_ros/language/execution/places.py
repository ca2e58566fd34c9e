"""Where an object is in the room or to the viewer, how large it is among its kind: graded 0..1, (K,) each."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .grading import every, fall, rise
from .ranking import bulk
from .table import ObjectTable, View


def corner(table: ObjectTable) -> np.ndarray:
    gaps = np.maximum(table.wall_gaps, 0.0)
    return fall(np.maximum(gaps[:, [1, 3]].min(1), gaps[:, [0, 2]].min(1)), 0.35, 0.8)


def against_wall(table: ObjectTable) -> np.ndarray:
    """What hangs on the wall is against it only in a way."""
    standing = np.maximum(on_floor(table), 0.7 * on_wall(table))
    if table.mounts is None:  # a counter stands there with the units that carry it
        standing = np.maximum(standing, _large(table))
    return every(fall(np.maximum(table.wall_gaps, 0.0).min(1), 0.12, 0.5), standing)


def on_wall(table: ObjectTable) -> np.ndarray:
    return held_by_wall(table, np.arange(len(table)))


def on_floor(table: ObjectTable) -> np.ndarray:
    """Whose bottom is there; and large things whose legs were not seen, with nothing to carry them."""
    everything = np.arange(len(table))
    large = _large(table)
    guess = np.maximum(fall(table.low[:, 2], 0.06, 0.2), every(large, 1 - table.carried))
    below_ceiling = fall(table.low[:, 2], 1.1, 1.4)
    return _known_mount(table, everything, guess, {"floor": 1.0, "built-in": below_ceiling, "on": 0.0})


def _large(table: ObjectTable) -> np.ndarray:
    """How far its footprint and height are those of furniture."""
    flat = table.size[:, :2]
    return every(rise(flat.prod(1), 0.1, 0.2), rise(flat.min(1), 0.15, 0.25), fall(table.low[:, 2], 0.8, 1.0))


def middle(table: ObjectTable) -> np.ndarray:
    low, high = table.low_high
    off = np.abs(table.center[:, :2] - (low + high) / 2) / np.maximum((high - low) / 2, 1e-3)
    return fall(off.max(1), 0.35, 0.65)


PLACES: dict[str, Callable[[ObjectTable], np.ndarray]] = {
    "corner": corner, "against_wall": against_wall, "on_wall": on_wall, "on_floor": on_floor, "middle": middle,
}  # fmt: skip


def held_by_wall(table: ObjectTable, chosen: np.ndarray) -> np.ndarray:
    """How far the ``chosen`` (A,) objects hang on a wall or are let into it: at one, and nothing carries them."""
    gaps = table.wall_gaps[chosen]
    nearest = gaps.argmin(1)
    at_wall = fall(gaps.min(1), 0.1, 0.22)
    deep = np.where(nearest % 2 == 0, table.size[chosen, 1], table.size[chosen, 0])
    flat_and_tall = every(fall(deep, 0.12, 0.25), rise(table.size[chosen, 2], 0.8, 1.2))
    raised = rise(table.low[chosen, 2], 0.15, 0.35)
    free = every(raised, 1 - table.carried[chosen], 1 - on_floor(table)[chosen])
    guess = every(at_wall, np.maximum(free, flat_and_tall))
    return _known_mount(table, chosen, guess, {"wall": 1.0, "on": 0.0, "floor": 0.0})


def _known_mount(
    table: ObjectTable, chosen: np.ndarray, guess: np.ndarray, known: dict[str, float | np.ndarray]
) -> np.ndarray:
    """The grade (A,), one or one each, of a chosen object's mount, or the guess where its mount decides nothing."""
    if table.mounts is None:
        return guess
    mounts = np.array([table.mounts[i] or "" for i in chosen], dtype=object)
    for mount, grade in known.items():
        guess = np.where(mounts == mount, grade, guess)
    return guess


def viewer_side(table: ObjectTable, side: str, view: View) -> np.ndarray:
    """my_left, my_right, my_front or my_back: in the quarter to that side, with some overlap of neighbours."""
    offset = view.offsets(table)
    direction = {"my_left": (-1, 0), "my_right": (1, 0), "my_front": (0, 1), "my_back": (0, -1)}[side]
    distance = np.linalg.norm(offset, axis=1)
    cosine = offset @ np.array(direction, float) / np.maximum(distance, 1e-6)
    return every(rise(cosine, 0.4, 0.68), rise(distance, 0.05, 0.25))


# size word -> (what is compared, in logarithms: +1 for more, -1 for less; how much of it makes a clear difference)
_SIZES: dict[str, tuple[Callable[[np.ndarray], np.ndarray], float, float]] = {
    "big": (bulk, 1.0, 0.35),
    "small": (bulk, -1.0, 0.35),
    "tall": (lambda s: np.log(s[:, 2]), 1.0, 0.12),
    "low": (lambda s: np.log(s[:, 2]), -1.0, 0.12),
    "long": (lambda s: np.log(s[:, :2].max(1)), 1.0, 0.12),
    "narrow": (lambda s: np.log(s[:, :2].min(1)), -1.0, 0.12),
}


def sized(table: ObjectTable, word: str, among: np.ndarray) -> np.ndarray:
    """How far the objects have that size compared with the set ``among`` (K,); 0.7 for what is like the others."""
    measure, sign, clear = _SIZES[word]
    value = sign * measure(np.maximum(table.size, 1e-3))
    weight = np.where(among >= 0.5 * among.max(initial=0.0), among, 0.0)
    if weight.sum() <= 0:
        return np.full(len(table), 0.7)
    usual = float(weight @ value / weight.sum())
    return np.sqrt(rise(value - usual, -clear, clear))
