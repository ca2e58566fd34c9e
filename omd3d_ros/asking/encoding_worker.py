"""Encoding a growing map in the background, so that a question finds a scene ready."""

from __future__ import annotations

import logging
import threading
import time

from ..perception.scene import SceneError
from .scene_keeper import SceneKeeper

REST = 0.5  # seconds between two looks at the map, at least

_log = logging.getLogger(__name__)


class EncodingWorker(threading.Thread):
    """Keeps ``keeper`` up to date.  It rests as long as it worked, so that mapping has most of a core to itself."""

    def __init__(self, keeper: SceneKeeper, rest: float = REST) -> None:
        super().__init__(name="encoding", daemon=True)
        self._keeper = keeper
        self._rest = rest
        self._news = threading.Event()
        self._hurry = threading.Event()  # cuts a rest short
        self._stopped = False
        keeper.on_demand = self._look_at_once

    def notify(self) -> None:
        """The map has changed.  Never blocks."""
        self._news.set()

    def stop(self, timeout: float = 10.0) -> None:
        """Finish the scene that is being encoded, and end."""
        self._stopped = True
        self._keeper.close()
        self._look_at_once()
        self.join(timeout)

    def _look_at_once(self) -> None:
        self._hurry.set()
        self._news.set()

    def run(self) -> None:
        told = ""
        while True:
            self._news.wait()
            self._news.clear()
            self._hurry.clear()
            if self._stopped:
                return
            began = time.monotonic()
            try:
                self._keeper.encode(self._keeper.demanded)
                told = ""
            except SceneError:
                pass  # too little mapped yet: whoever waits for a scene is told
            except Exception as error:
                text = f"{type(error).__name__}: {error}"
                if text != told:
                    _log.warning("the map's objects could not be found: %s", text)
                told = text
            self._hurry.wait(max(self._rest, time.monotonic() - began))
