"""Programs without what cannot be told of objects that only have labels and boxes: nothing is ruled out by it."""

from __future__ import annotations

from .program import Step
from .program.operations import ORDINALS, PLACES, VIEWER_SIDES

_OF_THE_VIEWER = ("leftmost", "rightmost", "closest", "remotest", *VIEWER_SIDES)
_OF_A_WALL = tuple(place for place in PLACES if place != "on_floor")
_SIDES = ("left", "right", "front", "behind", "left_end", "right_end")
_UNSEEN = ("material", "shape")


def lenient(step: Step) -> Step:
    """A set that all members of the step's set are in, the likeliest first: beside for to the left of, the nearest for
    the second nearest, and any place for a place in the room or seen by somebody."""
    name = step.operation
    if name == "last":
        return Step("thing")
    arguments = tuple(lenient(argument) for argument in step.arguments)
    if name in _OF_THE_VIEWER or name in _OF_A_WALL or name in ORDINALS or name.partition(":")[0] in _UNSEEN:
        return arguments[0]
    if name in _SIDES:
        return Step("near", arguments)
    if name in ("stand", "face"):
        return Step("near", (arguments[1], arguments[0]))
    return Step(name, arguments, step.start, step.end)
