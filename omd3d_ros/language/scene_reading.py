"""What is worked out of a scene once and shared by all questions about it: the prompt's prefix, the objects' table."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary, ref

import torch

from ..types import Scene
from .execution import ObjectTable
from .object_table import object_table
from .prefix import ScenePrefix
from .prompt import SceneTokens

if TYPE_CHECKING:
    from ..models.openmaskdino3d import OpenMaskDINO3DModel, OpenMaskDINO3DProcessor

log = logging.getLogger(__name__)
MAX_BYTES = 2 << 30  # of keys and values kept for one model
MAX_SCENES = 8


@dataclass
class SceneReading:
    """tokens: the scene as the language model takes it; prefix: read by it; table: its objects as query programs see
    them, None for a model that writes none."""

    tokens: SceneTokens
    prefix: ScenePrefix
    table: ObjectTable | None


class SceneReadings:
    """Readings of the scenes last asked about, by one model; the least recently used go when memory runs out.

    Thread-safe.  A reading in use stays whole when its scene is replaced or forgotten.
    """

    def __init__(self, model: OpenMaskDINO3DModel, max_bytes: int = MAX_BYTES, max_scenes: int = MAX_SCENES) -> None:
        self._model = ref(model)
        self.max_bytes, self.max_scenes = max_bytes, max_scenes
        self._lock = threading.Lock()
        self._kept: OrderedDict[int, tuple[ref[Scene], SceneReading]] = OrderedDict()
        self._told = False

    def of(self, scene: Scene, processor: OpenMaskDINO3DProcessor) -> SceneReading:
        """The reading of a scene, worked out where it is not known; kept if there is room for it."""
        with self._lock:
            known = self._kept.get(id(scene))
            if known is not None and known[0]() is scene:
                self._kept.move_to_end(id(scene))
                return known[1]
        try:
            reading = self._read(scene, processor)
        except (torch.OutOfMemoryError, MemoryError):
            self.clear()
            reading = self._read(scene, processor)
        self._keep(scene, reading)
        return reading

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()

    @property
    def num_bytes(self) -> int:
        with self._lock:
            return sum(reading.prefix.num_bytes for _, reading in self._kept.values())

    @torch.inference_mode()
    def _read(self, scene: Scene, processor: OpenMaskDINO3DProcessor) -> SceneReading:
        model = self._model()
        assert model is not None
        tokens = scene_tokens(scene, model.device)
        prefix = model.read_scene(tokens, processor.before.to(model.device), processor.after.to(model.device))
        return SceneReading(tokens, prefix, object_table(scene, model) if model.config.text_encoder else None)

    def _keep(self, scene: Scene, reading: SceneReading) -> None:
        if reading.prefix.num_bytes > self.max_bytes:
            if not self._told:
                log.warning(
                    "the scene's keys and values take %.1f GB and only %.1f GB may be kept: every question reads the "
                    "scene again", reading.prefix.num_bytes / 1e9, self.max_bytes / 1e9,
                )  # fmt: skip
                self._told = True
            return
        with self._lock:
            self._kept[id(scene)] = (ref(scene), reading)
            self._kept.move_to_end(id(scene))
            for key in [k for k, (kept, _) in self._kept.items() if kept() is None]:
                del self._kept[key]
            while len(self._kept) > self.max_scenes or self._bytes() > self.max_bytes:
                self._kept.popitem(last=False)

    def _bytes(self) -> int:
        return sum(reading.prefix.num_bytes for _, reading in self._kept.values())


_READINGS: WeakKeyDictionary[OpenMaskDINO3DModel, SceneReadings] = WeakKeyDictionary()


def readings_of(model: OpenMaskDINO3DModel) -> SceneReadings:
    """The readings that all questions to this model share."""
    return _READINGS.setdefault(model, SceneReadings(model))


def scene_tokens(scene: Scene, device: torch.device | str = "cpu") -> SceneTokens:
    """The scene as the language model takes it, object k in slot k."""
    return SceneTokens(
        torch.from_numpy(scene.object_features).to(device),
        torch.from_numpy(scene.object_boxes).to(device),
        torch.arange(len(scene.instances), device=device),
    )
