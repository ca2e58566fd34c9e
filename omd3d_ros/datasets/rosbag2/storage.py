"""What the two storages of rosbag2 have in common: topics, and messages that are found again by their place."""

from __future__ import annotations

import struct
import sys
from array import array
from dataclasses import dataclass, field
from typing import Protocol

from omd3d_ros.sensing.messages import NANOSECONDS

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# A message begins with its encapsulation (4 bytes) and, for the types with a header, seconds and nanoseconds.
HEAD = 12
_LARGEST = (1 << 63) - 1
_LITTLE, _BIG = struct.Struct("<iI"), struct.Struct(">iI")
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"


@dataclass
class Topic:
    """One topic of one file: parallel arrays, a number for each message.

    log_time, stamp: nanoseconds, of receiving and as in the header (meaningless for types without one);
    place: what ``Storage.read`` needs, two numbers.
    """

    name: str
    type: str
    log_time: array = field(default_factory=lambda: array("q"))
    stamp: array = field(default_factory=lambda: array("q"))
    place: tuple[array, array] = field(default_factory=lambda: (array("q"), array("q")))

    def add(self, log_time: int, head: bytes, place: tuple[int, int]) -> None:
        """Take one message; ``head``: its first bytes, HEAD or more unless it is shorter."""
        self.log_time.append(min(log_time, _LARGEST))
        self.stamp.append(header_stamp(head))
        self.place[0].append(place[0])
        self.place[1].append(place[1])


class Storage(Protocol):
    """One file of a bag; ``topics`` is complete once it is open."""

    topics: list[Topic]

    def read(self, place: tuple[int, int]) -> bytes:
        """The serialised message at a place."""


def header_stamp(head: bytes) -> int:
    """Nanoseconds in the header of a serialised message, 0 when it is too short to have one."""
    if len(head) < HEAD:
        return 0
    seconds, nanoseconds = (_LITTLE if head[1] & 1 else _BIG).unpack_from(head, 4)
    return seconds * NANOSECONDS + nanoseconds


def message_type(name: str) -> str:
    """``sensor_msgs/msg/Image``, also for ``sensor_msgs/Image``."""
    package, _, rest = name.partition("/")
    return name if rest.startswith("msg/") or not rest else f"{package}/msg/{rest}"


def uncompressed(data: bytes) -> bytes:
    """A message, whether it was compressed on its own (compression_mode: message) or not; ValueError: it is damaged."""
    if data[:4] != ZSTD_MAGIC:
        return data
    try:
        return zstd.decompress(data)
    except zstd.ZstdError as error:
        raise ValueError(f"a compressed message is damaged ({error})") from error


def uncompressed_head(data: bytes) -> bytes:
    """The first bytes of a message, as ``uncompressed`` gives them; enough for ``Topic.add``.  b"": it is damaged."""
    if data[:4] != ZSTD_MAGIC:
        return data[:HEAD]
    try:
        return zstd.ZstdDecompressor().decompress(data, max_length=64)
    except zstd.ZstdError:
        return b""
