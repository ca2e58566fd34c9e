"""From the graded set of a question to the answer: which objects, what value, how sure."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..program import COLORS, MATERIALS
from .table import ObjectTable

_COUNTED = 100  # objects that bear on whether there is any; thresholds are fitted on rooms of fewer


@dataclass(frozen=True)
class Thresholds:
    """Where a graded set becomes an answer; memberships 0..1 are taken for independent probabilities.

    find: the best object is given where it is at least this many times as probable as that there is none.  member: an
    object belongs to a list from here on.  exists: yes, where it is at least this probable that there is any.
    count_none, count_one: an object counts as nothing below and as one above, and in proportion between them.  alike:
    objects with this share of the best one's membership are meant together with it where a colour or material is asked.
    mismeasured: how far a relation holds that does not by what was found: boxes may be wrong, and the asker right.
    lone: how far the first of a ranking may be the only one: who says "the nearest chair" takes it that there are more.

    color, material: powers, 0..1, of these probabilities where they filter: the less they are to be trusted, the less.
    """

    find: float = 0.4
    member: float = 0.5
    exists: float = 0.5
    count_none: float = 0.25
    count_one: float = 0.75
    alike: float = 0.6
    mismeasured: float = 0.03
    lone: float = 0.15
    color: float = 0.5
    material: float = 0.4


EXACT = Thresholds(mismeasured=0.0, lone=1.0)  # for boxes that are known to be right, and for what is most likely meant


@dataclass
class Result:
    """What a program comes to.

    root: the program's; membership (K,) of its set; chosen: objects, best first, empty for none.  scores (K,) 0..1: how
    sure each object is.  doubt 0..1: 0 for a clear decision, 1 on its threshold.  margin 0..1: by how much the best
    object leads, 1 where it is alone.  value: the count, yes or no, the word of a colour or material; else None.
    others: the second set of ``more``.
    """

    root: str
    membership: np.ndarray
    chosen: list[int] = field(default_factory=list)
    scores: np.ndarray = field(default_factory=lambda: np.zeros(0))
    doubt: float = 0.0
    margin: float = 1.0
    value: str | int | bool | None = None
    others: list[int] = field(default_factory=list)


def decide(root: str, sets: list[np.ndarray], table: ObjectTable, thresholds: Thresholds) -> Result:
    """The answer to ``root`` of the memberships ``sets``, (K,) each, as many as the root takes."""
    membership = sets[0] if sets else np.zeros(len(table))
    result = Result(root, membership, scores=membership.copy(), margin=_margin(membership))
    if root in ("find", "where"):
        _find(result, thresholds.find)
    elif root in ("all", "what"):
        result.chosen = _members(membership, thresholds.member)
        result.doubt = _doubt_of_members(membership, thresholds.member)
    elif root == "count":
        result.chosen = _counted(membership, thresholds)
        result.value = len(result.chosen)
        result.doubt = _doubt_of_count(membership, thresholds)
    elif root == "exists":
        some = 1.0 - _none(membership)
        result.value = some > 0 and some >= thresholds.exists
        best = float(membership.max(initial=0.0))
        result.chosen = _members(membership, min(best, thresholds.member)) if result.value else []
        result.doubt = _doubt(some, thresholds.exists)
    elif root in ("color", "material"):
        _attribute(result, table, thresholds)
    elif root == "more":
        result.chosen, result.others = _counted(sets[0], thresholds), _counted(sets[1], thresholds)
        result.value = len(result.chosen) > len(result.others)
        result.scores = np.maximum(sets[0], sets[1])
        expected = [float(_counting(s, thresholds).sum()) for s in sets]
        result.doubt = float(np.exp(-4 * abs(expected[0] - expected[1] - 0.5)))
    elif root == "describe":
        result.membership = result.scores = table.exists
        result.chosen = _members(table.exists, thresholds.member)
    return result


def _find(result: Result, threshold: float) -> None:
    membership = result.membership
    best = float(membership.max(initial=0.0))
    against = threshold * _none(membership)
    result.doubt = _doubt(best / max(best + against, 1e-9), 0.5)
    result.scores = membership * (0.5 + 0.5 * result.margin)
    if best > 0 and best >= against:
        result.chosen = [int(membership.argmax())]


def _attribute(result: Result, table: ObjectTable, thresholds: Thresholds) -> None:
    """The most probable word for all objects that are meant together."""
    _find(result, thresholds.find)
    if not result.chosen:
        return
    best = result.membership[result.chosen[0]]
    result.chosen = _members(result.membership, thresholds.alike * best)
    chances, words = (table.colors, COLORS) if result.root == "color" else (table.materials, MATERIALS)
    known = chances[result.chosen]
    known = known[known.sum(1) > 0]
    if len(known):
        joint = np.log(known + 1e-3).mean(0)
        result.value = words[int(joint.argmax())]
        result.doubt = max(result.doubt, 1.0 - float(known.max(1).mean()))


def _none(membership: np.ndarray) -> float:
    """The probability that no object is a member; of very many, the faint ones do not add up."""
    if len(membership) > _COUNTED:
        membership = np.partition(membership, -_COUNTED)[-_COUNTED:]
    return float(np.prod(1.0 - np.clip(membership, 0.0, 1.0)))


def _members(membership: np.ndarray, threshold: float) -> list[int]:
    some = np.flatnonzero(membership >= threshold)
    return some[np.argsort(-membership[some], kind="stable")].tolist()


def _counting(membership: np.ndarray, thresholds: Thresholds) -> np.ndarray:
    return np.clip((membership - thresholds.count_none) / (thresholds.count_one - thresholds.count_none), 0.0, 1.0)


def _counted(membership: np.ndarray, thresholds: Thresholds) -> list[int]:
    counting = _counting(membership, thresholds)
    number = int(np.floor(counting.sum() + 0.5))
    return [i for i in _members(membership, thresholds.count_none) if counting[i] > 0][:number]


def _doubt(membership: float, threshold: float) -> float:
    """0 at 0 and at 1, 1 on the threshold."""
    if membership < threshold:
        return float(membership / threshold)
    return float((1 - membership) / max(1 - threshold, 1e-6))


def _doubt_of_members(membership: np.ndarray, threshold: float) -> float:
    considered = membership[membership > threshold / 2]
    return float(np.mean([_doubt(m, threshold) for m in considered])) if len(considered) else 0.0


def _doubt_of_count(membership: np.ndarray, thresholds: Thresholds) -> float:
    counting = _counting(membership, thresholds)
    return 1.0 - float(np.prod(np.maximum(counting, 1 - counting)))


def _margin(membership: np.ndarray) -> float:
    if len(membership) < 2:
        return 1.0
    second, first = np.partition(membership, -2)[-2:]
    return float(1 - second / first) if first > 0 else 1.0
