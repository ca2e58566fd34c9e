"""Assistant: frames or a cloud in, answers out.  The ROS-free front door."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from .asking.desk import Progress
from .asking.encoding_process import EncoderSettings, EncodingProcess, fits
from .asking.encoding_worker import EncodingWorker
from .asking.scene_encoder import SceneEncoder
from .asking.scene_keeper import SceneKeeper, SceneMaterial
from .asking.sessions import Mentioned
from .asking.turns import Check, Turns
from .language.answering import answer_query, check_query
from .language.scene_reading import readings_of
from .mapping.voxel_map import VoxelMap
from .models.loading import load_model
from .models.presets import Preset, PresetError, load_preset
from .perception.external_instances import ExternalInstances, ExternalInstancesError
from .perception.scene import SceneError, Views
from .types import Answer, Frame, PointCloud, Scene

if TYPE_CHECKING:
    from .models.openmaskdino3d import OpenMaskDINO3DModel, OpenMaskDINO3DProcessor

_log = logging.getLogger(__name__)


class Assistant:
    """Grows a map from frames (or takes a cloud), understands it when it is asked, and answers.

    background: understand it while it grows instead, so that a question finds a scene ready; ``close`` ends that.
    encoding_process: then encode in a process of its own; None: where the model is small enough to be loaded twice.
    All methods are thread-safe: frames go on being mapped while a question is answered.
    """

    def __init__(
        self,
        preset: Preset,
        up: Sequence[float] | str | None = None,
        device: str | None = None,
        min_new_share: float = 0.02,
        background: bool = False,
        encoding_process: bool | None = None,
        **map_settings: Any,
    ) -> None:
        self.preset = preset
        direction = _direction(up)
        self.voxel_map = _map_of(preset, map_settings)
        self._model, self._processor = _loaded(preset, device)
        self._state = threading.Lock()
        self._answering = Turns()
        self._cloud: PointCloud | None = None
        self._instances: ExternalInstances | None = None
        self._map_number = 0
        self._encoder = SceneEncoder(self._model, direction)
        apart = fits(self._model) if encoding_process is None else encoding_process
        self._process = self._encoding_process(direction) if background and apart else None
        build = self._build_and_read if background else self._build
        self._scenes = SceneKeeper(self._version, self._material, build, min_new_share)
        self._worker = EncodingWorker(self._scenes) if background else None
        if self._worker is not None:
            self._worker.start()

    @classmethod
    def from_preset(
        cls,
        name: str | os.PathLike = "nano",
        *,
        up: Sequence[float] | str | None = None,
        device: str | None = None,
        background: bool = False,
        encoding_process: bool | None = None,
        **map_settings: Any,
    ) -> Assistant:
        """Build from a preset's name or YAML file.

        up: the world's up direction, or None / "auto" to estimate it; background, encoding_process: as for Assistant;
        map_settings: arguments of VoxelMap, such as voxel_size, that override the preset's unless they are None.
        Raises PresetError or WeightsError, both ValueErrors, saying what is missing, and ValueError for settings that
        no map can have.
        """
        chosen = load_preset(name)
        return cls(chosen, up, device, background=background, encoding_process=encoding_process, **map_settings)

    def observe(self, frame: Frame) -> int:
        """Map one frame, and keep it as a view of the map if it adds to those kept; returns the depth pixels used.

        Raises MapError, and leaves the map as it was, for a frame that can't be believed (see VoxelMap.integrate).
        """
        voxel_map = self.voxel_map
        used = voxel_map.integrate(frame)
        if used:
            voxel_map.keep_view(frame)
            self._notify()
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
            self._scenes.forget()
        self._notify()

    def save_map(self, path: str | os.PathLike) -> None:
        """Write the map to one file, with the objects last found in it, or else those that it was loaded with."""
        with self._state:
            voxel_map, scene = self.voxel_map, None if self._cloud is not None else self._scenes.latest
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
            self._map_number += 1
            self._scenes.forget()
        self._notify()

    def reset(self) -> None:
        """Forget map, cloud and scene.  A question being answered finishes on the scene that it began with."""
        with self._state:
            self.voxel_map.reset()
            self._cloud = self._instances = None
            self._map_number += 1
            self._scenes.forget()

    def close(self) -> None:
        """End what encodes in the background, if anything does; a question that waits for it is refused."""
        if self._process is not None:
            self._process.close()
        if self._worker is not None:
            self._worker.stop()

    def scene(self) -> Scene:
        """The objects of the map as it is now; encoded anew only when the map has changed enough.

        Raises SceneError when there are too few points to find objects in.
        """
        return self._scenes.encode()

    def ask(
        self,
        query: str,
        min_score: float = 0.0,
        max_instances: int = 0,
        *,
        last: Mentioned | None = None,
        wait_for_fresh: bool = False,
        check: Check | None = None,
        on_progress: Progress | None = None,
    ) -> Answer:
        """Answer a question about the map; ``max_instances`` 0 means all.

        last: what the conversation's previous answer was about.  wait_for_fresh: of a scene that has every frame
        mapped so far in it, not of the one at hand.  check is called while the question waits and between the tokens
        of its answer; what it raises comes out.  on_progress is told text and instances as they become known.
        Raises QueryError for a question that can't be asked and SceneError for an empty map.
        """
        check_query(query)
        start = time.perf_counter()
        scene = self._scene_to_ask(wait_for_fresh, check)
        encoded = time.perf_counter()
        with self._answering.turn(check):
            answer = answer_query(
                scene,
                query,
                self._model,
                self._processor,
                min_score,
                max_instances,
                last=last.ids_in(scene) if last is not None else (),
                check=check,
                on_progress=on_progress,
            )
        answer.scene = scene
        answer.timing_ms = {"encode": 1e3 * (encoded - start), **answer.timing_ms}
        return answer

    def _scene_to_ask(self, fresh: bool, check: Check | None) -> Scene:
        if self._worker is not None:
            return self._scenes.wait(fresh, check)
        return self._scenes.encode(self._version() if fresh else None)

    def _notify(self) -> None:
        if self._worker is not None:
            self._worker.notify()

    def _version(self) -> int:
        """Of the map, or 0 for a cloud that was given, which never changes."""
        return self.voxel_map.version if self._cloud is None else 0

    def _material(self) -> SceneMaterial:
        with self._state:
            cloud, instances, voxel_map, number = self._cloud, self._instances, self.voxel_map, self._map_number
        if cloud is not None:
            return SceneMaterial(cloud, 0, voxel_map.stamp, instances=instances, voxel_size=voxel_map.voxel_size)
        taken = voxel_map.snapshot()
        if taken.num_frames == 0:
            raise SceneError("the map is empty: no frame has been mapped yet")
        views = Views(taken.camera_up, taken.camera_forward)
        keyframes = voxel_map.kept_views() if self._process is None else ()
        return SceneMaterial(
            taken.cloud,
            taken.version,
            taken.stamp,
            views,
            keyframes,
            map_number=number,
            voxel_size=voxel_map.voxel_size,
        )

    def _build(self, material: SceneMaterial) -> Scene:
        if self._process is not None and material.views is not None:
            return self._process.build(material)
        return self._encoder.build(material)

    def _build_and_read(self, material: SceneMaterial) -> Scene:
        """With what every question about the scene needs, so that the first one does not wait for it."""
        scene = self._build(material)
        if scene.instances:
            try:
                readings_of(self._model).of(scene, self._processor)
            except (torch.OutOfMemoryError, MemoryError) as error:
                _log.warning("no memory to read a scene ahead of its questions, which take longer: %s", error)
        return scene

    def _encoding_process(self, up: np.ndarray | None) -> EncodingProcess:
        device, threads = str(self._model.device), torch.get_num_threads()
        return EncodingProcess(EncoderSettings(self.preset.weights, device, self.preset.runtime, threads, up))


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


def _direction(up: Sequence[float] | str | None) -> np.ndarray | None:
    if up is None or (isinstance(up, str) and up == "auto"):
        return None
    direction = np.asarray(up, np.float64)
    if direction.shape != (3,) or not np.all(np.isfinite(direction)) or np.linalg.norm(direction) < 1e-6:
        raise ValueError(f"up must be three numbers, not all zero, or 'auto'; got {up!r}")
    return direction / np.linalg.norm(direction)
