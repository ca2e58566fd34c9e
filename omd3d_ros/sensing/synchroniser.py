"""Pair colour and depth messages by stamp, whatever order they come in.

A pair is given out as soon as it is certain that neither message can find a nearer partner: at once when
the stamps are equal, otherwise when each stream has moved past the other's stamp, or after ``patience``.
"""

from __future__ import annotations

import time
from bisect import insort
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from omd3d_ros.sensing.messages import NANOSECONDS

# So many messages in a row from long ago mean that the clock was set back (a bag that starts again).
LATE_IN_A_ROW_MEANS_CLOCK_JUMP = 5


@dataclass(order=True)
class Stamped:
    stamp: int
    message: Any = field(compare=False)
    arrival: float = field(compare=False)


@dataclass
class SyncCounts:
    """What happened to the messages so far; ``best_gap`` in seconds since the last pair, None before two met."""

    color: int = 0
    depth: int = 0
    pairs: int = 0
    duplicate: int = 0
    late: int = 0
    unmatched: int = 0
    clock_jumps: int = 0
    best_gap: float | None = None


class Stream:
    """The unpaired messages of one topic, oldest first."""

    def __init__(self, size: int) -> None:
        self.waiting: list[Stamped] = []
        self.newest: int | None = None
        self.recent: deque[int] = deque(maxlen=2 * size)
        self.late_in_a_row = 0

    def nearest(self, stamp: int) -> Stamped | None:
        return min(self.waiting, key=lambda item: abs(item.stamp - stamp), default=None)

    def clear(self) -> None:
        self.waiting.clear()
        self.recent.clear()
        self.newest = None
        self.late_in_a_row = 0


class Synchroniser:
    """Not thread-safe: give it to one callback group.

    tolerance: largest gap of a pair, seconds.  size: messages kept per stream.  max_delay: a message older
    than the newest of its stream by more than this many seconds is late.  patience: seconds of waiting for
    a nearer partner than one that is already within tolerance.
    """

    def __init__(
        self,
        tolerance: float,
        size: int,
        max_delay: float = 2.0,
        patience: float = 0.1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.tolerance = round(tolerance * NANOSECONDS)
        self.max_delay = round(max_delay * NANOSECONDS)
        self.size = size
        self.patience = patience
        self.clock = clock
        self.counts = SyncCounts()
        self._color = Stream(size)
        self._depth = Stream(size)

    def add_color(self, stamp: int, message: Any) -> list[tuple[Any, Any]]:
        """Take a colour message with its stamp in nanoseconds; return the (colour, depth) pairs it completes."""
        self.counts.color += 1
        return self._add(self._color, stamp, message)

    def add_depth(self, stamp: int, message: Any) -> list[tuple[Any, Any]]:
        """Take a depth message with its stamp in nanoseconds; return the (colour, depth) pairs it completes."""
        self.counts.depth += 1
        return self._add(self._depth, stamp, message)

    def poll(self) -> list[tuple[Any, Any]]:
        """Pairs whose patience has run out; call now and then."""
        return self._take_pairs()

    def clear(self) -> None:
        """Forget the waiting messages; the counts stay."""
        self._color.clear()
        self._depth.clear()
        self.counts.best_gap = None

    def _add(self, stream: Stream, stamp: int, message: Any) -> list[tuple[Any, Any]]:
        if stream.newest is not None and stamp < stream.newest - self.max_delay:
            stream.late_in_a_row += 1
            if stream.late_in_a_row < LATE_IN_A_ROW_MEANS_CLOCK_JUMP:
                self.counts.late += 1
                return []
            self.counts.clock_jumps += 1
            self.clear()
        stream.late_in_a_row = 0
        if stamp in stream.recent:
            self.counts.duplicate += 1
            return []
        stream.recent.append(stamp)
        stream.newest = stamp if stream.newest is None else max(stream.newest, stamp)
        insort(stream.waiting, Stamped(stamp, message, self.clock()))
        pairs = self._take_pairs()
        while len(stream.waiting) > self.size:
            stream.waiting.pop(0)
            self.counts.unmatched += 1
        return pairs

    def _take_pairs(self) -> list[tuple[Any, Any]]:
        pairs = []
        for depth in list(self._depth.waiting):
            color = self._color.nearest(depth.stamp)
            if color is None:
                break
            gap = abs(color.stamp - depth.stamp)
            if self.counts.best_gap is None or gap < self.counts.best_gap * NANOSECONDS:
                self.counts.best_gap = gap / NANOSECONDS
            if gap > self.tolerance or self._depth.nearest(color.stamp) is not depth:
                continue
            if gap == 0 or self._settled(color, depth):
                self._color.waiting.remove(color)
                self._depth.waiting.remove(depth)
                pairs.append((color.message, depth.message))
        if pairs:
            self.counts.pairs += len(pairs)
            self.counts.best_gap = None
        return pairs

    def _settled(self, color: Stamped, depth: Stamped) -> bool:
        """Whether no nearer partner can still come for either message."""
        if self.clock() - max(color.arrival, depth.arrival) > self.patience:
            return True
        newest_color, newest_depth = self._color.newest, self._depth.newest
        return (
            newest_color is not None
            and newest_depth is not None
            and newest_color >= depth.stamp
            and newest_depth >= color.stamp
        )
