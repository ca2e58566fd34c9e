"""From what the model says to an Answer; the model here is random, so only the plumbing is judged."""

import numpy as np
import pytest
import torch
from tiny_model import tiny_model

from omd3d_ros.language import answering
from omd3d_ros.language.answering import QueryError, answer_query, check_query
from omd3d_ros.language.generation import Generated
from omd3d_ros.types import Instance, PointCloud, Scene, object_id


def a_scene(model, objects=3) -> Scene:
    """Objects of 10 points and one superpoint each, 1 m apart along x."""
    rng = np.random.default_rng(0)
    superpoints = np.repeat(np.arange(objects), 10).astype(np.int32)
    xyz = rng.uniform(0, 0.3, (10 * objects, 3)) + superpoints[:, None] * np.array([1.0, 0, 0])
    cloud = PointCloud(xyz, np.full((len(xyz), 3), 128))
    boxes = [Instance.from_mask(object_id(k), "chair", 0.9, superpoints == k, cloud.xyz) for k in range(objects)]
    return Scene(
        cloud=cloud,
        superpoints=superpoints,
        superpoint_features=rng.normal(size=(objects, 32)).astype(np.float32),
        instances=boxes,
        object_masks=np.eye(objects, dtype=np.float32),
        object_features=rng.normal(size=(objects, model.object_tokens.channels[0])).astype(np.float32),
        object_boxes=np.array([[*i.center, *i.size] for i in boxes], np.float32).reshape(-1, 6),
        T_aligned_world=np.eye(4),
    )


def said(monkeypatch, **values):
    monkeypatch.setattr(answering, "generate", lambda *_: Generated(**values))


@pytest.mark.parametrize("query", ["", "   ", "\n\t", "?!", "\x00\x07"])
def test_an_empty_query_is_refused(query):
    with pytest.raises(QueryError, match="empty"):
        check_query(query)


def test_a_query_of_10000_characters_is_refused():
    with pytest.raises(QueryError, match="10000 characters; the limit is 1000"):
        check_query("chair" * 2000)


@pytest.mark.parametrize("query", ["a chair\x07\x1b[31m", "椅子在哪里?", "où est la chaise ?", "🪑 chair", "x" * 1000])
def test_control_characters_and_other_scripts_are_answered(query):
    model, processor = tiny_model()
    answer = answer_query(a_scene(model), query, model, processor)
    assert isinstance(answer.text, str) and answer.timing_ms["answer"] > 0


def test_named_objects_become_instances_with_their_probability(monkeypatch):
    model, processor = tiny_model()
    said(monkeypatch, ids=processor.answer("<OBJ002> <OBJ000>: the chair").tolist(), object_scores={2: 0.5, 0: 0.75})
    answer = answer_query(a_scene(model), "a chair", model, processor)
    assert answer.text == "<OBJ002>, <OBJ000>: the chair"
    assert [(i.id, i.score) for i in answer.instances] == [("OBJ000", 0.75), ("OBJ002", 0.5)]


def test_limits_on_score_and_number(monkeypatch):
    model, processor = tiny_model()
    said(monkeypatch, ids=[], object_scores={0: 0.2, 1: 0.9, 2: 0.6})
    scene = a_scene(model)
    assert [i.id for i in answer_query(scene, "x", model, processor, min_score=0.5).instances] == ["OBJ001", "OBJ002"]
    assert [i.id for i in answer_query(scene, "x", model, processor, max_instances=1).instances] == ["OBJ001"]


def test_a_number_that_is_no_object_is_left_out(monkeypatch):
    model, processor = tiny_model()
    said(monkeypatch, ids=[], object_scores={9: 0.9})
    assert answer_query(a_scene(model), "x", model, processor).instances == []


@pytest.mark.parametrize(("mask", "expected"), [([0, 0.9, 0], ["OBJ001"]), ([0.1, 0.2, 0.3], [])])
def test_seg_without_an_identifier(monkeypatch, mask, expected):
    model, processor = tiny_model()
    said(monkeypatch, ids=[processor.seg_id], seg=[torch.zeros(32)])
    monkeypatch.setattr(answering, "segmentation", lambda *_: np.array([mask], np.float32))
    answer = answer_query(a_scene(model), "x", model, processor)
    assert [i.id for i in answer.instances] == expected


def test_the_mask_of_seg_corrects_the_proposal(monkeypatch):
    model, processor = tiny_model()
    scene = a_scene(model)
    scene.object_masks[1] = [0.0, 0.9, 0.45]  # undecided about superpoint 2
    said(monkeypatch, ids=[], object_scores={1: 0.8}, seg=[torch.zeros(32)])
    monkeypatch.setattr(answering, "segmentation", lambda *_: np.array([[0.9, 0.9, 0.9]], np.float32))
    (instance,) = answer_query(scene, "x", model, processor).instances
    assert set(scene.superpoints[instance.mask]) == {1, 2}  # 0 is no part of the proposal


def test_a_scene_without_objects():
    model, processor = tiny_model()
    assert answer_query(a_scene(model, 0), "a chair", model, processor).instances == []


def test_several_seg_without_an_identifier_are_several_instances(monkeypatch):
    model, processor = tiny_model()
    said(monkeypatch, ids=[processor.seg_id] * 3, seg=[torch.zeros(32)] * 3)
    masks = np.array([[0.9, 0, 0], [0, 0, 0.8], [0.7, 0.1, 0]], np.float32)  # the third repeats the first
    monkeypatch.setattr(answering, "segmentation", lambda *_: masks)
    instances = answer_query(a_scene(model), "x", model, processor).instances
    assert [(i.id, round(i.score, 2)) for i in instances] == [("OBJ000", 0.9), ("OBJ002", 0.8)]


def test_several_seg_with_identifiers_correct_them_together(monkeypatch):
    model, processor = tiny_model()
    scene = a_scene(model)
    scene.object_masks[0] = [0.9, 0.45, 0.0]
    said(monkeypatch, ids=[], object_scores={0: 0.8}, seg=[torch.zeros(32)] * 2)
    masks = np.array([[0.9, 0, 0], [0, 0.9, 0]], np.float32)
    monkeypatch.setattr(answering, "segmentation", lambda *_: masks)
    (instance,) = answer_query(scene, "x", model, processor).instances
    assert set(scene.superpoints[instance.mask]) == {0, 1}


def test_an_identifier_that_no_object_has_is_said_to_be_none(monkeypatch):
    model, processor = tiny_model()
    said(monkeypatch, ids=processor.answer("<OBJ009> is a chair").tolist(), object_scores={9: 0.9})
    answer = answer_query(a_scene(model), "x", model, processor)
    assert answer.instances == [] and "(an object that is not in the map)" in answer.text
