"""Who is in a hurry goes first, and the lock is free again after an error."""

import threading
import time

import pytest

from omd3d_ros.mapping.yielding_lock import YieldingLock


def test_who_is_in_a_hurry_goes_first():
    lock, order = YieldingLock(), []

    def urgent() -> None:
        with lock.urgently():
            order.append("urgent")

    hurried = threading.Thread(target=urgent)
    with lock:
        hurried.start()
        until = time.monotonic() + 10
        while lock._waiting == 0:
            assert time.monotonic() < until
            time.sleep(0.001)
    lock.let_pass()
    with lock:
        order.append("other")
    hurried.join()
    assert order == ["urgent", "other"]


def test_nobody_waits_for_nobody():
    lock = YieldingLock()
    started = time.monotonic()
    lock.let_pass()
    assert time.monotonic() - started < 1


def test_the_lock_is_free_after_an_error():
    lock = YieldingLock()
    for hold in (lock.urgently, lambda: lock):
        with pytest.raises(RuntimeError), hold():
            raise RuntimeError
    with lock:
        pass
