"""Checks of prediction records, and the segmentation lines that each task has."""

import pytest

from omd3d_ros.evaluation.records import RecordError, check_records, references_of, share
from omd3d_ros.evaluation.segmentation_lines import segmentation_lines


def test_good_records_pass() -> None:
    check_records([{"pred": "x", "gt_id": 3, "spiou": 0.5}, {"pred": "", "gt_id": 0, "spiou": 1}], pred="text")
    check_records([], pred="text")


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"gt_id": 0}, "record 1 has no field 'pred'"),
        ({"pred": 3, "gt_id": 0}, "record 1: field 'pred' must be of kind text"),
        ({"pred": "x", "gt_id": "0"}, "field 'gt_id' must be of kind integer"),
        ({"pred": "x", "gt_id": True}, "field 'gt_id' must be of kind integer"),
        ("x", "record 1 is a str"),
    ],
)
def test_a_bad_record_is_named(record: dict, message: str) -> None:
    with pytest.raises(RecordError, match=message):
        check_records([{"pred": "x", "gt_id": 0}, record], pred="text", gt_id="integer")


@pytest.mark.parametrize("texts", [[], [4]])
def test_references_are_one_or_more_texts(texts: list) -> None:
    with pytest.raises(RecordError, match="record 0: 'ref_captions' must be one or more texts"):
        references_of([{"ref_captions": texts}])


def test_share_of_an_empty_group_is_zero() -> None:
    assert share([]) == 0.0
    assert share([True, False, True, True]) == 0.75


def test_segmentation_lines_count_strictly_above_the_threshold() -> None:
    lines = segmentation_lines([{"spiou": iou} for iou in (0.25, 0.5, 0.75, 1.0)], "nr3d")
    assert lines == {"[nr3d] Seg Precision@0.25": 0.75, "[nr3d] Seg Precision@0.5": 0.5, "[nr3d] Seg mIoU": 0.625}


def test_segmentation_lines_of_no_records_are_zero() -> None:
    assert set(segmentation_lines([], "nr3d").values()) == {0.0}


def test_a_model_without_masks_has_no_segmentation_lines() -> None:
    assert segmentation_lines([{"pred": "x"}], "nr3d") == {}


def test_masks_for_some_records_only_are_refused() -> None:
    with pytest.raises(RecordError, match="1 of 2 records have 'spiou'"):
        segmentation_lines([{"spiou": 0.5}, {}], "nr3d")
