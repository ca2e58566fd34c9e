"""The figures of an evaluation on rooms, each with its interval over rooms."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from .instance_ap import class_agnostic_ap
from .outcomes import Outcome
from .reliability import calibration_error
from .report import Metric
from .room_baselines import BASELINES
from .room_intervals import ratio_over_rooms
from .rooms import RoomResult, grounding_scores, proposal_scores

SPLIT_NAMES = {
    "train": "seen wording",
    "phrasing": "unseen phrasing",
    "words": "unseen words",
    "shape": "held-out shapes",
}
KNOWN_SHAPES = ("train", "phrasing", "words")  # splits about rooms whose furniture has the shapes of training
THRESHOLDS = ("0.25", "0.5")
_RELATIONS = ("nearest", "farthest", "between", "on")
_WORDED = {"count": "counting, exact", "color": "colour questions", "colour": "colour questions"}

Part = Callable[[Outcome], tuple[float, float] | None]


def splits_in(results: Sequence[RoomResult]) -> list[str]:
    """The splits that the rooms were asked about, in the order of SPLIT_NAMES."""
    return [split for split in SPLIT_NAMES if any(result.outcomes.get(split) for result in results)]


def outcomes_of(results: Sequence[RoomResult], splits: Collection[str] = tuple(SPLIT_NAMES)) -> list[Outcome]:
    """All outcomes of these splits."""
    return [o for result in results for split in splits for o in result.outcomes.get(split, [])]


def kinds_of(results: Sequence[RoomResult], splits: Collection[str]) -> list[str]:
    """The types of query that occur in these splits."""
    return sorted({outcome.kind for outcome in outcomes_of(results, splits)})


def mean(
    name: str,
    results: Sequence[RoomResult],
    value: str,
    splits: Collection[str] = tuple(SPLIT_NAMES),
    kinds: Collection[str] | None = None,
) -> Metric:
    """Mean of a value over the outcomes that have it, of these splits and types (None: all types)."""

    def part(outcome: Outcome) -> tuple[float, float] | None:
        if value not in outcome.values or (kinds is not None and outcome.kind not in kinds):
            return None
        return outcome.values[value], 1.0

    return _ratio(name, results, splits, part)


def zero_target_f1(name: str, results: Sequence[RoomResult], splits: Collection[str] = tuple(SPLIT_NAMES)) -> Metric:
    """F1 of answering without an instance, where that is right for queries without a target."""

    def part(outcome: Outcome) -> tuple[float, float]:
        true, said = outcome.values["no target"], outcome.values["none answered"]
        return 2 * true * said, true + said

    return _ratio(name, results, splits, part)


def zero_targets_denied(
    name: str, results: Sequence[RoomResult], splits: Collection[str] = tuple(SPLIT_NAMES)
) -> Metric:
    """Mean over queries without a target of 1 where no instance is answered, else 0: Multi3DRefer's F1 of them."""

    def part(outcome: Outcome) -> tuple[float, float] | None:
        return (outcome.values["none answered"], 1.0) if outcome.values["no target"] else None

    return _ratio(name, results, splits, part)


def bars(results: Sequence[RoomResult]) -> list[Metric]:
    """The figures that a model is first judged by."""
    known = [r for r in results if "shape" not in r.outcomes] or results
    agnostic = class_agnostic_ap([r.instances for r in known])
    kinds = set(kinds_of(results, KNOWN_SHAPES))
    worded = [(kind, name) for kind, name in _WORDED.items() if kind in kinds]
    found = [
        Metric("class-agnostic AP50", agnostic["ap50"]),
        Metric("class-agnostic AP25", agnostic["ap25"]),
        *(mean(f"seen wording, Acc@{t}", results, f"acc@{t}", ("train",)) for t in THRESHOLDS),
        *(mean(f"{SPLIT_NAMES[s]}, Acc@0.5", results, "acc@0.5", (s,)) for s in ("phrasing", "words", "shape")),
        *(mean(f"{kind}, Acc@0.5", results, "acc@0.5", KNOWN_SHAPES, (kind,)) for kind in _RELATIONS),
        *(mean(name, results, "words", KNOWN_SHAPES, (kind,)) for kind, name in worded),
        zero_target_f1("zero-target F1", results, KNOWN_SHAPES),
        zero_targets_denied("zero targets, F1 as in Multi3DRefer", results, KNOWN_SHAPES),
        Metric("calibration error of scores", calibration_error([c for r in results for c in r.claims])),
    ]
    return [metric for metric in found if metric.has_value]


def proposal_metrics(results: Sequence[RoomResult]) -> list[Metric]:
    """Recall, precision and class of proposals, at mask IoU 0.5."""
    shares = (
        ("recall of objects", "found", "true"),
        ("precision of proposals", "matched", "proposed"),
        ("class of the matched", "named", "matched"),
    )
    metrics = []
    for name, part, whole in shares:
        parts = [(getattr(r.proposals, part), getattr(r.proposals, whole)) for r in results]
        metrics.append(Metric(name, *ratio_over_rooms(parts, sum(int(p[1]) for p in parts))))
    return metrics


def baseline_metrics(results: Sequence[RoomResult], splits: Collection[str]) -> list[Metric]:
    """The model and the baselines beside it, on the same queries: those with a target that the scene shows."""
    metrics = []
    for threshold in THRESHOLDS:
        has_target = f"random@{threshold}"

        def own(outcome: Outcome, value: str = f"acc@{threshold}", needed: str = has_target) -> tuple | None:
            return (outcome.values[value], 1.0) if needed in outcome.values else None

        metrics.append(_ratio(f"the model, IoU {threshold}", results, splits, own))
        metrics += [
            mean(f"{name}, IoU {threshold}", results, f"{key}@{threshold}", splits) for key, name in BASELINES.items()
        ]
    return metrics


def room_scores(results: Sequence[RoomResult]) -> dict[str, Any]:
    """Proposals, and grounding per split and type, as the model card has them."""
    grounding = {split: outcomes_of(results, (split,)) for split in splits_in(results)}
    return {
        "proposals": proposal_scores([result.proposals for result in results]),
        "grounding": {split: grounding_scores(outcomes) for split, outcomes in grounding.items()},
    }


def as_scores(metrics: Sequence[Metric]) -> dict[str, Mapping[str, float | None]]:
    """name -> value, low, high and n, for JSON; null where there is none."""
    return {
        m.name: {
            "value": m.value if m.has_value else None,
            "low": m.interval.low if m.interval else None,
            "high": m.interval.high if m.interval else None,
            "n": m.interval.count if m.interval else None,
        }
        for m in metrics
    }


def _ratio(name: str, results: Sequence[RoomResult], splits: Collection[str], part: Part) -> Metric:
    rooms = []
    count = 0
    for result in results:
        parts = [p for o in outcomes_of([result], splits) if (p := part(o)) is not None]
        count += len(parts)
        rooms.append((sum(p[0] for p in parts), sum(p[1] for p in parts)))
    return Metric(name, *ratio_over_rooms(rooms, count))
