"""Choosing the objects of a large scene that a question may be about."""

from __future__ import annotations

import numpy as np
import pytest

from omd3d_ros.language.selection import ObjectSelector, choose_objects, objects_around
from omd3d_ros.models.openmaskdino3d.processing import packaged_text_encoder
from omd3d_ros.types import Instance, PointCloud, Scene, object_id

LABELS = ("chair", "table", "lamp", "window", "sofa", "bookcase", "cup", "rug", "door", "cabinet")
LIMIT = 30


@pytest.fixture(scope="module")
def encoder():
    return packaged_text_encoder("minilm")


def a_building(rare: dict[int, str] | None = None) -> tuple[list[str], np.ndarray]:
    """1,000 objects of ten kinds, 2 m apart on a square, each a little larger than the one before."""
    k = np.arange(1000)
    labels = [LABELS[i * 7 % 10] for i in k]
    for i, label in (rare or {}).items():
        labels[i] = label
    size = np.repeat(0.3 + 0.0005 * k[:, None], 3, 1)
    return labels, np.column_stack([2.0 * (k % 32), 2.0 * (k // 32), size[:, 2] / 2, size])


@pytest.mark.parametrize("query", ["where is the piano?", "Which pianos are there?", "the big piano next to a chair"])
def test_what_is_named_is_chosen_with_what_is_near(encoder, query):
    labels, boxes = a_building({444: "piano"})
    chosen = ObjectSelector(labels, boxes, encoder).choose(query, LIMIT)
    assert len(chosen) == LIMIT and (np.diff(chosen) > 0).all()
    assert 444 in chosen and {443, 445, 412, 476} & set(chosen.tolist())


def test_other_words_for_a_thing(encoder):
    labels, boxes = a_building({77: "refrigerator"})
    for query in ("where is the fridge?", "is there an icebox here?"):
        assert 77 in ObjectSelector(labels, boxes, encoder).choose(query, LIMIT), query


def test_of_many_alike_those_near_what_else_is_named(encoder):
    labels, boxes = a_building({500: "piano"})
    chosen = ObjectSelector(labels, boxes, encoder).choose("the lamp near the piano", LIMIT)
    lamps = np.array([label == "lamp" for label in labels])
    nearest = np.flatnonzero(lamps)[np.argsort(np.linalg.norm(boxes[lamps, :3] - boxes[500, :3], axis=1))[:3]]
    assert lamps.sum() > LIMIT and set(nearest) <= set(chosen)


def test_the_largest_and_the_smallest_are_among_them(encoder):
    labels, boxes = a_building()
    chairs = [k for k, label in enumerate(labels) if label == "chair"]
    chosen = ObjectSelector(labels, boxes, encoder).choose("which chair is the largest?", LIMIT)
    assert {chairs[0], chairs[-1]} <= set(chosen.tolist())


def test_a_small_scene_is_shown_whole(encoder):
    labels, boxes = a_building()
    assert ObjectSelector(labels[:5], boxes[:5], encoder).choose("a chair", 5).tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("query", ["?", "the", "椅子在哪里", "x" * 900])
def test_any_text_chooses_some(encoder, query):
    assert len(ObjectSelector(*a_building(), encoder).choose(query, LIMIT)) == LIMIT


def test_identifiers_in_the_question_are_chosen(encoder):
    labels, boxes = a_building()
    nothing = np.zeros((0, 0), np.float32)
    things = [Instance(object_id(k + 500), n, 0.5, nothing, boxes[k, :3], boxes[k, 3:]) for k, n in enumerate(labels)]
    cloud = PointCloud(np.zeros((1, 3)), np.zeros((1, 3)))
    scene = Scene(cloud, np.zeros(1, np.int32), nothing, things, nothing, nothing, boxes.astype(np.float32), np.eye(4))
    chosen = choose_objects(scene, "is <OBJ1234> larger than <obj501>?", encoder, LIMIT)
    assert {1234 - 500, 1} <= set(chosen.tolist()) and len(chosen) == LIMIT


def test_around_what_was_chosen():
    boxes = np.column_stack([np.arange(10.0), np.zeros((10, 5))])
    anchors = np.isin(np.arange(10), [0, 9])
    assert objects_around([5], anchors, boxes, 1).tolist() == [5]
    assert objects_around([5], anchors, boxes, 2).tolist() == [5, 9]
    assert objects_around([5], anchors, boxes, 5).tolist() == [0, 4, 5, 6, 9]
    assert objects_around([3, 4], np.zeros(10, bool), boxes, 1).tolist() == [3]
