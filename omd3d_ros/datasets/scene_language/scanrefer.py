"""ScanRefer (Chen et al. 2020): descriptions of one object each, and the viewpoints that they were written from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from omd3d_ros.datasets.scannet.labels import LabelMap
from omd3d_ros.datasets.scannet.reading import AnnotationError, read_json

from .records import Annotations, Fields, LanguageSample, box_of_corners, collect, list_of_records

TASK = "scanrefer"


@dataclass(frozen=True)
class Viewpoint:
    """A camera in the raw scan's coordinates: position and the point looked at (3,), rotation (4,) as stored."""

    scene_id: str
    object_id: int
    ann_id: str
    position: np.ndarray
    rotation: np.ndarray
    look_at: np.ndarray


def read_scanrefer(path: Path | str, allow_empty: bool = False) -> Annotations[LanguageSample]:
    """``ScanRefer_filtered*.json``: the list, the form organized by scene and object, or with boxes (``_gt_bbox``).

    The key is ``scene|object|annotation``.  Object names have blanks where the file has underscores.  The test file's
    targets are withheld: a record with an empty or no name has no object_ids.  Raises AnnotationError.
    """
    path = Path(path)
    content = read_json(path)
    records = list(_flat(content)) if isinstance(content, dict) else list_of_records(path, content)
    return collect(TASK, path, records, _sample, allow_empty)


def with_unique_multiple(annotations: Annotations[LanguageSample], labels: LabelMap) -> Annotations[LanguageSample]:
    """The same with eval_type ``unique`` or ``multiple``: whether the *loaded* samples of the scene refer to no other
    object of the same of 18 classes (17 and others)."""
    classes: dict[tuple[str, str], set[int]] = {}
    for sample in annotations:
        for object_id in sample.object_ids:
            classes.setdefault((sample.scene_id, _class(sample, labels)), set()).add(object_id)

    def split(sample: LanguageSample) -> LanguageSample:
        if not sample.object_ids:
            return sample
        alone = len(classes[sample.scene_id, _class(sample, labels)]) == 1
        return replace(sample, eval_type="unique" if alone else "multiple")

    return replace(annotations, samples=[split(sample) for sample in annotations])


def read_viewpoints(path: Path | str) -> list[Viewpoint]:
    """Raises AnnotationError for a record that lacks something."""
    path = Path(path)
    return [_viewpoint(f"{path} record {i}", r) for i, r in enumerate(list_of_records(path, read_json(path)))]


def _class(sample: LanguageSample, labels: LabelMap) -> str:
    return labels.benchmark_class(sample.object_names[0]) if sample.object_names else "others"


def _flat(scenes: Mapping[str, Any]) -> Iterator[Any]:
    """Records of scene -> object -> annotation -> record; what isn't nested so is given as it is, to be refused."""
    for objects in scenes.values():
        for records in objects.values() if isinstance(objects, Mapping) else [objects]:
            yield from records.values() if isinstance(records, Mapping) else [records]


def _sample(fields: Fields, _index: int) -> LanguageSample:
    scene, ann_id = fields.text("scene_id"), fields.label("ann_id")
    name = fields.text("object_name", empty=True) if fields.has("object_name") else ""
    number = fields.integer("object_id") if fields.has("object_id") else None
    known = bool(name.strip()) and number is not None
    box = box_of_corners(fields.numbers("bbox", (8, 3))) if fields.has("bbox") else None
    return LanguageSample(
        scene_id=scene,
        task=TASK,
        key=f"{scene}|{'' if number is None else number}|{ann_id}",
        text=fields.text("description"),
        object_ids=(number,) if known and number is not None else (),
        object_names=(name.replace("_", " "),) if known else (),
        ann_id=ann_id,
        eval_type=fields.text("eval_type") if fields.has("eval_type") else None,
        box=None if box is None else tuple(box.tolist()),
        tokens=fields.texts("token") if fields.has("token") else (),
    )


def _viewpoint(where: str, record: Any) -> Viewpoint:
    try:
        fields = Fields(record)
        camera = Fields(fields.value("camera"))
        position, rotation = camera.numbers("position", (3,)), camera.numbers("rotation", (-1,))
        scene, number, ann_id = fields.text("scene_id"), fields.integer("object_id"), fields.label("ann_id")
        return Viewpoint(scene, number, ann_id, position, rotation, camera.numbers("lookat", (3,)))
    except AnnotationError as error:
        raise AnnotationError(f"{where} {error}") from error
