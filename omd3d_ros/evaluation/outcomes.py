"""What became of each scored item: the values that the metrics are means of, and how a wrong answer was wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

NOTHING = "nothing answered"
OUT_OF_RANGE = "identifier out of range"
NONE_THERE = "an object answered where there is none"
SAME_CLASS = "wrong object of the right class"
OTHER_CLASS = "wrong class"
NO_OBJECT = "not an object of the scene"
TOO_SMALL = "mask or box too small"
TOO_LARGE = "mask or box too large"
MISSING = "some of the objects missing"
TOO_MANY = "too many objects"
TEXT_CLOSE = "text right but for what surrounds it"
TEXT_WRONG = "text wrong"

FAILURES = (
    NOTHING,
    OUT_OF_RANGE,
    NONE_THERE,
    SAME_CLASS,
    OTHER_CLASS,
    NO_OBJECT,
    TOO_SMALL,
    TOO_LARGE,
    MISSING,
    TOO_MANY,
    TEXT_CLOSE,
    TEXT_WRONG,
)


@dataclass(frozen=True)
class Outcome:
    """One scored item: a record of a prediction file, a query about a room, an object of a scan.

    where: ``record 12, scene0011_00``; kind: the type of query, or the class; score: 0..1, by which items are sorted
    from worst to best; failure: one of FAILURES, None where the answer is right; values: name of a metric (without
    its ``[task] ``) -> what the item adds to its mean, for the metrics that it counts in.
    """

    where: str
    kind: str
    question: str
    expected: str
    answered: str
    score: float
    failure: str | None
    values: Mapping[str, float] = field(default_factory=dict)


def samples(outcomes: Iterable[Outcome], metric: str) -> list[float]:
    """The values that ``metric`` is the mean of."""
    return [outcome.values[metric] for outcome in outcomes if metric in outcome.values]


def by_kind(outcomes: Iterable[Outcome]) -> dict[str, list[Outcome]]:
    """Outcomes per kind, kinds in alphabetical order."""
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(outcome.kind, []).append(outcome)
    return dict(sorted(groups.items()))


def extent_failure(answered: float, true: float) -> str:
    """TOO_SMALL or TOO_LARGE, of the right object's answered and true volume or number of points."""
    return TOO_SMALL if answered < true else TOO_LARGE


def set_failure(
    answered: Sequence[int], true: Sequence[int], names: Mapping[int, str], answered_size: float, true_size: float
) -> str:
    """How answered objects differ from the true ones, both as numbers of true objects (none of them: -1).

    names: of the true objects; sizes: volumes or numbers of points, which tell where the objects are the same.
    """
    said, wanted = set(answered), set(true)
    if said == wanted:
        return extent_failure(answered_size, true_size)
    if said < wanted:
        return MISSING
    if said > wanted:
        return TOO_MANY
    if -1 in said:
        return NO_OBJECT
    of_class = {names.get(number) for number in said - wanted} <= {names.get(number) for number in wanted}
    return SAME_CLASS if of_class else OTHER_CLASS
