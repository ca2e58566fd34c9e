"""The types of questions, each composed as a program; what they are about is true where there is a room."""

from __future__ import annotations

from collections.abc import Callable

from ....language.program import COLORS, Step
from ....language.program.operations import PLACES
from . import places_wording as places
from .draft import THING, Draft, Unsaid, need
from .following import follow_up
from .nouns import some_wider
from .situated import situated
from .worlds import Thing

_OFTEN_BY_SIZE = ("largest", "smallest", "tallest", "shortest", "longest", "highest", "lowest")
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


def _relation(*relations: str) -> Callable[[Draft], Step]:
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


def _place(*names: str) -> Callable[[Draft], Step]:
    def made(d: Draft) -> Step:
        name = d.voice.pick(names)
        thing = need(d.world.placed(name))
        step = THING if d.voice.chance(0.08) else d.described(thing)
        return d.asked(Step(name, (step,)))

    return made


def _distance(name: str) -> Callable[[Draft], Step]:
    def made(d: Draft) -> Step:
        step = THING if name == "nearest" and d.voice.chance(0.1) else d.described(need(d.world.alike()), 0.15)
        return Step("find", (Step(name, (step, d.anchor(need(d.world.thing())))),))

    return made


def superlative(d: Draft) -> Step:
    step = d.described(need(d.world.alike()), 0.15)
    if d.voice.chance(0.1):
        step = THING
    names = _OFTEN_BY_SIZE + (_SEEN * 2 if d.world.viewed else ())
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
        ranked = Step(d.voice.pick(_OFTEN_BY_SIZE), (step,))
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
        return Step("all", (Step("except", (THING, d.named(need(d.world.thing())))),))
    thing = need(d.world.alike())
    step = d.named(thing)
    if roll < 0.55:
        other = need(d.world.alike() if d.voice.chance(0.3) else thing)
        unwanted = d.colored(THING, other) if d.voice.chance(0.75) else d.made(THING, other)
        if unwanted.operation != f"color:{thing.color}" and d.voice.chance(0.3):
            step = d.colored(step, thing)
    elif roll < 0.7:
        same = d.noun(d.nouns[step.start])
        return Step("all", (Step("except", (step, d.colored(same, thing))),))
    else:
        relation, _, b = d.relation_of(("near", "on", "with", "under", "left", "right"))
        unwanted = Step(relation, (THING, d.anchor(b, nested=0)))
    return d.asked(Step("except", (step, unwanted)), 1.0)


def needed(d: Draft) -> Step:
    return Step("all", (d.noun(d.world.wish()),))


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
        return Step(d.voice.pick(_OFTEN_BY_SIZE), (d.named(thing),)), thing
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
    names = _OFTEN_BY_SIZE + (_SEEN if d.world.viewed else ())
    return Step("find", (Step(d.voice.pick(names), (pair,)),))


def location(d: Draft) -> Step:
    thing = need(d.world.thing())
    step = d.described(thing, 0.35)
    if d.voice.chance(0.12):
        alike = need(d.world.alike())
        step = Step(d.voice.pick(_OFTEN_BY_SIZE), (d.named(alike),))
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


# Type of question -> (its maker, how often).
TYPES: dict[str, tuple[Callable[[Draft], Step], float]] = {
    "category": (category, 1.5), "wider": (wider, 0.5), "attribute": (attribute, 1.3), "size": (size, 0.4),
    "shape": (shape, 0.25), "part": (_relation("with"), 0.4), "on": (_relation("on"), 0.8),
    "under": (_relation("under"), 0.4), "in": (_relation("in"), 0.3), "near": (_relation("near"), 0.8),
    "between": (between, 0.6), "above": (_relation("above"), 0.35),
    "left_right": (_relation("left", "right", "left", "right", "left_end", "right_end"), 0.8),
    "front_behind": (_relation("front", "behind"), 0.5), "wall": (_place("on_wall", "against_wall"), 0.4),
    "corner": (_place("corner"), 0.35), "floor": (_place("on_floor", "middle"), 0.3),
    "nearest": (_distance("nearest"), 0.8),
    "farthest": (_distance("farthest"), 0.6), "superlative": (superlative, 0.9), "ordinal": (ordinal, 0.5),
    "several": (several, 0.7), "kinds": (kinds, 0.45), "zero": (zero, 0.8), "negation": (negation, 0.6),
    "need": (needed, 0.9), "count": (count, 1.0), "color": (color, 0.7), "material": (material, 0.4),
    "existence": (existence, 0.9), "comparison": (comparison, 0.6), "location": (location, 0.8),
    "what_on": (what_on, 0.45),
    "what_near": (what_near, 0.45), "situated": (situated, 0.8), "follow_up": (follow_up, 0.9),
    "describe": (describe, 0.25),
    "unanswerable": (unanswerable, 0.45),
}  # fmt: skip
