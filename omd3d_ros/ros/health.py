"""Counts of what came in, what became of it, and what went wrong last; the node's memory for diagnostics."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable


class Health:
    """Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._received: Counter[str] = Counter()
        self._dropped: Counter[str] = Counter()
        self._mapped = 0
        self._queries: Counter[str] = Counter()
        self._when: dict[str, float] = {}
        self._last_drop: tuple[float, str, str] | None = None
        self._waiting: tuple[float, str] | None = None
        self._qos: dict[str, str] = {}

    def received(self, topic: str) -> None:
        with self._lock:
            self._received[topic] += 1
            self._when[topic] = self._clock()

    def dropped(self, cause: str, text: str) -> None:
        """A frame was given up for good."""
        with self._lock:
            self._dropped[cause] += 1
            self._last_drop = self._clock(), cause, text

    def waiting(self, text: str) -> None:
        """A frame cannot be mapped yet."""
        with self._lock:
            self._waiting = self._clock(), text

    def mapped(self) -> None:
        with self._lock:
            self._mapped += 1
            self._when["mapped"] = self._clock()

    def answered(self, outcome: str) -> None:
        with self._lock:
            self._queries[outcome] += 1

    def incompatible_qos(self, topic: str, policy: str) -> None:
        with self._lock:
            self._qos[topic] = policy

    def age(self, topic: str) -> float | None:
        """Seconds since the last message on a topic, or since the last mapped frame; None: never."""
        with self._lock:
            when = self._when.get(topic)
            return None if when is None else self._clock() - when

    def qos_mismatch(self, topic: str) -> str | None:
        """The policy that a publisher on this topic does not offer, if there is one."""
        with self._lock:
            return self._qos.get(topic)

    def drop_within(self, seconds: float) -> tuple[str, str] | None:
        """Cause and text of the last drop, if it is recent."""
        with self._lock:
            if self._last_drop is None or self._clock() - self._last_drop[0] > seconds:
                return None
            return self._last_drop[1:]

    def waiting_within(self, seconds: float) -> str | None:
        with self._lock:
            if self._waiting is None or self._clock() - self._waiting[0] > seconds:
                return None
            return self._waiting[1]

    def counts(self) -> dict[str, int]:
        """Every count under a name of its own."""
        with self._lock:
            return {
                **{f"received {topic}": n for topic, n in sorted(self._received.items())},
                "mapped": self._mapped,
                **{f"dropped {cause}": n for cause, n in sorted(self._dropped.items())},
                **{f"queries {outcome}": n for outcome, n in sorted(self._queries.items())},
            }
