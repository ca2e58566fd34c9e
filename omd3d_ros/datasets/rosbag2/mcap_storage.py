"""The MCAP storage: records one after another, messages in chunks that may be compressed.

The file is walked once from its start, so one without a summary (a recorder that was killed) is read like any other.
Messages in chunks that are not compressed are passed over without being read.

https://mcap.dev/spec
"""

from __future__ import annotations

import logging
import os
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
_KEPT_BYTES = 64 << 20
_CHUNK_HEADER = 256  # bytes, with room for any name of a compression
_MAX_CHUNK = 1 << 32
_IN_FILE = -1  # in place of a chunk: the message lies in the file as it is


class FileBytes:
    """A file that is sliced like bytes; unlike a mapping of it, what was read does not stay in memory."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)
        self._size = os.fstat(self._file.fileno()).st_size

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, part: slice) -> bytes:
        start, stop, _ = part.indices(self._size)
        return os.pread(self._file.fileno(), max(stop - start, 0), start)


Buffer = FileBytes | memoryview


class McapStorage:
    """An .mcap file; damaged chunks and what comes after a cut are left out with a warning.

    types: those whose messages are looked for; small: those of them that are so small, and will all be read, that they
    are kept until they are, rather than decompressing their chunks again.  Raises SourceError for a file that is no
    MCAP.
    """

    def __init__(self, path: Path, types: frozenset[str], small: frozenset[str] = frozenset()) -> None:
        self._path = path
        self._small = small
        self._kept: dict[tuple[int, int], bytes] = {}
        self._kept_bytes = 0
        self._file = FileBytes(path)
        if self._file[: len(MAGIC)] != MAGIC:
            raise SourceError(f"{path}: not an MCAP file")
        self._chunks: OrderedDict[int, memoryview] = OrderedDict()
        self._types: dict[int, str] = {}
        self._channels: dict[int, tuple[str, int, str]] = {}
        self._messages: dict[int, Topic] = {}
        self._damaged = 0
        self._index()
        self.topics = self._named_topics(types)

    def read(self, place: tuple[int, int]) -> bytes:
        """The serialised message; raises ValueError for a chunk that cannot be decompressed any more."""
        if place in self._kept:
            return uncompressed(self._kept.pop(place))
        chunk, at = place
        buffer: Buffer = self._file if chunk == _IN_FILE else self._chunk(chunk)
        _, size = _RECORD.unpack(buffer[at : at + _RECORD.size])
        start = at + _RECORD.size
        return uncompressed(bytes(buffer[start + _MESSAGE_START.size : start + size]))

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
            _log.warning("%s: %d damaged chunks or records are left out", self._path, self._damaged)

    def _enter_chunk(self, at: int, size: int) -> None:
        try:
            _, _, compression, start, end = _chunk_header(self._file, at, size)
            records = self._chunk(at) if compression else self._file
        except (ValueError, struct.error):
            self._damaged += 1
            return
        if compression:
            start, end = 0, len(records)
        for op, inner, length in _records(records, start, end):
            self._take(op, records, inner, length, at if compression else _IN_FILE)

    def _enter_cut_chunk(self, at: int) -> None:
        """What there is of a chunk that goes past the end of the file."""
        if at + _RECORD.size > len(self._file) or self._file[at : at + 1] != bytes([_CHUNK]):
            return
        self._enter_chunk(at + _RECORD.size, len(self._file) - at - _RECORD.size)

    def _take(self, op: int, buffer: Buffer, at: int, size: int, chunk: int) -> None:
        try:
            self._take_record(op, buffer, at, size, chunk)
        except (ValueError, struct.error):
            self._damaged += 1

    def _take_record(self, op: int, buffer: Buffer, at: int, size: int, chunk: int) -> None:
        if op == _MESSAGE and size >= _MESSAGE_START.size:
            start = bytes(buffer[at : at + min(_MESSAGE_START.size + HEAD, size)])
            channel, _, log_time, _ = _MESSAGE_START.unpack_from(start)
            if channel not in self._messages:
                self._messages[channel] = Topic("", "")
            head = start[_MESSAGE_START.size :]
            if head[:4] == ZSTD_MAGIC:
                head = uncompressed_head(bytes(buffer[at + _MESSAGE_START.size : at + size]))
            place = chunk, at - _RECORD.size
            self._messages[channel].add(log_time, head, place)
            if chunk != _IN_FILE and self._type(channel) in self._small and self._kept_bytes < _KEPT_BYTES:
                self._kept[place] = bytes(buffer[at + _MESSAGE_START.size : at + size])
                self._kept_bytes += size
        elif op == _SCHEMA:
            record = memoryview(bytes(buffer[at : at + size]))
            (id,) = struct.unpack_from("<H", record)
            self._types[id], _ = _string(record, 2)
        elif op == _CHANNEL:
            record = memoryview(bytes(buffer[at : at + size]))
            id, schema = struct.unpack_from("<HH", record)
            name, after = _string(record, 4)
            encoding, _ = _string(record, after)
            self._channels[id] = name, schema, encoding

    def _type(self, channel: int) -> str:
        """ "" while it is not known."""
        _, schema, _ = self._channels.get(channel, ("", 0, ""))
        return message_type(self._types.get(schema, ""))

    def _named_topics(self, types: frozenset[str]) -> list[Topic]:
        """Channels by name: the summary at the end of the file may name what a damaged chunk did not."""
        topics = []
        for id, (name, _, encoding) in self._channels.items():
            type = self._type(id)
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
        (size,) = struct.unpack("<Q", self._file[at - 8 : at])
        whole = at + size <= len(self._file)
        length, crc, compression, start, end = _chunk_header(self._file, at, min(size, len(self._file) - at))
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
        op, size = _RECORD.unpack(buffer[start : start + _RECORD.size])
        at = start + _RECORD.size
        if op == 0 or at + size > end:
            return
        yield op, at, size
        start = at + size


def _chunk_header(buffer: Buffer, at: int, size: int) -> tuple[int, int, str, int, int]:
    """Uncompressed size, crc, compression, and where its records start and end within the file."""
    header = memoryview(bytes(buffer[at : at + min(size, _CHUNK_HEADER)]))
    _, _, length, crc = _CHUNK_START.unpack_from(header)
    compression, after = _string(header, _CHUNK_START.size)
    (packed,) = struct.unpack_from("<Q", header, after)
    if length > _MAX_CHUNK:
        raise ValueError(f"a chunk of {length} bytes")
    start = at + after + 8
    return length, crc, compression, start, min(start + packed, at + size)


def _string(buffer: memoryview, at: int) -> tuple[str, int]:
    """The text and the place after it; raises ValueError when it goes past the end."""
    (length,) = struct.unpack_from("<I", buffer, at)
    if at + 4 + length > len(buffer):
        raise ValueError("a string goes past the end of its record")
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
