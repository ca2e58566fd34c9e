"""Where an object is, told by the relations that say most: what carries it, the wall, what is next to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import places, relations
from .pairs import Pairs
from .table import ObjectTable

_SURE = 0.6  # grade from which a relation is told
_EXISTS = 0.3  # what is less likely to be there at all is no landmark
_AROUND = 2.0  # metres between footprints along either axis, beyond which nothing is told of
_CLOSE = 0.4  # metres to what a thing is next to
_LANDMARK = 0.3  # metres, the longest side of a thing that others can be found by


@dataclass(frozen=True)
class Place:
    """``words`` come before the object ``anchor``; where that is None they stand alone."""

    words: str
    anchor: int | None = None


def places_of(table: ObjectTable, thing: int) -> list[Place]:
    """At most two places of an object, the most telling first; empty where nothing is near."""
    others = _around(table, thing)
    pairs = Pairs(table, np.full(len(others), thing), others, table.view())
    held = _best("in", relations.inside(pairs), others) or _best("on", relations.on(pairs), others)
    found = [] if held is None else [held]
    if not found and places.on_wall(table)[thing] >= _SURE:
        found.append(Place("on the wall"))
    if not found:
        found += [p for p in (_best("under", relations.under(pairs), others),) if p is not None]
    if len(found) < 2 and not _stands_on_something(found):
        found += _by_the_walls(table, thing)
    beside = _beside(table, thing, pairs)
    if len(found) < 2 and beside is not None and all(beside.anchor != p.anchor for p in found):
        found.append(beside)
    return found[:2]


def _around(table: ObjectTable, thing: int) -> np.ndarray:
    """Other objects that are likely to be there and near enough to be told of."""
    aside = np.abs(table.center[:, :2] - table.center[thing, :2]) - (table.size[:, :2] + table.size[thing, :2]) / 2
    possible = (aside.max(1) <= _AROUND) & (table.exists >= _EXISTS)
    possible[thing] = False
    return np.flatnonzero(possible)


def _stands_on_something(found: list[Place]) -> bool:
    return any(p.anchor is not None or p.words == "on the wall" for p in found)


def _by_the_walls(table: ObjectTable, thing: int) -> list[Place]:
    if places.corner(table)[thing] >= _SURE:
        return [Place("in the corner of the room")]
    if places.against_wall(table)[thing] >= _SURE:
        return [Place("against the wall")]
    return [Place("in the middle of the room")] if places.middle(table)[thing] >= _SURE else []


def _best(words: str, grades: np.ndarray, others: np.ndarray) -> Place | None:
    if len(grades) == 0 or grades.max() < _SURE:
        return None
    return Place(words, int(others[grades.argmax()]))


def _beside(table: ObjectTable, thing: int, pairs: Pairs) -> Place | None:
    """The nearest thing large enough, or as large, at about its height."""
    large = table.size[pairs.b].max(1) >= min(_LANDMARK, float(table.size[thing].max()))
    level = pairs.aside[:, 2] < _LANDMARK
    resting = np.maximum(pairs.on, pairs.swapped().on) > 0.3
    apart = np.where(large & level & ~resting, pairs.apart, np.inf)
    if not np.isfinite(apart).any():
        return None
    best = int(apart.argmin())
    return Place("next to", int(pairs.b[best])) if pairs.gap[best] <= _CLOSE else None
