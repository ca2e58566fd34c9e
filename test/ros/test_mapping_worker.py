"""Mapping lets a question go first for a moment, and never for so long that frames are lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event

import pytest
from conftest import eventually

from omd3d_ros.ros import worker
from omd3d_ros.ros.health import Health
from omd3d_ros.ros.worker import MappingWorker

SIZE = 12


class Mapped(list):
    """The pairs that were mapped, in order; every pair is its own frame."""

    def observe(self, frame: int) -> int:
        self.append(frame)
        return 1


class Questions(Event):
    """Set while none is being answered."""

    def __init__(self) -> None:
        super().__init__()
        self.set()

    @contextmanager
    def answered(self) -> Iterator[None]:
        self.clear()
        yield
        self.set()


@pytest.fixture
def questions() -> Questions:
    return Questions()


@pytest.fixture
def mapped() -> Mapped:
    return Mapped()


@pytest.fixture
def mapping(questions, mapped) -> Iterator[MappingWorker]:
    class Frame(int):
        depth = type("Depth", (), {"shape": (4, 4)})

    running = MappingWorker(Frame, mapped.observe, Health(), SIZE, 1.0, lambda *_: None, questions.wait)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    return lambda seconds: monkeypatch.setattr(worker, "GIVE_WAY", seconds)


def observed_idle(mapping: MappingWorker, mapped: Mapped) -> None:
    """The patience that was set is taken up with a frame that no question delays."""
    mapping.put(0)
    eventually(lambda: mapped == [0])


def test_a_frame_waits_for_the_answer_and_is_mapped_at_once_after_it(questions, mapping, mapped, patient):
    patient(30.0)
    observed_idle(mapping, mapped)
    with questions.answered():
        mapping.put(1)
        time.sleep(0.1)
        assert mapped == [0] and mapping.backlog == 1
    eventually(lambda: mapped == [0, 1])


def test_a_long_answer_delays_mapping_once_and_briefly(questions, mapping, mapped, patient):
    patient(0.3)
    observed_idle(mapping, mapped)
    with questions.answered():
        started = time.monotonic()
        mapping.put(1)
        eventually(lambda: len(mapped) == 2)
        assert time.monotonic() - started >= 0.29
        for pair in (2, 3, 4):
            started = time.monotonic()
            mapping.put(pair)
            eventually(lambda pair=pair: pair in mapped)
            assert time.monotonic() - started < 0.2


def test_mapping_goes_on_when_frames_pile_up(questions, mapping, mapped, patient):
    patient(30.0)
    observed_idle(mapping, mapped)
    with questions.answered():
        for pair in range(1, SIZE // 4 + 3):
            mapping.put(pair)
        eventually(lambda: mapping.backlog <= SIZE // 4)
        assert len(mapped) > 1
    eventually(lambda: mapping.backlog == 0)


def test_stop_ends_it_while_it_gives_way(mapped):
    asked = Event()

    def wait_until_idle(timeout: float) -> bool:
        asked.set()
        time.sleep(min(timeout, 0.05))
        return False

    running = MappingWorker(int, mapped.observe, Health(), SIZE, 1.0, lambda *_: None, wait_until_idle)
    running.start()
    running.put(1)
    assert asked.wait(5)
    running.stop()
    assert not running.is_alive()
