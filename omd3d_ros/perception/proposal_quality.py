"""ProposalQuality: how likely a proposed mask fits an object, from how the superpoints in it agree."""

from __future__ import annotations

import torch
from torch import nn

from .candidates import Candidates

FIGURES = 14


class ProposalQuality(nn.Module):
    """``proposal_figures`` (K, 14) -> (K,) probability that a mask reaches an IoU of 0.5 with an object.

    middle and spread (14,) of the figures are those of the rooms that it was fitted to.
    """

    middle: torch.Tensor
    spread: torch.Tensor

    def __init__(self, hidden: int = 32) -> None:
        super().__init__()
        self.register_buffer("middle", torch.zeros(FIGURES))
        self.register_buffer("spread", torch.ones(FIGURES))
        self.layers = nn.Sequential(nn.Linear(FIGURES, hidden), nn.GELU(), nn.Linear(hidden, 1))

    def forward(self, figures: torch.Tensor) -> torch.Tensor:
        return self.logits(figures).sigmoid()

    def logits(self, figures: torch.Tensor) -> torch.Tensor:
        return self.layers((figures - self.middle) / self.spread)[:, 0]


def proposal_figures(
    found: Candidates,
    probability: torch.Tensor,
    class_logits: torch.Tensor,
    objectness: torch.Tensor,
    counts: torch.Tensor,
) -> torch.Tensor:
    """(K, 14) of ``found`` among what M superpoints propose.

    probability (M, M): row i for the object that superpoint i lies on; class_logits (M, classes) and objectness (M,)
    logits of all superpoints, of counts (M,) points.
    """
    rows, points, own = found.rows, found.points, counts[found.rows]
    share = found.hard * counts / points[:, None]  # of a mask's points, those in each superpoint
    among = share[:, rows]
    names = share @ class_logits.softmax(1)
    return torch.stack(
        [
            objectness[rows],
            found.inside,
            (found.masks @ counts / points - found.inside).clamp_max(2),  # spilled over the edge
            (among * (found.overlap >= 0.5)).sum(1),
            (among * (found.overlap >= 0.8)).sum(1),
            (among * found.overlap).sum(1),
            (probability.T[rows] * share).sum(1),
            share @ objectness.sigmoid(),
            names.amax(1),
            -(names * names.clamp_min(1e-6).log()).sum(1),
            found.hard.sum(1).log(),
            points.log(),
            own.clamp_min(1).log(),
            own / points,
        ],
        1,
    )
