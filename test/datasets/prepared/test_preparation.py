"""The pool over scenes: the same bytes however it ran, and nothing that one scene does stops the others."""

import errno
import json
from pathlib import Path

import pytest
from prepared_scenes import scene_unless_bad, scene_until_disk_is_full, small_scene, with_other_features

from omd3d_ros.datasets.prepared import PreparedDataError, PreparedDataset, preparation
from omd3d_ros.datasets.prepared.preparation import Plan, prepare

SCENES = ["a", "b", "c"]


def collect(collector):
    collector.align("train")
    collector.grounding("scanrefer", "val", "the chair", 7, {})


def plan(make=small_scene, scenes=SCENES, fill=collect, **settings):
    known = {"scenes": {"recipe": 1, **settings}, "samples": {"tags": ["obj_align"]}}
    return Plan("rooms", known, list(scenes), make, fill, 0.5)


def content(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prepared")
    prepare(folder, plan(), workers=1)
    return folder


def test_folder_holds_scenes_samples_and_a_manifest(prepared):
    assert sorted(content(prepared)) == [
        "manifest.json", "samples/obj_align_train.jsonl", "samples/scanrefer_val.jsonl",
        "scenes/a.safetensors", "scenes/b.safetensors", "scenes/c.safetensors",
    ]  # fmt: skip
    manifest = json.loads((prepared / "manifest.json").read_text())
    assert manifest["version"] == 1
    assert manifest["samples"] == {"obj_align": {"train": 6}, "scanrefer": {"val": 3}}


def test_two_workers_give_the_same_bytes(prepared, tmp_path):
    prepare(tmp_path, plan(), workers=2)
    assert content(tmp_path) == content(prepared)


def test_a_full_disk_stops_and_the_next_run_goes_on(prepared, tmp_path):
    with pytest.raises(PreparedDataError, match="is full"):
        prepare(tmp_path, plan(scene_until_disk_is_full), workers=1)
    assert sorted(content(tmp_path)) == ["journal.jsonl", "scenes/a.safetensors", "scenes/b.safetensors"]
    with pytest.raises(PreparedDataError, match="did not finish"):
        PreparedDataset.open(tmp_path)
    with open(tmp_path / "journal.jsonl", "a") as file:
        file.write('{"scene_id": "c", "sha')  # as a process that was killed leaves it
    (tmp_path / "scenes/b.safetensors").write_bytes(b"half")
    summary = prepare(tmp_path, plan(), workers=1)
    assert (summary.made, summary.known) == (2, 1)
    assert content(tmp_path) == content(prepared)


def test_a_disk_that_is_full_for_the_samples_leaves_no_manifest(prepared, tmp_path, monkeypatch):
    def fail(path, samples):
        path.write_text("half a li")
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(preparation, "write_samples", fail)
        with pytest.raises(PreparedDataError, match="is full"):
            prepare(tmp_path, plan(), workers=1)
    assert not [name for name in content(tmp_path) if "samples" in name or "manifest" in name]
    assert prepare(tmp_path, plan(), workers=1).known == 3
    assert content(tmp_path) == content(prepared)


def test_a_bad_scene_is_left_out_and_named(tmp_path):
    summary = prepare(tmp_path, plan(scene_unless_bad, ["a", "bad", "b"]), workers=2)
    assert summary.manifest.left_out == {"bad": "the scan has no vertices"}
    assert PreparedDataset.open(tmp_path).scene_ids == ["a", "b"]


def test_a_scene_whose_samples_fail_is_left_out(tmp_path):
    def fill(collector):
        if collector.scene.scene_id == "b":
            raise ValueError("record 3 has no object")
        collect(collector)

    summary = prepare(tmp_path, plan(fill=fill), workers=1)
    assert summary.manifest.left_out == {"b": "its samples: record 3 has no object"}
    assert summary.manifest.scenes == ["a", "c"]


def test_more_scenes_are_added_to_a_finished_folder(prepared, tmp_path):
    prepare(tmp_path, plan(scenes=["a"]), workers=1)
    summary = prepare(tmp_path, plan(), workers=1)
    assert (summary.made, summary.known) == (2, 1)
    assert content(tmp_path) == content(prepared)


def test_scenes_of_other_settings_are_not_mixed(tmp_path):
    prepare(tmp_path, plan(scenes=["a"]), workers=1)
    with pytest.raises(PreparedDataError, match="recipe 1 then, 2 now"):
        prepare(tmp_path, plan(recipe=2), workers=1)


def test_features_have_one_size(tmp_path):
    with pytest.raises(PreparedDataError, match="differ in size"):
        prepare(tmp_path, plan(with_other_features), workers=1)


def test_nothing_but_bad_scenes_is_an_error(tmp_path):
    with pytest.raises(PreparedDataError, match="no scene could be prepared"):
        prepare(tmp_path, plan(scene_unless_bad, ["bad"]), workers=1)
