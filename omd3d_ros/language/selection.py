"""Which objects of a large scene a language model is shown: those that a question may be about, and what is near."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from weakref import WeakKeyDictionary

import numpy as np
from scipy.spatial import cKDTree

from ..models.text_encoder import TextEncoder
from ..types import Scene
from .identifiers import identifiers, object_token

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_OTHER_WORDS = """
a all an and any are at by can count far find for from have how i in is it its many me more most much my near nearest
next not of on or room show some tell than that the their them there these this those to under what where which who
with you your left right front behind above below between beside close closest farthest
"""
_NO_NAMES = frozenset(_OTHER_WORDS.split())
_LONGEST = 3  # words of a name in a question
_TERMS = 24  # names looked for in one question
_NAMED = 0.5  # cosine of a word's and a label's embeddings from which the one may name the other
_FALL = 0.1  # cosine by which a label may fall behind the best before it counts a third
_MEANT = 0.5  # relevance from which an object is an anchor for what stands near it
_REACH = 2.0  # metres between centres at which nearness counts a third
_BY_SCORE = 0.7  # share of the objects chosen by what they are called and near to; the rest are neighbours of these
_EXTREMES = 2  # objects that are most in some way, of each kind that the question names
_NEIGHBOURS = 4


class ObjectSelector:
    """Chooses among the K objects of a scene; text and places are prepared once.

    labels: a name of each object; boxes (K, 6): centre and size in metres, z up.
    """

    def __init__(self, labels: Sequence[str], boxes: np.ndarray, encoder: TextEncoder) -> None:
        self._encoder = encoder
        names, self._label_of = np.unique(np.asarray(labels, dtype=object), return_inverse=True)
        self._names = [str(name).lower() for name in names]
        self._embedded = encoder.embed(self._names).cpu().numpy()
        self.boxes = np.asarray(boxes, float).reshape(-1, 6)
        self._tree = cKDTree(self.boxes[:, :3])

    def __len__(self) -> int:
        return len(self.boxes)

    def choose(self, query: str, limit: int, named: Sequence[int] = ()) -> np.ndarray:
        """At most ``limit`` indices in rising order; those ``named`` are among them."""
        if len(self) <= limit:
            return np.arange(len(self))
        mentions = self._mentions(query)
        scores = mentions.copy()
        extremes: list[int] = []
        for i, mention in enumerate(mentions):
            apart = [self._apart(mention, other) for j, other in enumerate(mentions) if j != i]
            scores[i] *= 1 + sum(np.exp(-d / _REACH) for d in apart)
            extremes += self._extremes(mention, apart)
        order = np.argsort(-scores.max(0), kind="stable")
        best = order[: int(_BY_SCORE * limit)]
        chosen = dict.fromkeys([*named, *extremes, *best.tolist()])
        for around in self._nearest([*named, *best]):
            if len(chosen) >= limit:
                break
            chosen.setdefault(around)
        return np.sort(np.fromiter(chosen, int)[:limit])

    def _mentions(self, query: str) -> np.ndarray:
        """(n, K) relevance 0..1 of each object to each name in the question, at least one."""
        terms = _terms(query)
        texts = [" ".join(term) for _, term in terms]
        similar = self._encoder.embed([*texts, query]).cpu().numpy() @ self._embedded.T
        for row, text in zip(similar, texts, strict=False):
            row[[name in _forms(text) for name in self._names]] = 1.0
        rows, taken = [], set[int]()
        best = similar[:-1].max(1, initial=0.0) + 0.01 * np.array([len(term) for _, term in terms])
        for i in np.argsort(-best, kind="stable"):
            words = set(range(terms[i][0], terms[i][0] + len(terms[i][1])))
            if similar[i].max() >= _NAMED and not words & taken:
                taken |= words
                rows.append(i)
        relevant = similar[rows or [-1]]
        relevance = np.exp((relevant - relevant.max(1, keepdims=True)) / _FALL)
        return relevance[:, self._label_of]

    def _apart(self, mention: np.ndarray, other: np.ndarray) -> np.ndarray:
        """(K,) metres from each object of one name to the nearest of another; infinite for objects of neither."""
        out = np.full(len(self), np.inf)
        anchors, some = np.flatnonzero(other >= _MEANT), np.flatnonzero(mention >= _MEANT / 2)
        near, found = cKDTree(self.boxes[anchors, :3]).query(self.boxes[some, :3], k=min(2, len(anchors)))
        near, found = near.reshape(len(some), -1), anchors[found.reshape(len(some), -1)]
        out[some] = np.where(found == some[:, None], np.inf, near).min(1)
        return out

    def _extremes(self, mention: np.ndarray, apart: list[np.ndarray]) -> list[int]:
        """The largest, smallest, tallest, shortest, highest and lowest, and those farthest from what else is named."""
        some = np.flatnonzero(mention >= _MEANT)
        size = self.boxes[some, 3:]
        values = [size.prod(1), size[:, 2], self.boxes[some, 2]]
        values += [np.where(np.isfinite(d[some]), d[some], -1.0) for d in apart]
        ends = [np.argsort(value, kind="stable")[[*range(_EXTREMES), *range(-_EXTREMES, 0)]] for value in values
                if len(some) > 2 * _EXTREMES]  # fmt: skip
        return [int(i) for end in ends for i in some[end]]

    def _nearest(self, things: Sequence[int]) -> Iterator[int]:
        """Neighbours of each, the nearest of all first, then the second nearest."""
        if len(things) == 0:
            return
        _, found = self._tree.query(self.boxes[things, :3], k=min(_NEIGHBOURS + 1, len(self)))
        for column in found.T[1:]:
            yield from column.tolist()


def choose_objects(scene: Scene, query: str, encoder: TextEncoder, limit: int) -> np.ndarray:
    """Indices of at most ``limit`` objects of a scene; those whose identifiers the question has are among them."""
    if len(scene.instances) <= limit:
        return np.arange(len(scene.instances))
    selector = _SELECTORS.get(scene)
    if selector is None:
        labels = [instance.label for instance in scene.instances]
        selector = _SELECTORS.setdefault(scene, ObjectSelector(labels, scene.object_boxes, encoder))
    asked = {object_token(n) for n in identifiers(query.upper())}
    named = [k for k, instance in enumerate(scene.instances) if f"<{instance.id}>" in asked] if asked else []
    return selector.choose(query, limit, named[:limit])


_SELECTORS: WeakKeyDictionary[Scene, ObjectSelector] = WeakKeyDictionary()


def objects_around(first: Sequence[int], then: np.ndarray, boxes: np.ndarray, limit: int) -> np.ndarray:
    """Indices of at most ``limit`` of K objects in rising order: ``first``, then the nearest to them of ``then`` (K,)
    bool, then the nearest of all; boxes (K, 6)."""
    some = list(first)[:limit]
    center = np.asarray(boxes, float)[:, :3]
    apart = np.min([np.linalg.norm(center - center[k], axis=1) for k in some], 0) if some else np.zeros(len(center))
    apart[some] = -np.inf
    order = np.lexsort((apart, ~np.asarray(then, bool), np.isfinite(apart)))
    return np.sort(order[:limit])


def _terms(query: str) -> list[tuple[int, tuple[str, ...]]]:
    """Runs of words that may be a name, with the number of the first of them."""
    words = _WORD.findall(query.lower())
    found: dict[tuple[str, ...], int] = {}
    for length in range(1, _LONGEST + 1):
        for start in range(len(words) - length + 1):
            term = tuple(words[start : start + length])
            if not _NO_NAMES.intersection(term):
                found.setdefault(term, start)
    return [(start, term) for term, start in found.items()][:_TERMS]


def _forms(text: str) -> set[str]:
    """A name and, where it may be several, one of them."""
    return {text, text.removesuffix("s"), text.removesuffix("es"), re.sub("ves$", "f", text)}
