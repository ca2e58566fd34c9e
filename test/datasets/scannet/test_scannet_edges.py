"""Scans as they also occur: overlapping groups, segments without vertices, no alignment, no annotation, damage."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from plyfile import PlyData, PlyElement

from omd3d_ros.datasets.scannet import (
    AnnotationError,
    LabelMap,
    SegmentGroup,
    assign_vertices,
    object_boxes,
    read_instance_ids,
    read_label_map,
    read_predictions,
    read_scene,
    read_scene_info,
    read_split,
    read_splits,
)

SCENE = "scene0000_00"
XYZ = [[0, 0, 0], [1, 0, 0], [1, 2, 0], [4, 4, 1], [5, 4, 3], [9, 9, 9]]
SEGMENTS = [7, 7, 7, 40, 40, 3]


def group(number: int, segments: list[int], label: str = "chair") -> dict:
    return {"id": number, "objectId": number, "segments": segments, "label": label}


def write_scan(tmp_path: Path, groups: list[dict] | None = None, segments: list[int] | None = SEGMENTS) -> Path:
    folder = tmp_path / SCENE
    folder.mkdir()
    vertices = np.array([(*p, 9, 8, 7, 255) for p in XYZ], [*((a, "f4") for a in "xyz"), *((c, "u1") for c in
                        ("red", "green", "blue", "alpha"))])  # fmt: skip
    PlyData([PlyElement.describe(vertices, "vertex")]).write(folder / f"{SCENE}_vh_clean_2.ply")
    if segments is not None:
        path = folder / f"{SCENE}_vh_clean_2.0.010000.segs.json"
        path.write_text(json.dumps({"sceneId": SCENE, "segIndices": segments}))
    if groups is not None:
        (folder / f"{SCENE}.aggregation.json").write_text(json.dumps({"sceneId": SCENE, "segGroups": groups}))
    return folder


def test_a_segment_of_two_groups_belongs_to_the_last(tmp_path):
    scene = read_scene(write_scan(tmp_path, [group(0, [7, 40]), group(1, [40], "table")]))
    assert scene.object_ids.tolist() == [0, 0, 0, 1, 1, -1]
    assert [o.num_vertices for o in scene.objects] == [3, 2]
    assert scene.object(1).box.tolist() == [4.5, 4, 2, 1, 0, 2]
    assert scene.remarks == ["object 1 (table): takes over 1 segments of objects 0"]


def test_a_list_given_twice_leaves_the_second_half_with_vertices(tmp_path):
    """As scene0217_00's 2 x 31 objects."""
    scene = read_scene(write_scan(tmp_path, [group(n, [s]) for n, s in enumerate([7, 40, 7, 40])]))
    assert [o.num_vertices for o in scene.objects] == [0, 0, 3, 2]
    assert scene.object(0).box.tolist() == [0] * 6


def test_listed_segments_without_vertices_are_passed_over(tmp_path):
    scene = read_scene(write_scan(tmp_path, [group(0, [7, 99]), group(1, [1])]))
    assert [o.num_vertices for o in scene.objects] == [3, 0]
    assert scene.remarks[0] == "object 0 (chair): no vertex has its segments 99"
    assert not scene.mask(1).any()


def test_object_id_counts_where_it_differs_from_the_position(tmp_path):
    scene = read_scene(write_scan(tmp_path, [group(12, [7]), group(3, [3])]))
    assert [o.object_id for o in scene.objects] == [3, 12]
    labels = LabelMap([])
    assert scene.benchmark_ids(labels).tolist() == [0] * 6


def test_a_test_scan_has_no_objects_and_no_alignment(tmp_path):
    scene = read_scene(write_scan(tmp_path))
    assert not scene.annotated and scene.objects == []
    assert not scene.info.has_axis_alignment
    np.testing.assert_array_equal(scene.xyz_aligned, np.array(XYZ, np.float32))


def test_a_text_without_alignment_is_identity(tmp_path):
    (tmp_path / "a.txt").write_text("numColorFrames = 3\nsceneType = Lounge\n")
    info = read_scene_info(tmp_path / "a.txt")
    assert (info.T_aligned_raw == np.eye(4)).all()
    assert info.scene_type == "Lounge"


def test_alignment_by_hand(tmp_path):
    """A quarter turn about z and a step of 2 along x: (1, 0, 0) goes to (2, 1, 0)."""
    folder = write_scan(tmp_path)
    (folder / f"{SCENE}.txt").write_text("axisAlignment = 0 -1 0 2 1 0 0 0 0 0 1 0 0 0 0 1 \n")
    np.testing.assert_allclose(read_scene(folder).xyz_aligned[1], [2, 1, 0])


@pytest.mark.parametrize("text", ["1 2 3", "a b", "nan" + " 0" * 15, "1 " * 16])
def test_alignments_that_are_none(tmp_path, text):
    (tmp_path / "a.txt").write_text(f"axisAlignment = {text}\n")
    with pytest.raises(AnnotationError, match="axisAlignment"):
        read_scene_info(tmp_path / "a.txt")


def test_files_of_another_scan(tmp_path):
    with pytest.raises(AnnotationError, match="segments of 2 vertices, but the mesh has 6"):
        read_scene(write_scan(tmp_path, [group(0, [7])], segments=[7, 7]))


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({"id": 0, "objectId": 0, "segments": [7]}, "group 0: has no label"),
        ({"segments": [7], "label": "chair"}, "objectId must be a whole number"),
        ({"id": 0, "label": "chair"}, "has no segments"),
        ({"id": 0, "label": "chair", "segments": ["a"]}, "flat list of whole numbers"),
        ("chair", "must be an object"),
    ],
)
def test_groups_that_lack_something_are_named(tmp_path, bad, reason):
    with pytest.raises(AnnotationError, match=reason):
        read_scene(write_scan(tmp_path, [bad]))


