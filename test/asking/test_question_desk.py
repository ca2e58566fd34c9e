"""Questions that wait, are cancelled, come too late, are too many, or are about a map that is gone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from omd3d_ros.asking.desk import Desk, Question
from omd3d_ros.asking.refusals import AnswerCancelled, DeadlineExceeded, MapReplaced, QueueFull, Refused
from omd3d_ros.asking.turns import Turns
from omd3d_ros.types import Answer, Instance


class SlowModel:
    """Says a word every 5 ms until ``finish`` is set; each answer is about the object that the query names."""

    def __init__(self) -> None:
        self.finish = threading.Event()
        self.speaking = threading.Event()
        self.begun: list[str] = []
        self._turns = Turns()

    def ask(
        self, query, min_score=0.0, max_instances=0, *, last=None, wait_for_fresh=False, check=None, on_progress=None
    ):
        with self._turns.turn(check):
            self.begun.append(query)
            while not self.finish.wait(0.005):
                check()
                self.speaking.set()
            if query == "crash":
                raise RuntimeError("the model fell over")
            if query == "":
                raise ValueError("the query is empty")
        named = Instance(query, "box", 0.9, np.zeros(0, bool), np.zeros(3), np.ones(3))
        return Answer(query, "" if last is None else " ".join(last.ids), [named])


@pytest.fixture
def model() -> SlowModel:
    return SlowModel()


@pytest.fixture
def quick(model) -> SlowModel:
    model.finish.set()
    return model


def until(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def outcome(work: Callable[[], object]) -> object:
    try:
        return work()
    except Refused as refusal:
        return refusal


def test_a_question_cancelled_before_it_starts_never_reaches_the_model(quick):
    with pytest.raises(AnswerCancelled):
        Desk(quick).ask(Question("a box"), cancelled=lambda: True)
    assert quick.begun == []


def test_a_question_cancelled_while_it_waits_leaves_the_queue(model):
    desk, cancel = Desk(model), threading.Event()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(desk.ask, Question("first"))
        assert model.speaking.wait(5)
        second = pool.submit(outcome, lambda: desk.ask(Question("second"), cancel.is_set))
        until(lambda: desk.waiting == 2)
        cancel.set()
        assert isinstance(second.result(5), AnswerCancelled)
        model.finish.set()
        assert first.result(5).query == "first"
    assert model.begun == ["first"]


def test_it_is_idle_while_no_question_is_here(model):
    desk = Desk(model)
    assert desk.wait_until_idle(0)
    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(desk.ask, Question("a box")) for _ in range(2)]
        until(lambda: desk.waiting == 2)
        assert not desk.wait_until_idle(0.01)
        waiting = pool.submit(desk.wait_until_idle, 5)
        model.finish.set()
        assert waiting.result(5) and [a.result(5).query for a in asked] == ["a box"] * 2
        assert outcome(lambda: desk.ask(Question(""))).args == ("the query is empty",) and desk.wait_until_idle(0)


def test_cancelling_stops_an_answer_within_100_ms(model):
    desk, cancel = Desk(model), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(outcome, lambda: desk.ask(Question("a box"), cancel.is_set))
        assert model.speaking.wait(5)
        began = time.perf_counter()
        cancel.set()
        assert isinstance(asked.result(5), AnswerCancelled)
    assert time.perf_counter() - began < 0.1
    model.finish.set()
    assert desk.ask(Question("another")).query == "another"


def test_a_deadline_holds_for_waiting_and_answering_together(model):
    desk = Desk(model)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(outcome, lambda: desk.ask(Question("first", deadline=0.2)))
        assert model.speaking.wait(5)
        began = time.perf_counter()
        late = outcome(lambda: desk.ask(Question("second", deadline=0.1)))
        assert 0.1 <= time.perf_counter() - began < 0.2
    assert isinstance(late, DeadlineExceeded) and str(late) == "not answered within 0.1 s (deadline of the query)"
    assert isinstance(first.result(), DeadlineExceeded)
    assert model.begun == ["first"]


def test_a_full_queue_refuses_at_once_and_says_why(model):
    outcomes: list[str] = []
    desk = Desk(model, max_waiting=1, counted=outcomes.append)
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(desk.ask, Question(str(n))) for n in range(2)]
        until(lambda: desk.waiting == 2)
        with pytest.raises(QueueFull, match="1 queries are waiting already: ask again later"):
            desk.ask(Question("third"))
        model.finish.set()
        assert sorted(a.result(5).query for a in asked) == ["0", "1"]
    assert desk.ask(Question("fourth")).query == "fourth"
    assert sorted(outcomes) == ["answered"] * 3 + ["refused"]


def test_a_reset_refuses_who_waits_and_who_is_answered(model):
    desk = Desk(model)
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(outcome, lambda: desk.ask(Question("a box"))) for _ in range(2)]
        until(lambda: desk.waiting == 2)
        assert model.speaking.wait(5)
        desk.reset()
        assert all(isinstance(a.result(5), MapReplaced) for a in asked)
    model.finish.set()
    assert desk.ask(Question("a box")).query == "a box"


def test_an_answer_about_a_map_that_is_gone_is_not_given(quick):
    """The reset comes after the model's last word."""
    desk = Desk(quick)
    answer = quick.ask

    def reset_at_the_end(query: str, *rest: object, **more: object) -> Answer:
        given = answer(query, *rest, **more)
        desk.reset()
        return given

    quick.ask = reset_at_the_end
    with pytest.raises(MapReplaced):
        desk.ask(Question("a box", session="ann"))
    quick.ask = answer
    assert desk.ask(Question("what is it?", session="ann")).text == ""


def test_a_conversation_goes_on_in_its_session(quick):
    desk = Desk(quick)
    desk.ask(Question("OBJ004", session="ann"))
    desk.ask(Question("OBJ005", session="bob"))
    assert desk.ask(Question("what is it?", session="ann")).text == "OBJ004"
    assert desk.ask(Question("what is it?")).text == ""


def test_a_closed_desk_cancels(model):
    desk = Desk(model)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(outcome, lambda: desk.ask(Question("a box")))
        assert model.speaking.wait(5)
        desk.close()
        assert isinstance(asked.result(5), AnswerCancelled)


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        (Question(""), "the query is empty"),
        (Question("crash"), "answering failed: RuntimeError: the model fell over"),
        (Question("a box", min_score=float("nan")), "min_score is nan, expected 0 to 1"),
        (Question("a box", deadline=-1.0), "deadline is -1.0, expected seconds"),
        (Question("a box", deadline=float("nan")), "deadline is nan, expected seconds"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_the_reason(quick, question, reason):
    outcomes: list[str] = []
    desk = Desk(quick, counted=outcomes.append)
    with pytest.raises(Refused, match=reason):
        desk.ask(question)
    assert outcomes == ["failed"] and desk.waiting == 0
