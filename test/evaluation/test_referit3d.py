"""ReferIt3D accuracy: the answer is one of the given objects."""

import pytest

from omd3d_ros.evaluation.records import RecordError
from omd3d_ros.evaluation.referit3d import referit3d_scores

TRUE = {"s": {"locs": [[0, 0, 0, 1, 1, 1]] * 3}}


def record(gt_id: int, pred: str, kind: str) -> dict:
    return {"scene_id": "s", "gt_id": gt_id, "pred": pred, "type_info": kind}


def test_groups() -> None:
    records = [
        record(1, "<OBJ001>", "easy_dep"),
        record(2, "<OBJ003> <OBJ002>", "hard_dep"),  # there is no object 3
        record(1, "<OBJ002>", "hard_indep"),
        record(0, "none of them", "hard_indep"),  # object 0 by default
    ]
    assert referit3d_scores(records, TRUE, "sr3d") == {
        "[sr3d] Overall Acc": 0.75,
        "[sr3d] Easy Acc": 1.0,
        "[sr3d] Hard Acc": pytest.approx(2 / 3),
        "[sr3d] View Dep Acc": 1.0,
        "[sr3d] View Indep Acc": 0.5,
    }


def test_empty_groups_score_zero() -> None:
    scores = referit3d_scores([record(1, "<OBJ001>", "easy_dep")], TRUE, "nr3d")
    assert scores["[nr3d] Hard Acc"] == scores["[nr3d] View Indep Acc"] == 0.0
    assert set(referit3d_scores([], TRUE, "nr3d").values()) == {0.0}


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (record(3, "<OBJ000>", "easy_dep"), "s has no object 3"),
        (record(0, "<OBJ000>", "easy"), "type 'easy' is none of easy_dep"),
        (record(0, "<OBJ000>", "easy_dep") | {"scene_id": "t"}, "scene 't'"),
    ],
)
def test_bad_records(bad: dict, message: str) -> None:
    with pytest.raises(RecordError, match=message):
        referit3d_scores([bad], TRUE, "nr3d")
