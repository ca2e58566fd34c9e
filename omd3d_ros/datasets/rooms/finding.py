"""Requests that want objects pointed out.

Each returns (text, target objects, answer), or None when the scene offers none.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from . import phrasing as say
from .absence import absent_phrase, some_category
from .lexicon import COLOR_NAMES, MATERIAL_NAMES, WIDER, plural, singular
from .needs import NEEDS
from .phrasing import article, is_held_out
from .relations import ALONE, PAIRS, between
from .room import RoomObject
from .wording import ANYTHING, Noun, Speaker

Asked = tuple[str, list[RoomObject], str] | None


def _one(speaker: Speaker, bare: str, definite: bool, countable: bool = True) -> str:
    np_ = f"the {bare}" if definite else (article(bare) if countable else bare)
    return speaker.wording(say.ONE).format(np=np_, bare=bare)


def category(speaker: Speaker) -> Asked:
    noun = speaker.noun(some_category(speaker))
    if noun is None:
        return None
    things = speaker.members(noun)
    single = len(things) == 1
    return (
        _one(speaker, noun.one, single and speaker.rng.random() < 0.5, noun.countable),
        things,
        speaker.summary(things),
    )


def wider(speaker: Speaker) -> Asked:
    term = speaker.pick(list(WIDER))
    things = [o for o in speaker.visible if o.category in WIDER[term]]
    if not things:
        return None
    if speaker.rng.random() < 0.3 and len(things) > 1 and singular(term) != plural(term):
        return speaker.wording(say.MANY).format(np=plural(term), bare=plural(term)), things, speaker.summary(things)
    one = singular(term)
    countable = one != plural(term) and not one.startswith("something")
    return _one(speaker, one, False, countable), things, speaker.summary(things)


def several(speaker: Speaker) -> Asked:
    noun = speaker.noun(some_category(speaker))
    if noun is None:
        return None
    things, bare = speaker.members(noun), noun.many
    if len(things) < 2:
        return None
    if speaker.rng.random() < 0.25:
        color = speaker.pick(things).color
        colored = speaker.of_color(things, color)
        if colored is not None and len(colored) > 1:
            things, bare = colored, f"{speaker.color_word(color)} {bare}"
    return speaker.wording(say.MANY).format(np=f"the {bare}", bare=bare), things, speaker.summary(things)


def attribute(speaker: Speaker) -> Asked:
    thing = speaker.pick(speaker.visible)
    noun = speaker.noun(thing.category)
    if noun is None:
        return None
    alike = speaker.members(noun)
    adjectives, chosen = [], alike
    style = speaker.rng.random()
    if style < 0.15:
        return _by_size(speaker, noun, alike)
    if style < 0.7:
        colored = speaker.of_color(alike, thing.color) if thing.color in COLOR_NAMES else None
        if colored is None:
            return None
        chosen = colored
        adjectives.append(speaker.color_word(thing.color))
    if style >= 0.6 and thing.material in MATERIAL_NAMES:
        word = speaker.material_word(thing.material)
        if word not in noun.one:
            adjectives.append(word)
            chosen = [o for o in chosen if o.material == thing.material]
    if not adjectives:
        return None
    bare = " ".join([*adjectives, noun.one])
    return (
        _one(speaker, bare, len(chosen) == 1 and speaker.rng.random() < 0.7, noun.countable),
        chosen,
        speaker.summary(chosen),
    )


def _by_size(speaker: Speaker, noun: Noun, alike: list[RoomObject]) -> Asked:
    if len(alike) != 2:
        return None
    low, high = sorted(alike, key=lambda o: float(np.prod(o.size)))
    if np.prod(high.size) < 1.8 * np.prod(low.size) or high.size.max() < low.size.max():
        return None
    word, thing = speaker.pick(
        (("big", high), ("large", high), ("bigger", high), ("small", low), ("little", low), ("smaller", low))
    )
    return _one(speaker, f"{word} {noun.one}", True), [thing], speaker.short(thing)


def related(speaker: Speaker) -> tuple[str, list[RoomObject]] | None:
    """A noun phrase without article that some relation makes unique (or, where it is plural, complete)."""
    rng, thing = speaker.rng, speaker.pick(speaker.visible)
    noun = speaker.noun(thing.category)
    if noun is None:
        return None
    alike = speaker.members(noun)
    name = noun.one
    if rng.random() < 0.2:
        colored = speaker.of_color(alike, thing.color) if thing.color in COLOR_NAMES else None
        if colored:
            alike, name = colored, f"{speaker.color_word(thing.color)} {name}"
    roll = rng.random()
    if roll < 0.14:
        return _alone(speaker, name, noun, alike)
    own = {thing.category} if thing.category == ANYTHING else noun.categories
    anchors = [o for o in speaker.visible if o.id != thing.id and o.category != ANYTHING and o.category not in own]
    if not anchors:
        return None
    if roll < 0.24:
        return _between(speaker, thing, name, alike, anchors)
    if roll < 0.4:
        return _nearest(speaker, thing, name, alike, anchors)
    kinds = [k for k, (_, viewed) in PAIRS.items() if speaker.space.seen_from or not viewed]
    kind = speaker.pick(kinds)
    relation = PAIRS[kind][0]
    fitting = [o for o in anchors if relation(speaker.space, thing, o) == 1 and (o.size.max() > 0.3 or kind == "near")]
    if not fitting:
        return None
    anchor = speaker.pick(fitting)
    alike = [o for o in alike if o.id != anchor.id]
    marks = [relation(speaker.space, o, anchor) for o in alike]
    if 0 in marks:
        return None
    chosen = [o for o, mark in zip(alike, marks, strict=True) if mark == 1]
    reference = speaker.refer(anchor)
    if reference is None:
        return None
    if len(chosen) > 1:
        if kind not in ("on", "near", "under") or not noun.countable or not name.endswith(noun.one):
            return None
        name = name[: len(name) - len(noun.one)] + noun.many
        return f"{name} {'next to' if kind == 'near' else kind} {reference}", chosen
    return speaker.wording(say.RELATIONS[kind]).format(t=name, a=reference), chosen


def _alone(speaker: Speaker, name: str, noun: Noun, alike: list[RoomObject]) -> tuple[str, list[RoomObject]] | None:
    kind = speaker.pick(list(ALONE))
    marks = [ALONE[kind](speaker.space, o) for o in alike]
    if 0 in marks or marks.count(1) != 1 or len(marks) == 1 and speaker.rng.random() < 0.5:
        return None
    return speaker.wording(say.RELATIONS[kind]).format(t=name), [alike[marks.index(1)]]


def _between(speaker: Speaker, thing, name, alike, anchors) -> tuple[str, list[RoomObject]] | None:
    big = [o for o in anchors if o.size.max() > 0.3]
    speaker.rng.shuffle(big)
    for i, b in enumerate(big[:6]):
        for c in big[i + 1 : 6]:
            if (
                between(speaker.space, thing, b, c) != 1
                or speaker.space.gap(thing, b) > 1.5
                or speaker.space.gap(thing, c) > 1.5
            ):
                continue
            if any(between(speaker.space, o, b, c) != -1 for o in alike if o.id not in (thing.id, b.id, c.id)):
                continue
            first, second = speaker.refer(b), speaker.refer(c)
            if first and second and first != second:
                return speaker.wording(say.RELATIONS["between"]).format(t=name, a=first, b=second), [thing]
    return None


def _nearest(speaker: Speaker, thing, name, alike, anchors) -> tuple[str, list[RoomObject]] | None:
    anchor = speaker.pick(anchors)
    alike = [o for o in alike if o.id != anchor.id]
    if len(alike) < 2:
        return None
    order = sorted(alike, key=lambda o: speaker.space.apart(o, anchor))
    distances = [speaker.space.apart(o, anchor) for o in order]
    reference = speaker.refer(anchor)
    if reference is None:
        return None
    if speaker.rng.random() < 0.65:
        if distances[1] < 1.3 * distances[0] + 0.15 or distances[0] > 2.0 or order[0].on == anchor.id:
            return None
        return speaker.wording(say.RELATIONS["nearest"]).format(t=name, a=reference), [order[0]]
    if distances[-1] < 1.2 * distances[-2] + 0.2:
        return None
    return speaker.wording(say.RELATIONS["farthest"]).format(t=name, a=reference), [order[-1]]


def relation(speaker: Speaker) -> Asked:
    found = related(speaker)
    if found is None:
        return None
    bare, things = found
    if len(things) > 1:
        return speaker.wording(say.MANY).format(np=f"the {bare}", bare=bare), things, speaker.summary(things)
    return _one(speaker, bare, True), things, speaker.short(things[0])


def superlative(speaker: Speaker) -> Asked:
    noun = speaker.noun(some_category(speaker))
    if noun is None or not noun.countable:
        return None
    alike, space = speaker.members(noun), speaker.space
    if len(alike) < 2:
        return None
    volume = {o.id: float(np.prod(o.size)) for o in alike}
    measures: dict[str, tuple[Callable[[RoomObject], float], float, float]] = {
        "largest": (lambda o: volume[o.id], 1.3, 0.0),
        "smallest": (lambda o: 1.0 / volume[o.id], 1.3, 0.0),
        "tallest": (lambda o: float(o.size[2]), 1.12, 0.01),
        "longest": (lambda o: float(o.size[:2].max()), 1.15, 0.02),
    }
    if space.seen_from:
        measures["leftmost"] = (lambda o: -float(space.view(o)[0]), 1.0, 0.2)
        measures["rightmost"] = (lambda o: float(space.view(o)[0]), 1.0, 0.2)
        measures["closest"] = (lambda o: -space.from_viewer(o), 1.0, 0.3)
        measures["remotest"] = (lambda o: space.from_viewer(o), 1.0, 0.3)
    kind = speaker.pick(list(measures))
    measure, ratio, step = measures[kind]
    order = sorted(alike, key=measure)
    if measure(order[-1]) < ratio * measure(order[-2]) + step:
        return None
    bare = speaker.wording(say.SUPERLATIVES[kind]).format(t=noun.one, ts=noun.many)
    return _one(speaker, bare, True), [order[-1]], speaker.short(order[-1])


def zero(speaker: Speaker) -> Asked:
    phrase = absent_phrase(speaker)
    if phrase is None:
        return None
    bare, _, countable = phrase
    return _one(speaker, bare, speaker.rng.random() < 0.5, countable), [], f"no {bare} here"


def need(speaker: Speaker) -> Asked:
    options, categories = speaker.pick(NEEDS)
    things = [o for o in speaker.visible if o.category in categories]
    if not things and (speaker.rng.random() < 0.8 or any(o.category in categories for o in speaker.room.objects)):
        return None
    held = [o for o in options if is_held_out(o)]
    kept = [o for o in options if not is_held_out(o)]
    if speaker.split == "phrasing" and held:
        wish = speaker.pick(held)
        speaker.rare_wording = True
    elif kept:
        wish = speaker.pick(kept)
    else:
        return None
    text = speaker.wording(say.NEED).format(need=wish if wish.endswith("?") else wish + ".")
    return text, things, speaker.summary(things) if things else "nothing for that here"
