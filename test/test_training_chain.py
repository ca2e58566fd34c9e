"""From nothing to scores: the commands of docs/evaluation.md and docs/TRAINING.md at the smallest sizes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from omd3d_ros import cli
from omd3d_ros.evaluation.tasks import evaluate


@pytest.mark.slow
def test_rooms_are_prepared_a_model_trained_and_scored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, run, out = tmp_path / "data", tmp_path / "run", tmp_path / "run" / "eval"
    preset = ("--preset", "openmaskdino3d_tiny")
    omd3d("prepare", "rooms", *preset, "--count", 2, "--validation", 1, "--out", data)
    omd3d("train", *preset, "--data", data, "--out", run, "--steps", 2, "--batch-size", 2)
    capsys.readouterr()
    tags = "scanrefer#multi3dref#scanqa"
    arguments = ("--preset", run / "model", "--data", data, "--out", out, "--tags", tags, "--limit", 4)
    omd3d("eval", *arguments, "--report", tmp_path / "report", "--json")
    scores = json.loads(capsys.readouterr().out)
    assert {task: result["count"] for task, result in scores["tasks"].items()} == dict.fromkeys(tags.split("#"), 4)
    for task, result in scores["tasks"].items():
        again = evaluate(out / f"predictions_{task}.json", task, out / "annotations").scores
        assert again == {name: value for name, value in result["scores"].items() if "ask " not in name}
        assert (tmp_path / "report" / task / "index.html").is_file()


def omd3d(*arguments: object) -> None:
    assert cli.main([*map(str, arguments), "--quiet"]) == 0
