"""Messages between two processes of ours: a few words as JSON, arrays in memory that both map."""

from __future__ import annotations

import json
import mmap
import os
import socket
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np

_LENGTH = struct.Struct("<I")
_ALIGNMENT = 64
Message = tuple[dict[str, Any], dict[str, np.ndarray]]


class ChannelClosed(ConnectionError):
    """The other process has closed its end, or is gone."""


class ArrayChannel:
    """One end of a connected Unix stream socket.  One thread at a time may send, and one may receive.

    The arrays of a message lie in one anonymous file, which is gone once neither process uses it: they are written
    once, by the sender, and not copied by the receiver.  Nothing is unpickled.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def send(self, words: Mapping[str, Any], arrays: Mapping[str, np.ndarray] | None = None) -> None:
        """words: what JSON can hold.  Raises ChannelClosed."""
        layout, total = _layout(arrays or {})
        text = json.dumps({"words": words, "arrays": layout}).encode()
        memory = os.memfd_create("omd3d", os.MFD_CLOEXEC)
        try:
            if total:
                os.ftruncate(memory, total)
                _write(memory, total, layout, arrays or {})
            with _closed_or_not():
                socket.send_fds(self._connection, [_LENGTH.pack(len(text))], [memory])
                self._connection.sendall(text)
        finally:
            os.close(memory)

    def receive(self) -> Message:
        """The next message; its arrays may be written to, and the sender does not see it.  Raises ChannelClosed."""
        with _closed_or_not():
            head, memories, _, _ = socket.recv_fds(self._connection, _LENGTH.size, 1)
        try:
            length = _LENGTH.unpack(head + self._exactly(_LENGTH.size - len(head)))[0]
            content = json.loads(self._exactly(length))
            return content["words"], _read(memories[0], content["arrays"])
        finally:
            for memory in memories:
                os.close(memory)

    def close(self) -> None:
        """Wakes whoever waits in ``receive``, here and in the other process."""
        with suppress(OSError):  # the other end has gone already
            self._connection.shutdown(socket.SHUT_RDWR)
        self._connection.close()

    def _exactly(self, count: int) -> bytes:
        parts = bytearray()
        while len(parts) < count:
            with _closed_or_not():
                part = self._connection.recv(count - len(parts))
            if not part:
                raise ChannelClosed("the other process has closed the connection")
            parts += part
        return bytes(parts)


@contextmanager
def _closed_or_not() -> Iterator[None]:
    """The connection was closed by the other process, or by another thread of ours."""
    try:
        yield
    except OSError as error:
        raise ChannelClosed(f"the connection is closed ({error})") from error


def _layout(arrays: Mapping[str, np.ndarray]) -> tuple[dict[str, list[Any]], int]:
    """Where each array lies, as [type, shape, offset], and how many bytes all take."""
    layout: dict[str, list[Any]] = {}
    end = 0
    for name, array in arrays.items():
        if array.dtype.hasobject:
            raise TypeError(f"array {name} has elements of type {array.dtype}, which cannot be sent")
        start = -(-end // _ALIGNMENT) * _ALIGNMENT
        layout[name] = [array.dtype.str, array.shape, start]
        end = start + array.nbytes
    return layout, end


def _write(memory: int, total: int, layout: Mapping[str, list[Any]], arrays: Mapping[str, np.ndarray]) -> None:
    mapped = mmap.mmap(memory, total)
    for name, array in arrays.items():
        np.copyto(np.ndarray(array.shape, array.dtype, mapped, layout[name][2]), array)


def _read(memory: int, layout: Mapping[str, list[Any]]) -> dict[str, np.ndarray]:
    size = os.fstat(memory).st_size
    mapped = mmap.mmap(memory, size, access=mmap.ACCESS_COPY) if size else None
    return {
        name: np.ndarray(shape, dtype, mapped, offset) if 0 not in shape else np.empty(shape, dtype)
        for name, (dtype, shape, offset) in layout.items()
    }
