"""The front door while the map grows: scenes encoded in the background, questions answered from the newest."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from omd3d_ros import assistant as assistant_module
from omd3d_ros.asking.sessions import Mentioned
from omd3d_ros.assistant import Assistant
from omd3d_ros.datasets.rooms import make_room, stream_room
from omd3d_ros.perception.scene import SceneError
from omd3d_ros.types import Answer, Scene


class Speaker:
    """In the place of the language model: speaks until it may finish, then names the first object."""

    def __init__(self) -> None:
        self.scenes: list[Scene] = []
        self.last: tuple[str, ...] = ()
        self.speaking = threading.Event()
        self.finish = threading.Event()
        self.finish.set()

    def answer(
        self, scene, query, model, processor, min_score=0.0, max_instances=0, *, last=(), check=None, on_progress=None
    ):
        self.scenes.append(scene)
        self.last = tuple(last)
        self.speaking.set()
        while not self.finish.wait(0.005):
            if check is not None:
                check()
        return Answer(query, "here", scene.instances[:1], {"answer": 1.0})


@pytest.fixture(scope="module")
def frames():
    return [frame for frame, _ in stream_room(make_room(3), frames=12, seed=3)]


@pytest.fixture(scope="module", params=[True, False], ids=["process", "thread"])
def running(request: pytest.FixtureRequest, frames) -> Iterator[Assistant]:
    """With all that is loaded and compiled once loaded and compiled."""
    made = Assistant.from_preset("nano", background=True, encoding_process=request.param)
    for frame in frames:
        made.observe(frame)
    made.scene()
    yield made
    made.close()


@pytest.fixture
def speaker(monkeypatch: pytest.MonkeyPatch) -> Speaker:
    speaker = Speaker()
    monkeypatch.setattr(assistant_module, "answer_query", speaker.answer)
    return speaker


@pytest.fixture
def mapped(running, frames, speaker) -> Assistant:
    """With the first half of the frames mapped, and a scene ready."""
    running.reset()
    for frame in frames[:6]:
        running.observe(frame)
    running.ask("a chair", wait_for_fresh=True)
    return running


def until(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_an_empty_map(running, speaker):
    running.reset()
    with pytest.raises(SceneError, match="the map is empty"):
        running.ask("a chair")


def test_a_scene_is_made_without_being_asked_for(running, frames, speaker):
    running.reset()
    for frame in frames:
        running.observe(frame)
    until(lambda: running._scenes.latest is not None)
    began = time.perf_counter()
    answer = running.ask("a chair")
    assert answer.scene.instances and time.perf_counter() - began < 0.2


def test_the_scene_at_hand_answers_and_a_fresh_one_has_all_frames(mapped, frames):
    before = mapped.ask("a chair").scene.stamp
    assert before == frames[5].stamp
    for frame in frames[6:]:
        mapped.observe(frame)
    assert mapped.ask("a chair", wait_for_fresh=True).scene.stamp == frames[-1].stamp


def test_a_scene_that_is_replaced_while_it_answers(mapped, frames, speaker):
    speaker.finish.clear()
    speaker.speaking.clear()
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(mapped.ask, "a chair")
        assert speaker.speaking.wait(5)
        for frame in frames[6:]:
            mapped.observe(frame)
        fresh = mapped._scenes.wait(fresh=True)
        speaker.finish.set()
        answer = asked.result(5)
    assert fresh is not answer.scene and fresh.stamp > answer.scene.stamp
    assert all(len(i.mask) == len(answer.scene.cloud) for i in answer.instances)
    assert mapped.ask("a chair").scene is fresh


def test_a_reset_while_it_answers(mapped, speaker):
    speaker.finish.clear()
    speaker.speaking.clear()
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(mapped.ask, "a chair")
        assert speaker.speaking.wait(5)
        mapped.reset()
        speaker.finish.set()
        assert len(asked.result(5).scene.cloud) > 0
    with pytest.raises(SceneError, match="the map is empty"):
        mapped.ask("a chair")


def test_what_check_raises_stops_a_question_that_waits_and_one_that_is_answered(mapped, speaker):
    class Left(Exception):
        pass

    stop = threading.Event()

    def check() -> None:
        if stop.is_set():
            raise Left

    speaker.finish.clear()
    speaker.speaking.clear()
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(mapped.ask, "a chair", check=check) for _ in range(2)]
        assert speaker.speaking.wait(5)
        stop.set()
        for question in asked:
            with pytest.raises(Left):
                question.result(1)
    assert len(speaker.scenes) == 2  # that of the fixture, and one of the two


def test_a_question_is_answered_although_the_process_that_encodes_was_killed(mapped, frames):
    if mapped._process is None:
        pytest.skip("encodes in a thread")
    os.kill(mapped._process.pid, signal.SIGKILL)
    for frame in frames[6:]:
        mapped.observe(frame)
    assert mapped.ask("a chair", wait_for_fresh=True).scene.stamp == frames[-1].stamp


def test_it_is_what_was_answered_before(mapped, speaker):
    answer = mapped.ask("a chair")
    mapped.ask("what colour is it?", last=Mentioned.of(answer))
    assert speaker.last == (answer.scene.instances[0].id,)
    mapped.ask("a chair")
    assert speaker.last == ()


def test_a_scene_answers_also_when_no_memory_is_left_to_read_it_ahead(mapped, frames, monkeypatch, caplog):
    def full(model):
        raise MemoryError("the cache does not fit")

    monkeypatch.setattr(assistant_module, "readings_of", full)
    for frame in frames[6:]:
        mapped.observe(frame)
    assert mapped.ask("a chair", wait_for_fresh=True).scene.stamp == frames[-1].stamp
    assert "no memory to read a scene ahead" in caplog.text and "the cache does not fit" in caplog.text
