"""A lock whose holders of little hurry let those in a hurry go first."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_PAUSE = 0.0005  # seconds between looks at whether somebody waits


class YieldingLock:
    """Held with ``with lock:``, or by who is in a hurry with ``with lock.urgently():``."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting = 0  # in a hurry, counted under a lock of its own
        self._counting = threading.Lock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *error: object) -> None:
        self._lock.release()

    @contextmanager
    def urgently(self) -> Iterator[None]:
        """Hold the lock, noting as long as that is waited for that somebody waits."""
        self._count(1)
        try:
            self._lock.acquire()
        finally:
            self._count(-1)
        try:
            yield
        finally:
            self._lock.release()

    def let_pass(self) -> None:
        """Wait while somebody in a hurry does.

        Python's locks are not fair: whoever releases one mostly gets it again.
        """
        while self._waiting:
            time.sleep(_PAUSE)

    def _count(self, change: int) -> None:
        with self._counting:
            self._waiting += change
