"""A lock for work that takes seconds: first come, first served, and whoever waits may leave."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# Called again and again while something goes on; raises to stop it.
Check = Callable[[], None]

POLL_PERIOD = 0.02  # seconds between two checks of one that waits


class Turns:
    """Thread-safe, not reentrant."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._line: deque[object] = deque()

    @contextmanager
    def turn(self, check: Check | None = None) -> Iterator[None]:
        """Inside, nobody else has a turn.  What ``check`` raises while waiting, or just before the start, comes out."""
        mine = object()
        with self._changed:
            self._line.append(mine)
        try:
            while not self._is_first(mine):
                if check is not None:
                    check()
            if check is not None:
                check()
            yield
        finally:
            with self._changed:
                self._line.remove(mine)
                self._changed.notify_all()

    def _is_first(self, mine: object) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._line[0] is mine, POLL_PERIOD)
