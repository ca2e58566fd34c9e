"""A model asked about held-out synthetic rooms: proposals and grounding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..datasets.room_samples import RoomSample
from ..datasets.rooms.variants import HELD_OUT_SEEDS
from ..language.answering import answer_query
from ..models.openmaskdino3d import OpenMaskDINO3DModel, OpenMaskDINO3DProcessor
from ..perception.scene import build_scene
from ..types import Answer, Scene
from .instance_ap import RoomInstances, room_instances
from .outcomes import Outcome, by_kind, samples
from .reliability import Claim
from .room_baselines import Baselines
from .room_outcomes import claims_of, room_outcome
from .room_truth import RoomTruth, truth_of_room

PER_ROOM = 12
# Split of questions -> the wording they are in.  Rooms with held-out shapes are asked about in the seen wording.
WORDINGS = {"train": "train", "phrasing": "phrasing", "words": "words", "shape": "train"}
_METRICS = ("acc@0.25", "acc@0.5")


@dataclass(frozen=True)
class ProposalCounts:
    """Of one room: its objects, those of them found, proposals, those of them that fit an object, and of the right
    class."""

    true: int
    found: int
    proposed: int
    matched: int
    named: int


@dataclass(frozen=True)
class RoomResult:
    """What a model made of one room; outcomes: per split (train, phrasing, words or shape) of each of its queries."""

    seed: int
    proposals: ProposalCounts
    instances: RoomInstances
    outcomes: dict[str, list[Outcome]]
    claims: list[Claim]


def splits_of(seed: int) -> tuple[str, ...]:
    """The splits that questions about the room of this seed are in."""
    return ("shape",) if seed >= HELD_OUT_SEEDS else ("train", "phrasing", "words")


def evaluate_proposals(model: OpenMaskDINO3DModel, rooms: Iterable[RoomSample]) -> dict[str, float]:
    """Recall and precision of proposals at mask IoU 0.5 (in points) and accuracy of their class."""
    scenes = ((scene_of(room, model), room) for room in rooms)
    return proposal_scores([count_proposals(scene, truth_of_room(scene, room)) for scene, room in scenes])


def proposal_scores(counts: Sequence[ProposalCounts]) -> dict[str, float]:
    """The scores of rooms whose proposals were counted."""
    true, found, proposed, matched, named = (
        sum(getattr(c, name) for c in counts) for name in ("true", "found", "proposed", "matched", "named")
    )
    return {
        "recall@0.5": found / max(true, 1),
        "precision@0.5": matched / max(proposed, 1),
        "class_accuracy": named / max(matched, 1),
        "objects": true,
    }


def count_proposals(scene: Scene, truth: RoomTruth) -> ProposalCounts:
    """Proposals against objects at mask IoU 0.5, in points."""
    iou = truth.iou(truth.proposals, truth.objects())
    if iou.size == 0:
        return ProposalCounts(iou.shape[1], 0, len(iou), 0, 0)
    best, good = iou.argmax(1), iou.max(1) >= 0.5
    names = list(truth.categories.values())
    named = sum(scene.instances[k].label == names[best[k]] for k in np.flatnonzero(good))
    return ProposalCounts(iou.shape[1], int((iou.max(0) >= 0.5).sum()), len(iou), int(good.sum()), named)


def evaluate_grounding(
    model: OpenMaskDINO3DModel,
    processor: OpenMaskDINO3DProcessor,
    rooms: Iterable[RoomSample],
    split: str = "train",
    per_room: int = PER_ROOM,
) -> dict[str, dict[str, float]]:
    """By query type and overall: share of queries whose answered masks reach IoU 0.25 and 0.5 with the truth.

    The union of the answer's instances against the union of the targets; a query without a target counts
    as right when no instance is answered.  ``split``: which wording (train, phrasing, words).
    """
    outcomes = []
    for room in rooms:
        scene = scene_of(room, model)
        answered, _ = answer_queries(scene, room, split, model, processor, per_room)
        outcomes += answered
    return grounding_scores(outcomes)


def grounding_scores(outcomes: Sequence[Outcome]) -> dict[str, dict[str, float]]:
    """The scores of queries that were answered, by type and overall."""
    groups: Mapping[str, Sequence[Outcome]] = {"overall": outcomes, **by_kind(outcomes)} if outcomes else {}
    return {
        kind: {**{metric: float(np.mean(samples(group, metric))) for metric in _METRICS}, "n": len(group)}
        for kind, group in sorted(groups.items())
    }


def scene_of(room: RoomSample, model: OpenMaskDINO3DModel) -> Scene:
    """The room as the model reads it."""
    cloud, prepared = room.prepared()
    return build_scene(cloud, prepared, model)


def answer_room_query(
    scene: Scene,
    query: Mapping[str, Any],
    truth: RoomTruth,
    model: OpenMaskDINO3DModel,
    processor: OpenMaskDINO3DProcessor,
) -> Answer:
    """Ask one of a room's queries; a follow-up with the proposals that best overlap what was last spoken of."""
    last = [scene.instances[k].id for k in truth.best_proposals(query.get("last_ids") or ())]
    return answer_query(scene, query["query"], model, processor, last=last)


def answer_queries(
    scene: Scene,
    room: RoomSample,
    split: str,
    model: OpenMaskDINO3DModel,
    processor: OpenMaskDINO3DProcessor,
    per_room: int = PER_ROOM,
) -> tuple[list[Outcome], list[Claim]]:
    """What became of the first ``per_room`` queries of a split about a room, and of each answered instance."""
    truth = truth_of_room(scene, room)
    outcomes, claims = [], []
    for index, query in enumerate(room.queries[WORDINGS[split]][:per_room]):
        answer = answer_room_query(scene, query, truth, model, processor)
        outcomes.append(room_outcome(answer, query, truth, f"room {room.seed}, {split} query {index}"))
        claims += claims_of(answer, query["target_ids"], truth)
    return outcomes, claims


def score_room(
    room: RoomSample, model: OpenMaskDINO3DModel, processor: OpenMaskDINO3DProcessor, per_room: int
) -> RoomResult:
    """Encode the room, ask its queries, and put the baselines' values beside each answer's own."""
    scene = scene_of(room, model)
    truth = truth_of_room(scene, room)
    baselines = Baselines(truth, room.seed)
    outcomes: dict[str, list[Outcome]] = {}
    claims: list[Claim] = []
    for split in splits_of(room.seed):
        answered, claimed = answer_queries(scene, room, split, model, processor, per_room)
        queries = room.queries[WORDINGS[split]][:per_room]
        outcomes[split] = [
            replace(outcome, values={**outcome.values, **baselines.values(query["target_ids"])})
            for outcome, query in zip(answered, queries, strict=True)
        ]
        claims += claimed
    return RoomResult(room.seed, count_proposals(scene, truth), room_instances(scene, truth), outcomes, claims)
