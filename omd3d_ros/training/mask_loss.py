"""Losses of the mask decoder: as published, and as the nano preset is trained."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from ..language.mask_decoder import MaskPredictions

PUBLISHED_WEIGHTS = (1.0, 1.0, 0.5)


def mask_iou(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """(...,) IoU of the masks ``logits >= 0`` with ``target`` (both (..., M)) over superpoints; union + 1e-6."""
    ours, true = logits.sigmoid() >= 0.5, target > 0.5
    return (ours & true).sum(-1).float() / ((ours | true).sum(-1) + 1e-6)


def segmentation_losses(
    out: MaskPredictions, target: torch.Tensor, weights: tuple[float, ...] = PUBLISHED_WEIGHTS
) -> dict[str, torch.Tensor]:
    """The published loss and its parts; target (B, Q, M) in 0..1.

    ``loss`` sums ``w0 * BCE + w1 * Dice + w2 * score`` over every prediction; the parts of the last one are called
    mask_bce_loss, mask_dice_loss, score_loss, those of prediction i before it ``layer_i_...``.
    """
    named: dict[str, torch.Tensor] = {}
    last = len(out.masks) - 1
    for i, (logits, score) in enumerate(zip(out.masks, out.scores, strict=True)):
        iou = mask_iou(logits, target)
        error = torch.where(iou > 0.5, (score[..., 0] - iou) ** 2, 0.0)
        prefix = "" if i == last else f"layer_{i}_"
        named[f"{prefix}mask_bce_loss"] = binary_cross_entropy(logits, target).mean()
        named[f"{prefix}mask_dice_loss"] = dice_loss(logits, target).mean()
        named[f"{prefix}score_loss"] = error.mean()
    kinds = ("mask_bce_loss", "mask_dice_loss", "score_loss")
    weight = dict(zip(kinds, weights, strict=False))
    parts = [value * next(w for kind, w in weight.items() if name.endswith(kind)) for name, value in named.items()]
    return {"loss": torch.stack(parts).sum(), **named}


def mask_loss(out: MaskPredictions, target: torch.Tensor) -> torch.Tensor:
    """BCE + Dice, mean over predictions, plus half the squared error of the last score's sigmoid; target (B, Q, M)."""
    masks = [(binary_cross_entropy(x, target) + dice_loss(x, target)).mean() for x in out.masks]
    iou = mask_iou(out.masks[-1], target)
    return torch.stack(masks).mean() + 0.5 * ((out.scores[-1][..., 0].sigmoid() - iou) ** 2).mean()


def binary_cross_entropy(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """(...,): mean over superpoints."""
    return F.binary_cross_entropy_with_logits(logits, target, reduction="none").mean(-1)


def dice_loss(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """(...,): ``1 - (2 sum(p g) + 1) / (sum p + sum g + 1)``."""
    p = logits.sigmoid()
    return 1 - (2 * (p * target).sum(-1) + 1) / (p.sum(-1) + target.sum(-1) + 1)