def test_scenes_and_objects_that_are_not_there(tmp_path):
    with pytest.raises(AnnotationError, match="scene scene0707_00 is not there"):
        read_scene(tmp_path / "scene0707_00")
    scene = read_scene(write_scan(tmp_path, [group(0, [7])]))
    with pytest.raises(AnnotationError, match="scene0000_00 has no object 4; its objectIds are 0 to 0"):
        scene.object(4)


def test_json_that_is_not_json(tmp_path):
    folder = write_scan(tmp_path)
    (folder / f"{SCENE}.aggregation.json").write_text("{'segGroups': ")
    with pytest.raises(AnnotationError, match="is not JSON"):
        read_scene(folder)


def test_boxes_of_many_objects_as_a_loop_gives_them():
    rng = np.random.default_rng(0)
    xyz, of_point, ids = rng.normal(size=(500, 3)).astype(np.float32), rng.integers(-1, 9, 500), np.array([8, 3, 99, 0])
    boxes = object_boxes(xyz, of_point, ids)
    for row, i in enumerate(ids):
        points = xyz[of_point == i]
        low, high = (points.min(0), points.max(0)) if len(points) else (np.zeros(3), np.zeros(3))
        np.testing.assert_allclose(boxes.boxes[row], [*(low + high) / 2, *(high - low)], atol=1e-6)
        np.testing.assert_allclose(boxes.mean[row], points.mean(0) if len(points) else 0, atol=1e-6)


def test_segments_may_be_any_numbers():
    assigned = assign_vertices(np.array([-5, 10**12, 3]), [SegmentGroup(2, "lamp", np.array([10**12, -5, 4]))])
    assert assigned.object_ids.tolist() == [2, 2, -1]


def test_label_table_by_its_header(tmp_path):
    path = tmp_path / "labels.tsv"
    path.write_text(
        'raw_category\tnyu40id\tid\tcategory\tnyu40class\n"quoted" chair\t5\t2\tchair\tchair\nmystery\t\t90\t\t\n'
    )
    labels = read_label_map(path)
    assert labels.nyu40_id('"quoted" chair') == 5
    assert (labels.nyu40_id("mystery"), labels.nyu40_id("unknown")) == (0, 0)
    assert (labels.category_name(2), labels.category_name(90)) == ("chair", "mystery")
    assert labels.benchmark_class("mystery") == "others"
    with pytest.raises(AnnotationError, match="no category has the id 7"):
        labels.category_name(7)
    path.write_text("a\tb\n")
    with pytest.raises(AnnotationError, match="no column id, raw_category"):
        read_label_map(path)


def test_predictions_as_they_occur(tmp_path):
    """Gaps in the numbers, masks with values other than 1, masks sorted by scene, and no prediction at all."""
    (tmp_path / "pred_mask" / SCENE).mkdir(parents=True)
    (tmp_path / "pred_mask" / f"{SCENE}_4.txt").write_text("0\n255\n2\n")
    (tmp_path / "pred_mask" / SCENE / "9.txt").write_text("1\n0\n0\n")
    path = tmp_path / f"{SCENE}.txt"
    path.write_text(f"pred_mask/{SCENE}_4.txt 5 0.5\npred_mask/{SCENE}_9.txt 3 0.25\n")
    found = read_predictions(path, 3)
    assert found.masks.tolist() == [[False, True, True], [True, False, False]]
    with pytest.raises(AnnotationError, match="has 3 values, but the scan has 4"):
        read_predictions(path, 4)
    path.write_text("")
    assert read_predictions(path, 3).masks.shape == (0, 3)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("pred_mask/a.txt 5", "line 1 must be a mask file"),
        ("pred_mask/a.txt five 0.5", "line 1 must be a mask file"),
        ("pred_mask/a.txt 5 nan", "confidence must be a finite number"),
        ("pred_mask/a.txt 5 0.5", "is not there"),
        ("../../etc/passwd 5 0.5", "outside of the folder"),
    ],
)
def test_predictions_that_cannot_be_read(tmp_path, line, reason):
    (tmp_path / f"{SCENE}.txt").write_text(line)
    with pytest.raises(AnnotationError, match=reason):
        read_predictions(tmp_path / f"{SCENE}.txt")


def test_ground_truth_files(tmp_path):
    path = tmp_path / "gt.txt"
    path.write_text("5001\n0\n12000\n")
    assert read_instance_ids(path).tolist() == [5001, 0, 12000]
    for text, reason in (("5.5\n", "value 1 must be a whole number"), ("a\n", "whole number"), ("1\n-3\n", "value 2")):
        path.write_text(text)
        with pytest.raises(AnnotationError, match=reason):
            read_instance_ids(path)


def test_split_files(tmp_path):
    (tmp_path / "scannetv2_val.txt").write_text("scene0011_00\n\nscene0011_01\nscene0011_00\n")
    assert read_splits(tmp_path) == {"val": ["scene0011_00", "scene0011_01"]}
    (tmp_path / "scannetv2_val.txt").write_text("kitchen\n")
    with pytest.raises(AnnotationError, match="'kitchen' is no scene"):
        read_split(tmp_path / "scannetv2_val.txt")
    with pytest.raises(AnnotationError, match="has no scannetv2_train"):
        read_splits(tmp_path / "elsewhere")
