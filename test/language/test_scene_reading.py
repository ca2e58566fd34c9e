"""Readings of scenes: made once, shared, whole while they are in use, given up when memory runs out."""

from __future__ import annotations

import gc
import logging
import threading

import numpy as np
import pytest
import torch
from tiny_model import OBJECTS, tiny_model

from omd3d_ros.language.answering import answer_query
from omd3d_ros.language.generation import generate
from omd3d_ros.language.scene_reading import SceneReadings, readings_of
from omd3d_ros.types import Instance, PointCloud, Scene, object_id

QUERY = "where is the red chair?"


def a_scene(model, objects=5, seed=0, first_id=0) -> Scene:
    """Objects of 10 points and one superpoint each, 1 m apart along x."""
    rng = np.random.default_rng(seed)
    superpoints = np.repeat(np.arange(objects), 10).astype(np.int32)
    xyz = rng.uniform(0, 0.3, (10 * objects, 3)) + superpoints[:, None] * np.array([1.0, 0, 0])
    cloud = PointCloud(xyz, np.full((len(xyz), 3), 128))
    label = ("chair", "table", "lamp")
    things = [
        Instance.from_mask(object_id(first_id + k), label[k % 3], 0.9, superpoints == k, cloud.xyz)
        for k in range(objects)
    ]
    return Scene(
        cloud=cloud,
        superpoints=superpoints,
        superpoint_features=rng.normal(size=(objects, 32)).astype(np.float32),
        instances=things,
        object_masks=np.eye(objects, dtype=np.float32),
        object_features=rng.normal(size=(objects, model.object_tokens.channels[0])).astype(np.float32),
        object_boxes=np.array([[*i.center, *i.size] for i in things], np.float32).reshape(-1, 6),
        T_aligned_world=np.eye(4),
    )


@pytest.fixture
def tiny():
    return tiny_model(tie_object_logits=False)


@pytest.fixture
def reads(tiny, monkeypatch):
    """The scenes that the model has read, as they come."""
    seen: list[int] = []
    read = tiny[0].read_scene

    def counted(scene, *ids):
        seen.append(len(scene.slots))
        return read(scene, *ids)

    monkeypatch.setattr(tiny[0], "read_scene", counted)
    return seen


def test_all_questions_share_one_reading(tiny, reads):
    model, processor = tiny
    scene = a_scene(model)
    for query in (QUERY, "a table", QUERY):
        answer_query(scene, query, model, processor)
    assert len(reads) == 1
    answer_query(a_scene(model, seed=1), QUERY, model, processor)
    assert len(reads) == 2


def test_threads_that_ask_at_once_wait_for_one_reading(tiny, monkeypatch):
    model, processor = tiny
    scene, readings = a_scene(model), SceneReadings(model)
    read, entered, others = model.read_scene, threading.Event(), threading.Barrier(3)
    made, got = [], []

    def slow(*arguments):
        entered.set()
        others.wait(timeout=5)
        made.append(1)
        return read(*arguments)

    monkeypatch.setattr(model, "read_scene", slow)
    threads = [threading.Thread(target=lambda: got.append(readings.of(scene, processor))) for _ in range(3)]
    threads[0].start()
    assert entered.wait(5)
    for thread in threads[1:]:
        thread.start()
    release = [threading.Thread(target=others.wait, args=(5,)) for _ in range(2)]
    for thread in release:
        thread.start()
    for thread in [*threads, *release]:
        thread.join(10)
    assert len(made) == 1 and len(got) == 3 and all(g is got[0] for g in got)


def test_a_reset_and_a_new_scene_while_a_reading_is_in_use(tiny):
    """The answer that is being written goes on as if nothing had happened."""
    model, processor = tiny
    scene, question = a_scene(model), processor.question(QUERY)
    readings = SceneReadings(model, max_kept=1)
    reading = readings.of(scene, processor)
    expected = generate(reading.tokens, question, model, processor).ids
    said: list[int] = []

    def disturb(generated):
        said.append(generated.ids[-1])
        if len(said) == 1:
            readings.clear()
        if len(said) == 2:
            other = readings.of(a_scene(model, seed=1), processor)
            generate(other.tokens, processor.question("a table"), model, processor, other.prefix)

    del scene
    got = generate(reading.tokens, question, model, processor, reading.prefix, on_token=disturb)
    assert got.ids == expected and len(said) > 2


