"""What a sample teaches: the masks that its [SEG] tokens stand for."""

from __future__ import annotations

import torch

from ..datasets.prepared import PreparedSample, PreparedScene
from .settings import TrainingError


def target_masks(sample: PreparedSample, scene: PreparedScene, targets: str, queries: str) -> torch.Tensor | None:
    """(Q, M) float of 0 and 1, a row for each [SEG] of the answer; None where the sample teaches no mask.

    targets: ``truth`` or ``proposals``; queries: ``union`` or ``objects`` (see FineTuningSettings).  A sample about no
    object teaches an empty mask.  None for one that is not masked, and where no superpoint belongs to its objects.
    Raises TrainingError for an object that the scene does not have.
    """
    if not sample.masked:
        return None
    masks = _true_masks(sample, scene) if targets == "truth" else _proposal_masks(sample, scene)
    if not sample.object_ids:
        return torch.zeros(1, scene.object_masks.shape[1])
    if not len(masks) or not masks.any():
        return None
    if queries == "union":
        return masks.any(0, keepdim=True).float()
    return masks.float()


def count_of_queries(sample: PreparedSample, queries: str) -> int:
    """How many [SEG] the answer to a sample begins with."""
    return max(1, len(sample.object_ids)) if queries == "objects" and sample.masked else 1


def _true_masks(sample: PreparedSample, scene: PreparedScene) -> torch.Tensor:
    row = {int(id): i for i, id in enumerate(scene.object_ids.tolist())}
    missing = [id for id in sample.object_ids if id not in row]
    if missing:
        raise TrainingError(
            f"a {sample.task} sample is about object {missing[0]}, which scene {scene.scene_id} does not have: "
            "prepare the data again"
        )
    return scene.object_masks[[row[id] for id in sample.object_ids]]


def _proposal_masks(sample: PreparedSample, scene: PreparedScene) -> torch.Tensor:
    """Of the matched proposals; a row of nothing for an object without one."""
    masks = scene.proposal_masks.new_zeros(len(sample.object_ids), scene.proposal_masks.shape[1])
    for i, proposal in enumerate(sample.proposal_ids[: len(masks)]):
        if proposal >= 0:
            masks[i] = scene.proposal_masks[proposal]
    return masks
