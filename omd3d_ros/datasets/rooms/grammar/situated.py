"""Questions from somewhere in the room: "I stand at the door facing the sofa, what is to my left?"."""

from __future__ import annotations

from ....language.program import Step
from ....language.program.operations import VIEWER_SIDES
from .draft import THING, Draft, Unsaid, need

_SEEN_FROM = ("left", "right", "front", "behind")
_RANKED = ("closest", "remotest", "leftmost", "rightmost", "closest")


def situated(d: Draft) -> Step:
    """A question whose answer depends on where the viewer stands or looks; raises Unsaid where it has none."""
    roll = d.voice.rng.random()
    if roll < 0.22 and d.world.viewed:
        return _asked(d, lambda step: step)
    stand = d.anchor(need(d.world.thing()), 0.15, 0.0)
    if roll < 0.6:
        face = d.anchor(need(d.world.thing()), 0.15, 0.0)
        return _asked(d, lambda step: Step("stand", (stand, Step("face", (face, step)))))
    if roll < 0.68 and d.world.viewed:
        return _asked(d, lambda step: Step("face", (stand, step)))
    return _asked(d, lambda step: Step("stand", (stand, step)))


def _asked(d: Draft, seen) -> Step:
    roll = d.voice.rng.random()
    side = d.voice.pick(VIEWER_SIDES)
    if roll < 0.3:
        return Step("what", (seen(Step(side, (THING,))),))
    if roll < 0.4:
        step = seen(Step(side, (d.described(need(d.world.thing()), 0.15),)))
        return Step(d.voice.pick(("count", "exists")), (step,))
    if roll < 0.55:
        among = THING if d.voice.chance(0.25) else d.described(need(d.world.alike()), 0.15)
        return Step("find", (seen(Step(d.voice.pick(_RANKED), (among,))),))
    if roll < 0.65:
        a, b = need(d.world.thing()), need(d.world.thing())
        relation = d.voice.pick(_SEEN_FROM)
        return Step("find", (seen(Step(relation, (d.described(a, 0.15), d.anchor(b, nested=0)))),))
    step = seen(Step(side, (d.described(need(d.world.thing()), 0.15),)))
    number = d.world.number(step, d.nouns)
    if number < 1:
        raise Unsaid
    return Step("find" if number == 1 else "all", (step,))
