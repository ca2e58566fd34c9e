"""Assistant: frames or a cloud in, answers out.  The ROS-free front door."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .language.answering import answer_query, check_query
from .mapping.keyframes import Keyframe
from .mapping.voxel_map import VoxelMap
from .models.loading import load_model
from .models.presets import Preset, PresetError, load_preset
from .perception.external_instances import ExternalInstances, ExternalInstancesError
from .perception.object_features import ObjectDescriber
from .perception.scene import SceneError, Views, build_scene, prepare_cloud
from .types import Answer, Frame, PointCloud, Scene

if TYPE_CHECKING:
    from .models.openmaskdino3d import OpenMaskDINO3DModel, OpenMaskDINO3DProcessor


class Assistant:
    """Grows a map from frames (or takes a cloud), understands it when it is asked, and answers.

    All methods are thread-safe: frames go on being mapped while a question is answered.
    """

    def __init__(
        self,
        preset: Preset,
        up: Sequence[float] | str | None = None,
        device: str | None = None,
        min_new_share: float = 0.02,
        **map_settings: Any,
    ) -> None:
        self.preset = preset
        self._up = _direction(up)
        self._min_new_share = min_new_share
        self.voxel_map = _map_of(preset, map_settings)
        self._model, self._processor = _loaded(preset, device)
        self._state = threading.Lock()
        self._encoding = threading.Lock()
        self._answering = threading.Lock()
        self._describer = ObjectDescriber(self._model)
        self._cloud: PointCloud | None = None
        self._instances: ExternalInstances | None = None
        self._scene: Scene | None = None
        self._scene_version = -1
        self._generation = 0

    @classmethod
    def from_preset(
        cls,
        name: str | os.PathLike = "nano",
        *,
        up: Sequence[float] | str | None = None,
        device: str | None = None,
        **map_settings: Any,
    ) -> Assistant:
        """Build from a preset's name or YAML file.

        up: the world's up direction, or None / "auto" to estimate it; map_settings: arguments of VoxelMap, such as
        voxel_size, that override the preset's unless they are None.  Raises PresetError or WeightsError, both
        ValueErrors, saying what is missing, and ValueError for settings that no map can have.
        """
        return cls(load_preset(name), up, device, **map_settings)

    def observe(self, frame: Frame) -> int:
        """Map one frame, and keep it as a view of the map if it adds to those kept; returns the depth pixels used.

        Raises MapError, and leaves the map as it was, for a frame that can't be believed (see VoxelMap.integrate).
        """
        voxel_map = self.voxel_map
        used = voxel_map.integrate(frame)
        if used:
            voxel_map.keep_view(frame)
        return used

    def set_cloud(self, cloud: PointCloud, instances: ExternalInstances | None = None) -> None:
        """Ask about this cloud instead of the map that ``observe`` grows.

        instances: its objects as another program found them, one mask column per point; without them the model's
        segmentor looks for some.  Raises ExternalInstancesError when they are of another number of points.
        """
        if instances is not None and instances.num_points != len(cloud):
            raise ExternalInstancesError(
                f"the cloud has {len(cloud)} points, but its instances are of {instances.num_points}"
            )
        with self._state:
            self._cloud = cloud
            self._instances = instances
            self._forget()

    def save_map(self, path: str | os.PathLike) -> None:
        """Write the map to one file, with the objects last found in it, or else those that it was loaded with."""
        with self._state:
            voxel_map, scene = self.voxel_map, None if self._cloud is not None else self._scene
        if scene is None:
            voxel_map.save(path)
        else:
            voxel_map.save(path, scene.instances, scene.cloud)

    def load_map(self, path: str | os.PathLike) -> None:
        """Go on from a saved map, whose objects are then in ``voxel_map.instances``.

        Raises MapError and keeps the present map when it can't be read.
        """
        loaded = VoxelMap.load(Path(path))
        with self._state:
            self.voxel_map = loaded
            self._cloud = self._instances = None
            self._forget()

    def reset(self) -> None:
        """Forget map, cloud and scene.  A question being answered finishes on the scene that it began with."""
        with self._state:
            self.voxel_map.reset()
            self._cloud = self._instances = None
            self._forget()

    def scene(self) -> Scene:
        """The objects of the map as it is now; encoded anew only when the map has changed enough.

        Raises SceneError when there are too few points to find objects in.
        """
        with self._encoding:
            with self._state:
                cloud, voxel_map, known, generation = self._cloud, self.voxel_map, self._scene, self._generation
                if known is not None and (cloud is not None or voxel_map.version == self._scene_version):
                    return known
                instances = self._instances
            views, stamp, version = Views(), voxel_map.stamp, voxel_map.version
            keyframes: list[Keyframe] = []
            if cloud is None:
                taken = voxel_map.snapshot()
                if taken.num_frames == 0:
                    raise SceneError("the map is empty: no frame has been mapped yet")
                cloud, stamp, version = taken.cloud, taken.stamp, taken.version
                views = Views(taken.camera_up, taken.camera_forward)
                if known is not None and not self._changed_enough(known, cloud):
                    return known
                keyframes = voxel_map.kept_views()
            prepared = prepare_cloud(cloud, views, self._up, voxel_map.voxel_size, **self._model.config.cloud)
            scene = build_scene(cloud, prepared, self._model, stamp, keyframes, instances, self._describer)
            with self._state:
                if generation == self._generation:
                    self._scene, self._scene_version = scene, version
            return scene

    def ask(self, query: str, min_score: float = 0.0, max_instances: int = 0) -> Answer:
        """Answer a question about the map; ``max_instances`` 0 means all.

        Raises QueryError for a question that can't be asked and SceneError for an empty map.
        """
        check_query(query)
        start = time.perf_counter()
        scene = self.scene()
        encoded = time.perf_counter()
        with self._answering:
            answer = answer_query(scene, query, self._model, self._processor, min_score, max_instances)
        answer.scene = scene
        answer.timing_ms = {"encode": 1e3 * (encoded - start), **answer.timing_ms}
        return answer

    def _forget(self) -> None:
        self._scene = None
        self._generation += 1

    def _changed_enough(self, known: Scene, cloud: PointCloud) -> bool:
        """True when more than ``min_new_share`` of the 10 cm cells in use differ."""
        old, new = (np.unique(_cells(c.xyz, 0.1)) for c in (known.cloud, cloud))
        changed = len(np.setxor1d(old, new, assume_unique=True))
        return changed > self._min_new_share * max(len(old), 1)


def _loaded(preset: Preset, device: str | None) -> tuple[OpenMaskDINO3DModel, OpenMaskDINO3DProcessor]:
    try:
        return load_model(preset.weights, device, **preset.runtime)
    except TypeError as error:
        raise PresetError(f"preset {preset.name}: runtime takes dtype, quantization and attention ({error})") from error


def _map_of(preset: Preset, overrides: dict[str, Any]) -> VoxelMap:
    settings = {**preset.map, **{name: value for name, value in overrides.items() if value is not None}}
    try:
        return VoxelMap(**settings)
    except TypeError as error:
        raise ValueError(f"preset {preset.name}: no map has these settings ({error})") from error


def _cells(xyz: np.ndarray, size: float) -> np.ndarray:
    cells = np.floor(xyz.astype(np.float64) / size).astype(np.int64) + (1 << 20)
    return (cells[:, 0] << 42) | (cells[:, 1] << 21) | cells[:, 2]


def _direction(up: Sequence[float] | str | None) -> np.ndarray | None:
    if up is None or (isinstance(up, str) and up == "auto"):
        return None
    direction = np.asarray(up, np.float64)
    if direction.shape != (3,) or not np.all(np.isfinite(direction)) or np.linalg.norm(direction) < 1e-6:
        raise ValueError(f"up must be three numbers, not all zero, or 'auto'; got {up!r}")
    return direction / np.linalg.norm(direction)
