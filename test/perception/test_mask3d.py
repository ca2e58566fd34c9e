"""Mask3D exports: what the reference says they hold, and files that are damaged."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from omd3d_ros.perception.external_instances import ExternalInstances, ExternalInstancesError, superpoint_proposals
from omd3d_ros.perception.mask3d import read_mask3d, read_scannet_labels

MASKS = {"room_0": "1\n1\n0\n0\n0\n", "room_3": "0\n0\n0\n1\n1\n"}  # numbers have gaps: weak instances are not exported


@pytest.fixture
def export(tmp_path):
    """The raw export of a scene of five points with two instances."""
    (tmp_path / "pred_mask").mkdir()
    for name, content in MASKS.items():
        (tmp_path / "pred_mask" / f"{name}.txt").write_text(content)
    scene = tmp_path / "room.txt"
    scene.write_text("pred_mask/room_0.txt 2 0.9\npred_mask/room_3.txt 42 0.5\n")
    return scene


def test_raw_and_processed_fixtures_hold_what_they_should(reference_fixtures):
    folder = reference_fixtures / "datasets"
    names = read_scannet_labels(folder / "scannet" / "scannetv2-labels.combined.tsv")
    for scene, expected in json.loads((folder / "mask3d" / "expected.json").read_text()).items():
        raw = read_mask3d(folder / "mask3d" / "raw_export" / expected["split"] / f"{scene}.txt", labels=names)
        processed = read_mask3d(folder / "mask3d" / "mask3d_inst_seg" / f"{scene}.pt", num_points=raw.num_points)
        assert raw.labels == processed.labels == [i["label"] for i in expected["instances"]]
        np.testing.assert_array_equal(raw.masks, processed.masks)
        for mask, instance in zip(raw.masks, expected["instances"], strict=True):
            assert mask.sum() == instance["n"]
            assert np.flatnonzero(mask)[:3].tolist() == instance["first"]
        assert (np.diff(raw.scores) <= 0).all()


def test_raw_export(export):
    instances = read_mask3d(export, num_points=5, labels={2: "chair"})
    assert instances.masks.tolist() == [[True, True, False, False, False], [False, False, False, True, True]]
    assert instances.labels == ["chair", "class 42"]
    np.testing.assert_allclose(instances.scores, [0.9, 0.5])


def test_masks_in_a_folder_per_scene(export):
    (export.parent / "pred_mask" / "room").mkdir()
    for number in (0, 3):
        file = export.parent / "pred_mask" / f"room_{number}.txt"
        file.rename(export.parent / "pred_mask" / "room" / f"{number}.txt")
    assert read_mask3d(export).masks.sum(1).tolist() == [2, 2]


@pytest.mark.parametrize(
    ("listing", "message"),
    [
        ("", "lists no instance"),
        ("pred_mask/room_1.txt 2 0.9", "room_1.txt is not there"),
        ("pred_mask/room_0.txt 2 nan", "finite number, got nan"),
        ("pred_mask/room_0.txt chair 0.9", "line 1 must be a mask file"),
        ("pred_mask/room_0.txt 0.9", "line 1 must be a mask file"),
        ("../../etc/passwd 2 0.9", "outside of the export's folder"),
        ("/etc/hostname 2 0.9", "outside of the export's folder"),
    ],
)
def test_damaged_listings(export, listing, message):
    export.write_text(listing)
    with pytest.raises(ExternalInstancesError, match=message):
        read_mask3d(export)


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        ("", "room_3.txt is empty"),
        ("0\n1\n2\n0\n0\n", "value 3 must be 0 or 1, got '2'"),
        ("0\n1\n11\n0\n0\n", "value 3 must be 0 or 1, got '11'"),
        ("0\n1\n0\n0\n", "room_3.txt has 4 points, but the export's first mask has 5"),
    ],
)
def test_damaged_masks(export, mask, message):
    (export.parent / "pred_mask" / "room_3.txt").write_text(mask)
    with pytest.raises(ExternalInstancesError, match=message):
        read_mask3d(export)


def test_another_cloud(export):
    with pytest.raises(ExternalInstancesError, match="has 5 points, but the cloud has 7"):
        read_mask3d(export, num_points=7)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"label": "chair"}, "must hold a list"),
        ([{"label": 2, "segments": [0]}], "instance 0 must be a dictionary"),
        ([{"label": "chair", "segments": [-1]}], "vertex numbers from 0"),
        ([{"label": "chair", "segments": [0.5]}], "vertex numbers from 0"),
        ([{"label": "chair", "segments": [0, 9]}], "has a vertex 9, but the cloud has 5 points"),
        ([{"label": "chair", "segments": np.arange(3)}], "no tensor file of plain lists"),
    ],
)
def test_damaged_processed_files(tmp_path, content, message):
    torch.save(content, tmp_path / "room.pt")
    with pytest.raises(ExternalInstancesError, match=message):
        read_mask3d(tmp_path / "room.pt", num_points=5)


def test_files_of_another_kind(tmp_path):
    with pytest.raises(ExternalInstancesError, match="is not there"):
        read_mask3d(tmp_path / "room.txt")
    for name, message in (("room.pt", "no tensor file"), ("room.npz", "is a .txt"), ("labels.tsv", "has no label")):
        (tmp_path / name).write_text("something else")
        with pytest.raises(ExternalInstancesError, match=message):
            (read_scannet_labels if name == "labels.tsv" else read_mask3d)(tmp_path / name)


def test_instances_over_superpoints_by_majority_or_as_published():
    masks = np.array([[1, 0, 0, 0, 0, 0], [1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1]], bool)
    instances = ExternalInstances(masks, ["mug", "chair", "table"], np.array([0.9, 0.4, 0.8]))
    superpoints = np.array([0, 0, 0, 1, 1, 2])
    majority = superpoint_proposals(instances, superpoints)
    assert (majority.masks > 0.5).tolist() == [[False, True, True], [True, False, False]]  # the table, the chair
    assert majority.scores.tolist() == pytest.approx([0.8, 0.4])
    published = superpoint_proposals(instances, superpoints, categories=("chair", "table"), as_published=True)
    assert published.masks.tolist() == [[1, 0, 0], [0, 1, 1], [1, 0, 0]]
    assert published.class_logits.argmax(-1).tolist()[1:] == [1, 0]
    assert published.class_logits[0].tolist() == [0, 0]  # no mug among the categories
    with pytest.raises(ExternalInstancesError, match="of a cloud of 6 points, but the superpoints of 5"):
        superpoint_proposals(instances, superpoints[:5])


def test_no_instances_are_no_proposals():
    nothing = ExternalInstances(np.zeros((0, 4), bool), [], np.zeros(0))
    assert superpoint_proposals(nothing, np.zeros(4, int)).masks.shape == (0, 1)


@pytest.mark.parametrize(
    ("masks", "labels", "scores", "message"),
    [
        (np.zeros((2, 3)), ["a", "b"], [1, 1], "bool"),
        (np.zeros((2, 3), bool), ["a"], [1, 1], "2 masks but 1 labels"),
        (np.zeros((1, 3), bool), ["a"], [np.inf], "instance 0 has no finite score"),
    ],
)
def test_instances_that_do_not_fit_together(masks, labels, scores, message):
    with pytest.raises(ExternalInstancesError, match=message):
        ExternalInstances(masks, labels, np.array(scores))
