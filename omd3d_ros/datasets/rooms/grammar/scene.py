"""A real room as what questions are made about: whatever is said of it is true of its objects."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

import numpy as np

from ....language.execution import EXACT, Result, execute, members
from ....language.program import COLORS, MATERIALS, SHAPES, Step
from ..lexicon import NEAR_COLORS
from ..room import Room, RoomObject
from ..truth import truth_table
from .nouns import ANYTHING, Noun, categories, some_name, some_need, some_unnamed
from .voice import Voice
from .worlds import HOLDERS, Thing

_YES, _NO = 0.75, 0.25
_BROAD = 0.45  # metres: what something else can be said to be under
_THIS = Step("noun", (), -1, 0)  # one chosen object
_THING = Step("thing")


class SceneInSight:
    """The objects of a room that may be spoken of; ``viewer`` as T_world_viewer (4, 4) or None."""

    def __init__(self, room: Room, voice: Voice, visible_ids: Iterable[int] | None, viewer: np.ndarray | None) -> None:
        self.room = room
        self.viewed = viewer is not None
        self.table, self.ids = truth_table(room, visible_ids, viewer)
        self.objects: list[RoomObject] = [room.object(i) for i in self.ids]
        self._voice = voice
        self._generous = replace(self.table, colors=np.minimum(1.0, self.table.colors @ _confusions()))
        self._named = [i for i, o in enumerate(self.objects) if o.category != ANYTHING]
        self._by_category: dict[str, list[int]] = {}
        for i in self._named:
            self._by_category.setdefault(self.objects[i].category, []).append(i)
        self._holders = [i for i in self._named if self.objects[i].category in HOLDERS]
        self._broad = [i for i in self._named if self.objects[i].size[:2].max() > _BROAD]
        self._several = [i for rows in self._by_category.values() if len(rows) > 1 for i in rows]
        self._everywhere = {o.category for o in room.objects}
        self._standing: dict[tuple[str, int], np.ndarray] = {}

    def thing(self) -> Thing | None:
        if not self._named:
            return None
        if self._voice.chance(0.5):
            return self._thing(self._voice.pick(self._by_category[self._voice.pick(list(self._by_category))]))
        return self._thing(self._voice.pick(self._named))

    def alike(self) -> Thing | None:
        return self._thing(self._voice.pick(self._several)) if self._several else None

    def name(self, thing: Thing) -> Noun | None:
        for _ in range(4):
            noun = some_name(self._voice, thing.category)
            if not any(c in self._by_category for c in noun.maybe):
                return noun
        return None

    def pair(self, relation: str) -> tuple[Thing, Thing] | None:
        if relation == "with":
            turned = self.pair("on")
            return None if turned is None else (turned[1], turned[0])
        for _ in range(6):
            anchors = {"in": self._holders, "under": self._broad}.get(relation, self._named)
            if not anchors:
                return None
            anchor = self._voice.pick(anchors)
            fitting = np.flatnonzero(self._stand(relation, anchor) > _YES)
            some = [int(i) for i in fitting if self.objects[i].category != ANYTHING and i != anchor]
            if some:
                return self._thing(self._voice.pick(some)), self._thing(anchor)
        return None

    def surrounded(self) -> tuple[Thing, Thing, Thing] | None:
        big = [i for i in self._named if self.objects[i].size.max() > 0.3]
        for _ in range(8):
            if len(big) < 2:
                return None
            first, second = self._voice.rng.sample(big, 2)
            step = Step("between", (_THING, _THIS, Step("noun", (), -1, 1)))
            grades = members(step, self.table, partial(self._end, (first, second)), thresholds=EXACT)
            some = [int(i) for i in np.flatnonzero(grades > _YES) if self.objects[i].category != ANYTHING]
            if some:
                return self._thing(self._voice.pick(some)), self._thing(first), self._thing(second)
        return None

    def placed(self, place: str) -> Thing | None:
        some = [int(i) for i in np.flatnonzero(self._stand(place, -1) > _YES) if self.objects[i].category != ANYTHING]
        return self._thing(self._voice.pick(some)) if some else None

    def absent(self) -> Noun | None:
        if self._voice.split != "words" and self._voice.chance(0.25) and ANYTHING not in self._everywhere:
            return some_unnamed(self._voice, surely=True)
        missing = [c for c in categories() if c not in self._everywhere]
        if not missing:
            return None
        noun = some_name(self._voice, self._voice.pick(missing))
        return None if (noun.categories | noun.maybe) & self._everywhere else noun

    def wish(self) -> Noun | None:
        return some_need(self._voice)

    def number(self, step: Step, nouns: list[Noun]) -> int:
        grades = members(step, self.table, lambda s: self.meaning(nouns[s.start]), thresholds=EXACT)
        if np.any((grades > _NO) & (grades < _YES)):
            return -1
        return min(2, int((grades > _YES).sum()))

    def meaning(self, noun: Noun, generous: bool = False) -> np.ndarray:
        """(K,) 0 or 1: what the noun denotes; ``generous``: also what some would call so."""
        out = np.zeros(len(self.objects))
        for category in (*noun.categories, *noun.maybe) if generous else noun.categories:
            rows = self._by_category.get(category)
            if rows:
                out[rows] = 1.0
        return out

    def answer(self, program: Step, nouns: list[Noun], last: np.ndarray | None = None) -> Result | None:
        """What the program comes to; None where people could understand its words otherwise with another answer."""
        result = execute(program, self.table, lambda s: self.meaning(nouns[s.start]), last, EXACT)
        table = self.table if program.operation == "color" else self._generous
        colored = any(s.operation.startswith("color:") for s in program.steps())
        if colored or any(n.maybe for n in nouns):
            other = execute(program, table, lambda s: self.meaning(nouns[s.start], True), last, EXACT)
            if set(other.chosen) != set(result.chosen) or other.value != result.value:
                return None
        return result

    def _stand(self, relation: str, anchor: int) -> np.ndarray:
        """(K,) which objects stand so to the anchor, or in such a place."""
        key = (relation, anchor)
        if key not in self._standing:
            step = Step(relation, (_THING,) if anchor < 0 else (_THING, _THIS))
            self._standing[key] = members(step, self.table, lambda _: self._only(anchor), thresholds=EXACT)
        return self._standing[key]

    def _end(self, ends: tuple[int, int], step: Step) -> np.ndarray:
        return self._only(ends[step.end])

    def _only(self, index: int) -> np.ndarray:
        return np.eye(1, len(self.objects), index)[0]

    def _thing(self, index: int) -> Thing:
        thing = self.objects[index]
        shapes = self.table.shapes[index]
        shape = SHAPES[int(shapes.argmax())] if shapes.sum() == 1 else ""
        color = thing.color if thing.color in COLORS else ""
        material = thing.material if thing.material in MATERIALS else ""
        return Thing(int(index), thing.category, color, material, shape)


def _confusions() -> np.ndarray:
    """(12, 12): 1 where two people could give one colour these two names."""
    out = np.eye(len(COLORS))
    for pair in NEAR_COLORS:
        first, second = (COLORS.index(c) for c in pair)
        out[first, second] = out[second, first] = 1.0
    return out
