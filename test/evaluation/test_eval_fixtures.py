"""The reference fixtures of the evaluation, and what the parity check says of damaged ones."""

import importlib
import json
from pathlib import Path

import numpy as np
import pytest
from caption_tools import needs_caption_scores
from fixture_copies import copy_fixture

from omd3d_ros.evaluation import captions
from omd3d_ros.evaluation.captions import NAMES, why_left_out
from omd3d_ros.parity import Comparison, FixtureError, eval_files
from omd3d_ros.parity.eval_files import compare_scores, read_scores

KINDS = (
    "eval_multi3dref",
    "eval_reason_seg",
    "eval_referit3d",
    "eval_scan2cap",
    "eval_scannet_ap",
    "eval_scanqa",
    "eval_scanrefer",
    "eval_sqa3d",
    "eval_text",
)
WITH_CAPTIONS = ("eval_scan2cap", "eval_scanqa", "eval_sqa3d")


def compare(kind: str, folder: Path) -> list[Comparison]:
    return importlib.import_module(f"omd3d_ros.parity.{kind}").compare(folder)


def change(file: Path, edit) -> None:  # noqa: ANN001
    content = json.loads(file.read_text())
    edit(content)
    file.write_text(json.dumps(content))


@pytest.mark.parametrize("kind", KINDS)
def test_fixture(kind: str, reference_fixtures: Path, request: pytest.FixtureRequest) -> None:
    if kind in WITH_CAPTIONS and why_left_out() is None:
        request.getfixturevalue("one_meteor")
    comparisons = compare(kind, reference_fixtures / kind)
    assert comparisons
    assert [c for c in comparisons if not c.passed] == []


@needs_caption_scores
def test_all_metrics_of_a_fixture_are_compared(reference_fixtures: Path) -> None:
    folder = reference_fixtures / "eval_sqa3d"
    compared = [c.what for c in compare("eval_sqa3d", folder)]
    assert compared == list(json.loads((folder / "scores.json").read_text()))


@pytest.mark.parametrize("kind", [*WITH_CAPTIONS, "eval_text"])
def test_without_java_the_other_figures_are_compared(
    kind: str, reference_fixtures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = importlib.import_module(f"omd3d_ros.parity.{kind}")
    for owner in (captions, eval_files, module):
        if hasattr(owner, "why_left_out"):
            monkeypatch.setattr(owner, "why_left_out", lambda: "there is no Java runtime")
    comparisons = module.compare(reference_fixtures / kind)
    assert len(comparisons) >= 3
    assert all(c.passed for c in comparisons)
    assert not any(name in c.what for c in comparisons for name in (*NAMES, "ptb"))


def test_the_task_is_read_from_the_metric_names(reference_fixtures: Path, tmp_path: Path) -> None:
    folder = copy_fixture(reference_fixtures / "eval_referit3d", tmp_path)
    scores = (folder / "scores.json").read_text()
    (folder / "scores.json").write_text(scores.replace("[nr3d]", "[sr3d]"))
    comparisons = compare("eval_referit3d", folder)
    assert all(c.passed and c.what.startswith("[sr3d] ") for c in comparisons)
    (folder / "scores.json").write_text(scores.replace("[nr3d] Easy", "[sr3d] Easy"))
    with pytest.raises(FixtureError, match="must begin with one"):
        read_scores(folder)


def test_another_score_and_names_of_one_side_only_fail() -> None:
    comparisons = compare_scores({"a": 1.0, "b": 0.5, "c": 0.0}, {"a": 1.0, "b": 0.6, "d": 0.0}, tolerance=1e-6)
    assert {c.what: c.passed for c in comparisons} == {"a": True, "b": False, "c": False, "d": False}


def test_a_changed_record_fails(reference_fixtures: Path, tmp_path: Path) -> None:
    folder = copy_fixture(reference_fixtures / "eval_scanrefer", tmp_path)
    change(folder / "preds.json", lambda records: records[0].update(pred="<OBJ000>"))
    assert not all(c.passed for c in compare("eval_scanrefer", folder))


@pytest.mark.parametrize("kind", KINDS)
def test_missing_files_are_named(kind: str, reference_fixtures: Path, tmp_path: Path) -> None:
    folder = copy_fixture(reference_fixtures / kind, tmp_path)
    files = [file for file in folder.iterdir() if file.name != "README.md"]
    if kind == "eval_text" and why_left_out():
        files = [file for file in files if not file.name.startswith("ptb")]
    for file in files:
        content = file.read_bytes()
        file.unlink()
        with pytest.raises(FixtureError, match=file.name):
            compare(kind, folder)
        file.write_bytes(content)


@pytest.mark.parametrize(
    ("kind", "file", "content", "message"),
    [
        ("eval_scanqa", "preds.json", "[{", "is no JSON"),
        ("eval_scanqa", "preds.json", "{}", "must hold a list"),
        ("eval_scanqa", "preds.json", '[{"pred": "x"}]', "record 0 has no field 'ref_captions'"),
        ("eval_reason_seg", "data.npz", "x", "can't be read as arrays"),
        ("eval_reason_seg", "expected.json", "{}", "must be a list of pairs"),
        ("eval_scannet_ap", "expected.csv", "class,ap\nchair,1\n", "must have the columns"),
        ("eval_text", "cases.json", "{}", "not as the README says"),
    ],
)
def test_damaged_files_are_named(
    kind: str, file: str, content: str, message: str, reference_fixtures: Path, tmp_path: Path
) -> None:
    folder = copy_fixture(reference_fixtures / kind, tmp_path)
    (folder / file).write_text(content)
    with pytest.raises(FixtureError, match=message):
        compare(kind, folder)


@pytest.mark.parametrize("kind", ["eval_reason_seg", "eval_scannet_ap"])
def test_a_missing_array_is_named(kind: str, reference_fixtures: Path, tmp_path: Path) -> None:
    folder = copy_fixture(reference_fixtures / kind, tmp_path)
    with np.load(folder / "data.npz") as data:
        arrays = dict(data)
    name = next(iter(arrays))
    np.savez(folder / "data.npz", **{key: value for key, value in arrays.items() if key != name})
    with pytest.raises(FixtureError, match=name):
        compare(kind, folder)
