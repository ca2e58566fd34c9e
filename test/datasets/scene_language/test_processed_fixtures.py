"""The sample files of Chat-Scene and OpenMaskDINO3D against what a right reader returns."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from omd3d_ros.boxes import box_iou, box_iou_matrix
from omd3d_ros.datasets.scannet import read_label_map
from omd3d_ros.datasets.scene_language import (
    open_annotations,
    read_attributes,
    read_features,
    read_processed,
    read_scene_file,
)
from omd3d_ros.evaluation.scanrefer import scanrefer_scores
from omd3d_ros.language.identifiers import identifiers
from omd3d_ros.perception.mask3d import read_mask3d, read_scannet_labels


@pytest.fixture(scope="module")
def datasets(reference_fixtures: Path) -> Path:
    return reference_fixtures / "datasets"


@pytest.fixture(scope="module")
def chatscene(datasets: Path) -> Path:
    return datasets / "chatscene" / "annotations"


@pytest.fixture(scope="module")
def expected(datasets: Path) -> dict:
    return json.loads((datasets / "chatscene" / "expected.json").read_text())


def test_every_file_is_read_whole(chatscene, expected):
    for name, count in expected["files"].items():
        found = open_annotations(chatscene / f"{name}.json")
        assert (len(found), found.num_skipped, dict(found.ignored_fields)) == (count, 0, {})


def test_all_tags_at_once(chatscene):
    tags = "scanrefer#obj_align#nr3d_caption#scan2cap#scanqa#sqa3d#multi3dref"
    found = open_annotations(chatscene, tags, split="train")
    assert list(dict.fromkeys(sample.task for sample in found)) == tags.split("#")
    assert len(found) == 8
    assert len(open_annotations(chatscene, "scanrefer#scanrefer_location#nr3d#sr3d", split="val")) == 4


def test_what_obj_id_means(chatscene):
    """Chat-Scene's scanrefer numbers a proposal for training, ScanNet's object for validation."""
    train = read_processed(chatscene / "scanrefer_mask3d_train.json")[0]
    assert (train.obj_id, train.object_ids, train.instance_ids) == (1, (), (1,))
    val = read_processed(chatscene / "scanrefer_mask3d_val.json")[0]
    assert (val.obj_id, val.object_ids, val.instance_ids) == (4, (4,), (1,))
    align = read_processed(chatscene / "obj_align_mask3d_train.json")[0]
    assert (align.object_ids, align.instance_ids) == ((3,), (2,))
    nr3d = read_processed(chatscene / "nr3d_val.json")[0]
    assert (nr3d.object_ids, nr3d.instance_ids, nr3d.eval_type) == ((2,), (), "easy_dep")


def test_multi3dref(chatscene):
    train = read_processed(chatscene / "multi3dref_mask3d_train.json")
    assert [(s.object_ids, s.instance_ids, s.eval_type) for s in train] == [((), (1,), "st_wo_d"), ((), (), "zt_wo_d")]
    val = read_processed(chatscene / "multi3dref_mask3d_val.json")[0]
    assert (val.object_ids, val.references, val.answers) == ((2, 4, 5), (2, 4, 5), ())


def test_sqa3d_has_a_type_and_no_object(chatscene):
    sample = read_processed(chatscene / "sqa3d_val.json")[0]
    assert (sample.sqa_type, sample.object_ids, sample.answers) == (1, (), ("no",))


def test_records_for_the_scores(chatscene):
    saved = json.loads((chatscene / "preds_epoch0_step1_scanrefer.json").read_text())[0]
    record = read_processed(chatscene / "scanrefer_mask3d_val.json")[0].evaluation_record(saved["pred"])
    assert record | {"prompt": saved["prompt"]} == saved
    assert read_processed(chatscene / "sqa3d_val.json")[0].evaluation_record("no")["type_info"] == 1
    assert read_processed(chatscene / "multi3dref_mask3d_val.json")[0].evaluation_record("No.")["type_info"] == "mt"


def test_attributes(chatscene, expected):
    for scene, right in expected["scenes"].items():
        truth = read_attributes(chatscene / f"scannet_{right['split']}_attributes.pt").of_scene(scene)
        proposed = read_attributes(chatscene / f"scannet_mask3d_{right['split']}_attributes.pt").of_scene(scene)
        assert (len(truth), len(proposed)) == (right["n_gt"], right["n_mask3d"])
        np.testing.assert_allclose(truth.boxes, right["gt_locs"], atol=1e-4)
        np.testing.assert_allclose(proposed.boxes, right["mask3d_locs"], atol=1e-4)
        iou = box_iou_matrix(truth.boxes, proposed.boxes)
        best = [best for best, _ in right["best_pred_of_gt"]]
        np.testing.assert_allclose(iou.max(1), [value for _, value in right["best_pred_of_gt"]], atol=1e-4)
        np.testing.assert_allclose(iou[np.arange(len(best)), best], iou.max(1), atol=1e-6)


def test_a_saved_reply_against_the_boxes(chatscene, expected):
    saved = json.loads((chatscene / "preds_epoch0_step1_scanrefer.json").read_text())[0]
    instance = identifiers(saved["pred"])[0]
    truth = read_attributes(chatscene / "scannet_val_attributes.pt").of_scene(saved["scene_id"])
    proposed = read_attributes(chatscene / "scannet_mask3d_val_attributes.pt").of_scene(saved["scene_id"])
    right = expected["pred_check"]
    assert instance == right["pred_instance"]
    iou = box_iou(proposed.boxes[instance], truth.boxes[saved["gt_id"]])
    assert iou == pytest.approx(right["iou_with_gt_box"], abs=1e-4)


def test_attributes_and_records_are_what_the_scores_take(chatscene, expected):
    """The reply's box meets the target's with an IoU of 0.1, below both thresholds; the right object meets itself."""
    truth = read_attributes(chatscene / "scannet_val_attributes.pt").for_scores()
    proposed = read_attributes(chatscene / "scannet_mask3d_val_attributes.pt").for_scores()
    sample = read_processed(chatscene / "scanrefer_mask3d_val.json")[0]
    lookup = {sample.scene_id: {"4": 0}}
    for proposals, reply, accuracy in ((proposed, "<OBJ001>.", 0.0), (truth, "<OBJ004>.", 1.0)):
        scores = scanrefer_scores([sample.evaluation_record(reply)], proposals, truth, lookup)
        assert scores["[scanrefer] Acc@0.25"] == accuracy


def test_features(chatscene, expected):
    features = read_features(chatscene / "scannet_mask3d_uni3d_feats.pt", dim=1024)
    for key, right in expected["feature_probe"].items():
        scene, number = key.rsplit("_", 1)
        vectors, there = features.of_objects(scene, [int(number), 99])
        assert there.tolist() == [True, False] and vectors.shape == (2, right["dim"])
        assert vectors[0].sum().item() == pytest.approx(right["sum"], abs=1e-3)
        assert not vectors[1].any()
    half = read_features(chatscene / "scannet_mask3d_videofeats.pt", dim=1024)
    vectors, there = half.of_objects("scene9001_00", range(6))
    assert there.all() == (expected["missing_2d_features"] == []) and str(vectors.dtype) == "torch.float32"


def test_scene_file(datasets, expected):
    scene = read_scene_file(datasets / "chatscene" / "pcd_all" / "scene9001_00.pth")
    exported = read_mask3d(datasets / "mask3d" / "mask3d_inst_seg" / "scene9001_00.pt", num_points=len(scene))
    assert scene.proposal_labels == exported.labels
    np.testing.assert_array_equal(scene.proposal_masks(), exported.masks)
    points = scene.xyz[scene.proposal_points[0]]
    low, high = points.min(0), points.max(0)
    right = expected["scenes"]["scene9001_00"]["mask3d_locs"][0]
    np.testing.assert_allclose([*(low + high) / 2, *(high - low)], right, atol=1e-4)


def test_openmaskdino3d(datasets):
    folder = datasets / "openmaskdino3d"
    for name, records in json.loads((folder / "expected.json").read_text()).items():
        for sample, right in zip(read_processed(folder / "annotations" / f"{name}.json"), records, strict=True):
            assert (sample.obj_id, sample.pred_id) == (right["obj_id"], right["pred_id"])
            assert sample.iou is not None
    train = open_annotations(folder, "scanrefer", split="train")[0]
    assert (train.object_ids, train.instance_ids) == ((2,), (1,))


def test_names_of_mask3d_classes_are_those_of_the_table(datasets):
    """The export's class ids are ScanNet200 ids, and both readers of the table name them alike."""
    table = datasets / "scannet" / "scannetv2-labels.combined.tsv"
    names, labels = read_scannet_labels(table), read_label_map(table)
    expected = json.loads((datasets / "mask3d" / "expected.json").read_text())
    for scene, right in expected.items():
        export = datasets / "mask3d" / "raw_export" / right["split"] / f"{scene}.txt"
        raw = read_mask3d(export, labels=names)
        assert raw.labels == [instance["label"] for instance in right["instances"]]
        ids = [int(line.split()[1]) for line in export.read_text().splitlines()]
        assert raw.labels == [labels.category_name(i) for i in ids]
