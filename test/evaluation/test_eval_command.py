"""``omd3d eval``: every fixture of the evaluation through the command, bad input, and rooms."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from fixture_copies import copy_fixture
from tiny_model import tiny_model
from tiny_rooms import write_tiny_rooms

from omd3d_ros import cli
from omd3d_ros.datasets.rooms.variants import HELD_OUT_SEEDS
from omd3d_ros.evaluation.captions import why_left_out
from omd3d_ros.evaluation.outcomes import samples
from omd3d_ros.evaluation.tasks import TASKS, evaluate
from omd3d_ros.parity.eval_files import captions_left_out

FIXTURES = {
    "scanrefer": "eval_scanrefer",
    "multi3dref": "eval_multi3dref",
    "scan2cap": "eval_scan2cap",
    "scanqa": "eval_scanqa",
    "sqa3d": "eval_sqa3d",
    "nr3d": "eval_referit3d",
    "reason_seg": "eval_reason_seg",
}


@pytest.fixture
def fixture(reference_fixtures: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[str], Path]:
    """A copy of a task's fixture that may be changed."""

    def copy(task: str) -> Path:
        if task in ("scan2cap", "scanqa", "sqa3d") and why_left_out() is None:
            request.getfixturevalue("one_meteor")
        return copy_fixture(reference_fixtures / FIXTURES[task], tmp_path / task)

    return copy


def predictions_in(folder: Path) -> Path:
    return folder / ("data.npz" if (folder / "data.npz").exists() else "preds.json")


