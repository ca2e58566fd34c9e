"""ScanQA v1.0 (Azuma et al. 2022): questions about a scene, their answers, and the objects that they are about."""

from __future__ import annotations

from pathlib import Path

from omd3d_ros.datasets.scannet.reading import read_json

from .records import Annotations, Fields, LanguageSample, collect, list_of_records

TASK = "scanqa"


def read_scanqa(path: Path | str, allow_empty: bool = False) -> Annotations[LanguageSample]:
    """``ScanQA_v1.0_*.json``.  The key is the question's id.  Answers may repeat, and are kept as they are.

    Test files have no answers, and ``test_wo_obj`` no objects.  The objects' field is ``object_ids``; ``object_id``,
    as the release's description calls it, is taken too.  Also a conversion of SQA3D to this form, whose records have a
    situation and a position of seven numbers.  Raises AnnotationError.
    """
    path = Path(path)
    return collect(TASK, path, list_of_records(path, read_json(path)), _sample, allow_empty)


def _sample(fields: Fields, _index: int) -> LanguageSample:
    question_id = fields.label("question_id")
    pose = fields.numbers("position", (7,)).tolist() if fields.has("position") else None
    return LanguageSample(
        scene_id=fields.text("scene_id"),
        task=TASK,
        key=question_id,
        text=fields.text("question"),
        answers=fields.texts("answers") if fields.has("answers") else (),
        object_ids=_object_ids(fields),
        object_names=fields.texts("object_names") if fields.has("object_names") else (),
        ann_id=question_id,
        situation=fields.text("situation") if fields.has("situation") else None,
        position=None if pose is None else (pose[0], pose[1], pose[2]),
        quaternion=None if pose is None else (pose[3], pose[4], pose[5], pose[6]),
    )


def _object_ids(fields: Fields) -> tuple[int, ...]:
    if fields.has("object_ids"):
        return fields.integers("object_ids")
    if not fields.has("object_id"):
        return ()
    several = isinstance(fields.value("object_id"), list)
    return fields.integers("object_id") if several else (fields.integer("object_id"),)
