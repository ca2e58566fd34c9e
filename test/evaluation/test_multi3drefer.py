"""Multi3DRefer F1 on rows of unit cubes."""

import pytest

from omd3d_ros.evaluation.multi3drefer import multi3drefer_scores
from omd3d_ros.evaluation.records import RecordError


def scene(*x: float) -> dict:
    """Unit cubes with their centres at these x; IoU of two that are d apart: (1 - d) / (1 + d)."""
    return {"s": {"locs": [[value, 0, 0, 1, 1, 1] for value in x]}}


def score(pred: str, targets: list, kind: str, proposed: dict, true: dict) -> tuple[float, float]:
    records = [{"scene_id": "s", "pred": pred, "ref_captions": targets, "type_info": kind}]
    scores = multi3drefer_scores(records, proposed, true)
    assert scores["[multi3dref] all F1@0.25"] == scores[f"[multi3dref] {kind} F1@0.25"]
    return scores[f"[multi3dref] {kind} F1@0.25"], scores[f"[multi3dref] {kind} F1@0.50"]


def test_perfect_answer() -> None:
    assert score("Yes. <OBJ000> and <OBJ001>.", [1, 0], "mt", scene(0, 5), scene(5, 0)) == (1.0, 1.0)


def test_one_of_two_targets_and_a_repeat() -> None:
    # One hit of 2 answers (the same object twice) and 2 targets: 2 * 1 / 4.
    assert score("<OBJ000>, <OBJ000>", [0, 1], "mt", scene(0, 5), scene(0, 5)) == (0.5, 0.5)


def test_threshold() -> None:
    # d = 0.5: IoU 1/3.
    assert score("<OBJ000>", [0], "st_w_d", scene(0.5), scene(0)) == (1.0, 0.0)


def test_iou_is_compared_in_single_precision() -> None:
    # A box twice as long as the target: IoU 1 / (2 + 1e-8), which single precision rounds to 0.5.
    long = {"s": {"locs": [[0.5, 0, 0, 2, 1, 1]]}}
    assert score("<OBJ000>", [0], "st_w_d", long, scene(0)) == (1.0, 1.0)


def test_assignment_takes_the_largest_sum_not_the_most_hits() -> None:
    # IoU of proposals at 0 and 0.36 with targets at 0.01 and -0.36: 0.980, 0.471 and 0.481, 0.163.  The sum is largest
    # for 0.980 + 0.163, one hit at 0.25, though the other pairing, 0.471 + 0.481, has two.
    answer = "<OBJ000> <OBJ001>"
    assert score(answer, [0, 1], "mt", scene(0, 0.36), scene(0.01, -0.36)) == (0.5, 0.5)


def test_zero_target() -> None:
    assert score("No.", [], "zt_w_d", scene(0), scene(0)) == (1.0, 1.0)
    assert score("Yes. <OBJ000>.", [], "zt_wo_d", scene(0), scene(0)) == (0.0, 0.0)
    assert score("Yes. <OBJ004>.", [], "zt_wo_d", scene(0), scene(0)) == (1.0, 1.0)  # no such proposal


def test_no_answer_and_empty_groups_score_zero() -> None:
    assert score("No.", [0], "st_wo_d", scene(0), scene(0)) == (0.0, 0.0)
    scores = multi3drefer_scores([], {}, {}, task="m")
    assert len(scores) == 12
    assert set(scores.values()) == {0.0}
    assert "[m] zt_w_d F1@0.50" in scores


@pytest.mark.parametrize(
    ("targets", "kind", "message"),
    [
        ([1], "st_w_d", "s has no object 1 among its 1 ground-truth objects"),
        (["<OBJ000>"], "st_w_d", "must be numbers of ground-truth objects"),
        ([0], "single", "type 'single' is none of zt_w_d"),
    ],
)
def test_bad_records(targets: list, kind: str, message: str) -> None:
    with pytest.raises(RecordError, match=message):
        score("<OBJ000>", targets, kind, scene(0), scene(0))