def eval_json(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    """What ``omd3d eval --json`` prints, which must be JSON without NaN."""
    assert cli.main(["eval", *map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))


def error_of(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """The one line of a run that fails."""
    assert cli.main(["eval", *map(str, arguments)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    line = captured.err.strip().splitlines()[-1]
    assert line.startswith("omd3d: ")
    return line


def change(folder: Path, edit: Callable[[list[Any]], Any]) -> Path:
    """preds.json after ``edit`` of its records."""
    file = folder / "preds.json"
    records = json.loads(file.read_text())
    edit(records)
    file.write_text(json.dumps(records))
    return file


@pytest.mark.parametrize("task", FIXTURES)
def test_fixture(task: str, fixture: Callable[[str], Path], capsys: pytest.CaptureFixture[str]) -> None:
    folder = fixture(task)
    result = eval_json(capsys, "--predictions", predictions_in(folder), "--task", task, "--annotations", folder)
    file = folder / ("expected.json" if task == "reason_seg" else "scores.json")
    expected = json.loads(file.read_text())
    expected.pop("per_sample_spiou_piou", None)
    for name in captions_left_out(expected):
        del expected[name]
    assert result["scores"] == pytest.approx(expected, abs=1e-6)
    assert (result["task"], result["left_out"]) == (task, [])
    assert result["count"] == (8 if task == "reason_seg" else len(json.loads((folder / "preds.json").read_text())))


@pytest.mark.parametrize("task", FIXTURES)
def test_outcomes_add_up_to_the_scores(task: str, fixture: Callable[[str], Path]) -> None:
    folder = fixture(task)
    evaluation = evaluate(predictions_in(folder), task, folder)
    assert len(evaluation.outcomes) == evaluation.count
    with_samples = 0
    for name, value in evaluation.scores.items():
        values = samples(evaluation.outcomes, name.split("] ")[-1])
        with_samples += bool(values)
        assert not values or np.mean(values) == pytest.approx(value, abs=1e-6), name
    assert with_samples >= 3


@pytest.fixture
def scans(reference_fixtures: Path, tmp_path: Path) -> tuple[Path, Path]:
    """The AP fixture in the benchmark's layout: the folders of predictions and of annotations."""
    predictions, truth = tmp_path / "predictions", tmp_path / "scannet" / "instance_gt"
    (predictions / "masks").mkdir(parents=True)
    truth.mkdir(parents=True)
    with np.load(reference_fixtures / "eval_scannet_ap" / "data.npz") as arrays:
        for name in sorted({key.rsplit(".", 1)[0] for key in arrays}):
            gt, packed, labels, confidences = (arrays[f"{name}.{key}"] for key in ("gt", "masks", "labels", "confs"))
            np.savetxt(truth / f"{name}.txt", gt, "%d")
            lines = []
            for i, mask in enumerate(np.unpackbits(packed, axis=1, count=len(gt))):
                np.savetxt(predictions / "masks" / f"{name}_{i:03d}.txt", mask, "%d")
                lines.append(f"masks/{name}_{i:03d}.txt {labels[i]} {float(confidences[i])!r}")
            (predictions / f"{name}.txt").write_text("\n".join(lines) + "\n")
    return predictions, truth.parent


def test_scannet_fixture_in_the_layout_of_the_benchmark(
    scans: tuple[Path, Path], reference_fixtures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = eval_json(capsys, "--predictions", scans[0], "--task", "scannet", "--annotations", scans[1])
    with open(reference_fixtures / "eval_scannet_ap" / "expected.csv") as file:
        rows = {row["class"]: row for row in csv.DictReader(file)}
    assert result["count"] == 2
    for name, row in rows.items():
        for metric in ("ap", "ap50", "ap25"):
            value, expected = result["scores"][f"{name}.{metric}"], float(row[metric])
            assert value is None if math.isnan(expected) else value == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda p, t: (p / "scene0100_00.txt").write_text("masks/nothing.txt 5 0.9\n"), "nothing.txt"),
        (lambda p, t: (p / "scene0100_00.txt").write_text("../secret.txt 5 0.9\n"), "outside of the folder"),
        (lambda p, t: (p / "scene0100_00.txt").write_text("masks/scene0100_00_000.txt 5 nan\n"), "finite"),
        (lambda p, t: (p / "scene0100_00.txt").write_text("one two\n"), "line 1 must be 'mask_file label_id"),
        (lambda p, t: (p / "masks/scene0100_00_000.txt").write_text("1\n0\n"), "has 2 vertices"),
        (lambda p, t: (p / "masks/scene0100_00_000.txt").write_text("one\n"), "one integer per vertex"),
        (lambda p, t: (t / "instance_gt/scene0100_00.txt").unlink(), "there is no scene0100_00.txt"),
    ],
)
def test_a_scan_that_cannot_be_scored(
    damage: Callable[[Path, Path], object], reason: str, scans: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    damage(*scans)
    arguments = ("--predictions", scans[0], "--task", "scannet", "--annotations", scans[1])
    message = error_of(capsys, *arguments)
    assert "1 of 2 scans can't be scored" in message and "scene0100_00" in message and reason in message
    result = eval_json(capsys, *arguments, "--allow-missing")
    assert result["count"] == 1
    assert [item["record"] for item in result["left_out"]] == ["scene0100_00"]


def test_a_folder_of_annotations_as_for_chat_scene(
    fixture: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, annotations = fixture("scanrefer"), tmp_path / "annotations"
    for part in ("scanrefer", "scannet"):
        (annotations / part).mkdir(parents=True)
    for ours, theirs in (("instance", "scannet_mask3d_val"), ("scannet", "scannet_val")):
        attributes = json.loads((folder / f"{ours}_attributes.json").read_text())
        tensors = {scene: {**entry, "locs": torch.tensor(entry["locs"])} for scene, entry in attributes.items()}
        torch.save(tensors, annotations / f"{theirs}_attributes.pt")
    (folder / "scanrefer_filtered.json").rename(annotations / "scanrefer/ScanRefer_filtered.json")
    (folder / "scannetv2-labels.combined.tsv").rename(annotations / "scannet/scannetv2-labels.combined.tsv")
    arguments = ("--predictions", folder / "preds.json", "--task", "scanrefer", "--annotations", annotations)
    scores = json.loads((folder / "scores.json").read_text())
    assert eval_json(capsys, *arguments)["scores"] == pytest.approx(scores, abs=1e-6)
    (annotations / "scannet_val_attributes.pt").write_bytes(b"damaged")
    assert "no tensor file" in error_of(capsys, *arguments)
    (annotations / "scannet_val_attributes.pt").unlink()
    message = error_of(capsys, *arguments)
    assert "ground-truth objects" in message and "scannet_attributes.json, scannet_val_attributes.pt" in message


def test_a_finished_look_up_does_for_annotations_of_scanrefer(
    fixture: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = fixture("scanrefer")
    arguments = ("--predictions", folder / "preds.json", "--task", "scanrefer", "--annotations", folder)
    (folder / "scanrefer_filtered.json").unlink()
    (folder / "scannetv2-labels.combined.tsv").unlink()
    scores = json.loads((folder / "scores.json").read_text())
    assert eval_json(capsys, *arguments)["scores"] == pytest.approx(scores, abs=1e-6)
    (folder / "unique_multiple_lookup.json").write_text('{"scene0011_00": {"0": 2}}')
    assert "scene0011_00 must map numbers of objects to 0 (unique) or 1" in error_of(capsys, *arguments)


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (lambda records: records[2].pop("pred"), "record 2: has no field 'pred'"),
        (lambda records: records[2].pop("spiou"), "record 2: has no field 'spiou'"),
        (lambda records: records[2].update(pred=None), "field 'pred' must be of kind text, it is None"),
        (lambda records: records[2].update(gt_id=True), "field 'gt_id' must be of kind integer"),
        (lambda records: records[2].update(spiou=float("nan")), "must be an IoU of 0 to 1, it is nan"),
        (lambda records: records[2].update(spiou=7), "must be an IoU of 0 to 1, it is 7"),
        (lambda records: records[2].update(scene_id="scene0999_00"), "scene 'scene0999_00' is not among the 2 scenes"),
        (lambda records: records[2].update(gt_id=77), "has no object 77"),
        (lambda records: records[2].update(pred="\ud800"), "lone surrogate"),
        (lambda records: records.__setitem__(2, "text"), "record 2: is a str"),
        (lambda records: records.__setitem__(2, dict(records[0])), "answers the same question as record 0"),
    ],
)
def test_a_record_that_cannot_be_scored(
    edit: Callable[[list[Any]], Any],
    reason: str,
    fixture: Callable[[str], Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = fixture("scanrefer")
    others = evaluate(change(folder, lambda records: records.pop(2)), "scanrefer", folder).scores
    folder = fixture("scanrefer")
    arguments = ("--predictions", change(folder, edit), "--task", "scanrefer", "--annotations", folder)
    message = error_of(capsys, *arguments)
    assert "1 of 14 records can't be scored (--allow-missing" in message and reason in message
    result = eval_json(capsys, *arguments, "--allow-missing")
    assert result["count"] == 13 and result["scores"] == pytest.approx(others)
    assert [item["record"] for item in result["left_out"]] == [2]


def test_a_second_answer_to_a_question_is_seen_where_prompts_tell_questions_apart(
    fixture: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = fixture("scanrefer")

    def answer_again(records: list[Any]) -> None:
        for number, record in enumerate(records):
            record["prompt"] = f"prompt {number}"
        records.append({**records[0], "pred": "<OBJ001>.", "spiou": 0.5})

    file = change(folder, answer_again)
    message = error_of(capsys, "--predictions", file, "--task", "scanrefer", "--annotations", folder)
    assert "record 14: answers the same question as record 0" in message


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "is not JSON"),
        ("[{", "is not JSON"),
        ("[" * 200_000, "nested too deeply"),
        ("{}", "must hold a list"),
        ("[]", "holds no record"),
        ('["a", 1]', "2 of 2 records can't be scored: record 0: is a str"),
    ],
)
def test_a_file_that_holds_no_predictions(
    content: str, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "preds.json").write_text(content)
    arguments = ("--predictions", tmp_path / "preds.json", "--task", "scanqa", "--allow-missing")
    assert reason in error_of(capsys, *arguments)
    assert "no such file" in error_of(capsys, "--predictions", tmp_path / "nothing.json", "--task", "scanqa")
    assert "is a folder" in error_of(capsys, "--predictions", tmp_path, "--task", "scanqa")


def test_predictions_of_another_task(fixture: Callable[[str], Path], capsys: pytest.CaptureFixture[str]) -> None:
    """Each file of records is taken for its own task, and never for one whose records look different."""
    alike = {("nr3d", "sr3d"), ("scanqa", "sqa3d")}  # where ScanQA's records have a type, it is 0
    records = {task: (fixture(task) / "preds.json") for task in FIXTURES if task != "reason_seg"}
    for own, file in records.items():
        for task in set(TASKS) - {own, "scannet", "reason_seg"}:
            if (own, task) not in alike:
                message = error_of(capsys, "--predictions", file, "--task", task, "--annotations", file.parent)
                assert f"records are not of {task}; they look like those of" in message


def test_the_name_of_a_file_tells_its_task(fixture: Callable[[str], Path], capsys: pytest.CaptureFixture[str]) -> None:
    file = (fixture("scanqa") / "preds.json").rename(fixture("scanqa") / "preds_epoch2_step100_scanqa.json")
    message = error_of(capsys, "--predictions", file, "--task", "sqa3d")
    assert "by its name these are predictions of scanqa, not of sqa3d" in message


def test_people_read_a_table(fixture: Callable[[str], Path], capsys: pytest.CaptureFixture[str]) -> None:
    folder = fixture("nr3d")
    file = change(folder, lambda records: records[0].pop("gt_id"))
    arguments = ["eval", "--predictions", str(file), "--task", "nr3d", "--annotations", str(folder)]
    assert cli.main([*arguments, "--allow-missing"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "nr3d: 11 scored, 1 left out"
    assert lines[1].split() == ["[nr3d]", "Overall", "Acc", "0.0909"]  # 1 of 11
    assert lines[-1].split(": ") == ["  left out", "0", "has no field 'gt_id'"]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--predictions", "preds.json"],
        ["--task", "scanqa"],
        ["--predictions", "preds.json", "--task", "nonsense"],
        ["--predictions", "preds.json", "--task", "scanrefer"],
        ["--task", "scanqa", "rooms"],
        ["rooms", "--rooms", "0"],
        ["rooms", "--seed", "-1"],
        ["rooms", "--shape-rooms", "-1"],
        ["kitchen"],
        ["--task", "scanqa", "kitchen", "frames"],
    ],
)
def test_wrong_usage_is_exit_code_2(arguments: list[str]) -> None:
    assert cli.main(["eval", *arguments]) == 2


def test_all_commands_have_help_with_examples(capsys: pytest.CaptureFixture[str]) -> None:
    for name in (["eval"], ["eval", "rooms"], ["eval", "kitchen"]):
        assert cli.main([*name, "--help"]) == 0
        assert f"omd3d {' '.join(name)} " in capsys.readouterr().out.split("examples:")[1]


@pytest.fixture
def room_arguments(tmp_path: Path) -> tuple[object, ...]:
    """Two tiny rooms of known and one of held-out shapes, and a tiny model with random weights."""
    model, processor = tiny_model()
    model.save_pretrained(tmp_path / "model")
    processor.save_pretrained(tmp_path / "model")
    cache = tmp_path / "rooms"
    write_tiny_rooms(cache, [5, 6, HELD_OUT_SEEDS])
    counts = ("--rooms", 2, "--shape-rooms", 1, "--seed", 5, "--cache", cache)
    return ("rooms", "--preset", tmp_path / "model", *counts, "--quiet")


def test_rooms_score_the_same_whatever_the_number_of_processes(
    room_arguments: tuple[object, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = eval_json(capsys, *room_arguments, "--workers", 1, "--report", tmp_path / "report")
    two = eval_json(capsys, *room_arguments, "--workers", 2)
    assert one == two
    grounding = one["scores"]["grounding"]
    assert one["seeds"] == [5, 6, HELD_OUT_SEEDS] and set(grounding) == {"train", "phrasing", "words", "shape"}
    assert one["count"] == sum(split["overall"]["n"] for split in grounding.values()) == 2 * 3 * 3 + 3
    page = (tmp_path / "report" / "index.html").read_text()
    pictures = list((tmp_path / "report" / "pictures").glob("*.png"))
    assert pictures and all(f'src="pictures/{file.name}"' in page for file in pictures)


def test_an_interrupted_evaluation_of_rooms_goes_on(
    room_arguments: tuple[object, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    arguments = (*room_arguments, "--workers", 1, "--out", out)
    first = eval_json(capsys, *arguments)
    assert json.loads((out / "scores.json").read_text()) == first
    assert "| seen wording, Acc@0.5 |" in (out / "scores.md").read_text() and (out / "reliability.png").is_file()
    answers = sorted((out / "answers").iterdir())
    assert len(answers) == 3
    kept = answers[0].stat().st_mtime_ns
    answers[1].unlink()
    answers[2].write_text("{}")
    assert eval_json(capsys, *arguments) == first
    assert answers[0].stat().st_mtime_ns == kept and answers[1].is_file()
    eval_json(capsys, *arguments, "--questions", 1)
    assert answers[0].stat().st_mtime_ns != kept
