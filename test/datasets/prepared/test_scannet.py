"""ScanNet scenes and language as prepared data, from made-up files of the released formats."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from omd3d_ros.datasets.prepared import PreparedDataError
from omd3d_ros.datasets.prepared.collector import SampleCollector
from omd3d_ros.datasets.prepared.scannet import ScannetPlan, scannet_scene

SCENE = "scene9001_00"


@pytest.fixture(scope="session")
def files(reference_fixtures) -> Path:
    return reference_fixtures / "datasets"


@pytest.fixture
def scene(files):
    return make_scene(files, files / "scannet/scans")


def make_scene(files, root, instances="mask3d/mask3d_inst_seg", max_objects=100):
    labels = files / "scannet/scannetv2-labels.combined.tsv"
    return scannet_scene(root, files / instances, files / "chatscene/annotations", labels, max_objects, SCENE)


def collected(files, scene, annotations, tags=None, **changes):
    folders = (files / "scannet/scans", files / annotations, files / "mask3d/mask3d_inst_seg")
    plan = ScannetPlan(*folders, files / "chatscene/annotations", tags, **changes).plan()
    collector = SampleCollector(scene, plan.min_iou)
    plan.collect(collector)
    return collector


def test_points_objects_and_superpoints_are_those_of_the_scan(files, scene):
    expected = json.loads((files / "scannet/expected.json").read_text())["scenes"][SCENE]
    assert len(scene.points) == expected["num_vertices"]
    assert int(scene.superpoints.max()) + 1 == expected["num_segments"]
    truth = {o["objectId"]: o for o in expected["objects"] if o["num_vertices"]}
    assert scene.object_ids.tolist() == sorted(truth)
    for row, (object_id, label) in enumerate(zip(scene.object_ids.tolist(), scene.object_labels, strict=True)):
        assert label == truth[object_id]["label"]
        box = truth[object_id]["center_aligned"] + truth[object_id]["size_aligned"]
        np.testing.assert_allclose(scene.object_boxes[row], box, atol=2e-3)
        # segments belong to one object each, so a majority of a superpoint is all of it
        assert int(scene.object_masks[row][scene.superpoints].sum()) == truth[object_id]["num_vertices"]


def test_slots_are_the_rows_of_the_export(files, scene):
    expected = json.loads((files / "mask3d/expected.json").read_text())[SCENE]["instances"]
    assert scene.proposal_labels == [instance["label"] for instance in expected]
    assert make_scene(files, files / "scannet/scans", max_objects=2).proposal_labels == scene.proposal_labels[:2]


def test_raw_exports_give_the_same_proposals(files, scene):
    raw = make_scene(files, files / "scannet/scans", "mask3d/raw_export")
    assert raw.proposal_labels == scene.proposal_labels
    assert raw.proposal_masks.equal(scene.proposal_masks)
    assert raw.proposal_boxes.equal(scene.proposal_boxes)


def test_objects_that_are_listed_twice_can_be_named_by_either_id(files, tmp_path):
    root = shutil.copytree(files / "scannet/scans", tmp_path / "scans", copy_function=shutil.copyfile)
    path = root / SCENE / f"{SCENE}.aggregation.json"
    content = json.loads(path.read_text())
    once = content["segGroups"]
    again = [{**g, "id": g["id"] + 100, "objectId": g["objectId"] + 100} for g in once]
    path.chmod(0o644)
    path.write_text(json.dumps({**content, "segGroups": once + again}))
    single, double = make_scene(files, files / "scannet/scans"), make_scene(files, root)
    half = len(single.object_ids)
    assert double.object_ids.tolist() == [*single.object_ids.tolist(), *(single.object_ids + 100).tolist()]
    assert double.object_masks[:half].equal(double.object_masks[half:])
    assert double.object_boxes[:half].equal(single.object_boxes)


def test_releases(files, scene):
    collector = collected(files, scene, "language")
    grounding = collector.samples["scanrefer", "val"]
    released = json.loads((files / "language/scanrefer/ScanRefer_filtered_val.json").read_text())
    for sample, record in zip(grounding, released, strict=True):
        assert record["description"].rstrip(".") in sample.prompt
        assert sample.object_ids == [int(record["object_id"])]
    questions = collector.samples["scanqa", "val"]
    assert [q.answers for q in questions] == [["chair", "grey chair"], ["2", "two"]]
    assert not any(q.masked for q in questions + collector.samples["sqa3d", "val"])
    situated = collector.samples["sqa3d", "val"][1]
    assert situated.prompt.startswith("I just came in. Is the lamp behind me? Answer")
    assert situated.extra["sqa_type"] == 1
    assert [s.object_ids for s in collector.samples["multi3dref", "val"]] == [[2], [2, 4, 5], [], []]
    assert ("nr3d", "val") in collector.samples
    assert not any(split == "train" for _, split in collector.samples)  # those are about the other scene


def test_processed_annotations_keep_their_prompts_and_identifiers(files, scene):
    collector = collected(files, scene, "chatscene")
    (grounding,) = collector.samples["scanrefer", "val"]
    assert grounding.prompt == 'Which object is meant by "the flat top"?'
    assert (grounding.answers, grounding.object_ids) == (["<OBJ001>."], [4])
    (caption,) = collector.samples["scan2cap", "val"]
    assert (caption.answers, caption.proposal_ids) == (["The flat surface."], [1])
    assert caption.extra["ref_captions"] == ["sos The flat surface. eos"]
    (several,) = collector.samples["multi3dref", "val"]
    assert (several.object_ids, several.extra["ref_captions"]) == ([2, 4, 5], [2, 4, 5])


def test_tags_without_files_are_named(files, scene):
    with pytest.raises(PreparedDataError, match=r"nothing for the tag 'nr3d_caption'; looked for nr3d_caption_mask3d_"):
        collected(files, scene, "language", ("nr3d_caption",))
    with pytest.raises(PreparedDataError, match="has no annotations of"):
        collected(files, scene, "mask3d", splits=())


def test_missing_files_of_a_scene_are_named(files, tmp_path):
    with pytest.raises(PreparedDataError, match="no Mask3D instances of scene9001_00"):
        make_scene(files, files / "scannet/scans", "chatscene")
    root = shutil.copytree(files / "scannet/scans", tmp_path / "scans")
    segments = root / SCENE / f"{SCENE}_vh_clean_2.0.010000.segs.json"
    segments.unlink()
    with pytest.raises(ValueError, match="segs.json"):
        make_scene(files, root)
