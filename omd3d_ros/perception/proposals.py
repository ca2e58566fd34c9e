"""Instance proposals over superpoints: every superpoint proposes the object that it belongs to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from .candidates import Candidates, overlaps
from .one_piece import in_one_piece
from .proposal_quality import ProposalQuality, proposal_figures

MIN_OBJECTNESS = 0.2  # of a superpoint whose proposal is looked at
FEW_OBJECTNESS = 0.1  # where the quality of proposals is known
MIN_QUALITY = 0.1


@dataclass
class Proposals:
    """masks (K, M) probability that a superpoint belongs; class_logits (K, classes); scores (K,) 0..1, best first."""

    masks: torch.Tensor
    class_logits: torch.Tensor
    scores: torch.Tensor


class ProposalHead(nn.Module):
    """features (M, C), pair (M, M, P) -> mask logits (M, M), class logits (M, classes), objectness logits (M,).

    Row i of the mask logits is the object that superpoint i lies on.
    """

    def __init__(self, width: int, pair_width: int, classes: int, key_width: int = 48) -> None:
        super().__init__()
        self.query = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, key_width))
        self.key = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, key_width))
        self.pair = nn.Linear(pair_width, 1)
        self.classes = nn.Linear(width, classes)
        self.objectness = nn.Linear(width, 1)

    def forward(self, features: torch.Tensor, pair: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        q, k = self.query(features), self.key(features)
        masks = q @ k.T / q.shape[-1] ** 0.5 + self.pair(pair)[..., 0]
        return masks, self.classes(features), self.objectness(features)[:, 0]


def select_proposals(
    mask_logits: torch.Tensor,
    class_logits: torch.Tensor,
    objectness: torch.Tensor,
    counts: torch.Tensor,
    max_objects: int = 100,
    quality: ProposalQuality | None = None,
    boxes: torch.Tensor | None = None,
    nms_iou: float = 0.4,
    nms_inside: float = 0.6,
    same_iou: float = 0.5,
) -> Proposals:
    """Greedy non-maximum suppression by mask IoU (in points: ``counts`` (M,)), then votes on masks and classes.

    A kept mask becomes the mean of all rows that propose the same object, and its score counts how much of the object
    proposes it.  quality: says how likely each row fits an object, which is its score then; without it, objectness is.
    boxes (M, 6): centres and sizes of the superpoints in metres, by which objects are in one piece; None: whatever they
    are in.
    """
    likely = objectness.sigmoid()
    probability = mask_logits.sigmoid()
    if boxes is not None:
        probability = in_one_piece(probability, boxes)
    found = Candidates.of(probability, likely, counts, MIN_OBJECTNESS if quality is None else FEW_OBJECTNESS)
    rank = scores = likely[found.rows] * found.inside
    chosen = torch.arange(len(scores), device=scores.device)
    if quality is not None:
        scores = quality(proposal_figures(found, probability, class_logits, objectness, counts))
        rank = rank * scores
        chosen = torch.nonzero(scores >= MIN_QUALITY)[:, 0]
    chosen = chosen[torch.argsort(rank[chosen], descending=True)]
    overlap = found.overlap[chosen][:, chosen]
    best = suppressed(overlap, found.within[chosen][:, chosen], max_objects, nms_iou, nms_inside)
    own = counts[found.rows[chosen]]
    same = overlap[best] >= same_iou
    weight = same * rank[chosen] * own.sqrt()
    masks = weight @ found.masks[chosen] / weight.sum(1, keepdim=True).clamp_min(1e-6)
    inner = (masks > 0.5).to(counts.dtype) * counts
    points = inner.sum(1)
    agreement = (same.to(counts.dtype) @ own / points.clamp_min(1)).clamp_max(1)
    scores = scores[chosen[best]] * agreement
    order = torch.argsort(scores, descending=True)
    order = order[points[order] > 0]
    vote = inner[order] / points[order, None]
    return Proposals(masks[order], vote @ class_logits, scores[order])


def non_maximum_suppression(
    masks: torch.Tensor, counts: torch.Tensor, max_objects: int = 100, iou: float = 0.4, inside: float = 0.6
) -> list[int]:
    """Rows of masks (K, M) of 0 and 1, best first, that no kept row before them covers.

    A row goes when its IoU with a kept row reaches ``iou`` or the share of it that lies inside one reaches
    ``inside``, both in points: counts (M,).
    """
    return suppressed(*overlaps(masks, counts), max_objects, iou, inside)


def suppressed(
    overlap: torch.Tensor, inside: torch.Tensor, max_objects: int, most_overlap: float, most_inside: float
) -> list[int]:
    """Of ``overlaps`` of masks, best first: the masks that are kept, as ``non_maximum_suppression`` does."""
    leaves = ((overlap < most_overlap) & (inside < most_inside)).cpu().numpy()  # row by row: few steps, each tiny
    alive = np.ones(len(leaves), bool)
    kept: list[int] = []
    for i in range(len(leaves)):
        if not alive[i]:
            continue
        kept.append(i)
        if len(kept) == max_objects:
            break
        alive &= leaves[i]
    return kept
