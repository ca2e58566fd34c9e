"""Processed files beyond the samples: names, tags, features that don't fit, scene files of 17 items, evil pickles."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch

from omd3d_ros.datasets.scannet import AnnotationError
from omd3d_ros.datasets.scene_language import (
    SuperpointScene,
    feature_key,
    open_annotations,
    read_attributes,
    read_features,
    read_processed,
    read_reason3d_scene,
    read_scene_file,
    read_vil3dref_scan,
)
from omd3d_ros.datasets.scene_language.processed_names import ProcessedName, parse_name, parse_tags
from omd3d_ros.datasets.scene_language.reason3d import ReasoningSample

RECORD = {"scene_id": "scene0001_00", "obj_id": 4, "prompt": "What is <OBJ012>?", "caption": "<OBJ012> is a chair."}


class Evil:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return os.system, (f"touch {self.mark}",)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("scanrefer_mask3d_train", ProcessedName("scanrefer", "mask3d", "train")),
        ("nr3d_caption_mask3d_train", ProcessedName("nr3d_caption", "mask3d", "train")),
        ("scanrefer_mask3d_val_location", ProcessedName("scanrefer_location", "mask3d", "val")),
        ("scannet_region_caption_mask3d_train", ProcessedName("scannet_region_caption", "mask3d", "train")),
        ("sqa3d_test", ProcessedName("sqa3d", None, "test")),
        ("scan2cap_val_corpus", None),
        ("scannet_mask3d_train_attributes", None),
        ("preds_epoch0_step1_scanrefer", None),
    ],
)
def test_what_a_name_says(file, name):
    assert parse_name(Path(f"{file}.json")) == name


def test_tags():
    assert parse_tags("scanrefer#obj_align#scan2cap#scanrefer") == ["scanrefer", "obj_align", "scan2cap"]
    with pytest.raises(AnnotationError, match="joined with #"):
        parse_tags("scanrefer##scan2cap")


def test_a_tag_that_is_not_there_is_told_with_those_that_are(tmp_path):
    (tmp_path / "scanqa_train.json").write_text(json.dumps([RECORD]))
    with pytest.raises(AnnotationError, match=r"no train file of tag 'scan2cap'; it has scanqa"):
        open_annotations(tmp_path, "scanqa#scan2cap")
    with pytest.raises(AnnotationError, match="one of train, val, test"):
        open_annotations(tmp_path, "scanqa", split="dev")


def test_proposals_are_taken_before_ground_truth(tmp_path):
    (tmp_path / "scanqa_val.json").write_text(json.dumps([RECORD]))
    (tmp_path / "scanqa_mask3d_val.json").write_text(json.dumps([RECORD | {"pred_id": 7, "iou": 0.5}]))
    assert open_annotations(tmp_path, "scanqa", split="val")[0].pred_id == 7


def test_tokens_of_files_without_a_segmentor_number_objects(tmp_path):
    path = tmp_path / "scanrefer_train.json"
    path.write_text(json.dumps([RECORD]))
    assert (read_processed(path)[0].object_ids, read_processed(path)[0].instance_ids) == ((4,), ())


def test_a_tag_for_a_file_whose_name_tells_none(tmp_path):
    path = tmp_path / "mine.json"
    path.write_text(json.dumps([RECORD]))
    assert open_annotations(path, "obj_align")[0].instance_ids == (12,)
    with pytest.raises(AnnotationError, match="give the tag"):
        open_annotations(path)


def test_zero_targets_for_validation_have_no_reference(tmp_path):
    path = tmp_path / "multi3dref_mask3d_val.json"
    path.write_text(json.dumps([{**RECORD, "caption": None, "ref_captions": [], "eval_type": "zt_wo_d"}]))
    assert read_processed(path)[0].evaluation_record("No.")["ref_captions"] == []


def test_records_without_a_reply(tmp_path):
    path = tmp_path / "scanqa_train.json"
    path.write_text(json.dumps([RECORD, {**RECORD, "caption": None}, {**RECORD, "obj_id": -1}]))
    found = read_processed(path)
    assert [s.reason for s in found.skipped][0] == "record 1 has neither 'caption' nor 'ref_captions'"
    assert len(found) == 1 and found.num_skipped == 2


def test_attributes_as_they_occur(tmp_path):
    """More names than boxes, an instance without points, a scene without any, and one that is damaged."""
    box = [1.0, 2, 3, 0.5, 0.5, 0.5]
    content = {
        "scene0001_00": {"objects": ["chair", "lamp", "door"], "locs": torch.tensor([box, [0] * 6]).double()},
        "scene0002_00": {"objects": [], "locs": torch.zeros(0)},
        "scene0003_00": {"objects": ["chair"], "locs": torch.zeros(2, 6)},
        "scene0004_00": {"objects": ["chair"], "locs": np.array([box]), "obj_ids": [9]},
    }  # fmt: skip
    torch.save(content, tmp_path / "a.pt")
    attributes = read_attributes(tmp_path / "a.pt")
    first = attributes.of_scene("scene0001_00")
    assert (first.labels, first.num_unlisted, first.empty.tolist()) == (["chair", "lamp"], 1, [False, True])
    assert first.boxes.dtype == np.float32
    assert len(attributes.of_scene("scene0002_00")) == 0
    assert attributes.of_scene("scene0004_00").object_ids.tolist() == [9]
    with pytest.raises(AnnotationError, match="was skipped: .*2 boxes but 1 names"):
        attributes.of_scene("scene0003_00")
    with pytest.raises(AnnotationError, match="has no scene scene0009_00"):
        attributes.of_scene("scene0009_00")


def features_file(tmp_path: Path, content: object) -> Path:
    torch.save(content, tmp_path / "feats.pt")
    return tmp_path / "feats.pt"


def test_features_that_are_missing_are_zeros(tmp_path):
    path = features_file(tmp_path, {"scene0001_00_07": torch.ones(4).half(), "scene0001_00_123": np.full(4, 2.0)})
    vectors, there = read_features(path, 4).of_objects("scene0001_00", [7, 8, 123])
    assert vectors.tolist() == [[1] * 4, [0] * 4, [2] * 4] and there.tolist() == [True, False, True]
    assert (feature_key("scene0001_00", 7), feature_key("scene0001_00", 123)) == ("scene0001_00_07", "scene0001_00_123")


def test_features_of_another_dimension_are_refused_with_both(tmp_path):
    path = features_file(tmp_path, {"scene0001_00_00": torch.ones(512)})
    with pytest.raises(AnnotationError, match="have 512 numbers, but 1024 are asked for"):
        read_features(path, 1024)
    assert read_features(path).dim == 512
    path = features_file(tmp_path, {"scene0001_00_00": torch.ones(512), "scene0001_00_01": torch.ones(8)})
    with pytest.raises(AnnotationError, match="scene0001_00_00 has 512 numbers and scene0001_00_01 has 8"):
        read_features(path, 512)


def test_features_that_are_none(tmp_path):
    path = features_file(tmp_path, {"scene0001_00_00": torch.ones(2), "name": torch.ones(2), "scene0001_00_01": "x",
                                    "scene0001_00_02": torch.full((2,), torch.nan)})  # fmt: skip
    features = read_features(path)
    assert (len(features), features.num_skipped) == (2, 2)
    with pytest.raises(AnnotationError, match="scene0001_00_02 has values that are not finite"):
        features.of_objects("scene0001_00", [0, 2])
    with pytest.raises(AnnotationError, match="has no vector of an object"):
        read_features(features_file(tmp_path, {}))
    with pytest.raises(AnnotationError, match="must hold a dictionary"):
        read_features(features_file(tmp_path, [1]))


def seventeen() -> list:
    """A scene of 5 points, 2 superpoints, 1 proposal, 2 ground-truth objects."""
    xyz = np.arange(15.0).reshape(5, 3)
    superpoints = np.array([0, 0, 1, 1, 1])
    return [
        xyz - xyz.mean(0), xyz, np.full((5, 3), -1.0), np.array([5, 5, 2, 2, 2]), np.array([0, 0, -1, -1, -1]),
        superpoints, np.zeros((2, 3), np.float32), np.zeros((2, 13), np.float32), np.int64(2), np.array([5, 2]),
        np.array([4, -100]), ["chair"], [[0, 1]], np.array([[True, False]]), np.ones((1, 13), np.float32),
        ["chair", "floor"], [[11, 12], [40]],
    ]  # fmt: skip


def test_a_scene_file_of_17_items_has_everything_by_name(tmp_path):
    torch.save(tuple(seventeen()), tmp_path / "scene0001_00.pth")
    scene = read_scene_file(tmp_path / "scene0001_00.pth")
    assert isinstance(scene, SuperpointScene)
    assert (scene.scene_id, len(scene), scene.proposal_labels) == ("scene0001_00", 5, ["chair"])
    assert not scene.rgb.any() and scene.rgb.dtype == np.uint8
    assert scene.proposal_masks().tolist() == [[True, True, False, False, False]]
    assert scene.superpoints.tolist() == [0, 0, 1, 1, 1]
    assert scene.superpoint_scannet20.tolist() == [4, -100]
    assert [segments.tolist() for segments in scene.object_segments] == [[11, 12], [40]]
    np.testing.assert_allclose(scene.xyz_centred.mean(0), 0, atol=1e-6)


@pytest.mark.parametrize(
    ("item", "value", "reason"),
    [
        (1, np.zeros((5, 2)), "coordinates must have the shape"),
        (2, np.full((5, 3), 200.0), "colours must lie in -1..1"),
        (4, np.zeros(4, int), "instance labels must be 5, there are 4"),
        (5, np.array([0, 0, 1, 1, 2]), "superpoints must be 0 to 1, they reach 2"),
        (12, [[0, 9]], "proposal 0 has point 9, but there are 5 points"),
        (12, [], "1 labels of proposals but 0 lists"),
        (13, np.zeros((1, 3), bool), "superpoint masks must have the shape"),
        (14, np.zeros((1, 12)), "features of proposals must have the shape"),
        (16, [[1]], "2 ground-truth labels but 1 lists"),
    ],
)
def test_scene_files_whose_items_do_not_fit(tmp_path, item, value, reason):
    items = seventeen()
    items[item] = value
    torch.save(tuple(items), tmp_path / "a.pth")
    with pytest.raises(AnnotationError, match=reason):
        read_scene_file(tmp_path / "a.pth")


def test_scene_files_of_another_number_of_items(tmp_path):
    torch.save((1, 2, 3), tmp_path / "a.pth")
    with pytest.raises(AnnotationError, match="holds 3 items; a scene file has 4 or 17"):
        read_scene_file(tmp_path / "a.pth")


def test_reasoning_masks_join_the_instances_of_a_class(tmp_path):
    items = (np.zeros((4, 3)), np.zeros((4, 3)), np.arange(4), np.array([3.0, -100, 3, 7]), np.array([0, -1, 1, 2]))
    torch.save(items, tmp_path / "scene0001_00_reason.pth")
    scene = read_reason3d_scene(tmp_path / "scene0001_00_reason.pth")
    sample = ReasoningSample(scene_id="scene0001_00", task="reason3d", key="0", text="Where?", class_id=3,
                             object_names=("table",), source="scannet")  # fmt: skip
    assert scene.mask(sample).tolist() == [True, False, True, False]
    for change, reason in (({"class_id": 9}, "no point of class 9"), ({"scene_id": "scene0002_00"}, "not about")):
        with pytest.raises(AnnotationError, match=reason):
            scene.mask(ReasoningSample(**{**vars(sample), **change}))


@pytest.mark.parametrize("zipped", [True, False])
def test_evil_pickles_are_refused_and_do_not_run(tmp_path, zipped):
    mark, path = tmp_path / "ran", tmp_path / "pcd_with_global_alignment" / "scene0001_00.pth"
    path.parent.mkdir()
    torch.save((np.zeros((1, 3)), Evil(mark), ["chair"], [[0]]), path, _use_new_zipfile_serialization=zipped)
    readers = (read_scene_file, read_attributes, read_features, read_reason3d_scene)
    for read in (*readers, lambda _: read_vil3dref_scan(tmp_path, "scene0001_00")):
        with pytest.raises(AnnotationError, match="refused, nothing was run"):
            read(path)
    assert not mark.exists()


def test_tensor_files_at_the_front_door(tmp_path):
    with pytest.raises(AnnotationError, match="see read_attributes, read_features and read_scene_file"):
        open_annotations(tmp_path / "a.pt")