def test_a_scene_that_is_gone_is_not_taken_for_another(tiny, reads):
    model, processor = tiny
    readings = SceneReadings(model)
    scene = a_scene(model)
    readings.of(scene, processor)
    del scene
    gc.collect()
    for seed in range(1, 4):  # one of them may lie where the first did
        scene = a_scene(model, seed=seed)
        reading = readings.of(scene, processor)
        np.testing.assert_array_equal(reading.tokens.features.numpy(), scene.object_features)
        del scene
    assert len(reads) == 4


def test_the_oldest_goes_when_there_are_too_many_bytes(tiny, reads):
    model, processor = tiny
    scenes = [a_scene(model, seed=i) for i in range(3)]
    size = SceneReadings(model).of(scenes[0], processor).prefix.num_bytes
    readings = SceneReadings(model, max_bytes=2 * size)
    reads.clear()
    for i in (0, 1, 0, 2, 0, 1):  # 1 was used longest ago when 2 comes
        readings.of(scenes[i], processor)
    assert len(reads) == 4 and readings.num_bytes == 2 * size


def test_a_scene_too_large_to_keep_is_read_for_every_question(tiny, reads, caplog):
    model, processor = tiny
    readings, scene = SceneReadings(model, max_bytes=100), a_scene(model)
    with caplog.at_level(logging.WARNING):
        readings.of(scene, processor)
        readings.of(scene, processor)
    assert len(reads) == 2 and readings.num_bytes == 0
    assert sum("every question reads the scene again" in m for m in caplog.messages) == 1


@pytest.mark.parametrize("error", [torch.OutOfMemoryError, MemoryError])
def test_no_memory_for_a_scene_gives_up_the_others(tiny, monkeypatch, caplog, error):
    model, processor = tiny
    readings = SceneReadings(model)
    first, second = a_scene(model), a_scene(model, seed=1)
    readings.of(first, processor)
    read = model.read_scene

    def scarce(*arguments):
        if readings.num_bytes:
            raise error
        return read(*arguments)

    monkeypatch.setattr(model, "read_scene", scarce)
    assert readings.of(second, processor).prefix.num_bytes == readings.num_bytes
    assert "no memory is left" in caplog.text


def test_more_objects_than_identifiers(tiny, reads):
    """Those that the question is about are shown, and named by their own identifiers."""
    model, processor = tiny
    scene = a_scene(model, objects=3 * OBJECTS, first_id=990)
    answer = answer_query(scene, "what is <OBJ1020>?", model, processor)
    reading = readings_of(model).of(scene, processor)
    assert reads == [OBJECTS, OBJECTS] and reading.tokens.slots.tolist() == list(range(OBJECTS))
    assert {i.id for i in answer.instances} <= {i.id for i in scene.instances}
    assert "not in the map" not in answer.text


def test_an_identifier_in_the_question_is_the_slot_of_its_object(tiny, monkeypatch):
    model, processor = tiny
    asked: list[str] = []
    question = processor.question
    monkeypatch.setattr(processor, "question", lambda text: asked.append(text) or question(text))
    answer_query(a_scene(model, first_id=7), "is <OBJ009> by <OBJ000>?", model, processor)
    assert asked == ["is <OBJ002> by (an object that is not in the map)?"]


def test_readings_of_some_objects_are_kept_as_such(tiny, reads):
    model, processor = tiny
    scene, readings = a_scene(model), SceneReadings(model)
    some = readings.of(scene, processor, np.array([1, 3]))
    assert readings.of(scene, processor, np.array([1, 3])) is some and reads == [2]
    assert readings.of(scene, processor) is not some and reads == [2, 5]
    np.testing.assert_array_equal(some.tokens.boxes.numpy(), scene.object_boxes[[1, 3]])
