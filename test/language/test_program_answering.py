"""From a program to an answer, on three cubes: chairs OBJ000 and OBJ001, then a table OBJ002, 2 m apart."""

from __future__ import annotations

import numpy as np
import pytest
from program_scene import CHAIR, TABLE, a_scene, knows, no_masks, writes
from tiny_model import tiny_program_model

from omd3d_ros.language.answering import answer_query
from omd3d_ros.language.execution import ObjectTable
from omd3d_ros.language.execution.object_words import name
from omd3d_ros.language.program import parse
from omd3d_ros.language.program_answering import as_asked, calibrated


@pytest.fixture
def model(monkeypatch):
    """Knows chairs and tables, and draws no masks."""
    model, processor = tiny_program_model()
    knows(model, monkeypatch, chair=(CHAIR,), chairs=(CHAIR,), table=(TABLE,), seat=(CHAIR,))
    no_masks(model, monkeypatch)
    return model, processor


def ids(answer) -> list[str]:
    return [i.id for i in answer.instances]


def test_a_noun_means_the_objects_of_its_categories(model, monkeypatch):
    writes(monkeypatch, "find", "noun", "table")
    answer = answer_query(a_scene(model[0]), "where is the table?", *model)
    assert ids(answer) == ["OBJ002"] and "<OBJ002>" in answer.text
    assert answer.instances[0].label == "table" and answer.instances[0].score == pytest.approx(1.0)


def test_geometry_chooses_among_them(model, monkeypatch):
    writes(monkeypatch, "find", "nearest", "noun", "chair", "noun", "table")
    assert ids(answer_query(a_scene(model[0]), "the chair nearest the table", *model)) == ["OBJ001"]
    writes(monkeypatch, "find", "farthest", "noun", "chair", "noun", "table")
    assert ids(answer_query(a_scene(model[0]), "the chair farthest from the table", *model)) == ["OBJ000"]


def test_all_and_how_many(model, monkeypatch):
    writes(monkeypatch, "count", "noun", "chairs")
    answer = answer_query(a_scene(model[0]), "how many chairs?", *model)
    assert sorted(ids(answer)) == ["OBJ000", "OBJ001"] and answer.text.startswith("There are 2 chairs")
    writes(monkeypatch, "all", "except", "thing", "noun", "chairs")
    assert ids(answer_query(a_scene(model[0]), "everything but the chairs", *model)) == ["OBJ002"]


def test_a_comparison_shows_what_it_compares(model, monkeypatch):
    writes(monkeypatch, "more", "noun", "chairs", "noun", "table")
    scene = a_scene(model[0], scores=(0.8, 0.9, 0.95))
    answer = answer_query(scene, "are there more chairs than table", *model)
    assert answer.text.startswith("Yes") and sorted(ids(answer)) == ["OBJ000", "OBJ001", "OBJ002"]
    assert answer.instances[0].id == "OBJ002" and answer.instances[0].score == pytest.approx(0.95)
    strict = answer_query(scene, "are there more chairs than table", *model, min_score=0.85)
    assert strict.text.startswith("No") and sorted(ids(strict)) == ["OBJ001", "OBJ002"]


def test_surest_first_and_no_more_than_wanted(model, monkeypatch):
    writes(monkeypatch, "all", "noun", "chairs")
    scene = a_scene(model[0], scores=(0.7, 0.9, 0.8))
    assert ids(answer_query(scene, "the chairs", *model)) == ["OBJ001", "OBJ000"]
    assert ids(answer_query(scene, "the chairs", *model, max_instances=1)) == ["OBJ001"]


def test_objects_below_the_score_are_neither_shown_nor_counted(model, monkeypatch):
    writes(monkeypatch, "count", "noun", "chairs")
    model[0].config.execution = {"count_none": 0.1, "count_one": 0.5}
    scene = a_scene(model[0], scores=(0.55, 0.9, 0.8))
    assert len(ids(answer_query(scene, "how many chairs?", *model))) == 2
    answer = answer_query(scene, "how many chairs?", *model, min_score=0.6)
    assert ids(answer) == ["OBJ001"] and answer.text.startswith("There is one")
    assert ids(answer_query(scene, "how many chairs?", *model, min_score=0.95)) == []


def test_thresholds_and_confidence_are_the_models(model, monkeypatch):
    writes(monkeypatch, "all", "noun", "chairs")
    scene = a_scene(model[0], scores=(0.3, 0.9, 0.8))
    model[0].config.execution = {"member": 0.2, "confidence": [1.0, 0.0]}
    plain = answer_query(scene, "the chairs", *model).instances
    model[0].config.execution = {"member": 0.2, "confidence": [1.0, -2.0]}
    modest = answer_query(scene, "the chairs", *model).instances
    assert [i.id for i in plain] == [i.id for i in modest] == ["OBJ001", "OBJ000"]
    assert all(a.score > b.score for a, b in zip(plain, modest, strict=True))
    model[0].config.execution = {"member": 0.5}
    assert ids(answer_query(scene, "the chairs", *model)) == ["OBJ001"]


