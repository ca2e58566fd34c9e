"""Questions about what the previous answer was about: "and the one next to it?", "what colour is it?"."""

from __future__ import annotations

from ....language.program import Step
from ....language.program.operations import PLACES
from . import places_wording as places
from . import ranking_wording as ranks
from .draft import LAST, THING, Draft, need

_RELATIONS = ("near", "on", "under", "left", "right", "front", "behind", "above", "in")
_SIZES = tuple(places.SIZES)


def follow_up(d: Draft) -> Step:
    """Two in five ask about the thing itself, the others find something from it."""
    roll = d.voice.rng.random()
    if roll < 0.25:
        return Step(d.voice.pick(("color", "color", "where", "where", "material", "what", "count")), (LAST,))
    if roll < 0.4:
        return Step(d.voice.pick(("find", "find", "count", "all", "exists")), (_filtered(d),))
    if roll < 0.53:
        relation = d.relation(_RELATIONS)
        return Step(d.voice.pick(("what", "what", "find", "exists", "count")), (Step(relation, (THING, LAST)),))
    if roll < 0.73:
        relation = d.relation(_RELATIONS)
        step = Step(relation, (d.described(need(d.world.thing()), 0.2), LAST))
        return Step(d.voice.pick(("find", "find", "find", "exists", "where", "count", "color")), (step,))
    if roll < 0.81:
        name = "nearest" if d.voice.chance(0.75) else "farthest"
        return Step("find", (Step(name, (d.described(need(d.world.alike()), 0.1), LAST)),))
    if roll < 0.93:
        names = tuple(ranks.EXTREMES) if d.world.viewed else ("largest", "smallest", "tallest", "longest", "highest")
        return Step("find", (Step(d.voice.pick(names), (LAST,)),))
    relation = d.relation(("on", "near", "under", "left", "right"))
    step = Step(relation, (LAST, d.anchor(need(d.world.thing()), nested=0)))
    return Step(d.voice.pick(("exists", "find", "count")), (step,))


def _filtered(d: Draft) -> Step:
    roll = d.voice.rng.random()
    thing = need(d.world.thing())
    if roll < 0.55:
        return d.colored(LAST, thing)
    if roll < 0.75:
        return d.made(LAST, thing)
    if roll < 0.9:
        return Step(f"size:{d.voice.pick(_SIZES)}", (LAST,))
    return Step(d.voice.pick(PLACES), (LAST,))
