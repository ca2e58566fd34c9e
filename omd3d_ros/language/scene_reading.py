"""What is worked out of a scene once and shared by all questions about it: the prompt's prefix, the objects' table."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary, ref

import numpy as np
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
MAX_KEPT = 8


@dataclass
class SceneReading:
    """objects (n,): which of the scene's objects are shown, in the order of their slots; tokens: these as the language
    model takes them; prefix: read by it; table: all objects as query programs see them, None for a model that writes
    none."""

    objects: np.ndarray
    tokens: SceneTokens
    prefix: ScenePrefix
    table: ObjectTable | None


Key = tuple[int, bytes]  # of the scene, and the objects of it


class SceneReadings:
    """Readings of the scenes last asked about, by one model; the least recently used go when memory runs out.

    Thread-safe; what several ask for at once is read once.  A reading in use stays whole when its scene is replaced
    or forgotten.
    """

    def __init__(self, model: OpenMaskDINO3DModel, max_bytes: int = MAX_BYTES, max_kept: int = MAX_KEPT) -> None:
        self._model = ref(model)
        self.max_bytes, self.max_kept = max_bytes, max_kept
        self._lock = threading.Lock()
        self._reading = threading.Lock()
        self._kept: OrderedDict[Key, tuple[ref[Scene], SceneReading]] = OrderedDict()
        self._tables: WeakKeyDictionary[Scene, ObjectTable] = WeakKeyDictionary()
        self._surest: WeakKeyDictionary[Scene, np.ndarray] = WeakKeyDictionary()
        self._told = False

    def of(self, scene: Scene, processor: OpenMaskDINO3DProcessor, objects: np.ndarray | None = None) -> SceneReading:
        """The reading of a scene, worked out where it is not known; kept if there is room for it.

        objects: indices of those to show, in order; None: all, or where the model has too few identifiers the surest.
        """
        model = self._model()
        assert model is not None
        if objects is None and (objects := self._surest.get(scene)) is None:
            objects = self._surest[scene] = _surest(scene, model.config.max_objects)
        shown = np.asarray(objects, np.int64)
        key = id(scene), shown.tobytes()
        known = self._known(key, scene)
        if known is not None:
            return known
        with self._reading:
            known = self._known(key, scene)  # read by another thread meanwhile
            if known is not None:
                return known
            try:
                reading = self._read(scene, model, processor, shown)
            except (torch.OutOfMemoryError, MemoryError):
                log.warning("no memory is left to read the scene: what is kept of others is given up")
                self.clear()
                reading = self._read(scene, model, processor, shown)
            self._keep(key, scene, reading)
            return reading

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()

    @property
    def num_bytes(self) -> int:
        with self._lock:
            return self._bytes()

    def _known(self, key: Key, scene: Scene) -> SceneReading | None:
        with self._lock:
            known = self._kept.get(key)
            if known is None or known[0]() is not scene:
                return None
            self._kept.move_to_end(key)
            return known[1]

    @torch.inference_mode()
    def _read(
        self, scene: Scene, model: OpenMaskDINO3DModel, processor: OpenMaskDINO3DProcessor, objects: np.ndarray
    ) -> SceneReading:
        table = self._tables.get(scene)
        if table is None and model.config.text_encoder is not None:
            table = self._tables[scene] = object_table(scene, model)
        tokens = scene_tokens(scene, model.device, objects)
        prefix = model.read_scene(tokens, processor.before.to(model.device), processor.after.to(model.device))
        return SceneReading(objects, tokens, prefix, table)

    def _keep(self, key: Key, scene: Scene, reading: SceneReading) -> None:
        if reading.prefix.num_bytes > self.max_bytes:
            if not self._told:
                log.warning(
                    "the scene's keys and values take %.1f GB and only %.1f GB may be kept: every question reads the "
                    "scene again", reading.prefix.num_bytes / 1e9, self.max_bytes / 1e9,
                )  # fmt: skip
                self._told = True
            return
        with self._lock:
            self._kept[key] = (ref(scene), reading)
            self._kept.move_to_end(key)
            for old in [k for k, (kept, _) in self._kept.items() if kept() is None]:
                del self._kept[old]
            while len(self._kept) > self.max_kept or self._bytes() > self.max_bytes:
                self._kept.popitem(last=False)

    def _bytes(self) -> int:
        return sum(reading.prefix.num_bytes for _, reading in self._kept.values())


_READINGS: WeakKeyDictionary[OpenMaskDINO3DModel, SceneReadings] = WeakKeyDictionary()


def readings_of(model: OpenMaskDINO3DModel) -> SceneReadings:
    """The readings that all questions to this model share."""
    return _READINGS.setdefault(model, SceneReadings(model))


def scene_tokens(scene: Scene, device: torch.device | str = "cpu", objects: np.ndarray | None = None) -> SceneTokens:
    """The scene as the language model takes it, objects[i] in slot i; None: object k in slot k."""
    shown = np.arange(len(scene.instances)) if objects is None else objects
    return SceneTokens(
        torch.from_numpy(scene.object_features[shown]).to(device),
        torch.from_numpy(scene.object_boxes[shown]).to(device),
        torch.arange(len(shown), device=device),
    )


def _surest(scene: Scene, limit: int) -> np.ndarray:
    """Indices of the objects with the best scores, at most ``limit``, in rising order."""
    scores = np.array([instance.score for instance in scene.instances])
    return np.sort(np.argsort(-scores, kind="stable")[:limit])
