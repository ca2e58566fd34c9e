"""Questions that want objects pointed out, each composed as a program.

What they speak of exists where there is a room; whether they are clear is for whoever runs the program.
"""

from __future__ import annotations

from collections.abc import Callable

from ....language.program import COLORS, Step
from ....language.program.operations import PLACES
from . import places_wording as places
from .draft import BY_SIZE, THING, Draft, Unsaid, need
from .nouns import some_wider
from .worlds import Thing

_SEEN = ("leftmost", "rightmost", "closest", "remotest")


def category(d: Draft) -> Step:
    return d.asked(d.named(need(d.world.thing())))


def wider(d: Draft) -> Step:
    step = d.noun(some_wider(d.voice))
    if d.nouns[step.start].phrase_like or d.voice.chance(0.6):
        return Step("all", (step,))
    return d.asked(step)


def attribute(d: Draft) -> Step:
    thing = need(d.world.thing())
    if d.voice.chance(0.05):
        return Step("all", (d.colored(THING, thing) if d.voice.chance(0.6) else d.made(THING, thing),))
    step = d.named(thing)
    roll = d.voice.rng.random()
    if roll > 0.55:
        if any(word in d.nouns[0].one for word in ("glass", "plastic", "wood")):
            raise Unsaid
        step = d.made(step, thing)
    if roll < 0.7:
        step = d.colored(step, thing)
    return d.asked(step)


def size(d: Draft) -> Step:
    step = d.described(need(d.world.alike()), 0.15)
    return d.asked(Step(f"size:{d.voice.pick(tuple(places.SIZES))}", (step,)))


def shape(d: Draft) -> Step:
    thing = need(d.world.thing())
    return d.asked(d.shaped(d.named(thing), thing))


def relation(*relations: str) -> Callable[[Draft], Step]:
    def made(d: Draft) -> Step:
        relation, a, b = d.relation_of(relations)
        step = THING if d.voice.chance(0.05) else d.described(a)
        step = Step(relation, (step, d.anchor(b)))
        if d.voice.chance(0.05):
            step = _also(d, step, a)
        return d.asked(step)

    return made


def _also(d: Draft, step: Step, thing: Thing) -> Step:
    """A second relation or place of the same thing; the step alone where there is none."""
    place = d.voice.pick(PLACES)
    other = d.world.placed(place)
    if other is not None and other.index == thing.index and other.category == thing.category:
        return Step(place, (step,))
    relation, a, b = d.relation_of(("near", "on", "left", "right", "front"))
    return Step(relation, (step, d.anchor(b))) if a.index == thing.index else step


def between(d: Draft) -> Step:
    a, b, c = need(d.world.surrounded())
    step = THING if d.voice.chance(0.08) else d.described(a)
    return d.asked(Step("between", (step, d.anchor(b, nested=0), d.anchor(c, nested=0))))


def place(*names: str) -> Callable[[Draft], Step]:
    def made(d: Draft) -> Step:
        name = d.voice.pick(names)
        thing = need(d.world.placed(name))
        step = THING if d.voice.chance(0.08) else d.described(thing)
        return d.asked(Step(name, (step,)))

    return made


def distance(name: str) -> Callable[[Draft], Step]:
    def made(d: Draft) -> Step:
        step = THING if name == "nearest" and d.voice.chance(0.1) else d.described(need(d.world.alike()), 0.15)
        return Step("find", (Step(name, (step, d.anchor(need(d.world.thing())))),))

    return made


def superlative(d: Draft) -> Step:
    step = d.described(need(d.world.alike()), 0.15)
    if d.voice.chance(0.1):
        step = THING
    names = BY_SIZE + (_SEEN * 2 if d.world.viewed else ())
    return Step("find", (Step(d.voice.pick(names), (step,)),))


def ordinal(d: Draft) -> Step:
    step = d.described(need(d.world.alike()), 0.1)
    place = d.voice.pick(("nth:2", "nth:2", "nth:2", "nth:3", "nth:3", "nth:4", "nth:5"))
    roll = d.voice.rng.random()
    if roll < 0.2:
        ranked = Step("nearest" if roll < 0.15 else "farthest", (step, d.anchor(need(d.world.thing()), nested=0)))
    elif d.world.viewed and roll < 0.7:
        ranked = Step(d.voice.pick(("leftmost", "leftmost", "rightmost", "closest", "remotest")), (step,))
    else:
        ranked = Step(d.voice.pick(BY_SIZE), (step,))
    return Step("find", (Step(place, (ranked,)),))


def several(d: Draft) -> Step:
    thing = need(d.world.alike())
    return Step("all", (d.described(thing),))


def kinds(d: Draft) -> Step:
    first, second = d.described(need(d.world.thing()), 0.15), d.described(need(d.world.thing()), 0.15)
    step = Step("or", (first, second))
    if d.voice.chance(0.15):
        third = d.named(need(d.world.thing()))
        step = Step("or", (step, third))
    if d.voice.chance(0.2):
        relation, _, b = d.relation_of(("near", "on", "under", "left", "right", "in"))
        step = Step(relation, (step, d.anchor(b, nested=0)))
    return Step(d.voice.pick(("all", "all", "all", "count")), (step,))


def zero(d: Draft) -> Step:
    roll = d.voice.rng.random()
    if roll < 0.5:
        step = d.noun(d.world.absent())
        if d.voice.chance(0.3):
            step = Step(f"color:{d.voice.pick(COLORS)}", (step,))
    elif roll < 0.8:
        step = Step(f"color:{d.voice.pick(COLORS)}", (d.named(need(d.world.thing())),))
    else:
        _, _, b = d.relation_of(("on", "under", "near"))
        relation = d.voice.pick(("on", "under", "near", "above", "in"))
        step = Step(relation, (d.named(need(d.world.thing())), d.anchor(b, nested=0)))
    return Step(d.voice.pick(("find", "find", "all")), (step,))


def negation(d: Draft) -> Step:
    roll = d.voice.rng.random()
    if roll < 0.15:
        kept = THING
        if d.voice.chance(0.5):
            relation, _, b = d.relation_of(("on", "on", "in", "near", "under"))
            kept = Step(relation, (THING, d.anchor(b, nested=0)))
        return Step("all", (Step("except", (kept, d.named(need(d.world.thing())))),))
    thing = need(d.world.alike())
    step = d.named(thing)
    if roll < 0.55:
        other = need(d.world.alike() if d.voice.chance(0.3) else thing)
        unwanted = d.colored(THING, other) if d.voice.chance(0.75) else d.made(THING, other)
        if unwanted.operation != f"color:{thing.color}" and d.voice.chance(0.3):
            step = d.colored(step, thing)
    elif roll < 0.7:
        same = d.noun(d.nouns[len(d.nouns) - 1])
        return Step("all", (Step("except", (step, d.colored(same, thing))),))
    else:
        relation, _, b = d.relation_of(("near", "on", "with", "under", "left", "right"))
        unwanted = Step(relation, (THING, d.anchor(b, nested=0)))
        if d.voice.chance(0.3):
            relation, _, b = d.relation_of(("near", "on", "under", "left", "right"))
            step = Step(relation, (step, d.anchor(b, nested=0)))
    return d.asked(Step("except", (step, unwanted)), 1.0)


def needed(d: Draft) -> Step:
    return Step("all", (d.noun(d.world.wish()),))
