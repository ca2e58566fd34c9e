"""The report of a model on synthetic rooms."""

from __future__ import annotations

from collections.abc import Sequence

from .intervals import interval, wilson
from .outcomes import Outcome, by_kind, samples
from .report import Metric, Report, Section
from .room_shards import RoomResult
from .rooms import proposal_scores

SPLIT_NAMES = {"train": "seen wording", "phrasing": "unseen phrasing", "words": "unseen words"}
_RIGHT = "the answered masks together reach IoU 0.5 with the targets, or both are none"


def room_report(preset: str, results: Sequence[RoomResult]) -> Report:
    """Proposals, and grounding by split and by type."""
    splits = {split: [o for result in results for o in result.outcomes[split]] for split in SPLIT_NAMES}
    outcomes = [o for group in splits.values() for o in group]
    seeds = [result.seed for result in results]
    facts = {
        "Model": preset,
        "Rooms": f"{len(results):,}",
        "Seeds": f"{min(seeds)} to {max(seeds)}",
        "Queries": f"{len(outcomes):,}",
    }
    overall = [
        Metric(f"{name}, IoU {threshold}", *_mean(splits[split], f"acc@{threshold}"))
        for split, name in SPLIT_NAMES.items()
        for threshold in ("0.25", "0.5")
        if splits[split]
    ]
    kinds = by_kind(outcomes)
    sections = [
        Section("Proposals", _proposals(results), "At mask IoU 0.5, in points."),
        Section("Grounding", overall, f"Share of queries. Right: {_RIGHT}."),
        Section(
            "Grounding by type, IoU 0.5",
            [Metric(kind, *_mean(group, "acc@0.5")) for kind, group in kinds.items()],
            "All wordings together.",
        ),
        Section(
            "Answers in words",
            [
                Metric(kind, *_mean(group, "words"))
                for kind, group in kinds.items()
                if any("words" in o.values for o in group)
            ],
            "Share of answers with the expected words in them, whatever the masks.",
        ),
    ]
    notes = ["Rooms are synthetic: expect less on real scans."]
    return Report(
        "Evaluation on held-out rooms",
        facts,
        sections,
        outcomes,
        "queries",
        f"{_RIGHT}; and the words that a query asks for are said",
        notes=notes,
    )


def _mean(outcomes: Sequence[Outcome], metric: str) -> tuple:
    values = samples(outcomes, metric)
    return sum(values) / len(values), interval(values)


def _proposals(results: Sequence[RoomResult]) -> list[Metric]:
    scores = proposal_scores([result.proposals for result in results])
    true, found, proposed, matched, named = (
        sum(getattr(result.proposals, name) for result in results)
        for name in ("true", "found", "proposed", "matched", "named")
    )
    shares = (
        ("recall of objects", "recall@0.5", found, true),
        ("precision of proposals", "precision@0.5", matched, proposed),
        ("class of the matched", "class_accuracy", named, matched),
    )
    return [Metric(name, scores[key], wilson(hits, count) if count else None) for name, key, hits, count in shares]
