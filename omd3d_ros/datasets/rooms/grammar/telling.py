"""Questions that want an answer in words, each composed as a program."""

from __future__ import annotations

from ....language.program import COLORS, Step
from ....language.program.operations import PLACES
from .draft import BY_SIZE, THING, Draft, Unsaid, need
from .nouns import some_wider
from .worlds import Thing

_SEEN = ("leftmost", "rightmost", "closest", "remotest")


def count(d: Draft) -> Step:
    roll = d.voice.rng.random()
    if roll < 0.08:
        return Step("count", (d.noun(d.world.absent()),))
    if roll < 0.25:
        relation, a, b = d.relation_of(("on", "on", "near", "under", "left", "right", "in"))
        step = THING if d.voice.chance(0.4) else d.described(a, 0.1)
        return Step("count", (Step(relation, (step, d.anchor(b))),))
    if roll < 0.32:
        return Step("count", (d.noun(some_wider(d.voice)),))
    if roll < 0.4:
        place = d.voice.pick(PLACES)
        return Step("count", (Step(place, (d.named(need(d.world.placed(place))),)),))
    if roll < 0.46:
        thing = need(d.world.alike())
        return Step("count", (Step("except", (d.named(thing), d.colored(THING, thing))),))
    thing = need(d.world.alike() if d.voice.chance(0.7) else d.world.thing())
    return Step("count", (d.described(thing, 0.3),))


def _one(d: Draft) -> tuple[Step, Thing]:
    """One object, by its name or a relation, without its colour and material."""
    if d.voice.chance(0.5):
        thing = need(d.world.thing())
        return d.single(d.named(thing)), thing
    if d.voice.chance(0.2):
        thing = need(d.world.alike())
        return Step(d.voice.pick(BY_SIZE), (d.named(thing),)), thing
    relation, a, b = d.relation_of(("on", "near", "under", "left", "right", "behind", "front", "above", "with"))
    return d.single(Step(relation, (d.named(a), d.anchor(b, nested=0)))), a


def color(d: Draft) -> Step:
    return Step("color", (_one(d)[0],))


def material(d: Draft) -> Step:
    return Step("material", (_one(d)[0],))


def existence(d: Draft) -> Step:
    roll = d.voice.rng.random()
    if roll < 0.3:
        step = d.noun(d.world.absent())
        if d.voice.chance(0.2):
            step = Step(f"color:{d.voice.pick(COLORS)}", (step,))
    elif roll < 0.45:
        step = Step(f"color:{d.voice.pick(COLORS)}", (d.named(need(d.world.thing())),))
    elif roll < 0.6:
        relation, a, b = d.relation_of(
            ("on", "near", "under", "left", "right", "front", "behind", "above", "in", "with")
        )
        if d.voice.chance(0.4):
            a = need(d.world.thing())
        step = Step(relation, (d.described(a, 0.15), d.anchor(b, nested=0)))
    elif roll < 0.67:
        relation, _, b = d.relation_of(("on", "under"))
        step = Step(d.voice.pick((relation, relation, "near", "in", "above")), (THING, d.anchor(b, nested=0)))
    elif roll < 0.74:
        place = d.voice.pick(PLACES)
        thing = d.world.placed(place) if d.voice.chance(0.6) else d.world.thing()
        step = Step(place, (d.named(need(thing)),))
    elif roll < 0.8:
        step = d.noun(some_wider(d.voice))
    else:
        step = d.described(need(d.world.thing()), 0.3)
    return Step("exists", (step,))


def comparison(d: Draft) -> Step:
    first, second = need(d.world.thing()), need(d.world.thing())
    if first == second and first.index >= 0 or first.category == second.category:
        raise Unsaid
    if d.voice.chance(0.45):
        return Step("more", (d.described(first, 0.15), d.described(second, 0.15)))
    pair = Step("or", (d.anchor(first, nested=0), d.anchor(second, nested=0)))
    if d.voice.chance(0.3):
        name = "nearest" if d.voice.chance(0.7) else "farthest"
        return Step("find", (Step(name, (pair, d.anchor(need(d.world.thing()), nested=0))),))
    names = BY_SIZE + (_SEEN if d.world.viewed else ())
    return Step("find", (Step(d.voice.pick(names), (pair,)),))


def location(d: Draft) -> Step:
    thing = need(d.world.thing())
    step = d.described(thing, 0.35)
    if d.voice.chance(0.12):
        alike = need(d.world.alike())
        step = Step(d.voice.pick(BY_SIZE), (d.named(alike),))
    return Step("where", (step,))


def what_on(d: Draft) -> Step:
    _, _, b = d.relation_of(("on",))
    return Step("what", (Step("on", (THING, d.anchor(b))),))


def what_near(d: Draft) -> Step:
    roll = d.voice.rng.random()
    if roll < 0.15:
        return Step("what", (Step("nearest", (THING, d.anchor(need(d.world.thing())))),))
    if roll < 0.3:
        _, b, c = need(d.world.surrounded())
        return Step("what", (Step("between", (THING, d.anchor(b, nested=0), d.anchor(c, nested=0))),))
    if roll < 0.4:
        return Step("what", (Step(d.voice.pick(PLACES), (THING,)),))
    if roll < 0.5:
        _, _, b = d.relation_of(("with",))
        return Step("what", (Step("with", (THING, d.anchor(b))),))
    relation, _, b = d.relation_of(("near", "near", "under", "above", "left", "right", "front", "behind", "in"))
    return Step("what", (Step(relation, (THING, d.anchor(b))),))


def describe(d: Draft) -> Step:
    return Step("describe")


def unanswerable(d: Draft) -> Step:
    return Step("unknown")
