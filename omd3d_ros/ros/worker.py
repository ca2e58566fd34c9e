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


@dataclass(eq=False)
class Waiting:
    pair: ImagePair
    deadline: float


class MappingWorker(threading.Thread):
    """build: pair -> Frame, or NotYet / TransformUnavailable while something is missing; observe: Frame -> pixels used.

    A pair waits for what is missing up to ``timeout`` seconds; at most ``size`` pairs wait in all.
    refused: told cause and reason of every frame that ``observe`` did not take.
    """

    def __init__(
        self,
        build: Callable[[ImagePair], Frame],
        observe: Callable[[Frame], int],
        health: Health,
        size: int,
        timeout: float,
        refused: Callable[[str, str], None],
    ) -> None:
        super().__init__(name="mapping", daemon=True)
        self.paused = False
        self._build = build
        self._observe = observe
        self._health = health
        self._size = size
        self._timeout = timeout
        self._refused = refused
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
            if self._stopped:
                break
            with self._mapping:
                if self._still_waits(waiting) and self._try(waiting):
                    self._remove(waiting)
                    progress = True
        return progress

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
