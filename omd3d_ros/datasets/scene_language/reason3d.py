"""Reason3D (Huang et al. 2025): questions whose answer is a class of things in a scene, as a mask of its points."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from omd3d_ros.datasets.scannet.reading import AnnotationError, integer_array, read_json, read_pickled

from .point_files import cloud_arrays
from .records import Annotations, Fields, LanguageSample, collect, list_of_records

TASK = "reason3d"
_ITEMS = 5


@dataclass(frozen=True, kw_only=True)
class ReasoningSample(LanguageSample):
    """class_id: the semantic class that answers, in the numbers of the scene files.  source: ``scannet``, ``mp3d``."""

    class_id: int
    source: str


@dataclass(frozen=True)
class ReasoningScene:
    """A scene file of N points.

    xyz (N, 3) float32 metres, centred; rgb (N, 3) uint8; superpoints (N,) int64; class_ids (N,) int64: index among
    ScanNet200's classes, -100 = none; instance_ids (N,) int64, -1 = none.
    """

    scene_id: str
    xyz: np.ndarray
    rgb: np.ndarray
    superpoints: np.ndarray
    class_ids: np.ndarray
    instance_ids: np.ndarray

    def mask(self, sample: ReasoningSample) -> np.ndarray:
        """(N,) bool: all instances of the class that answers.  Raises AnnotationError for a sample of another scene,
        or a class that the scene doesn't have."""
        if sample.scene_id != self.scene_id:
            raise AnnotationError(f"sample {sample.key} is about {sample.scene_id}, not about {self.scene_id}")
        mask = self.class_ids == sample.class_id
        if not mask.any():
            raise AnnotationError(f"{self.scene_id} has no point of class {sample.class_id} ({sample.object_names[0]})")
        return mask


def read_reason3d(path: Path | str, allow_empty: bool = False) -> Annotations[ReasoningSample]:
    """``reason3d_{train,val}.json``.  The key is the record's number.  ``object_id`` there is a class, so the samples
    have a class_id and no object_ids.  Raises AnnotationError."""
    path = Path(path)
    return collect(TASK, path, list_of_records(path, read_json(path)), _sample, allow_empty)


def read_reason3d_scene(path: Path | str) -> ReasoningScene:
    """``<scene>_reason.pth``; nothing in it is run.  Raises AnnotationError."""
    path = Path(path)
    content = read_pickled(path)
    if not isinstance(content, (tuple, list)) or len(content) != _ITEMS:
        raise AnnotationError(f"{path} must hold xyz, rgb, superpoints, class ids and instance ids")
    xyz, rgb = cloud_arrays(path, content[0], content[1], signed=True)
    ids = [integer_array(values, f"{path} item {i}") for i, values in enumerate(content[2:], 2)]
    wrong = next((i for i, values in enumerate(ids, 2) if len(values) != len(xyz)), None)
    if wrong is not None:
        raise AnnotationError(f"{path} item {wrong} has {len(content[wrong])} values for {len(xyz)} points")
    return ReasoningScene(path.stem.removesuffix("_reason"), xyz, rgb, *ids)


def _sample(fields: Fields, index: int) -> ReasoningSample:
    return ReasoningSample(
        scene_id=fields.text("scene_id"),
        task=TASK,
        key=str(index),
        text=fields.text("question"),
        object_names=(fields.text("object_name"),),
        class_id=fields.integer("object_id"),
        source=fields.text("type") if fields.has("type") else "scannet",
    )
