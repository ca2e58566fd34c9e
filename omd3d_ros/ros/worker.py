"""The thread that turns image pairs into map; callbacks only hand pairs over."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from omd3d_ros.mapping.plausibility import FrameRefused
from omd3d_ros.ros.framing import ImagePair, NotYet
from omd3d_ros.ros.health import Health
from omd3d_ros.sensing.messages import BadMessage
from omd3d_ros.sensing.transforms import TransformUnavailable
from omd3d_ros.types import Frame

RETRY_PERIOD = 0.02
GIVE_WAY = 0.12  # seconds that mapping rests while a question is answered


@dataclass(eq=False)
class Waiting:
    pair: ImagePair
    deadline: float


class MappingWorker(threading.Thread):
    """build: pair -> Frame, or NotYet / TransformUnavailable while something is missing; observe: Frame -> pixels used.

    A pair waits for what is missing up to ``timeout`` seconds; at most ``size`` pairs wait in all.
    refused: told cause and reason of every frame that ``observe`` did not take.
    wait_until_idle: returns once no question is being answered, or after so many seconds; whether none is.  Mapping
    gives way to a question that has come, for GIVE_WAY at most and while a quarter of ``size`` or fewer wait: both
    need the interpreter, and what waits is mapped a moment later in less time than it took to come.
    """

    def __init__(
        self,
        build: Callable[[ImagePair], Frame],
        observe: Callable[[Frame], int],
        health: Health,
        size: int,
        timeout: float,
        refused: Callable[[str, str], None],
        wait_until_idle: Callable[[float], bool] = lambda timeout: True,
    ) -> None:
        super().__init__(name="mapping", daemon=True)
        self.paused = False
        self._build = build
        self._observe = observe
        self._health = health
        self._size = size
        self._timeout = timeout
        self._refused = refused
        self._wait_until_idle = wait_until_idle
        self._patience = GIVE_WAY
        self._queue: deque[Waiting] = deque()
        self._changed = threading.Condition()
        self._mapping = threading.Lock()
        self._stopped = False

    def put(self, pair: ImagePair) -> None:
        """Never blocks; drops the oldest pair when too many wait."""
        if self.paused:
            self._health.dropped("paused", "mapping is paused (~/pause)")
            return
        with self._changed:
            if len(self._queue) >= self._size:
                self._queue.popleft()
                self._health.dropped("queue_full", f"{self._size} frames wait to be mapped; the oldest was dropped")
            self._queue.append(Waiting(pair, time.monotonic() + self._timeout))
            self._changed.notify()

    @property
    def backlog(self) -> int:
        return len(self._queue)

    @contextmanager
    def halted(self) -> Iterator[None]:
        """No frame is being mapped inside, and those that waited are forgotten."""
        with self._mapping:
            with self._changed:
                self._queue.clear()
            yield

    def stop(self, timeout: float = 5.0) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self.join(timeout)

    def run(self) -> None:
        while not self._stopped:
            if not self._map_what_is_ready():
                with self._changed:
                    if not self._stopped:
                        self._changed.wait(RETRY_PERIOD if self._queue else None)

    def _map_what_is_ready(self) -> bool:
        """Try every waiting pair once; whether any left the queue."""
        progress = False
        with self._changed:
            snapshot = list(self._queue)
        for waiting in snapshot:
            self._give_way()
            if self._stopped:
                break
            with self._mapping:
                if self._still_waits(waiting) and self._try(waiting):
                    self._remove(waiting)
                    progress = True
        return progress

    def _give_way(self) -> None:
        if self._wait_until_idle(0):
            self._patience = GIVE_WAY
        elif self._patience > 0 and len(self._queue) <= self._size // 4:
            started = time.monotonic()
            self._wait_until_idle(self._patience)
            self._patience -= time.monotonic() - started

    def _still_waits(self, waiting: Waiting) -> bool:
        with self._changed:
            return waiting in self._queue

    def _remove(self, waiting: Waiting) -> None:
        with self._changed:
            if waiting in self._queue:
                self._queue.remove(waiting)

    def _try(self, waiting: Waiting) -> bool:
        """Whether the pair is done with, mapped or dropped."""
        try:
            self._map(waiting.pair)
        except (NotYet, TransformUnavailable) as missing:
            if time.monotonic() < waiting.deadline:
                self._health.waiting(str(missing))
                return False
            self._health.dropped(missing.cause, str(missing))
        except BadMessage as bad:
            self._health.dropped(bad.cause, str(bad))
        except FrameRefused as refusal:
            self._refuse(refusal.cause, str(refusal))
        except Exception as error:
            self._refuse("mapping_failed", f"{type(error).__name__}: {error}")
        return True

    def _refuse(self, cause: str, text: str) -> None:
        self._health.dropped(cause, text)
        self._refused(cause, text)

    def _map(self, pair: ImagePair) -> None:
        frame = self._build(pair)
        if self._observe(frame) == 0:
            height, width = frame.depth.shape
            text = f"every pixel of a {width}x{height} depth image is zero, NaN or past max_depth"
            self._health.dropped("depth_all_invalid", text)
        else:
            self._health.mapped()