def test_calibration_is_a_line_in_log_odds():
    scores = np.array([0.1, 0.5, 0.9])
    np.testing.assert_allclose(calibrated(scores, [1.0, 0.0]), scores, atol=1e-6)
    np.testing.assert_allclose(calibrated(scores, [2.0, 0.0]), [1 / 82, 0.5, 81 / 82], atol=1e-6)
    assert calibrated(scores, None) is scores


def test_it_is_what_was_talked_about_before(model, monkeypatch):
    writes(monkeypatch, "find", "last")
    scene = a_scene(model[0])
    assert ids(answer_query(scene, "where is it?", *model, last=("OBJ001", "OBJ099"))) == ["OBJ001"]
    assert ids(answer_query(scene, "where is it?", *model)) == []
    writes(monkeypatch, "find", "nearest", "noun", "table", "last")
    assert ids(answer_query(scene, "the table nearest to it", *model, last=("OBJ000",))) == ["OBJ002"]


@pytest.mark.parametrize("name", ["<OBJ001>", "<obj001>", "OBJ001", "object OBJ001"])
def test_an_object_called_by_its_identifier(model, monkeypatch, name):
    writes(monkeypatch, "find", "noun", name)
    assert ids(answer_query(a_scene(model[0]), f"where is {name}?", *model)) == ["OBJ001"]


def test_an_identifier_that_no_object_has(model, monkeypatch):
    writes(monkeypatch, "find", "noun", "<OBJ007>")
    assert ids(answer_query(a_scene(model[0]), "where is <OBJ007>?", *model)) == []


def test_what_no_map_can_tell(model, monkeypatch):
    writes(monkeypatch, "unknown")
    answer = answer_query(a_scene(model[0]), "what is the capital of France?", *model)
    assert answer.instances == [] and "can't tell" in answer.text


def test_a_room_is_described(model, monkeypatch):
    writes(monkeypatch, "describe")
    answer = answer_query(a_scene(model[0]), "what do you see?", *model)
    assert len(answer.instances) == 3 and "chairs" in answer.text and "table" in answer.text


def test_words_that_mean_nothing_have_no_objects(model, monkeypatch):
    writes(monkeypatch, "find", "noun", "piano")
    answer = answer_query(a_scene(model[0]), "where is the piano?", *model)
    assert answer.instances == [] and answer.text == "I see no piano here."


def test_a_question_can_be_given_up(model):
    def check():
        raise TimeoutError("nobody waits")

    with pytest.raises(TimeoutError, match="nobody waits"):
        answer_query(a_scene(model[0]), "where is the table?", *model, check=check)


def test_the_mask_of_each_object_is_asked_for_after_its_name(monkeypatch):
    """As many [SEG] states as objects, and each corrects its own proposal."""
    model, processor = tiny_program_model()
    knows(model, monkeypatch, chairs=(CHAIR,))
    writes(monkeypatch, "all", "noun", "chairs")
    asked = []
    segment = model.segment
    monkeypatch.setattr(model, "segment", lambda states, f: (asked.append(len(states)), segment(states, f))[1])
    assert len(answer_query(a_scene(model), "the chairs", model, processor).instances) == 2
    assert asked == [2]


@pytest.mark.parametrize(
    ("program", "question", "chosen", "called"),
    [
        (("where", "noun", 0, 3), "mug?", [0], ["mug", "kettle", "jar"]),  # a doubtful jar, asked for a mug, is a mug
        (
            ("all", "or", "noun", 0, 3, "noun", 4, 10),
            "mug kettle",
            [0, 1],
            ["mug", "kettle", "jar"],
        ),  # a kettle stays one
        (("what", "noun", 0, 8), "<OBJ000>", [0], ["jar", "kettle", "jar"]),  # an identifier is no name
        (("what", "on", "thing", "noun", 0, 3), "mug", [0, 1], ["jar", "kettle", "jar"]),  # nor is what it stands on
    ],
)
def test_things_are_called_as_they_are_asked_for(program, question, chosen, called):
    nothing = np.zeros((3, 12)), np.zeros((3, 10)), np.zeros((3, 2))
    names = np.array([[0.4, 0.6, 0.0], [0.01, 0.09, 0.9], [0.0, 1.0, 0.0]])
    boxes = np.tile([0, 0, 0.5, 0.2, 0.2, 0.2], (3, 1))
    table = ObjectTable(boxes, np.ones(3), ("mug", "jar", "kettle"), names, *nothing, np.array([[0, 0], [4, 4]]))
    means = {"mug": np.array([1.0, 0.02, 0.0]), "kettle": np.array([0.0, 0.0, 1.0])}
    step = parse(program)
    spans = [(s.start, s.end) for s in step.steps() if s.operation == "noun"]
    meanings = {span: means.get(question[slice(*span)], np.array([0.9, 0.0, 0.0])) for span in spans}
    told = as_asked(table, chosen, step, question, meanings)
    assert [name(told, k) for k in range(3)] == called and name(table, 0) == "jar"
