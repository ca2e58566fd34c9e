"""The sample scans of ScanNet's layout against what a right reader returns."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from omd3d_ros.datasets.scannet import (
    read_instance_ids,
    read_label_map,
    read_predictions,
    read_scene,
    read_splits,
)
from omd3d_ros.datasets.scannet.scene import ScannetScene

ROUNDED = {"atol": 1e-4}


@pytest.fixture(scope="module")
def folder(reference_fixtures: Path) -> Path:
    return reference_fixtures / "datasets" / "scannet"


@pytest.fixture(scope="module")
def expected(folder: Path) -> dict:
    return json.loads((folder / "expected.json").read_text())


@pytest.fixture(scope="module")
def scenes(folder: Path, expected: dict) -> list[tuple[ScannetScene, dict]]:
    return [(read_scene(folder / "scans" / scene), right) for scene, right in expected["scenes"].items()]


def test_splits(folder, expected):
    assert read_splits(folder) == expected["splits"]


def test_mesh_and_alignment(scenes):
    for scene, right in scenes:
        assert (len(scene), len(scene.faces)) == (right["num_vertices"], right["num_faces"])
        assert len(np.unique(scene.segments)) == right["num_segments"]
        assert scene.info.has_axis_alignment == right["has_axis_alignment_line"]
        np.testing.assert_allclose(scene.info.T_aligned_raw, right["axis_alignment"], atol=1e-6)


def test_objects(folder, scenes):
    labels = read_label_map(folder / "scannetv2-labels.combined.tsv")
    for scene, right in scenes:
        assert (scene.object_ids == -1).sum() == right["unannotated_vertices"]
        assert len(scene.objects) == right["num_objects"]
        for found, wanted in zip(scene.objects, right["objects"], strict=True):
            assert (found.object_id, found.label, found.num_vertices) == (
                wanted["objectId"], wanted["label"], wanted["num_vertices"],
            )  # fmt: skip
            assert labels.nyu40_id(found.label) == wanted["nyu40"]
            assert labels.scannet200_id(found.label) == wanted["scannet200_id"]


@pytest.mark.parametrize("frame", ["raw", "aligned"])
def test_boxes(scenes, frame):
    for scene, right in scenes:
        boxes = scene.boxes(np.arange(right["num_objects"]), aligned=frame == "aligned")
        for name, values in (("center", boxes.centre), ("size", boxes.size), ("mean", boxes.mean)):
            np.testing.assert_allclose(values, [o[f"{name}_{frame}"] for o in right["objects"]], **ROUNDED)


def test_ground_truth_file_is_what_the_annotation_gives(folder, scenes):
    labels = read_label_map(folder / "scannetv2-labels.combined.tsv")
    for scene, right in scenes:
        truth = read_instance_ids(folder / "instance_gt" / f"{scene.scene_id}.txt", len(scene))
        np.testing.assert_array_equal(scene.benchmark_ids(labels), truth)
        assert [i for i in np.unique(truth) if i >= 1000] == right["gt_instance_ids"]
        np.testing.assert_array_equal(scene.nyu40, np.where(truth >= 1000, truth // 1000, 0))


def test_predictions(folder, scenes):
    for scene, right in scenes:
        found = read_predictions(folder / "predictions" / f"{scene.scene_id}.txt", len(scene))
        wanted = right["predictions"]
        assert found.files == [p["mask"] for p in wanted]
        assert found.label_ids.tolist() == [p["label_id_nyu40"] for p in wanted]
        np.testing.assert_allclose(found.confidences, [p["confidence"] for p in wanted])
        truth = read_instance_ids(folder / "instance_gt" / f"{scene.scene_id}.txt")
        for mask, p in zip(found.masks, wanted, strict=True):
            assert mask.sum() == p["num_vertices"]
            target = truth == p["iou_with_gt"]["gt_id"]
            assert (mask & target).sum() / (mask | target).sum() == pytest.approx(p["iou_with_gt"]["iou"], abs=1e-6)
