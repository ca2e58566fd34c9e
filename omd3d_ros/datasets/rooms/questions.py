"""One function per kind of request: each returns (text, target objects, answer), or None when the scene offers none."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from . import phrasing as say
from .lexicon import COLOR_NAMES, MADE_OF, MATERIAL_NAMES, NAMES, SHARED, WIDER, plural, singular
from .needs import NEEDS
from .phrasing import article, is_held_out, number
from .relations import ALONE, PAIRS, between
from .room import RoomObject
from .wording import Noun, Speaker, plain_name

Asked = tuple[str, list[RoomObject], str] | None


def _one(speaker: Speaker, bare: str, definite: bool, countable: bool = True) -> str:
    np_ = f"the {bare}" if definite else (article(bare) if countable else bare)
    return speaker.wording(say.ONE).format(np=np_, bare=bare)


def _some_category(speaker: Speaker) -> str:
    return speaker.pick(sorted(speaker.categories))


def category(speaker: Speaker) -> Asked:
    noun = speaker.noun(_some_category(speaker))
    if noun is None:
        return None
    things = speaker.members(noun)
    single = len(things) == 1
    return _one(speaker, noun.one, single and speaker.rng.random() < 0.5, noun.countable), things, speaker.summary(things)


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
    noun = speaker.noun(_some_category(speaker))
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
    return _one(speaker, bare, len(chosen) == 1 and speaker.rng.random() < 0.7, noun.countable), chosen, speaker.summary(chosen)


def _by_size(speaker: Speaker, noun: Noun, alike: list[RoomObject]) -> Asked:
    if len(alike) != 2:
        return None
    low, high = sorted(alike, key=lambda o: float(np.prod(o.size)))
    if np.prod(high.size) < 1.8 * np.prod(low.size) or high.size.max() < low.size.max():
        return None
    word, thing = speaker.pick((("big", high), ("large", high), ("bigger", high), ("small", low), ("little", low), ("smaller", low)))
    return _one(speaker, f"{word} {noun.one}", True), [thing], speaker.short(thing)


def _related(speaker: Speaker) -> tuple[str, list[RoomObject]] | None:
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
    anchors = [o for o in speaker.visible if o.id != thing.id and o.category != "object" and o.category not in noun.categories]
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
            if between(speaker.space, thing, b, c) != 1 or speaker.space.gap(thing, b) > 1.5 or speaker.space.gap(thing, c) > 1.5:
                continue
            if any(between(speaker.space, o, b, c) != -1 for o in alike if o.id != thing.id):
                continue
            first, second = speaker.refer(b), speaker.refer(c)
            if first and second and first != second:
                return speaker.wording(say.RELATIONS["between"]).format(t=name, a=first, b=second), [thing]
    return None


def _nearest(speaker: Speaker, thing, name, alike, anchors) -> tuple[str, list[RoomObject]] | None:
    if len(alike) < 2:
        return None
    anchor = speaker.pick(anchors)
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
    found = _related(speaker)
    if found is None:
        return None
    bare, things = found
    if len(things) > 1:
        return speaker.wording(say.MANY).format(np=f"the {bare}", bare=bare), things, speaker.summary(things)
    return _one(speaker, bare, True), things, speaker.short(things[0])


def superlative(speaker: Speaker) -> Asked:
    noun = speaker.noun(_some_category(speaker))
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


def _absent(speaker: Speaker) -> Noun | None:
    """Something that the whole room lacks, under every reading of its name."""
    present = {o.category for o in speaker.room.objects}
    missing = [c for c in NAMES if c not in present and c != "object"]
    noun = speaker.noun(speaker.pick(missing)) if missing else None
    if noun is None:
        return None
    readings = noun.categories | {c for n, means, maybe in SHARED if singular(n) == noun.one for c in (*means, *maybe)}
    return None if readings & present else noun


def _absent_phrase(speaker: Speaker) -> tuple[str, str, bool] | None:
    """(bare phrase, its plural, countable) of what is not there: a missing kind, or a present kind in another colour."""
    if speaker.rng.random() < 0.6:
        noun = _absent(speaker)
        if noun is None:
            return None
        if speaker.rng.random() < 0.3:
            color = speaker.color_word(speaker.pick(list(COLOR_NAMES)))
            return f"{color} {noun.one}", f"{color} {noun.many}", noun.countable
        return noun.one, noun.many, noun.countable
    noun = speaker.noun(_some_category(speaker))
    if noun is None:
        return None
    color = speaker.pick(list(COLOR_NAMES))
    everywhere = [o for o in speaker.room.objects if o.category in noun.categories]
    if speaker.of_color(everywhere, color) != []:
        return None
    word = speaker.color_word(color)
    return f"{word} {noun.one}", f"{word} {noun.many}", noun.countable


def zero(speaker: Speaker) -> Asked:
    phrase = _absent_phrase(speaker)
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


def count(speaker: Speaker) -> Asked:
    if speaker.rng.random() < 0.15:
        return _count_on(speaker)
    if speaker.rng.random() < 0.1:
        phrase = _absent_phrase(speaker)
        if phrase is None or not phrase[2]:
            return None
        return speaker.wording(say.COUNT).format(bare=phrase[1]), [], "none"
    noun = speaker.noun(_some_category(speaker))
    if noun is None or not noun.countable or "books" in noun.categories:
        return None
    things, bare = speaker.members(noun), noun.many
    if speaker.rng.random() < 0.2:
        color = speaker.pick(things).color
        colored = speaker.of_color(things, color)
        if colored:
            things, bare = colored, f"{speaker.color_word(color)} {bare}"
    return speaker.wording(say.COUNT).format(bare=bare), things, number(len(things))


def _carrier(speaker: Speaker) -> tuple[str, list[RoomObject]] | None:
    carriers = sorted({o.on for o in speaker.visible if o.on is not None})
    seen = [o for o in speaker.visible if o.id in carriers]
    if not seen:
        return None
    anchor = speaker.pick(seen)
    reference = speaker.refer(anchor)
    return (reference, [o for o in speaker.visible if o.on == anchor.id]) if reference else None


def _count_on(speaker: Speaker) -> Asked:
    found = _carrier(speaker)
    if found is None or any(o.category == "books" for o in found[1]):
        return None
    return speaker.wording(say.COUNT_ON).format(np=found[0]), found[1], number(len(found[1]))


def _single(speaker: Speaker) -> tuple[str, RoomObject] | None:
    """A definite phrase for one object that does not give its colour away."""
    if speaker.rng.random() < 0.5:
        thing = speaker.pick(speaker.visible)
        noun = speaker.noun(thing.category)
        if noun is None or not noun.countable or len(speaker.members(noun)) != 1:
            return None
        return f"the {noun.one}", thing
    found = _related(speaker)
    if found is None or len(found[1]) != 1:
        return None
    return f"the {found[0]}", found[1][0]


def color(speaker: Speaker) -> Asked:
    found = _single(speaker)
    if found is None:
        return None
    text, thing = found
    named = text.lower().split()
    if thing.color not in COLOR_NAMES or thing.material == "glass" or any(w in named for words in COLOR_NAMES.values() for w in words):
        return None
    return speaker.wording(say.COLOR).format(np=text), [thing], thing.color


def material(speaker: Speaker) -> Asked:
    found = _single(speaker)
    if found is None or found[1].material not in MATERIAL_NAMES:
        return None
    text, thing = found
    return speaker.wording(say.MATERIAL).format(np=text), [thing], MADE_OF.get(thing.material, thing.material)


def existence(speaker: Speaker) -> Asked:
    if speaker.rng.random() < 0.5:
        phrase = _absent_phrase(speaker)
        if phrase is None:
            return None
        bare, many, countable = phrase
        np_ = article(bare) if countable else bare
        return speaker.wording(say.EXISTS).format(np=np_, bare=many), [], "no"
    noun = speaker.noun(_some_category(speaker))
    if noun is None:
        return None
    things, bare, many = speaker.members(noun), noun.one, noun.many
    if speaker.rng.random() < 0.3:
        color = speaker.pick(things).color
        colored = speaker.of_color(things, color)
        if colored:
            word = speaker.color_word(color)
            things, bare, many = colored, f"{word} {bare}", f"{word} {many}"
    np_ = article(bare) if noun.countable else bare
    return speaker.wording(say.EXISTS).format(np=np_, bare=many), things, "yes"


def location(speaker: Speaker) -> Asked:
    thing = speaker.pick(speaker.visible)
    reference = speaker.refer(thing)
    if reference is None or thing.mount == "built-in":
        return None
    return speaker.wording(say.WHERE).format(np=reference), [thing], speaker.place(thing)


def what_on(speaker: Speaker) -> Asked:
    found = _carrier(speaker)
    if found is None:
        return None
    return speaker.wording(say.WHAT_ON).format(np=found[0]), found[1], speaker.summary(found[1])


# kind -> (maker, how often)
KINDS: dict[str, tuple[Callable[[Speaker], Asked], float]] = {
    "category": (category, 1.6), "attribute": (attribute, 1.6), "relation": (relation, 2.6), "superlative": (superlative, 1.0),
    "several": (several, 0.7), "wider": (wider, 0.6), "zero": (zero, 0.9), "need": (need, 1.1), "count": (count, 0.7),
    "color": (color, 0.6), "material": (material, 0.3), "existence": (existence, 0.7), "location": (location, 0.7),
    "what_on": (what_on, 0.4),
}  # fmt: skip
__all__ = ["KINDS", "Asked", "plain_name"]
