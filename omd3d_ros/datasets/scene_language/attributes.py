"""Attribute files of the processed sets: names and boxes of a scene's objects or proposals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from omd3d_ros.datasets.scannet.reading import AnnotationError, integer_array, kind_of, read_pickled

from .point_files import float_array
from .records import MAX_REASONS


@dataclass(frozen=True)
class SceneAttributes:
    """K objects: labels; boxes (K, 6) float32, centre and size, aligned, zeros for an instance without points.

    object_ids (K,) int64 where the file gives them, else None: the row is the number.  num_unlisted: names beyond the
    last box, which files have where a scene has more instances than were kept.
    """

    scene_id: str
    labels: list[str]
    boxes: np.ndarray
    object_ids: np.ndarray | None = None
    num_unlisted: int = 0

    def __len__(self) -> int:
        return len(self.boxes)

    @property
    def empty(self) -> np.ndarray:
        """(K,) bool: instances without points."""
        return np.asarray(~self.boxes.any(1))


@dataclass
class Attributes:
    """Scenes of one file by their id; skipped: those left out, with the reason, of ``num_skipped``."""

    path: Path
    scenes: dict[str, SceneAttributes]
    skipped: dict[str, str] = field(default_factory=dict)
    num_skipped: int = 0

    def __len__(self) -> int:
        return len(self.scenes)

    def of_scene(self, scene_id: str) -> SceneAttributes:
        """Raises AnnotationError for a scene that the file doesn't have, or that was skipped."""
        if scene_id in self.skipped:
            raise AnnotationError(f"{self.path}: {scene_id} was skipped: {self.skipped[scene_id]}")
        if scene_id not in self.scenes:
            raise AnnotationError(f"{self.path} has no scene {scene_id} among its {len(self)}")
        return self.scenes[scene_id]

    def for_scores(self) -> dict[str, dict[str, Any]]:
        """scene -> objects and locs: the form that the scores take."""
        return {scene: {"objects": a.labels, "locs": a.boxes} for scene, a in self.scenes.items()}


def read_attributes(path: Path | str) -> Attributes:
    """``scannet_{mask3d_,}{train,val}_attributes.pt``; nothing in it is run.

    A scene whose entry is damaged is skipped.  Raises AnnotationError where nothing can be used.
    """
    path = Path(path)
    content = read_pickled(path)
    if not isinstance(content, Mapping):
        raise AnnotationError(f"{path} must hold a dictionary of scenes, it holds a {kind_of(content)}")
    found = Attributes(path, {})
    for scene, entry in content.items():
        try:
            found.scenes[str(scene)] = _scene(path, str(scene), entry)
        except AnnotationError as error:
            found.num_skipped += 1
            if len(found.skipped) < MAX_REASONS:
                found.skipped[str(scene)] = str(error)
    if not found.scenes:
        first = next(iter(found.skipped.values()), "it is empty")
        raise AnnotationError(f"{path} has no scene with objects and locs: {first}")
    return found


def _scene(path: Path, scene: str, entry: object) -> SceneAttributes:
    if not isinstance(entry, Mapping) or not {"objects", "locs"} <= set(entry):
        raise AnnotationError(f"{path}: {scene} must have objects and locs, it is a {kind_of(entry)}")
    labels = entry["objects"]
    if not isinstance(labels, (list, tuple)) or not all(isinstance(label, str) for label in labels):
        raise AnnotationError(f"{path}: objects of {scene} must be a list of names")
    locs = entry["locs"]
    no_box = len(locs) == 0 if hasattr(locs, "__len__") else False
    boxes = np.zeros((0, 6), np.float32) if no_box else float_array(path, locs, (-1, 6), f"locs of {scene}")
    if (boxes[:, 3:] < 0).any():
        raise AnnotationError(f"{path}: locs of {scene} have sizes below 0")
    if len(labels) < len(boxes):
        raise AnnotationError(f"{path}: {scene} has {len(boxes)} boxes but {len(labels)} names")
    ids = None if entry.get("obj_ids") is None else integer_array(entry["obj_ids"], f"{path}: obj_ids of {scene}")
    if ids is not None and len(ids) != len(boxes):
        raise AnnotationError(f"{path}: {scene} has {len(boxes)} boxes but {len(ids)} obj_ids")
    return SceneAttributes(scene, list(labels[: len(boxes)]), boxes, ids, len(labels) - len(boxes))
