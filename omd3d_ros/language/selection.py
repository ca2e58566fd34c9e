"""Which objects of a large scene a language model is shown: those that a question may be about, and what is near."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, zip_longest
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from scipy.spatial import cKDTree

from ..types import Scene
from .identifiers import identifiers, object_token
from .packaged_programs import ProgramReader, packaged_programs
from .question_sets import QuestionSetReader


class _Shares(NamedTuple):
    """Of the objects, those that are chosen by then: surely asked for, asked for, the same were labels wrong, what else
    the question names and is near those, what it names elsewhere.  The rest are neighbours."""

    surely: float
    asked: float
    mistaken: float
    beside: float
    elsewhere: float


_SHARES = _Shares(0.6, 0.5, 0.7, 0.85, 0.93)
_SHARES_ALONE = _Shares(0.9, 0.9, 0.95, 0.95, 0.95)  # where that is not asked for by its relation to something
_SURELY = 0.5  # share of the best membership from which an object is surely asked for
_REACH = 2.0  # metres between centres at which nearness counts a third
_NEIGHBOURS = 4


class ObjectSelector:
    """Chooses among the K objects of a scene; labels and places are prepared once.

    A question is read as a query program, and what this comes to on what is known of the objects says which are most
    likely meant.

    labels: a name of each object; boxes (K, 6): centre and size in metres, z up; rgb (K, 3) 0..255: the colour of each,
    NaN where it is not known; None where no colours are.
    """

    def __init__(
        self, labels: Sequence[str], boxes: np.ndarray, reader: ProgramReader, rgb: np.ndarray | None = None
    ) -> None:
        self.boxes = np.asarray(boxes, float).reshape(-1, 6)
        self._sets = QuestionSetReader(labels, self.boxes, reader, rgb)
        self._tree = cKDTree(self.boxes[:, :3])

    def __len__(self) -> int:
        return len(self.boxes)

    def choose(self, query: str, limit: int, named: Sequence[int] = ()) -> np.ndarray:
        """At most ``limit`` indices in rising order; those ``named`` are among them."""
        if len(self) <= limit:
            return np.arange(len(self))
        sets = self._sets.of(query)
        share = _SHARES if sets.related else _SHARES_ALONE
        chosen = _Chosen(limit)
        chosen.add(named, 1.0)
        chosen.add(_in_turn(_best(np.where(s >= _SURELY * s.max(), s, 0.0), limit) for s in sets.asked), share.surely)
        chosen.add(_in_turn(_best(s, limit) for s in sets.asked), share.asked)
        chosen.add(_in_turn(_best(s, limit) for s in sets.mistaken), share.mistaken)
        near = self._nearness(chosen.objects)
        chosen.add(_in_turn(_best(s * near, limit) for s in sets.named), share.beside)
        chosen.add(_in_turn(_best(s, limit) for s in sets.named), share.elsewhere)
        chosen.add(self._neighbours(chosen.objects), 1.0)
        chosen.add(_best(near, limit), 1.0)
        return np.sort(np.array(chosen.objects, int))

    def _nearness(self, things: Sequence[int]) -> np.ndarray:
        """(K,) 0..1 to the nearest of some things."""
        if not things:
            return np.ones(len(self))
        apart, _ = cKDTree(self.boxes[things, :3]).query(self.boxes[:, :3])
        return np.exp(-apart / _REACH)

    def _neighbours(self, things: Sequence[int]) -> Iterator[int]:
        """Neighbours of each, the nearest of all first, then the second nearest."""
        if things:
            _, found = self._tree.query(self.boxes[things, :3], k=min(_NEIGHBOURS + 1, len(self)))
            yield from found.T[1:].ravel().tolist()


class _Chosen:
    def __init__(self, limit: int) -> None:
        self._limit, self._kept = limit, dict[int, None]()

    @property
    def objects(self) -> list[int]:
        """Those that were added first come first."""
        return list(self._kept)

    def add(self, objects: Iterable[int], share: float) -> None:
        """As many of them as there is room for until that share of the limit is reached."""
        for k in objects:
            if len(self._kept) >= share * self._limit:
                return
            self._kept.setdefault(int(k))


def _best(score: np.ndarray, count: int) -> list[int]:
    """Indices of at most ``count`` scores above 0, the best first."""
    some = np.flatnonzero(score > 0)
    if len(some) > count:
        some = some[np.argpartition(-score[some], count - 1)[:count]]
    return some[np.argsort(-score[some], kind="stable")].tolist()


def _in_turn(lists: Iterable[list[int]]) -> Iterator[int]:
    """The first of each list, then the second of each."""
    return (k for k in chain.from_iterable(zip_longest(*lists)) if k is not None)


def choose_objects(scene: Scene, query: str, limit: int) -> np.ndarray:
    """Indices of at most ``limit`` objects of a scene; those whose identifiers the question has are among them."""
    if len(scene.instances) <= limit:
        return np.arange(len(scene.instances))
    selector = _SELECTORS.get(scene)
    if selector is None:
        labels = [instance.label for instance in scene.instances]
        selector = ObjectSelector(labels, scene.object_boxes, packaged_programs(), _seen_colors(scene))
        _SELECTORS[scene] = selector
    asked = {object_token(n) for n in identifiers(query.upper())}
    named = [k for k, instance in enumerate(scene.instances) if f"<{instance.id}>" in asked] if asked else []
    return selector.choose(query, limit, named[:limit])


def _seen_colors(scene: Scene) -> np.ndarray:
    """(K, 3) the median of each object's points; NaN for one that has none."""
    out = np.full((len(scene.instances), 3), np.nan)
    for row, instance in zip(out, scene.instances, strict=True):
        points = np.flatnonzero(instance.mask)
        if len(points):
            row[:] = np.median(scene.cloud.rgb[points], axis=0)
    return out


_SELECTORS: WeakKeyDictionary[Scene, ObjectSelector] = WeakKeyDictionary()


def objects_around(first: Sequence[int], then: np.ndarray, boxes: np.ndarray, limit: int) -> np.ndarray:
    """Indices of at most ``limit`` of K objects in rising order: ``first``, then the nearest to them of ``then`` (K,)
    bool, then the nearest of all; boxes (K, 6)."""
    chosen = list(first)[:limit]
    center = np.asarray(boxes, float)[:, :3]
    apart = np.zeros(len(center))
    if chosen:
        squares = (center**2).sum(1)
        apart = squares + (squares[chosen] - 2 * center @ center[chosen].T).min(1)
    for wanted in (np.asarray(then, bool), np.ones(len(center), bool)):
        left = wanted.copy()
        left[chosen] = False
        others = np.flatnonzero(left)
        some = limit - len(chosen)
        if len(others) > some:
            others = others[np.argsort(apart[others], kind="stable")[:some]]
        chosen += others.tolist()
    return np.sort(np.array(chosen, int))
