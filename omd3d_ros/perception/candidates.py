"""What every superpoint proposes, before any of it is chosen."""

from __future__ import annotations

from dataclasses import dataclass

import torch


@dataclass
class Candidates:
    """The masks that superpoints ``rows`` (K,) of M propose, none of them empty.

    masks (K, M) probabilities; hard (K, M) of 0 and 1, with ``points`` (K,) of the cloud; overlap, within (K, K) as
    ``overlaps`` has them; inside (K,): mean probability in the hard mask.
    """

    rows: torch.Tensor
    masks: torch.Tensor
    hard: torch.Tensor
    points: torch.Tensor
    overlap: torch.Tensor
    within: torch.Tensor
    inside: torch.Tensor

    @classmethod
    def of(cls, probability: torch.Tensor, objectness: torch.Tensor, counts: torch.Tensor, least: float) -> Candidates:
        """Of probability (M, M), row i for the object that superpoint i lies on, the rows with at least this objectness
        (M,) of 0 to 1; counts (M,): points of the superpoints."""
        hard = (probability > 0.5).to(counts.dtype)
        points = hard @ counts
        rows = torch.nonzero((objectness >= least) & (points > 0))[:, 0]
        masks, hard, points = probability[rows], hard[rows], points[rows]
        return cls(rows, masks, hard, points, *overlaps(hard, counts), ((masks * hard) @ counts) / points)


def overlaps(masks: torch.Tensor, counts: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """(K, K) IoU of masks (K, M) of 0 and 1, and (K, K) the share of column's mask inside that of the row; both in
    points: counts (M,)."""
    weighted = masks * counts
    areas = weighted.sum(1)
    shared = weighted @ masks.T
    inside = shared / areas.clamp_min(1e-6)
    return shared / (areas[:, None] + areas - shared).clamp_min(1e-6), inside
