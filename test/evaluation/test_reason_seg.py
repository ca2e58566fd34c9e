"""Reasoning segmentation scores on masks small enough to count."""

import pytest
import torch

from omd3d_ros.evaluation.reason_seg import MaskSample, mask_iou, reason_seg_scores, sample_ious
from omd3d_ros.evaluation.records import RecordError

# Four superpoints of 1, 2, 3 and 4 points.
SUPERPOINTS = torch.tensor([0, 1, 1, 2, 2, 2, 3, 3, 3, 3])


def sample(logits: list[float], target: list[bool]) -> MaskSample:
    mask = torch.tensor(target)
    return MaskSample(SUPERPOINTS, torch.tensor(logits), mask, mask[SUPERPOINTS])


def test_superpoints_count_alike_and_points_by_size() -> None:
    # Predicted: superpoints 0 and 3; target: 2 and 3.  Superpoints: 1 of 3; points: 4 of 8.
    superpoint, point = sample_ious(sample([1.0, -1.0, -2.0, 0.0], [False, False, True, True]))
    assert superpoint == pytest.approx(1 / 3, abs=1e-6)
    assert point == pytest.approx(0.5, abs=1e-6)


def test_perfect_masks_score_one() -> None:
    scores = reason_seg_scores([sample([3.0, -3.0, 3.0, -3.0], [True, False, True, False])] * 2)
    assert scores == pytest.approx(dict.fromkeys(scores, 1.0), abs=1e-6)
    assert list(scores) == ["sp.acc25", "sp.acc50", "sp.miou", "point.acc25", "point.acc50", "point.miou"]


def test_an_iou_of_exactly_a_half_does_not_count() -> None:
    half = torch.arange(4000) < 2000
    assert mask_iou(half, torch.ones(4000, dtype=torch.bool)) == 0.5
    scores = reason_seg_scores([sample([1.0, -1.0, -2.0, 0.0], [False, False, True, True])])
    assert (scores["point.acc25"], scores["point.acc50"]) == (1.0, 0.0)


def test_empty_masks_and_no_samples_score_zero() -> None:
    nothing, everything = [-1.0] * 4, [1.0] * 4
    assert sample_ious(sample(nothing, [True] * 4)) == (0.0, 0.0)
    assert sample_ious(sample(everything, [False] * 4)) == (0.0, 0.0)
    assert sample_ious(sample(nothing, [False] * 4)) == (0.0, 0.0)
    assert set(reason_seg_scores([]).values()) == {0.0}


def test_samples_that_do_not_fit_are_refused() -> None:
    mask = torch.zeros(3, dtype=torch.bool)
    with pytest.raises(RecordError, match="superpoint ids must be 0 to 2"):
        MaskSample(SUPERPOINTS, torch.zeros(3), mask, torch.zeros(10, dtype=torch.bool))
    with pytest.raises(RecordError, match="don't fit 3 logits and 10 points"):
        MaskSample(SUPERPOINTS, torch.zeros(3), mask, mask)
    with pytest.raises(RecordError, match=r"must be \(N,\) and \(M,\)"):
        MaskSample(SUPERPOINTS, torch.zeros(1, 3), mask, mask)
