"""What "it" stands for, also when the next scene numbers its objects anew."""

from __future__ import annotations

import gc

import numpy as np

from omd3d_ros.asking.sessions import Mentioned, Sessions
from omd3d_ros.types import Answer, Instance, PointCloud, Scene

SIZE = np.full(3, 0.5, np.float32)


def scene_of(*centers: tuple[float, float, float]) -> Scene:
    """Cubes of half a metre at these places, numbered from OBJ000."""
    instances = [
        Instance(f"OBJ{k:03d}", "box", 0.9, np.zeros(0, bool), np.array(at, np.float32), SIZE)
        for k, at in enumerate(centers)
    ]
    none = np.empty((0, 0), np.float32)
    cloud = PointCloud(np.empty((0, 3)), np.empty((0, 3)))
    return Scene(cloud, np.zeros(0, np.int32), none, instances, none, none, none, np.eye(4))


def answer_about(scene: Scene, *numbers: int) -> Answer:
    return Answer("q", "a", [scene.instances[k] for k in numbers], scene=scene)


def test_the_same_scene_has_the_same_identifiers():
    scene = scene_of((0, 0, 0), (2, 0, 0))
    assert Mentioned.of(answer_about(scene, 1, 0)).ids_in(scene) == ("OBJ001", "OBJ000")


def test_objects_are_found_again_where_they_were():
    before = scene_of((0, 0, 0), (2, 0, 0), (4, 0, 0))
    after = scene_of((4.1, 0, 0), (1, 1, 0), (2, 0.05, 0))  # 0 is gone, 1 and 2 moved a little, and all got new numbers
    assert Mentioned.of(answer_about(before, 0, 1, 2)).ids_in(after) == ("OBJ002", "OBJ000")


def test_two_that_became_one_are_named_once():
    before, after = scene_of((0, 0, 0), (0.1, 0, 0)), scene_of((0.05, 0, 0))
    assert Mentioned.of(answer_about(before, 0, 1)).ids_in(after) == ("OBJ000",)


def test_nothing_mentioned_or_nothing_there():
    empty, scene = scene_of(), scene_of((0, 0, 0))
    assert Mentioned.of(answer_about(scene)).ids_in(scene_of((0, 0, 0))) == ()
    assert Mentioned.of(answer_about(scene, 0)).ids_in(empty) == ()


def test_a_conversation_does_not_keep_its_scene_alive():
    sessions, scene = Sessions(), scene_of((0, 0, 0))
    sessions.remember("ann", answer_about(scene, 0))
    last = sessions.last("ann")
    assert last is not None and last.scene is not None and last.scene() is scene
    del scene
    gc.collect()
    assert last.scene() is None
    assert last.ids_in(scene_of((5, 5, 0), (0, 0, 0))) == ("OBJ001",)


def test_the_session_not_used_for_longest_is_forgotten():
    sessions, scene = Sessions(most=2), scene_of((0, 0, 0))
    for name in ("ann", "bob"):
        sessions.remember(name, answer_about(scene, 0))
    sessions.last("ann")
    sessions.remember("eve", answer_about(scene, 0))
    assert len(sessions) == 2
    assert sessions.last("bob") is None and sessions.last("ann") is not None


def test_no_session_remembers_nothing():
    sessions = Sessions()
    sessions.remember("", answer_about(scene_of((0, 0, 0)), 0))
    assert len(sessions) == 0 and sessions.last("") is None
