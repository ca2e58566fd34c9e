"""SQA3D's localization files: situations in words with the pose they describe, and no question."""

from __future__ import annotations

from pathlib import Path

from .records import Annotations, Fields, collect
from .situation import SituatedSample, pose_of
from .sqa3d import entries_of

TASK = "sqa3d_localization"


def read_sqa3d_localization(path: Path | str, allow_empty: bool = False) -> Annotations[SituatedSample]:
    """``v1_balanced_localization_*_scannetv2.json``.  The key is the record's number.  Raises AnnotationError."""
    path = Path(path)
    return collect(TASK, path, entries_of(path, "annotations"), _sample, allow_empty)


def _sample(fields: Fields, index: int) -> SituatedSample:
    situation = fields.text("situation")
    position, quaternion = pose_of(fields)
    return SituatedSample(
        scene_id=fields.text("scene_id"),
        task=TASK,
        key=str(index),
        text=situation,
        situation=situation,
        position=position,
        quaternion=quaternion,
        alternatives=fields.texts("alternative_situation") if fields.has("alternative_situation") else (),
    )
