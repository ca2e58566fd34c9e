"""What questions are made about: a thing and how things stand to one another, in a real room or in none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ....language.program import COLORS, MATERIALS, SHAPES, Step
from .nouns import Noun, categories, some_name, some_need, some_unnamed
from .voice import Voice
from .wishes import any_need


@dataclass(frozen=True)
class Thing:
    """One object; ``index`` its row in the table (-1 where there is no room), "" where an attribute has no word."""

    index: int
    category: str
    color: str
    material: str
    shape: str


class World(Protocol):
    """Where ``None`` comes back, this world has nothing of the kind."""

    viewed: bool

    def thing(self) -> Thing | None: ...

    def alike(self) -> Thing | None:
        """A thing of which there are several."""

    def name(self, thing: Thing) -> Noun | None:
        """A word for what it is."""

    def pair(self, relation: str) -> tuple[Thing, Thing] | None:
        """Two things of which the first stands so to the second."""

    def surrounded(self) -> tuple[Thing, Thing, Thing] | None:
        """A thing between two others."""

    def placed(self, place: str) -> Thing | None:
        """A thing in such a place."""

    def absent(self) -> Noun | None:
        """A word for something that is not there."""

    def wish(self) -> Noun | None:
        """A need that things of this world may meet."""

    def number(self, step: Step, nouns: list[Noun]) -> int:
        """How many objects a set has: 0, 1, 2 (or more); -1 where that is open to doubt."""


_SMALL = (
    "mug", "bowl", "plate", "glass", "bottle", "jar", "pot", "book", "magazine", "newspaper", "paper", "laptop",
    "lamp", "plant", "vase", "phone", "remote control", "tissue box", "keyboard", "kettle", "toaster",
    "picture frame", "clock", "teddy bear", "box", "basket", "pillow", "bag", "toy", "cutting board", "monitor",
    "microwave", "coffee machine",
)  # fmt: skip
_SURFACES = (
    "dining table", "desk", "coffee table", "side table", "nightstand", "dresser", "cabinet", "counter",
    "shelf", "wall shelf", "tv stand", "bookcase", "sofa", "bed", "chair", "stool", "bench", "refrigerator",
)  # fmt: skip
HOLDERS = (
    "box", "storage box", "basket", "shelf", "bookcase", "cabinet", "wardrobe", "sink", "bag", "bowl",
    "trash can",
)  # fmt: skip
_LOW = (
    "rug", "box", "shoes", "bag", "backpack", "storage box", "trash can", "ball", "teddy bear", "chair",
    "stool", "basket",
)  # fmt: skip
_HANGING = ("picture", "poster", "clock", "mirror", "wall shelf", "wall cupboard", "window", "lamp", "whiteboard", "tv")
# What usually stands so to what; a third of all pairs are taken at random all the same.
_USUAL: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "on": (_SMALL, _SURFACES), "with": (_SURFACES, _SMALL), "in": (_SMALL, HOLDERS), "under": (_LOW, _SURFACES),
    "above": (_HANGING, _SURFACES),
}  # fmt: skip


class NoRoom:
    """Any thing may stand anywhere: for questions whose truth does not matter."""

    viewed = True

    def __init__(self, voice: Voice) -> None:
        self._voice = voice

    def thing(self) -> Thing:
        return self._made("" if self._voice.chance(0.2) else self._voice.pick(categories()))

    def alike(self) -> Thing:
        return self.thing()

    def name(self, thing: Thing) -> Noun:
        return some_name(self._voice, thing.category) if thing.category else some_unnamed(self._voice)

    def pair(self, relation: str) -> tuple[Thing, Thing]:
        usual = _USUAL.get(relation)
        if usual is None or self._voice.chance(0.33):
            return self.thing(), self.thing()
        return self._made(self._voice.pick(usual[0])), self._made(self._voice.pick(usual[1]))

    def surrounded(self) -> tuple[Thing, Thing, Thing]:
        return self.thing(), self.thing(), self.thing()

    def placed(self, place: str) -> Thing:
        return (
            self._made(self._voice.pick(_HANGING)) if place == "on_wall" and self._voice.chance(0.6) else self.thing()
        )

    def absent(self) -> Noun:
        return self.name(self.thing())

    def wish(self) -> Noun | None:
        return any_need(self._voice) if self._voice.chance(0.6) else some_need(self._voice)

    def number(self, step: Step, nouns: list[Noun]) -> int:
        return 1 if self._voice.chance(0.75) else 2

    def _made(self, category: str) -> Thing:
        pick = self._voice.pick
        return Thing(-1, category, pick(COLORS), pick(MATERIALS), pick(SHAPES))
