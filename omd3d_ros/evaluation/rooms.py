"""Scores of a model on held-out synthetic rooms: proposals and grounding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ..datasets.room_samples import RoomSample
from ..language.answering import answer_query
from ..models.openmaskdino3d import OpenMaskDINO3DModel, OpenMaskDINO3DProcessor
from ..perception.scene import build_scene
from ..types import Scene
from .outcomes import Outcome, by_kind, samples
from .room_outcomes import room_outcome

PER_ROOM = 12
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


def evaluate_proposals(model: OpenMaskDINO3DModel, rooms: Iterable[RoomSample]) -> dict[str, float]:
    """Recall and precision of proposals at mask IoU 0.5 (in points) and accuracy of their class."""
    return proposal_scores([count_proposals(model, room) for room in rooms])


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


@torch.inference_mode()
def count_proposals(model: OpenMaskDINO3DModel, room: RoomSample) -> ProposalCounts:
    """Proposals against objects at mask IoU 0.5, in points."""
    _, proposals = model.propose(room.inputs)
    iou = _iou(proposals.masks > 0.5, room)
    if iou.size == 0:
        return ProposalCounts(iou.shape[1], 0, len(iou), 0, 0)
    best, good = iou.argmax(1), iou.max(1) >= 0.5
    labels = [model.config.categories[i] for i in proposals.class_logits.argmax(-1).tolist()]
    names = list(room.objects.values())
    named = sum(labels[k] == names[best[k]] for k in np.flatnonzero(good))
    return ProposalCounts(iou.shape[1], int((iou.max(0) >= 0.5).sum()), len(iou), int(good.sum()), named)


def _iou(masks: torch.Tensor, room: RoomSample) -> np.ndarray:
    """(K, G) mask IoU in points between proposals and the room's objects."""
    counts = room.inputs.counts
    own = torch.stack([room.owner == g for g in room.objects]).float() if room.objects else torch.zeros(0, len(counts))
    weighted = masks.float() * counts
    both = weighted @ own.T
    union = weighted.sum(1)[:, None] + (own * counts).sum(1)[None] - both
    return (both / union.clamp_min(1)).numpy()


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
        outcomes += answer_queries(scene, room, split, model, processor, per_room)
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


def answer_queries(
    scene: Scene,
    room: RoomSample,
    split: str,
    model: OpenMaskDINO3DModel,
    processor: OpenMaskDINO3DProcessor,
    per_room: int = PER_ROOM,
) -> list[Outcome]:
    """What became of the first ``per_room`` queries of a split about a room."""
    return [
        room_outcome(
            scene, answer_query(scene, query["query"], model, processor), query, room, f"{split} query {index}"
        )
        for index, query in enumerate(room.queries[split][:per_room])
    ]
