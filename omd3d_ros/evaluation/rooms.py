"""Scores of a model on held-out synthetic rooms: proposals and grounding."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import torch

from ..datasets.room_samples import RoomSample
from ..language.answering import answer_query
from ..models.openmaskdino3d import OpenMaskDINO3DModel, OpenMaskDINO3DProcessor
from ..perception.scene import build_scene
from ..types import Scene


@torch.inference_mode()
def evaluate_proposals(model: OpenMaskDINO3DModel, samples: list[RoomSample]) -> dict[str, float]:
    """Recall and precision of proposals at mask IoU 0.5 (in points) and accuracy of their class."""
    found = true = proposed = matched = named = 0
    for sample in samples:
        _, proposals = model.propose(sample.inputs)
        iou = _iou(proposals.masks > 0.5, sample)
        true += iou.shape[1]
        proposed += len(iou)
        if iou.size == 0:
            continue
        found += int((iou.max(0) >= 0.5).sum())
        best = iou.argmax(1)
        good = iou.max(1) >= 0.5
        matched += int(good.sum())
        labels = [model.config.categories[i] for i in proposals.class_logits.argmax(-1).tolist()]
        names = list(sample.objects.values())
        named += sum(labels[k] == names[best[k]] for k in np.flatnonzero(good))
    return {
        "recall@0.5": found / max(true, 1),
        "precision@0.5": matched / max(proposed, 1),
        "class_accuracy": named / max(matched, 1),
        "objects": true,
    }


def _iou(masks: torch.Tensor, sample: RoomSample) -> np.ndarray:
    """(K, G) mask IoU in points between proposals and the sample's objects."""
    counts = sample.inputs.counts
    own = (
        torch.stack([sample.owner == g for g in sample.objects]).float()
        if sample.objects
        else torch.zeros(0, len(counts))
    )
    weighted = masks.float() * counts
    both = weighted @ own.T
    union = weighted.sum(1)[:, None] + (own * counts).sum(1)[None] - both
    return (both / union.clamp_min(1)).numpy()


def evaluate_grounding(
    model: OpenMaskDINO3DModel,
    processor: OpenMaskDINO3DProcessor,
    samples: list[RoomSample],
    split: str = "train",
    per_room: int = 12,
) -> dict[str, dict[str, float]]:
    """By query type and overall: share of queries whose answered masks reach IoU 0.25 and 0.5 with the truth.

    The union of the answer's instances against the union of the targets; a query without a target counts
    as right when no instance is answered.  ``split``: which wording (train, phrasing, words).
    """
    scores: dict[str, list[float]] = defaultdict(list)
    for sample in samples:
        cloud, prepared = sample.prepared()
        scene = build_scene(cloud, prepared, model)
        for q in sample.queries[split][:per_room]:
            answer = answer_query(scene, q["query"], model, processor)
            iou = _answer_iou(scene, [i.mask for i in answer.instances], q["target_ids"], sample)
            scores[q["type"]].append(iou)
            scores["overall"].append(iou)
    return {
        kind: {
            "acc@0.25": float(np.mean(np.array(v) >= 0.25)),
            "acc@0.5": float(np.mean(np.array(v) >= 0.5)),
            "n": len(v),
        }
        for kind, v in sorted(scores.items())
    }


def _answer_iou(scene: Scene, masks: list[np.ndarray], targets: list[int], sample: RoomSample) -> float:
    if not targets:
        return float(not masks)
    if not masks:
        return 0.0
    true = np.isin(sample.owner.numpy(), targets)[scene.superpoints]
    said = np.any(masks, axis=0)
    return float((true & said).sum() / max((true | said).sum(), 1))
