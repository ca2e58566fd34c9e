"""Reasoning segmentation: accuracy and mean IoU of predicted masks, on superpoints and on points (Reason3D)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from .records import RecordError, share


@dataclass(frozen=True)
class MaskSample:
    """superpoints: (N,) integer id of each point's superpoint; logits: (M,) float mask logits per superpoint;
    superpoint_target: (M,) and point_target: (N,) boolean."""

    superpoints: Tensor
    logits: Tensor
    superpoint_target: Tensor
    point_target: Tensor

    def __post_init__(self) -> None:
        points, count = self.superpoints.shape, self.logits.shape
        if len(points) != 1 or len(count) != 1:
            raise RecordError(f"superpoints {tuple(points)} and logits {tuple(count)} must be (N,) and (M,)")
        if self.superpoint_target.shape != count or self.point_target.shape != points:
            raise RecordError(
                f"targets of {tuple(self.superpoint_target.shape)} superpoints and {tuple(self.point_target.shape)} "
                f"points don't fit {count[0]} logits and {points[0]} points"
            )
        if points[0] and not 0 <= int(self.superpoints.min()) <= int(self.superpoints.max()) < count[0]:
            raise RecordError(f"superpoint ids must be 0 to {count[0] - 1}, one for each logit")


def mask_iou(predicted: Tensor, target: Tensor) -> float:
    """IoU of two boolean masks, intersection / (union + 1e-6) in single precision; 0 where one is empty."""
    both = (predicted & target).sum().float()
    either = (predicted | target).sum().float()
    return float(both / (either + 1e-6))


def sample_ious(sample: MaskSample) -> tuple[float, float]:
    """(superpoint IoU, point IoU) of the superpoints whose sigmoid is at least 0.5."""
    predicted = sample.logits.float().sigmoid() >= 0.5
    return (
        mask_iou(predicted, sample.superpoint_target.bool()),
        mask_iou(predicted[sample.superpoints.long()], sample.point_target.bool()),
    )


def reason_seg_scores(samples: Sequence[MaskSample]) -> dict[str, float]:
    """``sp.*`` and ``point.*``: acc25 and acc50 (share of samples with an IoU above 0.25 and 0.5) and miou."""
    pairs = [sample_ious(sample) for sample in samples]
    scores: dict[str, float] = {}
    for name, ious in (("sp", [sp for sp, _ in pairs]), ("point", [point for _, point in pairs])):
        scores |= {
            f"{name}.acc25": share(iou > 0.25 for iou in ious),
            f"{name}.acc50": share(iou > 0.5 for iou in ious),
            f"{name}.miou": share(ious),
        }
    return scores
