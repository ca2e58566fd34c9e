"""Query programs run on the objects of a scene: fuzzy sets from the leaves to the root."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..program import COLORS, MATERIALS, SHAPES, Step
from ..program.operations import DISTANCES, ORDINALS, PLACES, RELATIONS, SUPERLATIVES, VIEWER_SIDES
from .comparing import compared, compared_between, nearest_anchors
from .deciding import Result, Thresholds, decide
from .pairs import Pairs
from .places import PLACES as PLACE_GRADES
from .places import sized, viewer_side
from .ranking import closeness, measure, ranked
from .relations import BESIDE_REACH, BETWEEN_REACH, REACHES, between
from .relations import RELATIONS as RELATION_GRADES
from .table import ObjectTable, View

Meaning = Callable[[Step], np.ndarray]
_PLAUSIBLE = 0.01  # memberships below it take no part in relations
_UNLIKELY = 0.01  # membership below which no object is what a relation refers to
_ANCHOR = 0.5  # share of the best anchor's membership from which others may be meant


def execute(
    program: Step,
    table: ObjectTable,
    meaning: Meaning,
    last: np.ndarray | None = None,
    thresholds: Thresholds | None = None,
) -> Result:
    """Run a program on a table.

    meaning: the membership (K,) 0..1 of each object in a noun step of the program.  last (K,): what the previous
    answer was about.  Raises ValueError for memberships of another length and for steps that are no operation.
    """
    thresholds = thresholds or Thresholds()
    run = _Run(table, meaning, np.zeros(len(table)) if last is None else np.asarray(last, float), thresholds)
    view = table.view()
    sets = [run.members(argument, view) for argument in program.arguments]
    return decide(program.operation, sets, table, thresholds)


def members(
    step: Step,
    table: ObjectTable,
    meaning: Meaning,
    last: np.ndarray | None = None,
    thresholds: Thresholds | None = None,
) -> np.ndarray:
    """(K,) membership of each object in the set that ``step`` describes; arguments as for ``execute``."""
    previous = np.zeros(len(table)) if last is None else np.asarray(last, float)
    run = _Run(table, meaning, previous, thresholds or Thresholds())
    return run.members(step, table.view())


class _Run:
    def __init__(self, table: ObjectTable, meaning: Meaning, last: np.ndarray, thresholds: Thresholds) -> None:
        self.table, self.meaning, self.last, self.thresholds = table, meaning, last, thresholds

    def members(self, step: Step, view: View) -> np.ndarray:
        name, table = step.operation, self.table
        if name == "noun":
            return self._checked(self.meaning(step)) * table.exists
        if name == "thing":
            return table.exists.copy()
        if name == "last":
            return self._checked(self.last) * table.exists
        if name == "stand":
            return self._standing(step, view)
        if name == "face":
            return self._facing(step, view)
        if name in ORDINALS:
            return self._ranked(step.arguments[0], view, int(name.removeprefix("nth:")))
        if name in SUPERLATIVES or name in DISTANCES:
            return self._ranked(step, view, 1)
        sets = [self.members(argument, view) for argument in step.arguments]
        if name == "or":
            return np.maximum(*sets)
        if name == "except":
            return sets[0] * (1 - sets[1])
        if name == "between":
            return self._between(sets)
        if name in RELATIONS:
            return self._related(name, sets[0], sets[1], view)
        return sets[0] * self._filter(name, sets[0], view)

    def _checked(self, membership: np.ndarray) -> np.ndarray:
        membership = np.asarray(membership, float)
        if membership.shape != (len(self.table),):
            raise ValueError(f"a membership of {len(self.table)} objects must be as long, got {membership.shape}")
        return membership

    def _filter(self, name: str, among: np.ndarray, view: View) -> np.ndarray:
        kind, _, word = name.partition(":")
        if kind == "color":
            return self.table.colors[:, COLORS.index(word)] ** self.thresholds.color
        if kind == "material":
            return self.table.materials[:, MATERIALS.index(word)] ** self.thresholds.material
        if kind == "shape":
            return self.table.shapes[:, SHAPES.index(word)]
        if kind == "size":
            return sized(self.table, word, among)
        if name in PLACES:
            return PLACE_GRADES[name](self.table)
        if name in VIEWER_SIDES:
            return viewer_side(self.table, name, view)
        raise ValueError(f"{name!r} is no operation on a set")

    def _related(self, name: str, a: np.ndarray, b: np.ndarray, view: View) -> np.ndarray:
        b = _presupposed(b)
        some_a, some_b = compared(self.table, a, b, _plausible(a), _plausible(b), REACHES[name])
        grades = RELATION_GRADES[name](Pairs(self.table, some_a, some_b, view)) * b[some_b]
        return self._best(a, some_a, np.where(some_a == some_b, 0.0, grades), _best_other(b))

    def _between(self, sets: list[np.ndarray]) -> np.ndarray:
        a, b, c = sets[0], _presupposed(sets[1]), _presupposed(sets[2])
        some_a, some_b, some_c = compared_between(
            self.table, (a, b, c), _plausible(a), _plausible(b), _plausible(c), BETWEEN_REACH, BESIDE_REACH
        )
        grades = between(self.table, some_a, some_b, some_c) * b[some_b] * c[some_c]
        grades = np.where((some_a == some_b) | (some_a == some_c), 0.0, grades)
        return self._best(a, some_a, grades, _best_other(b) * _best_other(c))

    def _best(self, membership: np.ndarray, some: np.ndarray, grades: np.ndarray, anchored: np.ndarray) -> np.ndarray:
        """(K,) the best of the grades of each object of ``some``, times its membership.

        anchored (K,): how far there is something for each object to be in the relation to.
        """
        out = membership * anchored * self.thresholds.mismeasured
        some = np.broadcast_to(some, grades.shape).ravel()
        np.maximum.at(out, some, membership[some] * grades.ravel())
        return out

    def _ranked(self, step: Step, view: View, place: int) -> np.ndarray:
        among = self.members(step.arguments[0], view)
        if step.operation in SUPERLATIVES:
            value, clear = measure(self.table, step.operation, view)
            return ranked(among, value, clear, place, self.thresholds.lone)
        anchors = _presupposed(self.members(step.arguments[1], view))
        out = np.zeros(len(self.table))
        best = anchors.max(initial=0.0)
        some, some_anchors = _plausible(among), _plausible(anchors)
        some_anchors = some_anchors[anchors[some_anchors] >= _ANCHOR * best]
        if len(some) == 0 or len(some_anchors) == 0:
            return out
        some, near = nearest_anchors(self.table, some, some_anchors, step.operation == "nearest")
        apart = Pairs(self.table, some[:, None], near, view).apart + 0.5 * (1 - anchors[near] / best)
        apart = np.where(some[:, None] == near, np.inf, apart).min(1)
        some, apart = some[np.isfinite(apart)], apart[np.isfinite(apart)]
        value, clear = closeness(apart)
        value = value if step.operation == "nearest" else -value
        out[some] = best * ranked(among[some], value, clear, place, self.thresholds.lone)
        return out

    def _standing(self, step: Step, view: View) -> np.ndarray:
        """Where the viewer stands is no answer to what they see from there."""
        where = self._place(step.arguments[0], view)
        if where is None:
            return np.zeros(len(self.table))
        middle = self.table.low_high.mean(0)
        seen = self.members(step.arguments[1], view.at(self.table.center[where, :2], middle))
        seen[where] = 0.0
        return seen

    def _facing(self, step: Step, view: View) -> np.ndarray:
        what = self._place(step.arguments[0], view)
        if what is None:
            return np.zeros(len(self.table))
        return self.members(step.arguments[1], view.facing(self.table.center[what, :2]))

    def _place(self, step: Step, view: View) -> int | None:
        membership = self.members(step, view)
        return int(membership.argmax()) if membership.max(initial=0.0) > _PLAUSIBLE else None


def _presupposed(anchors: np.ndarray) -> np.ndarray:
    """Who says "near the window" takes it that there is one: the likeliest counts in full, unless it is unlikely."""
    return anchors / max(float(anchors.max(initial=0.0)), _UNLIKELY)


def _best_other(membership: np.ndarray) -> np.ndarray:
    """(K,) the best membership of the others than each object."""
    if len(membership) < 2:
        return np.zeros(len(membership))
    second, first = np.partition(membership, -2)[-2:]
    return np.where(np.arange(len(membership)) == membership.argmax(), second, first)


def _plausible(membership: np.ndarray) -> np.ndarray:
    """Indices of the members that are more than barely plausible."""
    return np.flatnonzero(membership > _PLAUSIBLE)
