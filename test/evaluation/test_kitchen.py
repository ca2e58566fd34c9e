"""``omd3d eval kitchen``: distances, hits and box IoU, the file of marks, and the command."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from omd3d_ros import cli
from omd3d_ros.commands import eval_kitchen
from omd3d_ros.evaluation.kitchen import MarkedQueriesError, ask_marked, marked_outcome, read_marked_queries, totals
from omd3d_ros.evaluation.kitchen_pictures import draw_marked
from omd3d_ros.types import Answer, Instance, PointCloud, Scene

ENTRY = {"query": "the mug", "centroid": [1, 0, 1], "extent": [0.2, 0.2, 0.2], "uncertainty_m": 0.03}


def instance(x: float, size: float = 0.2) -> Instance:
    return Instance("OBJ001", "mug", 0.9, np.zeros(0, bool), np.array([x, 0.0, 1.0]), np.full(3, size))


@pytest.fixture
def marks(tmp_path: Path) -> Path:
    path = tmp_path / "queries.json"
    path.write_text(json.dumps([ENTRY]))
    return path


def test_distance_is_that_of_the_best_instance_and_iou_that_of_its_box(marks: Path) -> None:
    marked = read_marked_queries(marks)[0]
    answer = Answer("the mug", "there", [instance(1.1), instance(1.0)])
    outcome = marked_outcome(marked, answer, [instance(3.0)])
    assert outcome.distance == pytest.approx(0.1) and outcome.nearest == pytest.approx(0.0) and outcome.hit
    assert outcome.iou == pytest.approx(0.5 / 1.5, abs=1e-5)  # two cubes that overlap by half
    assert outcome.possible == pytest.approx(2.0)


def test_nothing_answered_and_something_far_off_are_misses(marks: Path) -> None:
    marked = read_marked_queries(marks)[0]
    answers = {"the mug": Answer("the mug", "none", [])}
    none = ask_marked(answers.__getitem__, [marked], [])[0][0]
    far = marked_outcome(marked, Answer("the mug", "there", [instance(1.31), instance(1.2)]), [instance(1.0)])
    assert none.distance is None and none.iou == 0.0 and not none.hit and not far.hit
    sums = totals([none, far])
    assert (sums["queries"], sums["hits"], sums["any"], sums["possible"]) == (2, 0, 1, 1)
    assert none.to_dict()["distance"] is None and far.to_dict()["distance"] == 0.31


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "not JSON"),
        ("[]", "a list of marked queries"),
        ('[{"query": " "}]', 'entry 1: expected an object with a "query" text'),
        (json.dumps([ENTRY, {**ENTRY, "centroid": [1, 2]}]), 'entry 2: "centroid" must be three numbers'),
        (json.dumps([{**ENTRY, "extent": [1, 1, 0]}]), "lengths above 0"),
        (json.dumps([{**ENTRY, "extent": [1, 1, float("nan")]}]), '"extent" must be three numbers'),
    ],
)
def test_a_damaged_file_of_marks_is_an_error_that_says_where(content: str, reason: str, marks: Path) -> None:
    marks.write_text(content)
    with pytest.raises(MarkedQueriesError, match=reason):
        read_marked_queries(marks)


def test_missing_files_are_one_line_on_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["eval", "kitchen", str(tmp_path / "nowhere")]) == 1
    assert "no such folder of frames" in capsys.readouterr().err
    assert cli.main(["eval", "kitchen", str(tmp_path)]) == 1
    assert "queries.json: can't be read (No such file" in capsys.readouterr().err
    assert cli.main(["eval", "kitchen", str(tmp_path), "--every", "1,0"]) == 2


def test_the_table_says_what_was_hit(marks: Path) -> None:
    marked = read_marked_queries(marks)[0]
    outcome = marked_outcome(marked, Answer("the mug", "a\nmug", [instance(1.0)]), [instance(1.0)])
    lines = eval_kitchen.as_table(2, 7, [outcome]).splitlines()
    assert lines[0] == "each frame of 2: 7 objects"
    assert lines[2].split() == ["the", "mug", "0.00", "yes", "1.00", "a", "mug"]
    assert lines[3].startswith("best instance within 0.3 m: 1 of 1")


def test_a_picture_shows_the_marked_points_too(marks: Path) -> None:
    rng = np.random.default_rng(0)
    xyz = np.concatenate([rng.uniform([0, -1, 0], [2, 1, 0], (3000, 3)), rng.uniform(-0.1, 0.1, (400, 3)) + [1, 0, 1]])
    cloud = PointCloud(xyz, np.full((len(xyz), 3), 120), np.tile([0.0, 0.0, 1.0], (len(xyz), 1)))
    none = np.zeros((0, 1), np.float32)
    scene = Scene(cloud, np.zeros(len(xyz), np.int32), none, [], none, none, none, np.eye(4))
    marked = read_marked_queries(marks)[0]
    image = draw_marked(scene, marked, Answer("the mug", "nothing", []))
    marked_color = np.array([255, 196, 0])  # the first of the palette, of the tag
    assert (image == marked_color).all(-1).sum() > 500
