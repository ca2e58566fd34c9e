"""Which objects of a large scene a language model is shown: those that a question may be about, and what is near."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain, zip_longest
from weakref import WeakKeyDictionary

import numpy as np
from scipy.spatial import cKDTree

from ..types import Scene
from .color_words import color_words
from .execution import ObjectTable, members
from .identifiers import identifiers, object_token
from .label_words import LabelWords
from .lenient import lenient
from .other_names import other_names
from .packaged_programs import ProgramReader, packaged_programs
from .program import COLORS, MATERIALS, SHAPES
from .program.operations import DISTANCES, RELATIONS

# Shares of the objects that are chosen by then: what is asked for, the same were labels wrong, what the question names
# and is near that, what it names elsewhere; the rest are neighbours.
_SHARES = (0.5, 0.65, 0.8, 0.9)
_SHARES_ALONE = (0.9, 0.95, 0.95, 0.95)  # where that is not asked for by its relation to something
_RELATING = (*RELATIONS, *DISTANCES, "between", "stand", "face")
_MISTAKEN = 0.35  # how far a thing of a label like the right one may be what is meant
_SURELY = 0.5  # share of the best membership from which an object is surely asked for
_UNDERSTOOD = 0.5  # how far a noun must mean some label; else the words in it are looked at one by one
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
        self._reader = reader
        names, self._label_of = np.unique([label.lower() for label in labels], return_inverse=True)
        self._words = LabelWords(names.tolist(), reader)
        self._table = _table_of(np.asarray(boxes, float).reshape(-1, 6), rgb)
        self._tree = cKDTree(self._table.center)

    def __len__(self) -> int:
        return len(self._table)

    def choose(self, query: str, limit: int, named: Sequence[int] = ()) -> np.ndarray:
        """At most ``limit`` indices in rising order; those ``named`` are among them."""
        if len(self) <= limit:
            return np.arange(len(self))
        asked, mistaken, nouns, related = self._meant(query)
        share = _SHARES if related else _SHARES_ALONE
        chosen = _Chosen(limit)
        chosen.add(named, 1.0)
        chosen.add(_in_turn(_best(np.where(s >= _SURELY * s.max(), s, 0.0), limit) for s in asked), share[1])
        chosen.add(_in_turn(_best(s, limit) for s in asked), share[0])
        chosen.add(_in_turn(_best(s, limit) for s in mistaken), share[1])
        near = self._nearness(chosen.objects)
        chosen.add(_in_turn(_best(noun * near, limit) for noun in nouns), share[2])
        chosen.add(_in_turn(_best(noun, limit) for noun in nouns), share[3])
        chosen.add(self._neighbours(chosen.objects), 1.0)
        chosen.add(_best(near, limit), 1.0)
        return np.sort(np.array(chosen.objects, int))

    def _meant(self, query: str) -> tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray], bool]:
        """Memberships (K,) of what is asked for, the same were labels wrong, and of all that the question names; and
        whether it is asked for by its relation to something else."""
        text, program = self._reader.program(query)
        spans = list(dict.fromkeys((s.start, s.end) for s in program.steps() if s.operation == "noun"))
        meant = self._words.meant([text[i:j] for i, j in spans])
        understood = [span for span, row in zip(spans, meant, strict=True) if row.max() >= _UNDERSTOOD]
        others = self._named(other_names(text, understood))
        unknown = []
        for span, row in zip(spans, meant, strict=True):
            if span not in understood:
                instead = [other for start, other in others if not understood or span[0] <= start < span[1]]
                row[:] = np.max([row, *instead], 0)
                if not instead:
                    unknown.append(span)

        def asked(meant: np.ndarray) -> list[np.ndarray]:
            nouns = dict(zip(spans, meant[:, self._label_of], strict=True))
            run = partial(members, table=self._table, meaning=lambda step: nouns[step.start, step.end])
            return [run(lenient(argument, unknown)) for argument in program.arguments]

        either = np.maximum(meant, _MISTAKEN * self._words.mistaken(meant))
        nouns = [row[self._label_of] for row in (*meant, *(other for _, other in others))]
        return asked(meant), asked(either), nouns, any(s.operation in _RELATING for s in program.steps())

    def _named(self, names: list[tuple[int, str]]) -> list[tuple[int, np.ndarray]]:
        """Those of the names that mean a label: where they start, and (L,) what they mean."""
        meant = self._words.meant([name for _, name in names])
        return [(start, row) for (start, _), row in zip(names, meant, strict=True) if row.max() >= _UNDERSTOOD]

    def _nearness(self, things: Sequence[int]) -> np.ndarray:
        """(K,) 0..1 to the nearest of some things."""
        if not things:
            return np.ones(len(self))
        apart, _ = cKDTree(self._table.center[things]).query(self._table.center)
        return np.exp(-apart / _REACH)

    def _neighbours(self, things: Sequence[int]) -> Iterator[int]:
        """Neighbours of each, the nearest of all first, then the second nearest."""
        if things:
            _, found = self._tree.query(self._table.center[things], k=min(_NEIGHBOURS + 1, len(self)))
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


def _table_of(boxes: np.ndarray, rgb: np.ndarray | None) -> ObjectTable:
    """What is not known of the objects is no reason to leave one out."""
    k = len(boxes)
    low, high = boxes[:, :2] - boxes[:, 3:5] / 2, boxes[:, :2] + boxes[:, 3:5] / 2
    colors = np.ones((k, len(COLORS)))
    if rgb is not None:
        seen = ~np.isnan(rgb).any(1)
        colors[seen] = color_words(rgb[seen])
    return ObjectTable(
        boxes,
        exists=np.ones(k),
        categories=(),
        names=np.zeros((k, 0)),
        colors=colors,
        materials=np.ones((k, len(MATERIALS))),
        shapes=np.ones((k, len(SHAPES))),
        low_high=np.stack([low.min(0, initial=0.0), high.max(0, initial=0.0)]),
    )


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
