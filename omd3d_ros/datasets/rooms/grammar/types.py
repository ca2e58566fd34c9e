"""The types of questions."""

from __future__ import annotations

from collections.abc import Callable

from ....language.program import Step
from . import finding, telling
from .draft import Draft
from .following import follow_up
from .situated import situated

# Type of question -> (its maker, how often).
TYPES: dict[str, tuple[Callable[[Draft], Step], float]] = {
    "category": (finding.category, 1.5),
    "wider": (finding.wider, 0.5),
    "attribute": (finding.attribute, 1.3),
    "size": (finding.size, 0.4),
    "shape": (finding.shape, 0.25),
    "part": (finding.relation("with"), 0.4),
    "on": (finding.relation("on"), 0.8),
    "under": (finding.relation("under"), 0.4),
    "in": (finding.relation("in"), 0.3),
    "near": (finding.relation("near"), 0.8),
    "between": (finding.between, 0.6),
    "above": (finding.relation("above"), 0.35),
    "left_right": (finding.relation("left", "right", "left", "right", "left_end", "right_end"), 0.8),
    "front_behind": (finding.relation("front", "behind"), 0.5),
    "wall": (finding.place("on_wall", "against_wall"), 0.4),
    "corner": (finding.place("corner"), 0.35),
    "floor": (finding.place("on_floor", "middle"), 0.3),
    "nearest": (finding.distance("nearest"), 0.8),
    "farthest": (finding.distance("farthest"), 0.6),
    "superlative": (finding.superlative, 0.9),
    "ordinal": (finding.ordinal, 0.5),
    "several": (finding.several, 0.7),
    "kinds": (finding.kinds, 0.45),
    "zero": (finding.zero, 0.8),
    "negation": (finding.negation, 0.6),
    "need": (finding.needed, 0.9),
    "count": (telling.count, 1.0),
    "color": (telling.color, 0.7),
    "material": (telling.material, 0.4),
    "existence": (telling.existence, 0.9),
    "comparison": (telling.comparison, 0.6),
    "location": (telling.location, 0.8),
    "what_on": (telling.what_on, 0.45),
    "what_near": (telling.what_near, 0.45),
    "situated": (situated, 0.8),
    "follow_up": (follow_up, 0.9),
    "describe": (telling.describe, 0.25),
    "unanswerable": (telling.unanswerable, 0.45),
}
