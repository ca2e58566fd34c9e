"""The report of a model on synthetic rooms: the same sections for the page, the Markdown and the JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .instance_ap import category_ap, class_agnostic_ap
from .reliability import MIN_SCORES, calibration_error, kept, reliability_bins
from .report import Metric, Report, Section
from .room_intervals import ratio_over_rooms
from .room_metrics import (
    SPLIT_NAMES,
    THRESHOLDS,
    as_scores,
    bars,
    baseline_metrics,
    kinds_of,
    mean,
    outcomes_of,
    proposal_metrics,
    room_scores,
    splits_in,
    zero_target_f1,
)
from .room_outcomes import right_from
from .rooms import RoomResult

_RIGHT = "the answered masks together reach IoU 0.5 with the targets, or both are none"


def room_report(preset: str, results: Sequence[RoomResult]) -> Report:
    """All that was measured, per split and per type of query."""
    outcomes = outcomes_of(results)
    seeds = [result.seed for result in results]
    facts = {
        "Model": preset,
        "Rooms": f"{len(results):,}",
        "Seeds": f"{min(seeds)} to {max(seeds)}",
        "Queries": f"{len(outcomes):,}",
    }
    return Report(
        "Evaluation on held-out rooms",
        facts,
        list(room_sections(results).values()),
        outcomes,
        "queries",
        f"{_RIGHT}; and the words that a query asks for are said",
        notes=["Rooms are synthetic: expect less on real scans.", "Intervals are over rooms, which are resampled."],
    )


def room_sections(results: Sequence[RoomResult]) -> dict[str, Section]:
    """Short name, as in the JSON -> the section."""
    splits = splits_in(results)
    sections = {
        "bars": Section("Bars", bars(results), "Words and relations: all wordings together."),
        "proposals": Section("Proposals", proposal_metrics(results), "At mask IoU 0.5, in points."),
        **_instance_ap(results),
        "grounding": Section("Grounding", _overall(results, splits), f"Share of queries. Right: {_RIGHT}."),
        "types": Section(
            "By type, IoU 0.5",
            [mean(kind, results, "acc@0.5", splits, (kind,)) for kind in kinds_of(results, splits)],
            "All splits together.",
        ),
    }
    for split in splits:
        sections[f"types, {split}"] = Section(
            f"By type, IoU 0.5: {SPLIT_NAMES[split]}",
            [mean(kind, results, "acc@0.5", (split,), (kind,)) for kind in kinds_of(results, (split,))],
        )
    worded = {outcome.kind for outcome in outcomes_of(results) if "words" in outcome.values}
    sections["words"] = Section(
        "Answers in words",
        [mean(kind, results, "words", splits, (kind,)) for kind in sorted(worded)],
        "Share of answers with the right number, colour, material, yes or no, whatever the masks.",
    )
    for split in splits:
        sections[f"baselines, {split}"] = Section(
            f"Beside baselines: {SPLIT_NAMES[split]}",
            baseline_metrics(results, (split,)),
            "Queries with a target that the scene shows; all from the same proposals.",
        )
    return {**sections, **_reliability(results, splits)}


def as_object(results: Sequence[RoomResult]) -> dict[str, Any]:
    """What ``--json`` prints; count: of all queries."""
    sections = {name: as_scores(section.metrics) for name, section in room_sections(results).items()}
    return {
        "task": "rooms",
        "count": len(outcomes_of(results)),
        "seeds": [result.seed for result in results],
        "scores": room_scores(results),
        "sections": sections,
        "left_out": [],
    }


def _instance_ap(results: Sequence[RoomResult]) -> dict[str, Section]:
    """Of rooms with known and of rooms with held-out shapes."""
    groups = {
        "": [r.instances for r in results if "shape" not in r.outcomes],
        ": held-out shapes": [r.instances for r in results if "shape" in r.outcomes],
    }
    sections = {}
    for suffix, rooms in groups.items():
        if not rooms:
            continue
        rows = {"class-agnostic": class_agnostic_ap(rooms), **category_ap(rooms)}
        rows["average of categories"] = rows.pop("average")
        named = ("class-agnostic", "average of categories")
        metrics = [Metric(f"{name}, {key.upper()}", rows[name][key]) for name in named for key in rows[name]]
        metrics += [Metric(f"{name}, AP50", row["ap50"]) for name, row in rows.items() if name not in named]
        sections[f"instance_ap{suffix}"] = Section(
            f"Instance AP{suffix}",
            metrics,
            "By the rules of ScanNet's benchmark: objects of 100 points or more; AP is the mean over IoU 0.5 to 0.9.",
        )
    return sections


def _overall(results: Sequence[RoomResult], splits: Sequence[str]) -> list[Metric]:
    metrics = []
    for split in splits:
        name = SPLIT_NAMES[split]
        metrics += [mean(f"{name}, IoU {t}", results, f"acc@{t}", (split,)) for t in THRESHOLDS]
        metrics.append(mean(f"{name}, mean IoU with targets", results, "iou", (split,)))
        metrics.append(mean(f"{name}, one target, best instance, IoU 0.5", results, "best@0.5", (split,)))
        metrics.append(zero_target_f1(f"{name}, zero-target F1", results, (split,)))
    return [metric for metric in metrics if metric.has_value]


def _reliability(results: Sequence[RoomResult], splits: Sequence[str]) -> dict[str, Section]:
    claims = [claim for result in results for claim in result.claims]
    curve = [Metric("expected calibration error", calibration_error(claims))]
    for b in reliability_bins(claims):
        parts = [
            (sum(c.hit for c in inside), len(inside))
            for inside in (
                [c for c in r.claims if b.low <= c.score < b.high or c.score == b.high == 1] for r in results
            )
        ]
        share, interval = ratio_over_rooms(parts, b.count)
        curve.append(Metric(f"score {b.low:.1f} to {b.high:.1f} (mean {b.score:.2f})", share, interval))
    keeping = []
    for min_score in MIN_SCORES:
        left = kept(claims, min_score)
        keeping += [
            Metric(f"min_score {min_score:g}: right instances kept", left["hits_kept"]),
            Metric(f"min_score {min_score:g}: right, of those kept", left["precision"]),
            mean(f"min_score {min_score:g}: queries right", results, right_from(min_score), splits),
        ]
    return {
        "reliability": Section(
            "Reliability of scores",
            [metric for metric in curve if metric.has_value],
            "Share of answered instances that are one of the targets, at mask IoU 0.5, by their score.",
        ),
        "min_score": Section(
            "What min_score keeps",
            [metric for metric in keeping if metric.has_value],
            "Of the answered instances, and whether the queries are right when only those that it keeps count.",
        ),
    }
