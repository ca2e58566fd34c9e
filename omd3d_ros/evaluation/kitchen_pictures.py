"""A picture of an answer with the hand-marked object beside what was answered."""

from __future__ import annotations

import numpy as np

from ..pictures import draw_answer
from ..types import Answer, Instance, Scene
from .kitchen import MarkedQuery

_MARGIN = 0.01  # metres around the marked box: the map's points lie on both sides of a surface


def draw_marked(scene: Scene, marked: MarkedQuery, answer: Answer) -> np.ndarray:
    """(H, W, 3) uint8: the answered instances, and as one more, ``marked``, the map's points in the marked box."""
    inside = (np.abs(scene.cloud.xyz - marked.center) <= marked.size / 2 + _MARGIN).all(1)
    shown = list(answer.instances)
    if inside.any():
        shown.append(Instance("MARK", "marked", 1.0, inside, marked.center, marked.size))
    return draw_answer(scene.cloud, Answer(answer.query, answer.text, shown), scene.T_aligned_world[2, :3])
