"""The MCAP storage: records one after another, messages in chunks that may be compressed.

The file is walked once from its start, so one without a summary (a recorder that was killed) is read like any other.
Messages in chunks that are not compressed are passed over without being read.

https://mcap.dev/spec
"""

from __future__ import annotations

import logging
import mmap
import struct
import zlib
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

import lz4.frame

from omd3d_ros.datasets.rosbag2.storage import (
    HEAD,
    ZSTD_MAGIC,
    Topic,
    message_type,
    uncompressed,
    uncompressed_head,
    zstd,
)
from omd3d_ros.datasets.sources import SourceError

_log = logging.getLogger(__name__)

MAGIC = b"\x89MCAP0\r\n"
_SCHEMA, _CHANNEL, _MESSAGE, _CHUNK, _DATA_END = 0x03, 0x04, 0x05, 0x06, 0x0F
_RECORD = struct.Struct("<BQ")
_MESSAGE_START = struct.Struct("<HIQQ")
_CHUNK_START = struct.Struct("<QQQI")
_KEPT_CHUNKS = 4
_MAX_CHUNK = 1 << 32
_IN_FILE = -1  # in place of a chunk: the message lies in the file as it is
Buffer = mmap.mmap | memoryview


class McapStorage:
    """An .mcap file; damaged chunks and what comes after a cut are left out with a warning.

    types: those whose messages are looked for.  Raises SourceError for a file that is no MCAP.
    """

    def __init__(self, path: Path, types: frozenset[str]) -> None:
        self._path = path
        with path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise SourceError(f"{path}: not an MCAP file")
            self._file = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._chunks: OrderedDict[int, memoryview] = OrderedDict()
        self._types: dict[int, str] = {}
        self._channels: dict[int, tuple[str, int, str]] = {}
        self._messages: dict[int, Topic] = {}
        self._damaged = 0
        self._index()
        self.topics = self._named_topics(types)

    def read(self, place: tuple[int, int]) -> bytes:
        """The serialised message; raises ValueError for a chunk that cannot be decompressed any more."""
        chunk, at = place
        buffer: Buffer = self._file if chunk == _IN_FILE else self._chunk(chunk)
        _, size = _RECORD.unpack_from(buffer, at)
        start = at + _RECORD.size
        return uncompressed(bytes(buffer[start + _MESSAGE_START.size : start + size]))

    def close(self) -> None:
        self._chunks.clear()
        self._file.close()

    def _index(self) -> None:
        ended = False
        end = len(MAGIC)
        for op, at, size in _records(self._file, end, len(self._file)):
            end = at + size
            if op == _CHUNK:
                self._enter_chunk(at, size)
            elif op == _DATA_END:
                ended = True
            else:
                self._take(op, self._file, at, size, _IN_FILE)
        if not ended:
            self._enter_cut_chunk(end)
            count = sum(len(topic.log_time) for topic in self._messages.values())
            _log.warning("%s is cut or damaged: %d messages before that are used", self._path, count)
        if self._damaged:
            _log.warning("%s: %d damaged chunks are left out", self._path, self._damaged)

    def _enter_chunk(self, at: int, size: int) -> None:
        try:
            _, _, _, compression, start, end = _chunk_header(self._file, at, size)
            if not compression:
                for op, inner, length in _records(self._file, start, end):
                    self._take(op, self._file, inner, length, _IN_FILE)
                return
            records = self._chunk(at)
        except (ValueError, struct.error):
            self._damaged += 1
            return
        for op, inner, length in _records(records, 0, len(records)):
            self._take(op, records, inner, length, at)

    def _enter_cut_chunk(self, at: int) -> None:
        """What there is of a chunk that goes past the end of the file."""
        if at + _RECORD.size > len(self._file) or self._file[at] != _CHUNK:
            return
        self._enter_chunk(at + _RECORD.size, len(self._file) - at - _RECORD.size)

    def _take(self, op: int, buffer: Buffer, at: int, size: int, chunk: int) -> None:
        if op == _MESSAGE and size >= _MESSAGE_START.size:
            channel, _, log_time, _ = _MESSAGE_START.unpack_from(buffer, at)
            if channel not in self._messages:
                self._messages[channel] = Topic("", "")
            start = at + _MESSAGE_START.size
            head = bytes(buffer[start : min(start + HEAD, at + size)])
            if head[:4] == ZSTD_MAGIC:
                head = uncompressed_head(bytes(buffer[start : at + size]))
            self._messages[channel].add(log_time, head, (chunk, at - _RECORD.size))
        elif op == _SCHEMA:
            (id,) = struct.unpack_from("<H", buffer, at)
            self._types[id], _ = _string(buffer, at + 2)
        elif op == _CHANNEL:
            id, schema = struct.unpack_from("<HH", buffer, at)
            name, after = _string(buffer, at + 4)
            encoding, _ = _string(buffer, after)
            self._channels[id] = name, schema, encoding

    def _named_topics(self, types: frozenset[str]) -> list[Topic]:
        """Channels by name: the summary at the end of the file may name what a damaged chunk did not."""
        topics = []
        for id, (name, schema, encoding) in self._channels.items():
            type = message_type(self._types.get(schema, ""))
            if encoding != "cdr" or not type:
                continue
            topic = self._messages.get(id) if type in types else None
            topic = topic or Topic("", "")
            topic.name, topic.type = name, type
            topics.append(topic)
        if self._channels and not topics:
            encodings = ", ".join(sorted({encoding for _, _, encoding in self._channels.values()}))
            raise SourceError(f"{self._path}: messages are in {encodings}, only cdr (ROS 2) is known")
        return topics

    def _chunk(self, at: int) -> memoryview:
        """The records of a compressed chunk; the last few are kept.  Raises ValueError when it is damaged."""
        if at in self._chunks:
            self._chunks.move_to_end(at)
            return self._chunks[at]
        (size,) = struct.unpack_from("<Q", self._file, at - 8)
        whole = at + size <= len(self._file)
        length, crc, _, compression, start, end = _chunk_header(self._file, at, min(size, len(self._file) - at))
        records = _decompress(self._file[start:end], compression, length)
        if whole and (len(records) != length or (crc and zlib.crc32(records) != crc)):
            raise ValueError(f"a chunk of {self._path.name} is damaged")
        self._chunks[at] = memoryview(records)
        if len(self._chunks) > _KEPT_CHUNKS:
            self._chunks.popitem(last=False)
        return self._chunks[at]


