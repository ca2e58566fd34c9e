"""The operations of query programs, and what each takes."""

from __future__ import annotations

COLORS = ("white", "black", "grey", "red", "green", "blue", "yellow", "orange", "purple", "pink", "brown", "beige")
MATERIALS = (
    "wooden", "metal", "plastic", "fabric", "leather", "glass", "ceramic", "cardboard", "stone", "wicker",
)  # fmt: skip
SHAPES = ("round", "rectangular")
SIZES = ("big", "small", "tall", "low", "long", "narrow")

# Where things are, alone and to one another: members of the first set that stand so to some member of the second.
PLACES = ("corner", "against_wall", "on_wall", "on_floor", "middle")
VIEWER_SIDES = ("my_left", "my_right", "my_front", "my_back")
RELATIONS = (
    "near", "on", "under", "in", "above", "left", "right", "front", "behind", "left_end", "right_end", "with",
)  # fmt: skip
# The one member that has most of something; ``nth:k`` before it asks for the k-th.
SUPERLATIVES = (
    "largest", "smallest", "tallest", "shortest", "longest", "highest", "lowest", "leftmost", "rightmost", "closest",
    "remotest",
)  # fmt: skip
DISTANCES = ("nearest", "farthest")
ORDINALS = ("nth:2", "nth:3", "nth:4", "nth:5")
RANKED = (*SUPERLATIVES, *DISTANCES)

# What is asked of a set: the answer's kind.
ROOTS: dict[str, int] = {
    "find": 1, "all": 1, "count": 1, "exists": 1, "color": 1, "material": 1, "where": 1, "what": 1, "more": 2,
    "describe": 0, "unknown": 0,
}  # fmt: skip
# Sets of objects, each from as many other sets.
SETS: dict[str, int] = {
    "noun": 0, "thing": 0, "last": 0,
    **{f"color:{c}": 1 for c in COLORS},
    **{f"material:{m}": 1 for m in MATERIALS},
    **{f"shape:{s}": 1 for s in SHAPES},
    **{f"size:{s}": 1 for s in SIZES},
    **dict.fromkeys(PLACES, 1),
    **dict.fromkeys(VIEWER_SIDES, 1),
    **dict.fromkeys(RELATIONS, 2),
    "between": 3,
    **dict.fromkeys(DISTANCES, 2),
    **dict.fromkeys(SUPERLATIVES, 1),
    **dict.fromkeys(ORDINALS, 1),
    "or": 2, "except": 2, "stand": 2, "face": 2,
}  # fmt: skip
OPERATIONS: tuple[str, ...] = (*ROOTS, *SETS)
