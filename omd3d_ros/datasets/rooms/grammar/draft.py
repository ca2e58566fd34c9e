"""Sets of objects as programs: a thing named, described and related until it is meant."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from ....language.program import Step
from ..lexicon import COLOR_NAMES, MATERIAL_NAMES
from . import places_wording as places
from .nouns import Noun, without_material
from .voice import Voice
from .worlds import Thing, World

THING, LAST = Step("thing"), Step("last")
T = TypeVar("T")
_VIEWED = {"left", "right", "front", "behind", "left_end", "right_end"}
BY_SIZE = ("largest", "smallest", "tallest", "shortest", "longest", "highest", "lowest")
_EXTREMES = ("largest", "smallest", "tallest", "lowest")
_ANCHORING = ("near", "on", "under", "left", "right", "front", "behind")


class Unsaid(Exception):
    """This world offers nothing of the kind, or nothing that could not be misunderstood."""


class Draft:
    """One question in the making; ``nouns`` are those that its program's noun steps count from 0."""

    def __init__(self, world: World, voice: Voice) -> None:
        self.world, self.voice = world, voice
        self.nouns: list[Noun] = []

    def noun(self, noun: Noun | None) -> Step:
        """A step for the noun; raises Unsaid for None."""
        if noun is None:
            raise Unsaid
        self.nouns.append(noun)
        return Step("noun", (), len(self.nouns) - 1, 0)

    def named(self, thing: Thing) -> Step:
        """The thing by its name; a name that begins with a material ("plastic box") as a noun made of that."""
        noun = need(self.world.name(thing))
        material, rest = without_material(noun)
        step = self.noun(rest)
        return Step(f"material:{material}", (step,)) if material else step

    def colored(self, step: Step, thing: Thing) -> Step:
        return Step(f"color:{need(thing.color)}", (step,))

    def made(self, step: Step, thing: Thing) -> Step:
        if any(s.operation.startswith("material:") for s in step.steps()):
            return step
        return Step(f"material:{need(thing.material)}", (step,))

    def shaped(self, step: Step, thing: Thing) -> Step:
        return Step(f"shape:{need(thing.shape)}", (step,))

    def described(self, thing: Thing, share: float = 0.25) -> Step:
        """The thing by its name, sometimes with adjectives, inner ones first as they are said."""
        step = self.named(thing)
        noun = self.nouns[_head(step).start]
        if (
            thing.material in MATERIAL_NAMES
            and self.voice.chance(share * 0.4)
            and not _says(noun, MATERIAL_NAMES, thing.material)
        ):
            step = self.made(step, thing)
        if thing.color in COLOR_NAMES and self.voice.chance(share):
            step = self.colored(step, thing)
        if thing.shape and self.voice.chance(share * 0.15):
            step = self.shaped(step, thing)
        if self.voice.chance(share * 0.15):
            step = Step(f"size:{self.voice.pick(tuple(places.SIZES))}", (step,))
        return step

    def anchor(self, thing: Thing, share: float = 0.25, nested: float = 0.16) -> Step:
        """A set that others are related to: just this thing, or ("a window") one of several.

        ``nested``: how often it is itself told by a relation; about no room, twice as often.  Raises Unsaid
        where it can't be told from others.
        """
        if self.voice.chance(nested * (2 if self.voice.fanciful else 1)):
            related = self._told_by_relation()
            if related is not None:
                return related
        step = self.described(thing, share)
        number = self.world.number(step, self.nouns)
        if number == 2 and thing.color in COLOR_NAMES and not _has_color(step) and self.voice.chance(0.6):
            step = self.colored(step, thing)
            number = self.world.number(step, self.nouns)
        if number == 2 and self.voice.chance(0.8) or number < 1:
            raise Unsaid
        self._definite(step, number == 1)
        return step

    def relation(self, relations: tuple[str, ...]) -> str:
        """One of them; raises Unsaid where all need a viewer and there is none."""
        usable = tuple(r for r in relations if self.world.viewed or r not in _VIEWED)
        if not usable:
            raise Unsaid
        return self.voice.pick(usable)

    def relation_of(self, relations: tuple[str, ...]) -> tuple[str, Thing, Thing]:
        relation = self.relation(relations)
        a, b = need(self.world.pair(relation))
        return relation, a, b

    def asked(self, step: Step, share_of_all: float = 0.5) -> Step:
        """find where it is one object, else all; one alone may be asked for in the plural with this share."""
        number = self.world.number(step, self.nouns)
        if number > 0 and self._mass(step):
            return Step("all", (step,))
        if number == 1:
            self._definite(step, self.voice.chance(0.85))
            return Step("find", (step,))
        if number == 2 and self.voice.chance(share_of_all):
            return Step("all", (step,))
        raise Unsaid

    def single(self, step: Step) -> Step:
        """The set itself; raises Unsaid unless it is exactly one object."""
        if self.world.number(step, self.nouns) != 1:
            raise Unsaid
        return step

    def _told_by_relation(self) -> Step | None:
        """A set told by a relation, an extreme or a place; None where that is not one object."""
        roll = self.voice.rng.random()
        if roll < 0.45:
            step = self._told_alone(roll < 0.28)
            return step if self.world.number(step, self.nouns) == 1 else None
        relation, a, b = self.relation_of(_ANCHORING)
        step = Step(relation, (self.described(a, 0.1), self.anchor(b, 0.1, 0.0)))
        return step if self.world.number(step, self.nouns) == 1 else None

    def _told_alone(self, extreme: bool) -> Step:
        if extreme:
            names = _EXTREMES + (("leftmost", "rightmost") if self.world.viewed else ())
            return Step(self.voice.pick(names), (self.described(need(self.world.alike()), 0.1),))
        place = self.voice.pick(("corner", "on_wall", "middle", "against_wall"))
        return Step(place, (self.described(need(self.world.placed(place)), 0.1),))

    def _mass(self, step: Step) -> bool:
        """Whether it is named by a word without a plural ("furniture"), which means all that there is."""
        head = _head(step)
        return head.operation == "noun" and not self.nouns[head.start].countable

    def _definite(self, step: Step, definite: bool) -> None:
        step = _head(step)
        if step.operation == "noun":
            self.nouns[step.start] = replace(self.nouns[step.start], definite=definite)


def need(value: T | None) -> T:
    """The value; raises Unsaid for None or an empty word."""
    if value is None or value == "":
        raise Unsaid
    return value


def _head(step: Step) -> Step:
    """What a set is named with: its noun, thing or last."""
    return _head(step.arguments[0]) if step.arguments else step


def _has_color(step: Step) -> bool:
    return any(s.operation.startswith("color:") for s in step.steps())


def _says(noun: Noun, words: dict[str, tuple[str, ...]], value: str) -> bool:
    """Whether the noun names its material or colour already: "plastic box"."""
    return any(word in noun.one for word in words[value])
