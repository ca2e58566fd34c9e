"""Questions that want an answer in words; the targets are the objects that they are about."""

from __future__ import annotations

from . import phrasing as say
from .absence import absent_phrase, some_category
from .finding import Asked, related
from .lexicon import COLOR_NAMES, MADE_OF, MATERIAL_NAMES
from .phrasing import article, number
from .room import RoomObject
from .wording import Speaker


def count(speaker: Speaker) -> Asked:
    if speaker.rng.random() < 0.15:
        return _count_on(speaker)
    if speaker.rng.random() < 0.1:
        phrase = absent_phrase(speaker)
        if phrase is None or not phrase[2]:
            return None
        return speaker.wording(say.COUNT).format(bare=phrase[1]), [], "none"
    noun = speaker.noun(some_category(speaker))
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
    found = related(speaker)
    if found is None or len(found[1]) != 1:
        return None
    return f"the {found[0]}", found[1][0]


def color(speaker: Speaker) -> Asked:
    found = _single(speaker)
    if found is None:
        return None
    text, thing = found
    named = text.lower().split()
    if (
        thing.color not in COLOR_NAMES
        or thing.material == "glass"
        or any(w in named for words in COLOR_NAMES.values() for w in words)
    ):
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
        phrase = absent_phrase(speaker)
        if phrase is None:
            return None
        bare, many, countable = phrase
        np_ = article(bare) if countable else bare
        return speaker.wording(say.EXISTS).format(np=np_, bare=many), [], "no"
    noun = speaker.noun(some_category(speaker))
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
