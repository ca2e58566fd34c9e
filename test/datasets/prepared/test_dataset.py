"""Reading a prepared folder."""

import json

import pytest
from prepared_scenes import small_scene
from test_preparation import plan

from omd3d_ros.datasets.prepared import PreparedDataError, PreparedDataset
from omd3d_ros.datasets.prepared.preparation import prepare


@pytest.fixture
def folder(tmp_path):
    prepare(tmp_path, plan(scenes=["a", "b"]), workers=1)
    return tmp_path


def test_scenes_and_samples(folder):
    data = PreparedDataset.open(folder, cache=1)
    assert data.scene_ids == ["a", "b"]
    first = data.scene("a")
    assert first.points.equal(small_scene("a").points)
    assert data.scene("a") is first
    data.scene("b")
    assert data.scene("a") is not first  # the cache holds one scene
    assert [s.task for s in data.samples("obj_align", "train")] == ["obj_align"] * 4
    assert data.samples(["scanrefer"], "val") == data.samples("scanrefer", "val")
    data.verify()


def test_tags_and_splits_that_are_not_there_are_named(folder):
    data = PreparedDataset.open(folder)
    with pytest.raises(PreparedDataError, match="no tag 'sqa3d'; there are: obj_align, scanrefer"):
        data.samples("scanrefer#sqa3d", "val")
    with pytest.raises(PreparedDataError, match=r"no sample in split 'val'; there are: train \(4\)"):
        data.samples("scanrefer#obj_align", "val")
    with pytest.raises(PreparedDataError, match="no scene 'z' among its 2"):
        data.scene("z")


def test_features_of_another_size(folder):
    data = PreparedDataset.open(folder)
    data.check_features(5, 4)
    with pytest.raises(PreparedDataError, match="5 point and 4 image features per proposal, but 1024 and 1024"):
        data.check_features(1024, 1024)


def test_damage_is_found(folder):
    scene = folder / "scenes/a.safetensors"
    whole = scene.read_bytes()
    scene.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(PreparedDataError, match="scenes/a.safetensors has changed"):
        PreparedDataset.open(folder).verify()
    scene.write_bytes(whole[:-1])
    with pytest.raises(PreparedDataError, match="a.safetensors is damaged"):
        PreparedDataset.open(folder).scene("a")
    scene.unlink()
    with pytest.raises(PreparedDataError, match="a.safetensors is missing"):
        PreparedDataset.open(folder).scene("a")


def test_a_damaged_line_is_named(folder):
    path = folder / "samples/obj_align_train.jsonl"
    text = path.read_text()
    path.write_text(text.replace('"prompt"', '"prompd"', 1))
    with pytest.raises(PreparedDataError, match="obj_align_train.jsonl line 1 must be an object with"):
        PreparedDataset.open(folder).samples("obj_align", "train")


def test_newer_versions_and_other_folders(folder, tmp_path):
    manifest = folder / "manifest.json"
    content = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**content, "version": 2}))
    with pytest.raises(PreparedDataError, match="version 2, newer than 1"):
        PreparedDataset.open(folder)
    manifest.write_text("{")
    with pytest.raises(PreparedDataError, match="manifest.json is damaged"):
        PreparedDataset.open(folder)
    with pytest.raises(PreparedDataError, match="no such folder"):
        PreparedDataset.open(tmp_path / "nowhere")
