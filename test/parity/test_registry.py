"""Which kind of fixture a folder is, and where fixtures are."""

from __future__ import annotations

from pathlib import Path

import pytest
from fixture_copies import copy_fixture

from omd3d_ros.parity.registry import KINDS, find_fixtures, kind_of


def folder_with(path: Path, *files: str) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    for name in files:
        (path / name).write_text("{}")
    return path


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("mask_decoder", "mask_decoder"),
        ("mask_decoder_2", "mask_decoder"),
        ("mask_decoder-large", "mask_decoder"),
        ("mask_decoder2", "mask_decoder"),
        ("mask_decoders", None),
        ("uni3d.eva02", "uni3d"),
        ("chat3d (more scenes)", "chat3d"),
        ("eval_scanqa_2", "eval_scanqa"),
        ("eval_scannet_ap_2", "eval_scannet_ap"),
        ("datasets", None),
    ],
)
def test_a_name_tells_the_kind_whatever_follows_it(tmp_path, name, kind):
    assert kind_of(folder_with(tmp_path / name, "config.json")) == kind


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_that_says_nothing_leaves_it_to_the_files(reference_fixtures, tmp_path, kind):
    assert kind_of(copy_fixture(reference_fixtures / kind, tmp_path / "case")) == kind


def test_the_task_of_scores_tells_evaluations_of_the_same_files_apart(tmp_path):
    folder = folder_with(tmp_path / "scores", "preds.json")
    for task, kind in (("sqa3d", "eval_sqa3d"), ("scanqa", "eval_scanqa"), ("sr3d", "eval_referit3d")):
        (folder / "scores.json").write_text(f'{{"[{task}] EM1": 0.5}}')
        assert kind_of(folder) == kind


def test_fixtures_are_found_at_any_depth_in_the_order_of_their_names(tmp_path):
    folder_with(tmp_path / "b" / "uni3d", "config.json")
    folder_with(tmp_path / "b" / "deep" / "er" / "chat3d_1", "config.json")
    folder_with(tmp_path / "a" / "mask_decoder", "config.json")
    folder_with(tmp_path / "notes", "README.md")
    assert [f.kind for f in find_fixtures(tmp_path)] == ["mask_decoder", "chat3d", "uni3d"]


def test_a_fixture_may_be_named_itself_and_what_lies_in_it_is_its_own(tmp_path):
    folder = folder_with(tmp_path / "chat3d", "config.json")
    folder_with(folder / "uni3d", "config.json")
    assert [(f.folder, f.kind) for f in find_fixtures(folder)] == [(folder, "chat3d")]


def test_a_folder_named_after_a_kind_may_hold_fixtures_of_it(tmp_path):
    parent = folder_with(tmp_path / "mask_decoder", "README.md")
    folder_with(parent / "mask_decoder_1", "config.json")
    folder_with(parent / "mask_decoder_2", "config.json")
    assert [f.folder.name for f in find_fixtures(tmp_path)] == ["mask_decoder_1", "mask_decoder_2"]


def test_a_fixture_that_lost_its_files_is_still_one(tmp_path):
    folder_with(tmp_path / "mask_decoder")
    folder_with(tmp_path / "uni3d", "README.md")
    assert [f.kind for f in find_fixtures(tmp_path)] == ["mask_decoder", "uni3d"]
