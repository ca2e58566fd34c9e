"""How relations, places, sizes and shapes are said.

{b}, {c}: noun phrases with their articles; {is}, {has}: the verb in the number of what is spoken of.
"""

from __future__ import annotations

# After "is": bare predicates of place.
RELATIONS: dict[str, tuple[str, ...]] = {
    "near": (
        "near {b}", "next to {b}", "beside {b}", "by {b}", "close to {b}", "right next to {b}", "adjacent to {b}",
        "in the vicinity of {b}", "at {b}", "right beside {b}", "not far from {b}", "near to {b}", "alongside {b}",
        "around {b}", "nearby {b}", "at the side of {b}", "just by {b}", "at {b}", "standing at {b}", "placed at {b}",
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
