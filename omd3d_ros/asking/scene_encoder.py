"""Scenes of a map that grows, each from the one before it, and of clouds that were given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..perception.incremental import SceneUpdater
from ..perception.scene import build_scene, prepare_cloud
from ..types import Scene
from .scene_keeper import SceneMaterial

if TYPE_CHECKING:
    from ..models.openmaskdino3d import OpenMaskDINO3DModel


class SceneEncoder:
    """The one place where a scene is made.  up (3,): the world's up direction, None: estimated.  Not thread-safe."""

    def __init__(self, model: OpenMaskDINO3DModel, up: np.ndarray | None = None) -> None:
        self._model = model
        self._up = up
        self._updater: SceneUpdater | None = None
        self._map_number = -1

    def build(self, material: SceneMaterial) -> Scene:
        """Raises SceneError when there is too little to find objects in."""
        cloud, stamp = material.cloud, material.stamp
        if material.views is None:
            prepared = prepare_cloud(cloud, None, self._up, material.voxel_size, **self._model.config.cloud)
            return build_scene(cloud, prepared, self._model, stamp, instances=material.instances)
        if self._updater is None or material.map_number != self._map_number:
            self._updater = SceneUpdater(self._model, material.voxel_size)
            self._map_number = material.map_number
        return self._updater.update(cloud, material.views, self._up, stamp, material.keyframes)
