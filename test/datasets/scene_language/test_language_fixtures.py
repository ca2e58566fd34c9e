"""The sample files of the scene-language sets against what a right reader returns."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from omd3d_ros.boxes import box_iou
from omd3d_ros.datasets.scannet import read_label_map, read_scene
from omd3d_ros.datasets.scene_language import (
    captions_by_object,
    open_annotations,
    read_box_predictions,
    read_reason3d_scene,
    read_scanrefer,
    read_viewpoints,
    read_vil3dref_scan,
    reference_captions,
    situation_pose,
    with_unique_multiple,
)

SCENE = "scene9001_00"


@pytest.fixture(scope="module")
def datasets(reference_fixtures: Path) -> Path:
    return reference_fixtures / "datasets"


@pytest.fixture(scope="module")
def language(datasets: Path) -> Path:
    return datasets / "language"


@pytest.fixture(scope="module")
def expected(language: Path) -> dict:
    return json.loads((language / "expected.json").read_text())


@pytest.mark.parametrize("name", ["scanrefer", "scanqa", "sqa3d", "multi3drefer"])
def test_counts_of_every_split(language, expected, name):
    for split, count in expected[name]["counts"].items():
        found = open_annotations(language / name, split=split)
        assert (found.format, len(found), found.num_skipped) == (name, count, 0)
        assert not found.ignored_fields.keys() - {"question_type", "answer_type"}


def test_scanrefer_targets(datasets, language, expected):
    labels = read_label_map(datasets / "scannet" / "scannetv2-labels.combined.tsv")
    found = with_unique_multiple(open_annotations(language / "scanrefer" / "ScanRefer_filtered_val.json"), labels)
    boxed = read_scanrefer(language / "scanrefer" / "ScanRefer_filtered_val_gt_bbox.json")
    scene = read_scene(datasets / "scannet" / "scans" / SCENE)
    for sample, with_box, right in zip(found, boxed, expected["scanrefer"]["val_targets"], strict=True):
        assert (sample.scene_id, sample.object_id, sample.ann_id) == (
            right["scene_id"], right["object_id"], str(right["ann_id"]),
        )  # fmt: skip
        assert sample.eval_type == right["unique_multiple_val_only_recipe"]
        assert labels.benchmark_class(sample.object_names[0]) == right["benchmark_class"]
        np.testing.assert_allclose(with_box.box, right["box_aligned"], atol=1e-4)
        np.testing.assert_allclose(scene.object(sample.object_id).box, right["box_aligned"], atol=1e-4)


def test_scanrefer_organized_is_the_same_as_the_list(language):
    listed = open_annotations(language / "scanrefer" / "ScanRefer_filtered.json")
    organized = open_annotations(language / "scanrefer" / "ScanRefer_filtered_organized.json")
    assert organized.samples == listed.samples


def test_scanrefer_test_targets_are_withheld(language):
    assert open_annotations(language / "scanrefer", split="test")[0].object_ids == ()


def test_scanrefer_predictions(language, expected):
    truth = read_scanrefer(language / "scanrefer" / "ScanRefer_filtered_val_gt_bbox.json")
    predictions = read_box_predictions(language / "scanrefer" / "pred.json")
    ious = [box_iou(p.boxes[0], truth.by_key(p.key).box) for p in predictions]
    np.testing.assert_allclose(ious, expected["scanrefer"]["pred_iou"], atol=1e-5)


def test_viewpoints(language):
    (viewpoint,) = read_viewpoints(language / "scanrefer" / "annotated_viewpoints.json")
    assert (viewpoint.object_id, viewpoint.position.tolist()) == (2, [0.1, 0.2, 1.6])


def test_scan2cap_corpus(language, expected):
    right = expected["scan2cap"]
    corpus = open_annotations(language / "scan2cap" / "scan2cap_val_corpus.json")
    assert [sample.key for sample in corpus] == right["keys"]
    assert {sample.key: len(sample.answers) for sample in corpus} == right["captions"]
    made = captions_by_object(open_annotations(language / "scanrefer", split="val"))
    assert reference_captions(made) == json.loads((language / "scan2cap" / "scan2cap_val_corpus.json").read_text())
    other_style = open_annotations(language / "scan2cap" / "corpus_val_scanrefer_style.json")
    assert [(s.key, s.object_names) for s in other_style][0] == (f"{SCENE}|2", ("chair",))


def test_scan2cap_predictions(language, expected):
    predictions = read_box_predictions(language / "scan2cap" / "pred.json")
    right = expected["scan2cap"]["pred_boxes"][SCENE]
    np.testing.assert_allclose(np.concatenate([p.boxes for p in predictions]), right, atol=1e-4)
    assert predictions[0].texts == ("a thing near a wall",)


def test_scanqa(language, expected):
    found = open_annotations(language / "scanqa", split="val")
    for sample, right in zip(found, expected["scanqa"]["val"], strict=True):
        assert sample.key == right["question_id"]
        assert list(sample.answers) == right["answers"] and list(sample.object_ids) == right["object_ids"]
    predictions = read_box_predictions(language / "scanqa" / "pred.val.json")
    exact = [p.texts[0] in found.by_key(p.key).answers for p in predictions]
    assert np.mean(exact) == expected["scanqa"]["exact_match@1_of_pred"]


def test_scanqa_answers_may_repeat(language):
    assert open_annotations(language / "scanqa")[0].answers == ("on the floor", "on the floor")


def test_sqa3d_joined_and_in_the_scan(datasets, language, expected):
    scene = read_scene(datasets / "scannet" / "scans" / SCENE)
    found = open_annotations(language / "sqa3d" / "balanced" / "v1_balanced_sqa_annotations_val_scannetv2.json")
    for sample, right in zip(found, expected["sqa3d"]["joined"], strict=True):
        pose = situation_pose(sample, scene.xyz, scene.info.T_aligned_raw)
        assert (sample.key, sample.answers) == (str(right["question_id"]), (right["answer"],))
        np.testing.assert_allclose(sample.quaternion, right["quat_xyzw"], atol=1e-6)
        np.testing.assert_allclose(pose.position_raw, right["position_raw_scan"], atol=1e-3)
        np.testing.assert_allclose(pose.position, right["position_axis_aligned"], atol=1e-3)
        assert pose.yaw_raw == pytest.approx(right["yaw_rad"], abs=1e-5)
    assert [sample.eval_type for sample in found] == ["what", "is"]
    assert found[0].alternatives == ("I stand by the table.",)


def test_sqa3d_localization(language):
    path = language / "sqa3d" / "localization" / "v1_balanced_localization_val_scannetv2.json"
    assert [s.position for s in open_annotations(path)] == [(0.3, -0.2, 0.0), (-0.2, -0.2, 0.0)]


def test_multi3drefer(language, expected):
    found = open_annotations(language / "multi3drefer", split="val")
    assert [s.object_ids for s in found] == [(2,), (2, 4, 5), (), ()]
    assert [s.eval_type for s in found] == ["st_wo_d", "mt", "zt_wo_d", "zt_w_d"]
    predictions = {p.key: p for p in read_box_predictions(language / "multi3drefer" / "pred")}
    assert [len(predictions[s.key].boxes) for s in found][:3] == [1, 2, 0]


def test_referit3d(language, expected):
    nr3d = open_annotations(language / "referit3d" / "nr3d.csv")
    assert nr3d.format == "nr3d" and nr3d[0].text == "The chair, the one to the left of the table"
    for sample, right in zip(nr3d, expected["referit3d"]["nr3d"], strict=True):
        assert (sample.scene_id, sample.object_id) == (right["scan_id"], right["target_id"])
        assert (sample.easy, sample.view_dependent) == (right["easy"], right["view_dependent"])
        assert sample.stimulus.num_same_class == right["n_same_class"]
        assert list(sample.stimulus.distractor_ids) == right["distractors"]
        assert sample.usual != right.get("dropped_by_mentions_target_class", False)
    assert len(nr3d[0].tokens) == expected["referit3d"]["nr3d"][0]["tokens"]
    assert [s.eval_type for s in nr3d] == ["easy_dep", "easy_indep"]
    sr3d = open_annotations(language / "referit3d", format="sr3d")
    for sample, right in zip(sr3d, expected["referit3d"]["sr3d"], strict=True):
        assert (list(sample.anchor_ids), list(sample.anchor_types)) == (right["anchor_ids"], right["anchors_types"])
        assert sample.reference_type == right["reference_type"]


def test_reason3d(language, expected):
    right = expected["reason3d"]
    found = open_annotations(language / "reason3d", split="val")
    assert len(found) == right["val"]
    scene = read_reason3d_scene(language / "reason3d" / "scannetv2" / "val" / f"{SCENE}_reason.pth")
    assert scene.mask(found[0]).sum() == right["scannet_question_mask_vertices"]
    assert len(np.unique(scene.superpoints)) == right["num_superpoints"]
    np.testing.assert_allclose(scene.xyz.mean(0), 0, atol=1e-4)


def test_vil3dref(datasets):
    folder = datasets / "vil3dref"
    for scene_id, right in json.loads((folder / "expected.json").read_text()).items():
        scan = read_vil3dref_scan(folder / "scan_data", scene_id)
        assert (len(scan.names), len(scan.xyz)) == (right["n_obj"], right["points"])
        np.testing.assert_allclose(scan.locations, right["loc"], atol=1e-4)
        scene = read_scene(datasets / "scannet" / "scans" / scene_id)
        boxes = scene.boxes(np.arange(right["n_obj"]))
        np.testing.assert_allclose(scan.locations, boxes.mean_boxes, atol=1e-4)
        np.testing.assert_array_equal(scan.mask(2), scene.mask(2))
        assert scan.color_means.shape == (right["n_obj"], 3, 3)
    (sample,) = open_annotations(folder / "annotations" / "bert_tokenized" / "nr3d.jsonl")
    assert (sample.task, sample.object_id, sample.tokens) == ("nr3d", 2, ("the", "chair", "left"))
