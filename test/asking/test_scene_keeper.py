"""Which scene a question gets while the map grows, is emptied, or can't be encoded."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from omd3d_ros.asking.encoding_worker import EncodingWorker
from omd3d_ros.asking.scene_keeper import SceneKeeper, SceneMaterial
from omd3d_ros.perception.scene import SceneError
from omd3d_ros.types import PointCloud, Scene


class GrowingMap:
    """A row of points 1 m apart; version and number of points grow together unless told otherwise."""

    def __init__(self, points: int = 1) -> None:
        self.version = points
        self.points = points
        self.built: list[int] = []
        self.go_on = threading.Event()
        self.go_on.set()
        self.building = threading.Event()
        self.fault: Exception | None = None
        self.keeper = SceneKeeper(lambda: self.version, self._take, self._build, min_new_share=0.1)

    def grow(self, points: int = 1) -> None:
        self.version += 1
        self.points += points

    def _take(self) -> SceneMaterial:
        if self.points == 0:
            raise SceneError("the map is empty")
        xyz = np.zeros((self.points, 3))
        xyz[:, 0] = np.arange(self.points)
        return SceneMaterial(PointCloud(xyz, np.zeros((self.points, 3))), self.version, stamp=float(self.version))

    def _build(self, material: SceneMaterial) -> Scene:
        self.building.set()
        assert self.go_on.wait(5)
        if self.fault is not None:
            raise self.fault
        self.built.append(material.version)
        none = np.empty((0, 0), np.float32)
        points = np.zeros(len(material.cloud), np.int32)
        return Scene(material.cloud, points, none, [], none, none, none, np.eye(4), material.stamp)


@pytest.fixture
def world() -> GrowingMap:
    return GrowingMap(20)


@pytest.fixture
def worker(world: GrowingMap) -> Iterator[EncodingWorker]:
    running = EncodingWorker(world.keeper, rest=0.01)
    running.start()
    yield running
    world.go_on.set()
    running.stop()
    assert not running.is_alive()


def until(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_a_map_that_changed_too_little_is_not_encoded_again(world):
    first = world.keeper.encode()
    world.grow(1)
    assert world.keeper.encode() is first
    world.grow(3)
    assert world.keeper.encode().stamp == 22.0
    assert world.built == [20, 22]


def test_a_fresh_scene_has_every_change_in_it(world):
    world.keeper.encode()
    world.grow(0)
    assert world.keeper.encode(at_least=world.version).stamp == 21.0
    assert world.keeper.encode(at_least=21).stamp == 21.0
    assert world.built == [20, 21]


def test_the_worker_publishes_while_the_map_grows(world, worker):
    assert world.keeper.latest is None
    worker.notify()
    until(lambda: world.keeper.latest is not None)
    world.grow(10)
    worker.notify()
    until(lambda: world.keeper.latest.stamp == 21.0)


def test_a_question_gets_the_scene_at_hand_while_the_next_is_encoded(world, worker):
    first = world.keeper.wait(fresh=False)
    world.go_on.clear()
    world.building.clear()
    world.grow(10)
    worker.notify()
    assert world.building.wait(5)
    assert world.keeper.wait(fresh=False) is first
    with ThreadPoolExecutor(1) as pool:
        fresh = pool.submit(world.keeper.wait, True)
        until(lambda: world.keeper.demanded == 21)
        assert not fresh.done()
        world.go_on.set()
        assert fresh.result(5).stamp == 21.0
    assert first.stamp == 20.0 and len(first.cloud) == 20


def test_a_fresh_scene_is_not_an_older_one_that_is_just_being_encoded(world, worker):
    world.go_on.clear()
    worker.notify()
    assert world.building.wait(5)
    world.grow(0)
    with ThreadPoolExecutor(1) as pool:
        fresh = pool.submit(world.keeper.wait, True)
        until(lambda: world.keeper.demanded == 21)
        world.go_on.set()
        assert fresh.result(5).stamp == 21.0


def test_a_reset_while_a_scene_is_encoded(world, worker):
    world.go_on.clear()
    worker.notify()
    assert world.building.wait(5)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(world.keeper.wait, False)
        world.keeper.forget()
        with pytest.raises(SceneError, match="emptied or replaced"):
            waiting.result(5)
    world.points, world.version = 5, 22
    world.go_on.set()
    assert len(world.keeper.wait(fresh=False).cloud) == 5
    assert world.keeper.latest.stamp == 22.0


def test_another_map_counts_its_versions_anew(world, worker):
    world.keeper.wait(fresh=True)
    world.points, world.version = 3, 1
    world.keeper.forget()
    assert world.keeper.wait(fresh=True).stamp == 1.0


def test_an_empty_map_is_an_error_and_not_a_wait(world, worker):
    world.points = 0
    with pytest.raises(SceneError, match="the map is empty"):
        world.keeper.wait(fresh=False)
    world.grow(1)
    assert len(world.keeper.wait(fresh=False).cloud) == 1


def test_a_fault_is_told_to_who_waits_and_the_worker_goes_on(world, worker):
    world.fault = RuntimeError("out of memory")
    with pytest.raises(SceneError, match="RuntimeError: out of memory"):
        world.keeper.wait(fresh=False)
    world.fault = None
    world.grow()
    assert world.keeper.wait(fresh=False).stamp == 21.0


def test_who_waits_may_leave(world, worker):
    class Left(Exception):
        pass

    def leave() -> None:
        raise Left

    world.go_on.clear()
    with pytest.raises(Left):
        world.keeper.wait(fresh=False, check=leave)


def test_nobody_waits_for_a_worker_that_was_stopped(world):
    worker = EncodingWorker(world.keeper)
    worker.start()
    worker.stop()
    with pytest.raises(SceneError, match="no more scenes"):
        world.keeper.wait(fresh=False)
