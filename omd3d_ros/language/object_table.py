"""A scene's objects as query programs see them: the model's opinion of each, and measured geometry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from ..types import Scene
from .execution import ObjectTable
from .execution.measuring import table_of

if TYPE_CHECKING:
    from ..models.openmaskdino3d import OpenMaskDINO3DModel


@torch.inference_mode()
def object_table(scene: Scene, model: OpenMaskDINO3DModel) -> ObjectTable:
    """Names are the segmentor's classes, ``exists`` its scores; colours, materials and shapes come from the head."""
    features = torch.from_numpy(scene.object_features).to(model.device)
    colors, materials, shapes = (logits.softmax(-1).cpu().numpy() for logits in model.object_attributes(features))
    names = np.asfortranarray(scene.object_features[:, model.category_columns])  # questions read some categories each
    scores = np.array([instance.score for instance in scene.instances])
    return table_of(scene, tuple(model.config.categories), names, colors, materials, shapes, scores)
