"""Arrays from one process to another, and what comes of a connection that ends."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from omd3d_ros.asking.array_channel import ArrayChannel, ChannelClosed


@pytest.fixture
def ends() -> Iterator[tuple[ArrayChannel, ArrayChannel]]:
    pair = tuple(ArrayChannel(connection) for connection in socket.socketpair())
    yield pair
    for end in pair:
        end.close()


def test_words_and_arrays_arrive_as_they_were(ends):
    sent = {
        "points": np.arange(12, dtype=np.float32).reshape(4, 3),
        "every second": np.arange(10, dtype=np.int64)[::2],
        "mask": np.array([[True, False]]),
        "none": np.empty((0, 7), np.float32),
        "one": np.array(2.5),
    }
    ends[0].send({"stamp": 1.25, "names": ["Stühle", ""]}, sent)
    words, arrays = ends[1].receive()
    assert words == {"stamp": 1.25, "names": ["Stühle", ""]}
    assert list(arrays) == list(sent)
    for name, array in sent.items():
        assert arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(arrays[name], array)


def test_messages_keep_their_order_and_their_own_arrays(ends):
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(lambda: [ends[0].send({"k": k}, {"a": np.full(1000, k)}) for k in range(50)])
        received = [ends[1].receive() for _ in range(50)]
        sending.result(5)
    assert [words["k"] for words, _ in received] == list(range(50))
    assert all((arrays["a"] == words["k"]).all() for words, arrays in received)


def test_more_text_than_a_socket_holds(ends):
    text = "x" * 3_000_000
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(ends[0].send, {"text": text})
        assert ends[1].receive()[0]["text"] == text
        sending.result(5)


def test_what_the_receiver_writes_stays_with_it(ends):
    array = np.zeros(3)
    ends[0].send({}, {"a": array})
    _, arrays = ends[1].receive()
    arrays["a"][:] = 1.0
    ends[1].send({}, arrays)
    np.testing.assert_array_equal(ends[0].receive()[1]["a"], np.ones(3))
    np.testing.assert_array_equal(array, np.zeros(3))


def test_arrays_outlive_the_connection_and_no_file_stays_open(ends):
    before = len(os.listdir("/proc/self/fd"))
    ends[0].send({}, {"a": np.arange(100_000)})
    _, arrays = ends[1].receive()
    assert len(os.listdir("/proc/self/fd")) == before + 1  # Python's mmap keeps the file that it maps
    ends[0].close()
    assert arrays["a"].sum() == 100_000 * 99_999 // 2
    del arrays
    assert len(os.listdir("/proc/self/fd")) == before - 1  # that of the closed end


def test_an_end_that_is_closed_is_told_of_on_both_sides(ends):
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(ends[1].receive)
        ends[0].close()
        with pytest.raises(ChannelClosed):
            waiting.result(5)
    with pytest.raises(ChannelClosed):
        ends[1].send({}, {"a": np.zeros(3)})


def test_objects_are_not_sent(ends):
    with pytest.raises(TypeError, match="array a has elements of type object"):
        ends[0].send({}, {"a": np.array([object()])})
