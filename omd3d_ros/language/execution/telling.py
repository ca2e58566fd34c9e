"""Where an object is, told by the relations that say most: what carries it, the wall, what is next to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import places, relations
from .pairs import Pairs
from .table import ObjectTable

_SURE = 0.6  # grade from which a relation is told
_EXISTS = 0.3  # what is less likely to be there at all is no landmark
_CLOSE = 0.4  # metres to what a thing is next to
_LANDMARK = 0.3  # metres, the longest side of a thing that others can be found by


@dataclass(frozen=True)
class Place:
    """``words`` come before the object ``anchor``; where that is None they stand alone."""

    words: str
    anchor: int | None = None


def places_of(table: ObjectTable, thing: int) -> list[Place]:
    """At most two places of an object, the most telling first; empty where nothing is near."""
    pairs = Pairs(table, np.array([thing]), np.arange(len(table)), table.view())
    possible = (table.exists >= _EXISTS) & (np.arange(len(table)) != thing)
    held = _best("in", relations.inside(pairs)[0], possible) or _best("on", relations.on(pairs)[0], possible)
    found = [] if held is None else [held]
    if not found and places.on_wall(table)[thing] >= _SURE:
        found.append(Place("on the wall"))
    if not found:
        found += [p for p in (_best("under", relations.under(pairs)[0], possible),) if p is not None]
    if len(found) < 2 and not _stands_on_something(found):
        found += _by_the_walls(table, thing)
    beside = _beside(table, thing, pairs, possible)
    if len(found) < 2 and beside is not None and all(beside.anchor != p.anchor for p in found):
        found.append(beside)
    return found[:2]


def _stands_on_something(found: list[Place]) -> bool:
    return any(p.anchor is not None or p.words == "on the wall" for p in found)


def _by_the_walls(table: ObjectTable, thing: int) -> list[Place]:
    if places.corner(table)[thing] >= _SURE:
        return [Place("in the corner of the room")]
    if places.against_wall(table)[thing] >= _SURE:
        return [Place("against the wall")]
    return [Place("in the middle of the room")] if places.middle(table)[thing] >= _SURE else []


def _best(words: str, grades: np.ndarray, possible: np.ndarray) -> Place | None:
    grades = np.where(possible, grades, 0.0)
    best = int(grades.argmax())
    return Place(words, best) if grades[best] >= _SURE else None


def _beside(table: ObjectTable, thing: int, pairs: Pairs, possible: np.ndarray) -> Place | None:
    """The nearest thing large enough, or as large, at about its height."""
    large = table.size.max(1) >= min(_LANDMARK, float(table.size[thing].max()))
    level = pairs.aside[0, :, 2] < _LANDMARK
    resting = np.maximum(pairs.on[0], pairs.swapped().on[:, 0]) > 0.3
    apart = np.where(possible & large & level & ~resting, pairs.apart[0], np.inf)
    best = int(apart.argmin())
    return Place("next to", best) if np.isfinite(apart[best]) and pairs.gap[0, best] <= _CLOSE else None
