"""Predictions in the form that the data sets' own scripts take: boxes by their corners, answers, captions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from omd3d_ros.datasets.scannet.reading import AnnotationError, kind_of, read_json

from .records import Fields, box_of_corners
from .scan2cap import without_marks


@dataclass(frozen=True)
class BoxPrediction:
    """key: that of the sample answered, see the sets' readers; for Scan2Cap ``scene|number of the prediction``.

    boxes (K, 6) float64: centre and size, aligned.  texts: answers best first, or the caption.
    """

    scene_id: str
    key: str
    boxes: np.ndarray
    texts: tuple[str, ...] = ()


def read_box_predictions(path: Path | str) -> list[BoxPrediction]:
    """ScanRefer's and ScanQA's list, Scan2Cap's object of scenes, or Multi3DRefer's folder of a file per scene.

    Raises AnnotationError for a record that lacks something.
    """
    path = Path(path)
    if path.is_dir():
        return [prediction for file in _scene_files(path) for prediction in _of_scene_file(file)]
    content = read_json(path)
    if isinstance(content, dict):
        return list(_captions(path, content))
    if not isinstance(content, list):
        raise AnnotationError(f"{path} must hold predictions, it holds a {kind_of(content)}")
    return [_checked(f"{path} record {i}", record, _answer) for i, record in enumerate(content)]


def _scene_files(folder: Path) -> list[Path]:
    files = sorted(folder.glob("*.json")) or sorted(folder.glob("*/*.json"))
    if not files:
        raise AnnotationError(f"{folder} has no predictions: a .json per scene is needed")
    return files


def _of_scene_file(file: Path) -> list[BoxPrediction]:
    content = read_json(file)
    if not isinstance(content, list):
        raise AnnotationError(f"{file} must hold a list of predictions, it holds a {kind_of(content)}")

    def one(fields: Fields) -> BoxPrediction:
        key = [file.stem, *([fields.label("object_id")] if fields.has("object_id") else []), fields.label("ann_id")]
        return BoxPrediction(file.stem, "|".join(key), box_of_corners(fields.numbers("aabb", (-1, 8, 3))))

    return [_checked(f"{file} record {i}", record, one) for i, record in enumerate(content)]


def _captions(path: Path, scenes: dict[str, Any]) -> Iterator[BoxPrediction]:
    for scene, records in scenes.items():
        if not isinstance(records, list):
            raise AnnotationError(f"{path}: {scene} must hold a list of captions, it holds a {kind_of(records)}")
        for i, record in enumerate(records):
            yield _checked(f"{path}: {scene} record {i}", record, lambda f, s=scene, i=i: _caption(f, s, i))


def _caption(fields: Fields, scene: str, index: int) -> BoxPrediction:
    box = box_of_corners(fields.numbers("box", (8, 3)))
    return BoxPrediction(scene, f"{scene}|{index}", box[None], (without_marks(fields.text("caption")),))


def _answer(fields: Fields) -> BoxPrediction:
    scene, box = fields.text("scene_id"), box_of_corners(fields.numbers("bbox", (8, 3)))[None]
    if fields.has("question_id"):
        return BoxPrediction(scene, fields.label("question_id"), box, fields.texts("answer_top10"))
    return BoxPrediction(scene, f"{scene}|{fields.label('object_id')}|{fields.label('ann_id')}", box)


def _checked(where: str, record: object, read: Any) -> BoxPrediction:
    try:
        return read(Fields(record))
    except AnnotationError as error:
        raise AnnotationError(f"{where} {error}") from error
