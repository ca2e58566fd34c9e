"""What a report says: sections of metrics with their intervals, and the outcomes that cases are chosen from."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..intervals import Interval, interval, wilson
from ..outcomes import FAILURES, TEXT_WRONG, Outcome, by_kind, samples
from ..prediction_file import LeftOut
from ..tasks import Evaluation

_RIGHT = {
    "scanrefer": "the answered box reaches IoU 0.5 with the target's",
    "multi3dref": "F1 at box IoU 0.5 is 1",
    "scan2cap": "the described proposal's box reaches IoU 0.5 with the object's, and something is said of it",
    "scanqa": "the cleaned answer equals a reference",
    "sqa3d": "the cleaned answer equals a reference",
    "nr3d": "the answered object is the target",
    "sr3d": "the answered object is the target",
    "scannet": "a prediction of the instance's class has an IoU above 0.5 with it",
    "reason_seg": "the mask's IoU in points is above 0.5",
}
_UNITS = {"scannet": ("scans", "ground-truth instances"), "reason_seg": ("samples", "samples")}


@dataclass(frozen=True)
class Metric:
    """value: NaN where there is none; interval: None for scores of a whole corpus or of ranked lists."""

    name: str
    value: float
    interval: Interval | None = None

    @property
    def has_value(self) -> bool:
        return not math.isnan(self.value)


@dataclass(frozen=True)
class Section:
    """A table of metrics; note: a sentence below its title."""

    title: str
    metrics: Sequence[Metric]
    note: str = ""


@dataclass(frozen=True)
class Report:
    """facts: name -> text, at the top; outcomes: what failures and cases are taken from, called ``items``."""

    title: str
    facts: Mapping[str, str]
    sections: Sequence[Section]
    outcomes: Sequence[Outcome]
    items: str
    right_means: str
    left_out: Sequence[LeftOut] = ()
    notes: Sequence[str] = field(default_factory=list)

    def failures(self) -> list[tuple[str, int]]:
        """Failure -> how often, the frequent ones first."""
        counts = Counter(outcome.failure for outcome in self.outcomes if outcome.failure)
        return sorted(((f, counts[f]) for f in FAILURES if counts[f]), key=lambda pair: -pair[1])


def report_of(evaluation: Evaluation) -> Report:
    """The report of scored predictions."""
    task, outcomes = evaluation.task, evaluation.outcomes
    unit, items = _UNITS.get(task, ("records", "records"))
    metrics = [
        Metric(name, value, interval(samples(outcomes, name)))
        for name, value in ((full.split("] ")[-1], value) for full, value in evaluation.scores.items())
    ]
    facts = {"Task": task, f"Scored {unit}": f"{evaluation.count:,}", "Left out": f"{len(evaluation.left_out):,}"}
    kinds = right_by_kind(outcomes)
    sections = [Section("Scores", metrics)]
    if len(kinds) > 1:
        sections.append(Section("Right by type", kinds, f"Right: {_RIGHT[task]}."))
    return Report(
        f"Evaluation on {task}", facts, sections, outcomes, items, _RIGHT[task], evaluation.left_out, evaluation.notes
    )


def right_by_kind(outcomes: Sequence[Outcome]) -> list[Metric]:
    """Share of right items per type; right masks with wrong words count, as they do in the scores."""
    metrics = []
    for kind, group in by_kind(outcomes).items():
        hits = sum(is_right(outcome) for outcome in group)
        metrics.append(Metric(kind, hits / len(group), wilson(hits, len(group))))
    return metrics


def is_right(outcome: Outcome) -> bool:
    """Whether the scores count the item as right."""
    return outcome.failure is None or (outcome.failure == TEXT_WRONG and outcome.values.get("acc@0.5") == 1.0)
