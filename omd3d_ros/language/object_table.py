"""A scene's objects as query programs see them: the model's opinion of each, and measured geometry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..perception.object_classifier import ATTRIBUTES
from ..types import Scene
from .execution import ObjectTable
from .execution.measuring import table_of

if TYPE_CHECKING:
    from ..models.openmaskdino3d import OpenMaskDINO3DModel


def object_table(scene: Scene, model: OpenMaskDINO3DModel) -> ObjectTable:
    """Names, colours, materials and shapes are as probable as the object features say; ``exists``: the scores."""
    attributes = scene.object_features[:, model.attribute_columns]
    colors, materials, shapes = np.split(attributes, np.cumsum(ATTRIBUTES)[:-1], axis=1)
    names = np.asfortranarray(scene.object_features[:, model.category_columns])  # questions read some categories each
    scores = np.array([instance.score for instance in scene.instances])
    return table_of(scene, tuple(model.config.categories), names, colors, materials, shapes, scores)
