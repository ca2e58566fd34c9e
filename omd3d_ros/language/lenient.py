"""Programs without what cannot be told of objects that only have labels and boxes: nothing is ruled out by it."""

from __future__ import annotations

from collections.abc import Collection

from .program import Step
from .program.operations import ORDINALS, PLACES, VIEWER_SIDES

_OF_THE_VIEWER = ("leftmost", "rightmost", "closest", "remotest", *VIEWER_SIDES)
_OF_A_WALL = tuple(place for place in PLACES if place != "on_floor")
_SIDES = ("left", "right", "front", "behind", "left_end", "right_end")
_UNSEEN = ("material", "shape")


def lenient(step: Step, unknown: Collection[tuple[int, int]] = ()) -> Step:
    """A set that all members of the step's set are in, the likeliest first: beside for to the left of, the nearest for
    the second nearest, and any place for a place in the room or seen by somebody.

    unknown: spans of nouns that mean no object, as in "put a flag on the pans": what stands beside them is meant.
    """
    name = step.operation
    if name == "last":
        return Step("thing")
    known = [argument for argument in step.arguments if not _is_unknown(argument, unknown)]
    arguments = tuple(lenient(argument, unknown) for argument in known or step.arguments)
    if len(arguments) < len(step.arguments):
        return arguments[0]
    if name in _OF_THE_VIEWER or name in _OF_A_WALL or name in ORDINALS or name.partition(":")[0] in _UNSEEN:
        return arguments[0]
    if name in _SIDES:
        return Step("near", arguments)
    if name in ("stand", "face"):
        return Step("near", (arguments[1], arguments[0]))
    return Step(name, arguments, step.start, step.end)


def _is_unknown(step: Step, unknown: Collection[tuple[int, int]]) -> bool:
    if step.operation == "noun":
        return (step.start, step.end) in unknown
    return len(step.arguments) > 0 and all(_is_unknown(argument, unknown) for argument in step.arguments)
