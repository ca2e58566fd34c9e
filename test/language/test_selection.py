"""Choosing the objects of a large scene that a question may be about."""

from __future__ import annotations

import numpy as np
import pytest

from omd3d_ros.language.packaged_programs import packaged_programs
from omd3d_ros.language.selection import ObjectSelector, choose_objects, objects_around
from omd3d_ros.types import Instance, PointCloud, Scene, object_id

LABELS = ("chair", "table", "lamp", "window", "sofa", "bookcase", "cup", "rug", "door", "cabinet")
LIMIT = 30


@pytest.fixture(scope="module")
def reader():
    return packaged_programs()


def a_building(rare: dict[int, str] | None = None) -> tuple[list[str], np.ndarray]:
    """1,000 objects of ten kinds, 2 m apart on a square, each a little larger than the one before."""
    k = np.arange(1000)
    labels = [LABELS[i * 7 % 10] for i in k]
    for i, label in (rare or {}).items():
        labels[i] = label
    size = np.repeat(0.3 + 0.0005 * k[:, None], 3, 1)
    return labels, np.column_stack([2.0 * (k % 32), 2.0 * (k // 32), size[:, 2] / 2, size])


@pytest.mark.parametrize("query", ["where is the piano?", "Which pianos are there?", "the piano next to a chair"])
def test_what_is_named_is_chosen_with_what_is_near(reader, query):
    labels, boxes = a_building({444: "piano"})
    chosen = ObjectSelector(labels, boxes, reader).choose(query, LIMIT)
    assert len(chosen) == LIMIT and (np.diff(chosen) > 0).all()
    assert 444 in chosen and {443, 445, 412, 476} & set(chosen.tolist())


def test_other_words_for_a_thing(reader):
    labels, boxes = a_building({77: "refrigerator"})
    for query in ("where is the fridge?", "is there an icebox here?"):
        assert 77 in ObjectSelector(labels, boxes, reader).choose(query, LIMIT), query


def test_of_many_alike_those_near_what_else_is_named(reader):
    labels, boxes = a_building({500: "piano"})
    chosen = ObjectSelector(labels, boxes, reader).choose("the lamp near the piano", LIMIT)
    lamps = np.array([label == "lamp" for label in labels])
    nearest = np.flatnonzero(lamps)[np.argsort(np.linalg.norm(boxes[lamps, :3] - boxes[500, :3], axis=1))[:3]]
    assert lamps.sum() > LIMIT and set(nearest) <= set(chosen)


@pytest.mark.parametrize(("query", "place"), [("which chair is the largest?", -1), ("the smallest chair", 0)])
def test_of_more_alike_than_can_be_shown_the_extreme_ones(reader, query, place):
    labels, boxes = a_building()
    chairs = [k for k, label in enumerate(labels) if label == "chair"]
    assert len(chairs) > LIMIT and chairs[place] in ObjectSelector(labels, boxes, reader).choose(query, LIMIT)


def test_a_small_scene_is_shown_whole(reader):
    labels, boxes = a_building()
    assert ObjectSelector(labels[:5], boxes[:5], reader).choose("a chair", 5).tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("query", ["?", "the", "椅子在哪里", "x" * 900])
def test_any_text_chooses_some(reader, query):
    assert len(ObjectSelector(*a_building(), reader).choose(query, LIMIT)) == LIMIT


def test_misspelt_things(reader):
    labels, boxes = a_building({77: "towel"})
    for query in ("tpwel", "bring me the towwel", "where are the towesl?"):
        assert 77 in ObjectSelector(labels, boxes, reader).choose(query, LIMIT), query


def test_what_is_on_something_is_chosen_whatever_it_is(reader):
    labels, boxes = a_building({500: "desk"})
    boxes[500] = (*boxes[500, :2], 0.4, 1.2, 0.8, 0.8)
    boxes[600] = (*boxes[500, :2], 0.9, 0.2, 0.2, 0.2)
    chosen = ObjectSelector(labels, boxes, reader).choose("what is on the desk?", LIMIT)
    assert {500, 600} <= set(chosen.tolist())


def test_of_many_alike_the_one_of_that_colour(reader):
    labels, boxes = a_building()
    chairs = [k for k, label in enumerate(labels) if label == "chair"]
    rgb = np.full((1000, 3), 128.0)
    rgb[chairs[50]] = (170, 30, 40)
    chosen = ObjectSelector(labels, boxes, reader, rgb).choose("find the red chair", LIMIT)
    assert len(chairs) > LIMIT and chairs[50] in chosen


def test_a_wrong_label_like_the_right_one(reader):
    labels, boxes = a_building({700: "armchair", 20: "piano"})
    boxes[700, :2] = boxes[20, :2] + 0.6
    chosen = ObjectSelector(labels, boxes, reader).choose("the chair near the piano", LIMIT)
    assert {20, 700} <= set(chosen.tolist())


def test_identifiers_in_the_question_are_chosen(reader):
    labels, boxes = a_building()
    nothing = np.zeros((0, 0), np.float32)
    things = [Instance(object_id(k + 500), n, 0.5, nothing, boxes[k, :3], boxes[k, 3:]) for k, n in enumerate(labels)]
    cloud = PointCloud(np.zeros((1, 3)), np.zeros((1, 3)))
    scene = Scene(cloud, np.zeros(1, np.int32), nothing, things, nothing, nothing, boxes.astype(np.float32), np.eye(4))
    chosen = choose_objects(scene, "is <OBJ1234> larger than <obj501>?", LIMIT)
    assert {1234 - 500, 1} <= set(chosen.tolist()) and len(chosen) == LIMIT


def test_around_what_was_chosen():
    boxes = np.column_stack([np.arange(10.0), np.zeros((10, 5))])
    anchors = np.isin(np.arange(10), [0, 9])
    assert objects_around([5], anchors, boxes, 1).tolist() == [5]
    assert objects_around([5], anchors, boxes, 2).tolist() == [5, 9]
    assert objects_around([5], anchors, boxes, 5).tolist() == [0, 4, 5, 6, 9]
    assert objects_around([3, 4], np.zeros(10, bool), boxes, 1).tolist() == [3]
