"""Names for the objects of one scene, such that a listener who sees the same objects could not mistake them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from .lexicon import COLOR_NAMES, MATERIAL_NAMES, NAMES, NEAR_COLORS, SHARED, held_out, plural, singular, usable
from .phrasing import article, is_held_out, number, wordings
from .relations import Space
from .room import Room, RoomObject

_SHARED = {name: (frozenset(means), frozenset(maybe)) for name, means, maybe in SHARED}
# What has no name of its own is called an object, but so may everything else be.
ANYTHING = "object"
SPOKEN = {"dining table": "table", "refrigerator": "fridge", "wall cupboard": "wall cupboard"}


@dataclass(frozen=True)
class Noun:
    one: str
    many: str
    categories: frozenset[str]

    @property
    def countable(self) -> bool:
        return self.one != self.many


class Speaker:
    """Words one scene's objects under one split; ``rare_word`` and ``rare_wording`` tell what the last request used."""

    def __init__(self, room: Room, rng: np.random.Generator, visible: list[RoomObject], viewer, split: str) -> None:
        self.room, self.rng, self.visible, self.split = room, rng, visible, split
        self.space = Space(room, viewer)
        self.categories = {o.category for o in visible}
        self.rare_word = self.rare_wording = False

    def pick(self, options):
        return options[int(self.rng.integers(len(options)))]

    def wording(self, options: tuple[str, ...]) -> str:
        """One of the split's wordings."""
        held = self.split == "phrasing" and (not self.rare_wording or self.rng.random() < 0.5)
        choice = self.pick(wordings(options, held))
        self.rare_wording |= is_held_out(choice)
        return choice

    def noun(self, category: str) -> Noun | None:
        """A name of the category that cannot mean anything else in sight."""
        names = usable(NAMES[category], self.split) if category in NAMES else []
        # The plain name is as likely as all the others together.
        order = [names[i] for i in self.rng.permutation(len(names))] if names else []
        if self.split != "words" and order and self.rng.random() < 0.5:
            order = [names[0], *order]
        for name in order:
            means, maybe = _SHARED.get(name, (frozenset({category}), frozenset()))
            if category == ANYTHING:
                means = frozenset(self.categories)
            if self.categories & maybe:
                continue
            self.rare_word |= held_out(name) and name != NAMES[category][0]
            return Noun(singular(name), plural(name), means)
        return None

    def members(self, noun: Noun) -> list[RoomObject]:
        return [o for o in self.visible if o.category in noun.categories]

    def color_word(self, color: str) -> str:
        words = usable(COLOR_NAMES[color], self.split)
        word = words[0] if self.split != "words" and self.rng.random() < 0.65 else self.pick(words)
        self.rare_word |= held_out(word) and word != COLOR_NAMES[color][0]
        return word

    def material_word(self, material: str) -> str:
        word = self.pick(usable(MATERIAL_NAMES[material], self.split))
        self.rare_word |= held_out(word) and word != MATERIAL_NAMES[material][0]
        return word

    def of_color(self, things: list[RoomObject], color: str) -> list[RoomObject] | None:
        """Those of the colour, or None when another one's colour could be taken for it."""
        if any({o.color, color} in NEAR_COLORS or o.color not in COLOR_NAMES for o in things):
            return None
        return [o for o in things if o.color == color]

    def refer(self, thing: RoomObject) -> str | None:
        """A definite noun phrase for just this object, by name and if needed colour."""
        noun = self.noun(thing.category)
        if noun is None:
            return None
        alike = self.members(noun)
        colored = self.of_color(alike, thing.color) if thing.color in COLOR_NAMES else None
        if len(alike) == 1 and (colored is None or self.rng.random() < 0.75):
            return f"the {noun.one}"
        if colored is not None and len(colored) == 1:
            return f"the {self.color_word(thing.color)} {noun.one}"
        return None

    # What is answered never varies in its words: first names, plain colours.
    def short(self, thing: RoomObject) -> str:
        name = plain_name(thing.category)
        return f"the {thing.color} {name}" if thing.color in COLOR_NAMES else f"the {name}"

    def summary(self, things: list[RoomObject]) -> str:
        """One: the red chair; several: three chairs; of several kinds: two mugs and a bowl."""
        if len(things) == 1:
            return self.short(things[0])
        groups = Counter(o.category for o in things).most_common()
        words = []
        for category, count in groups[:3]:
            name = NAMES[category][0] if category in NAMES else category
            one = SPOKEN.get(category, singular(name))
            words.append(article(one) if count == 1 else f"{number(count)} {plural(SPOKEN.get(category, name))}")
        if len(groups) > 3:
            words.append("more")
        return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]

    def place(self, thing: RoomObject) -> str:
        """Where it is, in a few words."""
        space = self.space
        if thing.on is not None:
            return f"on the {plain_name(self.room.object(thing.on).category)}"
        if thing.mount == "wall":
            return "on the wall"
        for other in self.visible:
            if other.category in ("dining table", "desk", "coffee table") and other.id != thing.id:
                alone = sum(o.category == other.category for o in self.visible) == 1
                close = space.gap(thing, other) < 0.15
                if thing.category in ("chair", "stool") and close and alone:
                    return f"at the {plain_name(other.category)}"
        gaps = space.corner_distance(thing)
        if max(gaps) < 0.35:
            return "in the corner"
        anchors = [
            o for o in self.visible
            if o.id != thing.id and o.on is None and "flat" not in o.tags and o.size.max() > 0.5
            and o.mount in ("floor", "built-in")
            and sum(p.category == o.category for p in self.visible) == 1 and space.gap(thing, o) < 0.4
        ]  # fmt: skip
        if anchors:
            nearest = min(anchors, key=lambda o: space.gap(thing, o))
            return f"next to the {plain_name(nearest.category)}"
        return "against the wall" if min(gaps) < 0.15 else "in the room"


def plain_name(category: str) -> str:
    return SPOKEN.get(category, singular(NAMES[category][0]) if category in NAMES else category)
