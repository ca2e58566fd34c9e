"""Prepared data asked of a model that answers with query programs: as a person would ask it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import made_data
import numpy as np
import pytest
from made_data import a_scene, samples_of, write_data
from tiny_model import tiny_program_model

from omd3d_ros import cli
from omd3d_ros.datasets.prepared import PreparedDataError, wording
from omd3d_ros.evaluation import captions
from omd3d_ros.evaluation.prepared import answerer
from omd3d_ros.evaluation.prepared.answerer import Answerer, ModelAnswer
from omd3d_ros.evaluation.prepared.prepared_scene import scene_of, superpoints_of
from omd3d_ros.evaluation.prepared.question_text import as_asked
from omd3d_ros.evaluation.prepared.questions import Question
from omd3d_ros.types import Answer


@pytest.fixture(autouse=True)
def sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the tiny model gives them: 32 of the encoder, 4 classes, 17 of colour, 24 attributes; no pictures."""
    for name, size in (("POINT", 77), ("IMAGE", 0), ("MEDIA", 32)):
        monkeypatch.setattr(made_data, name, size)
    monkeypatch.setattr(captions, "why_left_out", lambda: "they are not what is tested here")


@pytest.fixture(scope="module")
def model() -> tuple[Any, Any]:
    return tiny_program_model()


def a_question(task: str, **changes: Any) -> Question:
    return Question(task, 0, replace(samples_of("made_a")[task][0], **changes))


@pytest.mark.parametrize("templates", [wording.GROUNDING, wording.SEVERAL])
def test_a_request_is_what_it_quotes(templates: tuple[str, ...]) -> None:
    for template in templates:
        assert as_asked(template.format('the "big" chair near it')) == 'the "big" chair near it'


def test_questions_are_asked_without_how_to_answer_them() -> None:
    assert as_asked(wording.question_prompt("How many chairs are there?")) == "How many chairs are there?"
    assert as_asked(" the chair by the window ") == "the chair by the window"
    assert as_asked(wording.align_prompt(3)) == "What is the <OBJ003>?"


def test_an_object_to_describe_is_asked_for_by_its_place() -> None:
    assert {as_asked(t.format("<OBJ003>")) for t in wording.CAPTION} == {"Where is <OBJ003>?"}


def test_a_prepared_scene_is_the_scene_that_was_prepared() -> None:
    prepared = a_scene("made_a")
    scene = scene_of(prepared, [3, 0])
    assert [(i.id, i.num_points) for i in scene.instances] == [("OBJ003", 1), ("OBJ000", 7 + 8 + 9 + 10)]
    assert scene.object_masks.tolist() == prepared.proposal_masks[[3, 0]].float().tolist()
    np.testing.assert_array_equal(scene.object_features, prepared.point_features[[3, 0]])
    assert superpoints_of(scene, scene.instances) == [0, 6, 7, 8, 9] and superpoints_of(scene, []) == []


def test_a_proposal_without_points_is_left_out() -> None:
    prepared = a_scene("made_a")
    prepared.proposal_masks[1] = False
    assert [i.id for i in scene_of(prepared, range(4)).instances] == ["OBJ000", "OBJ002", "OBJ003"]


def test_a_scene_without_superpoint_features_is_refused() -> None:
    with pytest.raises(PreparedDataError, match="made_a has no superpoint features, which a model that answers with"):
        scene_of(a_scene("made_a", superpoint_features=False), range(4))


def test_text_and_superpoints_of_an_answer(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Identifiers are those of the data, in whatever order the objects are shown; each scene is made once."""
    asked = []

    def answer(scene, query, model, processor):
        asked.append((scene, query))
        return Answer(query, "It is the table <OBJ002>.", [i for i in scene.instances if i.id == "OBJ002"])

    monkeypatch.setattr(answerer, "answer_query", answer)
    for seed in (None, 1):
        ours = Answerer(*model, seed)
        for prompt in ("the table", wording.GROUNDING[0].format("the table")):
            said = ours.answer(a_question("scanrefer", prompt=prompt), a_scene("made_a"))
            assert said == ModelAnswer("It is the table <OBJ002>.", [1, 2])
    assert {query for _, query in asked} == {"the table"}
    assert len({id(scene) for scene, _ in asked}) == 2
    assert sorted(i.id for i in asked[-1][0].instances) == [f"OBJ00{k}" for k in range(4)]


def test_what_can_not_be_asked_is_not_answered(model: Any) -> None:
    ours = Answerer(*model)
    for prompt in ("Describe <OBJ012>.", "chair " * 300):
        assert ours.answer(a_question("scan2cap", prompt=prompt), a_scene("made_a")) == ModelAnswer("", [])


def test_a_model_is_evaluated_on_every_task(model: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own, processor = model
    own.save_pretrained(tmp_path / "model")
    processor.save_pretrained(tmp_path / "model")
    data = write_data(tmp_path / "data")
    arguments = ["eval", "--data", data, "--preset", tmp_path / "model", "--out", tmp_path / "out", "--quiet", "--json"]
    assert cli.main(list(map(str, arguments))) == 0
    scores = json.loads(capsys.readouterr().out)["tasks"]
    assert set(scores) == set(samples_of("made_a"))
    records = json.loads((tmp_path / "out" / "predictions_scanqa.json").read_text())
    assert all(record["pred"] and record["prompt"].endswith("phrase.") for record in records)


def test_data_without_superpoint_features_is_refused(
    model: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own, processor = model
    own.save_pretrained(tmp_path / "model")
    processor.save_pretrained(tmp_path / "model")
    data = write_data(tmp_path / "data", superpoint_features=False)
    arguments = ["eval", "--data", data, "--preset", tmp_path / "model", "--out", tmp_path / "out", "--quiet"]
    assert cli.main(list(map(str, arguments))) == 1
    assert "prepare the data with this model" in capsys.readouterr().err.splitlines()[-1]
