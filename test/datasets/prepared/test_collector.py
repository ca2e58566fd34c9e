"""Records of language become samples by the published rules, on the scene of ``small_scene``."""

import pytest
from prepared_scenes import small_scene

from omd3d_ros.datasets.prepared import wording
from omd3d_ros.datasets.prepared.collector import SampleCollector
from omd3d_ros.datasets.prepared.matching import Matches


def only(collector, task, split):
    (sample,) = collector.samples[task, split]
    return sample


def test_matches_are_by_box_iou():
    matches = Matches(small_scene())
    assert matches.best(3).proposal == 0
    assert matches.best(7).proposal == 1
    assert matches.best(7).iou == pytest.approx(0.9, abs=1e-6)
    assert 5 not in matches
    assert matches.of_proposal(1)[0] == 7


def test_grounding_answers_with_the_proposal_not_the_object():
    collector = SampleCollector(small_scene())
    collector.grounding("scanrefer", "train", "the chair", 7, {"ann_id": "0"})
    sample = only(collector, "scanrefer", "train")
    assert (sample.prompt, sample.answers) == ("the chair", ["<OBJ001>."])
    assert (sample.object_ids, sample.proposal_ids, sample.masked) == ([7], [1], True)
    assert sample.extra == {"obj_id": 7, "pred_id": 1, "iou": pytest.approx(0.9, abs=1e-6), "ann_id": "0"}


def test_training_drops_what_no_proposal_covers_and_validation_keeps_it():
    collector = SampleCollector(small_scene(), min_iou=0.95)
    collector.grounding("scanrefer", "train", "the chair", 7, {})
    collector.grounding("scanrefer", "val", "the chair", 7, {})
    collector.grounding("scanrefer", "val", "the lamp", 5, {})
    assert dict(collector.dropped) == {
        ("scanrefer", "train", "IoU below threshold"): 1,
        ("scanrefer", "val", "unknown object"): 1,
    }
    sample = only(collector, "scanrefer", "val")
    assert (sample.answers, sample.proposal_ids, sample.extra["pred_id"]) == (["<OBJ001>."], [-1], 1)


def test_several_objects_in_ascending_order_or_none():
    collector = SampleCollector(small_scene())
    collector.several("multi3dref", "train", "furniture", [7, 3], {"eval_type": "mt"})
    sample = only(collector, "multi3dref", "train")
    assert (sample.answers, sample.object_ids, sample.proposal_ids) == (["Yes. <OBJ000> and <OBJ001>."], [7, 3], [1, 0])
    collector.several("multi3dref", "val", "a piano", [], {"eval_type": "zt_wo_d"})
    nothing = only(collector, "multi3dref", "val")
    assert (nothing.answers, nothing.masked, nothing.object_ids) == (["No."], False, [])


def test_objects_that_share_a_proposal_are_no_training_sample():
    scene = small_scene()
    scene.object_boxes[1] = scene.object_boxes[0]
    collector = SampleCollector(scene)
    collector.several("multi3dref", "train", "furniture", [7, 3], {})
    assert dict(collector.dropped) == {("multi3dref", "train", "shared proposal"): 1}


def test_answers_in_words_need_no_proposal_and_no_mask():
    collector = SampleCollector(small_scene(), min_iou=0.95)
    collector.question("scanqa", "train", "What is red?", ["the Chair", "the chair", "a chair."], [7], {})
    sample = only(collector, "scanqa", "train")
    assert sample.prompt == "What is red? Answer the question using a single word or phrase."
    assert (sample.answers, sample.masked) == (["The chair.", "A chair."], False)
    collector.question("scanqa", "val", "What is red?", ["the Chair", "the chair"], [7], {})
    assert only(collector, "scanqa", "val").answers == ["the Chair", "the chair"]
    collector.question("scanqa", "train", "What is blue?", [], [7], {})
    assert collector.dropped["scanqa", "train", "no answer"] == 1


def test_captions_are_of_a_proposal_of_its_own():
    collector = SampleCollector(small_scene())
    collector.caption("scan2cap", "train", 7, ["A chair.", "It is low."], {})
    sample = only(collector, "scan2cap", "train")
    assert "<OBJ001>" in sample.prompt
    assert sample.answers == ["A chair.", "It is low."]
    scene = small_scene()
    scene.object_boxes[1, 0] = 10.0  # no proposal touches object 3 any more
    collector = SampleCollector(scene)
    collector.caption("scan2cap", "val", 3, ["A table."], {})
    assert dict(collector.dropped) == {("scan2cap", "val", "IoU below threshold"): 1}


def test_names_of_identifiers():
    collector = SampleCollector(small_scene())
    collector.align("train")
    texts = {(s.prompt, s.answers[0]) for s in collector.samples["obj_align", "train"]}
    assert texts == {
        ("What is the <OBJ001>?", "<OBJ001> is a chair."),
        ("What is the <OBJ000>?", "<OBJ000> is a table."),
    }


@pytest.mark.parametrize(
    ("proposals", "answer"),
    [
        ([], "No."),
        ([4], "Yes. <OBJ004>."),
        ([12, 4], "Yes. <OBJ004> and <OBJ012>."),
        ([12, 4, 9], "Yes. <OBJ004>, <OBJ009>, and <OBJ012>."),
    ],
)
def test_wording_of_several(proposals, answer):
    assert wording.several_answer(proposals) == answer


def test_prompts_are_the_same_for_the_same_record_and_as_many_as_published():
    assert [len(t) for t in (wording.GROUNDING, wording.CAPTION, wording.SEVERAL)] == [9, 10, 10]
    one = wording.worded(wording.GROUNDING, "the chair", "scene0000_00", 3)
    assert one == wording.worded(wording.GROUNDING, "the chair", "scene0000_00", 3)
    assert len({wording.worded(wording.GROUNDING, "x", k) for k in range(200)}) == 9
    assert wording.bare_description(" the chair. ") == "the chair"
