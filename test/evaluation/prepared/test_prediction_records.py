"""Answers as records: what the published form has, and the masks that they are measured with, counted by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from made_data import a_scene, samples_of, write_data

from omd3d_ros.datasets.prepared import PreparedDataset
from omd3d_ros.evaluation.prepared.annotations import write_annotations
from omd3d_ros.evaluation.prepared.answerer import ModelAnswer
from omd3d_ros.evaluation.prepared.questions import Question, choose_questions
from omd3d_ros.evaluation.prepared.records import record_of
from omd3d_ros.evaluation.prepared.scoring import score_task

TABLE = [1, 2]  # the superpoints of object 2 and of proposal 2, of two and of three points


def question(task: str, number: int = 0) -> Question:
    return Question(task, number, samples_of("made_a")[task][number])


def record(task: str, text: str = "", mask: list[int] | None = None, number: int = 0) -> dict:
    return record_of(question(task, number), ModelAnswer(text, mask), a_scene("made_a"))


def test_a_record_has_the_published_fields() -> None:
    assert record("scanrefer", "<OBJ002>.", [*TABLE, 3]) == {
        "scene_id": "made_a", "gt_id": 2, "pred_id": 2, "qid": 0, "prompt": "the table", "pred": "<OBJ002>.",
        "ref_captions": ["<OBJ002>."], "type_info": 0, "spiou": pytest.approx(2 / 3, abs=1e-6),
    }  # fmt: skip
    assert "spiou" not in record("scanrefer", "<OBJ002>.")  # of a model without masks


def test_what_the_scores_of_the_tasks_read() -> None:
    assert record("scanqa")["qid"] == "val-made_a"
    assert record("scanqa")["ref_captions"] == ["chair"]
    assert record("sqa3d")["type_info"] == 0
    assert record("multi3dref")["ref_captions"] == [1, 4]  # numbers of true objects
    assert record("multi3dref")["type_info"] == "mt"
    assert record("multi3dref", number=1)["type_info"] == "zt_wo_d"  # nothing in the room is called USER
    assert record("scan2cap")["gt_id"] == 2 and record("scan2cap")["pred_id"] == 2


def test_types_of_multi3drefer_follow_from_the_labels_where_the_data_has_none() -> None:
    scene = a_scene("made_a")
    for targets, prompt, kind in (
        ([2], "the table", "st_wo_d"),
        ([1], "the chair", "st_w_d"),
        ([], "a green chair", "zt_w_d"),
    ):
        sample = replace(question("multi3dref").sample, object_ids=targets, prompt=prompt, extra={})
        assert record_of(Question("multi3dref", 0, sample), ModelAnswer("", None), scene)["type_info"] == kind


def test_referit3d_is_about_true_objects() -> None:
    """Proposal 3 is object 1, as its box says; the identifier 9 has no proposal."""
    assert record("nr3d", "<OBJ003> or <OBJ009>.")["pred"] == "<OBJ001> or (no object)."


def test_several_objects_are_measured_with_the_union_of_their_proposals() -> None:
    assert record("multi3dref", mask=[0, 6, 7, 8, 9])["spiou"] == pytest.approx(1, abs=1e-6)
    assert record("multi3dref", mask=[0])["spiou"] == pytest.approx(1 / 5, abs=1e-6)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> PreparedDataset:
    return PreparedDataset.open(write_data(tmp_path_factory.mktemp("data") / "data", scenes=("made_a",)))


def scores(task: str, answers: list[ModelAnswer], data: PreparedDataset, out: Path) -> dict[str, float]:
    questions = choose_questions(data, [task], "val")
    write_annotations(out, data, questions, "val")
    asked = list(zip(questions[task], answers, strict=True))
    named = score_task(task, asked, data, out, out).scores
    return {name.split("] ")[-1]: value for name, value in named.items()}


def test_boxes_and_masks_are_scored_apart(data: PreparedDataset, tmp_path: Path) -> None:
    """The right table with a mask too large; a wrong chair with the right mask.  The table is the only one that is
    described, and so is one of the two chairs."""
    answers = [ModelAnswer("<OBJ002>.", [*TABLE, 3]), ModelAnswer("<OBJ000>.", [0])]
    found = scores("scanrefer", answers, data, tmp_path)
    assert found["Acc@0.25"] == found["Acc@0.50"] == found["Unique Acc@0.50"] == 0.5
    assert found["Seg mIoU"] == pytest.approx((2 / 3 + 1) / 2, abs=1e-6)
    assert found["Superpoint mask mIoU"] == pytest.approx((2 / 3 + 1) / 2, abs=1e-6)
    assert found["Mask mIoU"] == pytest.approx((5 / 9 + 1) / 2, abs=1e-6)  # points: 2 + 3 of 2 + 3 + 4
    assert found["Mask Acc@0.50"] == 1.0


def test_no_mask_is_right_where_no_object_is_meant(data: PreparedDataset, tmp_path: Path) -> None:
    answers = [ModelAnswer("Yes. <OBJ000> and <OBJ003>.", [0, 6, 7, 8, 9]), ModelAnswer("No.", [])]
    found = scores("multi3dref", answers, data, tmp_path)
    assert found["all F1@0.50"] == found["Mask mIoU"] == 1.0


def test_questions_without_a_mask_count_in_none(data: PreparedDataset, tmp_path: Path) -> None:
    """nr3d is told by the identifier, ScanQA has no mask to find."""
    assert scores("nr3d", [ModelAnswer("<OBJ003>.", None)], data, tmp_path) == {
        "Overall Acc": 1, "Easy Acc": 1, "Hard Acc": 0, "View Dep Acc": 1, "View Indep Acc": 0,
    }  # fmt: skip
    assert scores("obj_align", [ModelAnswer("<OBJ002> is a table.", None)], data, tmp_path) == {"EM1": 1.0}


def test_reasoning_segmentation_is_scored_by_both_protocols(data: PreparedDataset, tmp_path: Path) -> None:
    found = scores("reason_seg", [ModelAnswer("It is this.", [*TABLE, 3])], data, tmp_path)
    assert found["sp.miou"] == pytest.approx(2 / 3, abs=1e-6)
    assert found["point.miou"] == pytest.approx(5 / 9, abs=1e-6)


def test_annotations_beside_the_predictions(data: PreparedDataset, tmp_path: Path) -> None:
    """Row g of the true objects is object g; there is no object 0."""
    write_annotations(tmp_path, data, choose_questions(data, ["scanrefer", "scan2cap"], "val"), "val")
    names = json.loads((tmp_path / "scannet_attributes.json").read_text())["made_a"]["objects"]
    assert names == ["", "chair", "table", "box", "chair"]
    assert json.loads((tmp_path / "unique_multiple_lookup.json").read_text()) == {"made_a": {"2": 0, "1": 0}}
    assert json.loads((tmp_path / "corpus.json").read_text()) == {
        "made_a|2": ["The table is near the chair on the left."]
    }
