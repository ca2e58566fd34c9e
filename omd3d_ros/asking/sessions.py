"""What a conversation is about: the objects of its previous answer, which "it" and "them" stand for."""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np

from ..boxes import box_iou_matrix
from ..types import Answer, Instance, Scene

MAX_SESSIONS = 64
SAME_OBJECT = 0.25  # box IoU above which an object of a later scene is taken for the one that was meant


@dataclass(frozen=True)
class Mentioned:
    """The objects of an answer; boxes (n, 6) metres, centre + size in the world frame.

    Identifiers number the objects of one scene, and the next may number them anew, so the boxes are kept too.
    The scene is not kept alive.
    """

    ids: tuple[str, ...]
    boxes: np.ndarray
    scene: weakref.ref[Scene] | None

    @classmethod
    def of(cls, answer: Answer) -> Mentioned:
        """What an answer was about."""
        scene = None if answer.scene is None else weakref.ref(answer.scene)
        return cls(tuple(i.id for i in answer.instances), _boxes(answer.instances), scene)

    def ids_in(self, scene: Scene) -> tuple[str, ...]:
        """The identifiers that these objects have in a scene, each at most once; those that it does not have are left
        out."""
        if self.scene is not None and self.scene() is scene:
            return self.ids
        if not self.ids or not scene.instances:
            return ()
        overlap = box_iou_matrix(self.boxes, _boxes(scene.instances))
        best = overlap.argmax(1)
        found = [scene.instances[k].id for row, k in zip(overlap, best, strict=True) if row[k] > SAME_OBJECT]
        return tuple(dict.fromkeys(found))


class Sessions:
    """The last answer of each session, of at most ``most`` sessions: the one not used for longest is forgotten.

    Thread-safe.  The session "" is none: nothing is remembered for it.
    """

    def __init__(self, most: int = MAX_SESSIONS) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._mentioned: OrderedDict[str, Mentioned] = OrderedDict()

    def __len__(self) -> int:
        return len(self._mentioned)

    def last(self, session: str) -> Mentioned | None:
        """What the session's previous answer was about; None when there is none."""
        with self._lock:
            if session in self._mentioned:
                self._mentioned.move_to_end(session)
            return self._mentioned.get(session)

    def remember(self, session: str, answer: Answer) -> None:
        """An answer was given in a session."""
        if not session:
            return
        with self._lock:
            self._mentioned[session] = Mentioned.of(answer)
            self._mentioned.move_to_end(session)
            while len(self._mentioned) > self._most:
                self._mentioned.popitem(last=False)

    def clear(self) -> None:
        """Forget every session."""
        with self._lock:
            self._mentioned.clear()


def _boxes(instances: list[Instance]) -> np.ndarray:
    return np.array([[*i.center, *i.size] for i in instances], np.float32).reshape(-1, 6)
