"""First come, first served, and whoever waits may leave."""

from __future__ import annotations

import threading

import pytest

from omd3d_ros.asking.turns import Turns


class Left(Exception):
    pass


def leave() -> None:
    raise Left


def start(work) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_one_at_a_time_in_the_order_of_coming():
    turns, order = Turns(), []

    def take(number: int) -> None:
        with turns.turn():
            order.append(number)

    with turns.turn():
        threads = []
        for number in range(5):
            threads.append(start(lambda n=number: take(n)))
            while len(turns._line) < number + 2:
                threads[-1].join(0.001)
        assert order == []
    for thread in threads:
        thread.join(5)
    assert order == [0, 1, 2, 3, 4]


def test_who_leaves_while_waiting_holds_nobody_up():
    turns, ended = Turns(), threading.Event()

    def give_up() -> None:
        with pytest.raises(Left), turns.turn(leave):
            raise AssertionError("it never had a turn")
        ended.set()

    with turns.turn():
        start(give_up)
        assert ended.wait(5)
    with turns.turn():
        pass


def test_who_was_cancelled_before_its_turn_does_not_begin():
    begun = []
    with pytest.raises(Left), Turns().turn(leave):
        begun.append(1)
    assert not begun


def test_an_exception_inside_ends_the_turn():
    turns = Turns()
    with pytest.raises(RuntimeError), turns.turn():
        raise RuntimeError
    with turns.turn(lambda: None):
        pass
