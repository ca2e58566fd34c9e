"""Losses of the scene encoder and the proposal head."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from ...models.openmaskdino3d import OpenMaskDINO3DModel
from ...perception.superpoint_inputs import SuperpointInputs


def instance_loss(
    model: OpenMaskDINO3DModel, inputs: SuperpointInputs, owner: torch.Tensor, classes: dict[int, int]
) -> tuple[torch.Tensor, dict[str, float]]:
    """Each superpoint of an object should propose that object's mask and name its class.

    owner (M,): true object id of each superpoint, 0 for none; classes: object id -> class index.
    """
    features, pair = model.encoder(inputs)
    masks, class_logits, objectness = model.segmentor(features, pair)
    on_object = owner > 0
    points = inputs.counts.sqrt()
    seen = F.binary_cross_entropy_with_logits(objectness, on_object.float(), reduction="none")
    seen = (seen * points).sum() / points.sum()
    if not on_object.any():
        return seen, {"objectness": float(seen.detach())}
    rows = torch.nonzero(on_object)[:, 0]
    target = (owner[rows, None] == owner[None]).float()
    weight = target.sum(1).rsqrt() * points[rows].sqrt()
    weight = weight / weight.sum()
    logits = masks[rows]
    columns = points / points.mean()
    bce = F.binary_cross_entropy_with_logits(logits, target, reduction="none", pos_weight=logits.new_tensor(5.0))
    bce = (bce * columns).mean(1)
    p = logits.sigmoid()
    dice = 1 - (2 * (p * target * columns).sum(1) + 1) / ((p * columns).sum(1) + (target * columns).sum(1) + 1)
    named = torch.tensor([classes[int(i)] for i in owner[rows]])
    named = F.cross_entropy(class_logits[rows], named, reduction="none", label_smoothing=0.05)
    parts = {
        "bce": (bce * weight).sum(),
        "dice": (dice * weight).sum(),
        "class": 0.4 * (named * weight).sum(),
        "objectness": 0.5 * seen,
    }
    return torch.stack(list(parts.values())).sum(), {k: float(v.detach()) for k, v in parts.items()}
