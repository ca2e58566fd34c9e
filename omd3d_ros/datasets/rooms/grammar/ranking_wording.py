"""How it is said that something is the nearest, the largest, the third from the left, or more so than another.

{b}: a noun phrase with its article; {is}: the verb in the number of what is spoken of.
"""

from __future__ import annotations

from .voice import Voice

# What is said most often is there twice.
NEAREST = (
    "nearest to {b}",
    "closest to {b}",
    "nearest {b}",
    "at the shortest distance from {b}",
    "closest of all to {b}",
    "most proximate to {b}",
    "the nearest to {b}",
    "least far from {b}",
    "the closest one to {b}",
    "most near to {b}",
    "most close to {b}",
    "nearest of all to {b}",
    "closer to {b} than the others",
    "least remote from {b}",
    "most adjacent to {b}",
    "at the least distance from {b}",
    "the least far away from {b}",
    "most closely beside {b}",
    "in closest proximity to {b}",
    "most proximal to {b}",
    "nearest to {b}",
    "closest to {b}",
)
FARTHEST = (
    "farthest from {b}", "furthest from {b}", "furthest away from {b}", "most distant from {b}",
    "the farthest from {b}",
    "at the greatest distance from {b}", "farthest away from {b}", "least near to {b}", "most remote from {b}",
    "farther from {b} than any other", "further from {b} than the others", "most removed from {b}",
    "the least close to {b}", "most far from {b}", "not as close to {b} as the others", "farthest from {b}",
)  # fmt: skip
NEAREST_BEFORE = (("nearest", "to {b}"), ("closest", "to {b}"), ("nearest", "by {b}"))
FARTHEST_BEFORE = (("farthest", "from {b}"), ("furthest", "from {b}"), ("most distant", "from {b}"))

# Before the noun; what is said after it.
EXTREMES: dict[str, tuple[str, ...]] = {
    "largest": ("largest", "biggest", "most massive", "bulkiest"),
    "smallest": ("smallest", "tiniest", "littlest", "most compact"),
    "tallest": ("tallest",),
    "shortest": ("shortest", "lowest-built", "least tall"),
    "longest": ("longest", "widest"),
    "highest": ("highest", "topmost", "highest-placed", "uppermost", "top", "top", "upper"),
    "lowest": ("lowest", "lowermost", "bottommost", "bottom", "very lowest"),
    "leftmost": ("leftmost", "far left", "furthest left", "outermost left", "left", "left-hand"),
    "rightmost": ("rightmost", "far right", "furthest right", "outermost right", "right", "right-hand"),
    "closest": ("closest", "nearest"),
    "remotest": ("farthest", "furthest", "most distant", "remotest"),
}
EXTREMES_AFTER: dict[str, tuple[str, ...]] = {
    "largest": ("the largest", "the biggest", "the biggest of all", "biggest", "largest"),
    "smallest": ("the smallest", "the tiniest", "the smallest of all", "smallest"),
    "tallest": ("the tallest", "the tallest of all", "tallest"),
    "shortest": ("the shortest", "the least tall", "shortest"),
    "longest": ("the longest", "the widest", "longest"),
    "highest": ("the highest up", "highest up", "at the highest place", "the furthest up"),
    "lowest": ("the lowest down", "closest to the floor", "nearest the ground", "the furthest down"),
    "leftmost": ("on the far left", "furthest to the left", "the furthest left", "most to the left"),
    "rightmost": ("on the far right", "furthest to the right", "the furthest right", "most to the right"),
    "closest": ("closest to me", "nearest to me", "the closest", "nearest to the camera", "closest to us",
                "closest to you", "nearest to where I am"),
    "remotest": ("farthest from me", "furthest away", "furthest from me", "farthest from the camera",
                 "the furthest away from us", "farthest away from you", "most distant from me"),
}  # fmt: skip
ORDERS = {2: ("second", "2nd", "second"), 3: ("third", "3rd", "third"), 4: ("fourth", "4th"), 5: ("fifth", "5th")}
FROM_THE_LEFT = ("from the left", "from left", "counting from the left", "from the left-hand side")
FROM_THE_RIGHT = ("from the right", "from right", "counting from the right", "from the right-hand side")

# "which is taller, the lamp or the plant?"
MORE_SO: dict[str, tuple[str, ...]] = {
    "largest": ("bigger", "larger"), "smallest": ("smaller",), "tallest": ("taller", "higher"),
    "shortest": ("shorter", "less tall"), "longest": ("longer", "wider"), "highest": ("higher up", "further up"),
    "lowest": ("lower down", "closer to the floor"), "leftmost": ("further left", "further to the left",
    "more to the left"),
    "rightmost": ("further right", "further to the right", "more to the right"),
    "closest": ("closer", "nearer", "closer to me", "nearer to me"),
    "remotest": ("further away", "farther away", "further from me", "farther from me"),
}  # fmt: skip
NEARER = ("closer to {b}", "nearer to {b}", "nearer {b}")
FARTHER = ("further from {b}", "farther from {b}", "further away from {b}")


_OF_SEVERAL = ("the", "the", "these", "those", "all the", "all", "my", "our")
_OF_SO_MANY = ("the three", "the two", "these three", "those two", "the four", "all five", "the 3", "both")


def of_several(voice: Voice) -> str:
    """ "the tallest of *these* plants"; how many there are only where that can't be wrong."""
    return voice.pick(_OF_SO_MANY if voice.fanciful and voice.chance(0.4) else _OF_SEVERAL)