def _records(buffer: Buffer, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """(op, place of the content, its size) of every record that is complete."""
    while start + _RECORD.size <= end:
        op, size = _RECORD.unpack_from(buffer, start)
        at = start + _RECORD.size
        if op == 0 or at + size > end:
            return
        yield op, at, size
        start = at + size


def _chunk_header(buffer: Buffer, at: int, size: int) -> tuple[int, int, int, str, int, int]:
    """Uncompressed size, crc, start time, compression, and where its records start and end within the file."""
    first, _, length, crc = _CHUNK_START.unpack_from(buffer, at)
    compression, after = _string(buffer, at + _CHUNK_START.size)
    (packed,) = struct.unpack_from("<Q", buffer, after)
    if length > _MAX_CHUNK:
        raise ValueError(f"a chunk of {length} bytes")
    start = after + 8
    return length, crc, first, compression, start, min(start + packed, at + size)


def _string(buffer: Buffer, at: int) -> tuple[str, int]:
    """The text and the place after it; raises ValueError when it goes past the end."""
    (length,) = struct.unpack_from("<I", buffer, at)
    if at + 4 + length > len(buffer):
        raise ValueError("a string goes past the end of the file")
    return bytes(buffer[at + 4 : at + 4 + length]).decode("utf-8", "replace"), at + 4 + length


def _decompress(data: bytes, compression: str, length: int) -> bytes:
    """At most ``length`` bytes; fewer when the data are cut.  Raises ValueError when they are damaged."""
    try:
        if compression == "zstd":
            return zstd.ZstdDecompressor().decompress(data, max_length=length)
        if compression == "lz4":
            return lz4.frame.LZ4FrameDecompressor().decompress(data, max_length=length)
    except (zstd.ZstdError, RuntimeError) as error:
        raise ValueError(f"damaged {compression} data ({error})") from error
    raise ValueError(f"compression {compression!r} is not known, only zstd and lz4")
