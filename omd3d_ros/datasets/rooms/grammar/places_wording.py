"""How relations, places, sizes and extremes are said.

{b}, {c}: noun phrases with their articles; {is}, {has}: the verb in the number of what is spoken of.
"""

from __future__ import annotations

from .voice import Voice

# After "is": bare predicates of place.
RELATIONS: dict[str, tuple[str, ...]] = {
    "near": (
        "near {b}", "next to {b}", "beside {b}", "by {b}", "close to {b}", "right next to {b}", "adjacent to {b}",
        "in the vicinity of {b}", "at {b}", "right beside {b}", "not far from {b}", "near to {b}", "alongside {b}",
        "around {b}", "nearby {b}", "at the side of {b}", "just by {b}",
    ),
    "on": (
        "on {b}", "on top of {b}", "upon {b}", "atop {b}", "on the top of {b}", "on {b}", "resting on {b}",
        "lying on {b}", "sitting on {b}", "standing on {b}", "placed on {b}", "on the surface of {b}",
        "carried by {b}",
    ),
    "under": (
        "under {b}", "below {b}", "beneath {b}", "underneath {b}", "down under {b}", "pushed under {b}",
        "hidden under {b}", "down below {b}",
    ),
    "in": ("in {b}", "inside {b}", "inside of {b}", "within {b}", "kept in {b}", "stored in {b}", "put into {b}"),
    "above": (
        "above {b}", "over {b}", "right above {b}", "higher up than {b}", "hanging over {b}", "up above {b}",
        "directly above {b}", "mounted above {b}",
    ),
    "left": (
        "left of {b}", "to the left of {b}", "on the left of {b}", "on the left side of {b}", "to {b's} left",
        "on the left-hand side of {b}", "just left of {b}", "leftwards of {b}", "to the left side of {b}",
    ),
    "right": (
        "right of {b}", "to the right of {b}", "on the right of {b}", "on the right side of {b}", "to {b's} right",
        "on the right-hand side of {b}", "just right of {b}", "rightwards of {b}", "to the right side of {b}",
    ),
    "front": (
        "in front of {b}", "before {b}", "right in front of {b}", "ahead of {b}", "at the front of {b}",
        "just in front of {b}", "standing in front of {b}",
    ),
    "behind": (
        "behind {b}", "at the back of {b}", "in back of {b}", "right behind {b}", "on the far side of {b}",
        "to the rear of {b}", "standing behind {b}",
    ),
    "left_end": (
        "at the left end of {b}", "at {b's} left end", "at the left edge of {b}", "on the left end of {b}",
        "at the end of {b} on the left", "by the left end of {b}",
    ),
    "right_end": (
        "at the right end of {b}", "at {b's} right end", "at the right edge of {b}", "on the right end of {b}",
        "at the end of {b} on the right", "by the right end of {b}",
    ),
    "between": (
        "between {b} and {c}", "in between {b} and {c}", "in the middle of {b} and {c}", "halfway between {b} and {c}",
        "somewhere between {b} and {c}", "in the space between {b} and {c}", "flanked by {b} and {c}",
    ),
}  # fmt: skip
# Straight after a noun.
WITH = (
    "with {b}", "with {b} on it", "that {has} {b} on it", "carrying {b}", "that carries {b}", "holding {b}",
    "which {has} {b} on top", "that {b} is on", "with {b} on top", "that holds {b}", "where {b} is",
)  # fmt: skip
WITH_MANY = (
    "with {n} {many} on it", "with {n} {many}", "that {has} {n} {many} on it", "with {n} {many} on top",
    "carrying {n} {many}",
    "that {n} {many} stand on", "which {has} {n} {many}", "holding {n} {many}", "with {n} {many} standing on it",
)  # fmt: skip
SEVERAL = (
    "two",
    "three",
    "some",
    "several",
    "a few",
    "2",
    "four",
    "a couple of",
    "all the",
    "lots of",
    "both",
    "only two",
)
WITH_INSIDE = (
    "with {b} in it", "that {has} {b} in it", "with {b} inside", "containing {b}", "that contains {b}", "full of {b}",
    "which {has} {b} inside", "filled with {b}", "where {b} goes",
)  # fmt: skip
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
)
FARTHEST = (
    "farthest from {b}", "furthest from {b}", "furthest away from {b}", "most distant from {b}",
    "the farthest from {b}",
    "at the greatest distance from {b}", "farthest away from {b}",
)  # fmt: skip
NEAREST_BEFORE = (("nearest", "to {b}"), ("closest", "to {b}"), ("nearest", "by {b}"))
FARTHEST_BEFORE = (("farthest", "from {b}"), ("furthest", "from {b}"), ("most distant", "from {b}"))

ALONE: dict[str, tuple[str, ...]] = {
    "corner": (
        "in the corner", "in a corner", "in the corner of the room", "in one corner", "in the room's corner",
        "in a corner of the room", "tucked in the corner", "over in the corner",
    ),
    "against_wall": (
        "against the wall", "along the wall", "against a wall", "by the wall", "up against the wall", "at the wall",
        "with the back to the wall", "pushed against the wall", "next to the wall", "leaning against the wall",
    ),
    "on_wall": (
        "on the wall", "hanging on the wall", "mounted on the wall", "on a wall", "fixed to the wall",
        "attached to the wall", "up on the wall", "hung on the wall", "on one of the walls",
    ),
    "on_floor": (
        "on the floor", "on the ground", "standing on the floor", "down on the floor", "directly on the floor",
        "lying on the floor", "lying on the ground",
    ),
    "middle": (
        "in the middle of the room", "in the {centre} of the room", "in the room's {centre}", "in the middle",
        "at the {centre} of the room", "in the middle of the floor",
    ),
    "my_left": (
        "to my left", "on my left", "on my left side", "on my left-hand side", "on the left", "to the left of me",
        "left of me", "on the left side", "to my left hand side",
    ),
    "my_right": (
        "to my right", "on my right", "on my right side", "on my right-hand side", "on the right",
        "to the right of me",
        "right of me", "on the right side", "to my right hand side",
    ),
    "my_front": (
        "in front of me", "ahead of me", "straight ahead", "before me", "directly in front of me",
        "right in front of me",
        "up ahead",
    ),
    "my_back": ("behind me", "at my back", "behind my back", "right behind me", "to my rear", "in back of me"),
}  # fmt: skip

SIZES: dict[str, tuple[str, ...]] = {
    "big": ("big", "large", "huge", "sizeable", "great big", "bulky"),
    "small": ("small", "little", "tiny", "compact", "mini"),
    "tall": ("tall", "high"),
    "low": ("low", "short", "low-lying"),
    "long": ("long", "wide", "elongated"),
    "narrow": ("narrow", "slim", "thin"),
}
SHAPES: dict[str, tuple[str, ...]] = {
    "round": ("round", "circular", "rounded", "cylindrical"),
    "rectangular": ("rectangular", "square", "boxy", "box-shaped", "angular"),
}

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
