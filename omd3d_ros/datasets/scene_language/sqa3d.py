"""SQA3D (Ma et al. 2023): questions asked from a place in the scene, which words and a pose describe."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from omd3d_ros.datasets.scannet.reading import AnnotationError, kind_of, read_json_object

from .records import Annotations, Fields, LanguageSample, collect, list_of_records

TASK = "sqa3d"
QUESTION_TYPES = ("what", "is", "how", "can", "which", "other")
_PAIRS = (("_questions_", "_sqa_annotations_"), ("questions", "annotations"))


@dataclass(frozen=True, kw_only=True)
class SituatedSample(LanguageSample):
    """alternatives: other wordings of the situation.  eval_type: one of QUESTION_TYPES, by the first word."""

    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True)
class SituationPose:
    """Where the asker stands, float64: position_raw (3,) in the scan's frame; T_aligned_situation (4, 4) in the aligned
    one; yaw about z in radians, in the scan's frame.  The height is that of the box's middle and means nothing."""

    position_raw: np.ndarray
    T_aligned_situation: np.ndarray
    yaw_raw: float

    @property
    def position(self) -> np.ndarray:
        """(3,) in the aligned frame."""
        return self.T_aligned_situation[:3, 3]


def read_sqa3d(
    questions: Path | str, annotations: Path | str | None = None, allow_empty: bool = False
) -> Annotations[SituatedSample]:
    """Join a file of questions with its annotations, by question_id; the key is that id.

    Either file may be given alone: the other is looked for beside it by the release's names.  Numbers of a pose are
    read by name, since the release's files and its description give them in different orders.  A question without an
    annotation, or with one of another scene, is skipped; so is an annotation that no question has.
    Raises AnnotationError.
    """
    questions = Path(questions)
    question_path, annotation_path = pair(questions) if annotations is None else (questions, Path(annotations))
    asked = _entries(question_path, "questions")
    answered = _entries(annotation_path, "annotations")
    by_id = {_id(entry): entry for entry in reversed(answered)}  # the first of an id counts

    def joined() -> Iterator[object]:
        for entry in asked:
            known = by_id.get(_id(entry))
            yield {**entry, "annotation": known} if known and isinstance(entry, dict) else entry

    found = collect(TASK, question_path, joined(), _sample, allow_empty)
    asked_ids = set(map(_id, asked)) - {None}
    for index, entry in enumerate(answered):
        if _id(entry) not in asked_ids:
            found.skip(index, f"annotation {index} of {annotation_path.name} belongs to no question")
    return found


def situation_pose(sample: LanguageSample, xyz_raw: np.ndarray, T_aligned_raw: np.ndarray) -> SituationPose:
    """The pose of a sample in its scan, of which xyz_raw (N, 3) are the vertices as released, not aligned.

    As SQA3D does it: the position is relative to the centre of the raw vertices' box, and the alignment comes after.
    Raises AnnotationError for a sample without a pose.
    """
    if sample.position is None or sample.quaternion is None:
        raise AnnotationError(f"{sample.task} {sample.key} has no pose")
    points = np.asarray(xyz_raw, np.float64)
    centre = (points.min(0) + points.max(0)) / 2
    T_raw_situation = np.eye(4)
    T_raw_situation[:3, :3] = _rotation(np.array(sample.quaternion, np.float64))
    T_raw_situation[:3, 3] = centre + sample.position
    yaw = math.atan2(T_raw_situation[1, 0], T_raw_situation[0, 0])
    return SituationPose(T_raw_situation[:3, 3], np.asarray(T_aligned_raw, np.float64) @ T_raw_situation, yaw)


def question_type(question: str) -> str:
    """One of QUESTION_TYPES."""
    first = question.split()[0].lower() if question.split() else ""
    return first if first in QUESTION_TYPES else "other"


def pair(path: Path) -> tuple[Path, Path]:
    """The files of questions and annotations, told from either.  Raises AnnotationError where one is missing."""
    for asked, answered in _PAIRS:
        if answered in path.name:
            paths = path.with_name(path.name.replace(answered, asked)), path
        elif asked in path.name:
            paths = path, path.with_name(path.name.replace(asked, answered))
        else:
            continue
        absent = next((p for p in paths if not p.is_file()), None)
        if absent is None:
            return paths
        raise AnnotationError(f"SQA3D's questions and annotations are two files, and {absent} is not there")
    raise AnnotationError(f"{path} does not say in its name whether it holds SQA3D's questions or its annotations")


def _id(entry: Any) -> str | None:
    """As text: the id is a number in the release and a text in some conversions."""
    return str(entry["question_id"]) if isinstance(entry, dict) and "question_id" in entry else None


def _entries(path: Path, key: str) -> list[Any]:
    entries = read_json_object(path, key)[key]
    if not isinstance(entries, list):
        raise AnnotationError(f"{path}: {key} must be a list, it is a {kind_of(entries)}")
    return list_of_records(path, entries)


def _sample(fields: Fields, _index: int) -> SituatedSample:
    question_id, scene = fields.label("question_id"), fields.text("scene_id")
    if not fields.has("annotation"):
        raise AnnotationError(f"question {question_id} has no annotation")
    annotation = Fields(fields.value("annotation"))
    if annotation.text("scene_id") != scene:
        raise AnnotationError(f"question {question_id} is about {scene}, its annotation about another scene")
    answers = tuple(Fields(answer).text("answer") for answer in annotation.value("answers"))
    question = fields.text("question")
    return SituatedSample(
        scene_id=scene,
        task=TASK,
        key=question_id,
        text=question,
        answers=answers,
        ann_id=question_id,
        eval_type=question_type(question),
        situation=fields.text("situation"),
        position=_named(annotation, "position", "x", "y", "z"),
        quaternion=_named(annotation, "rotation", "_x", "_y", "_z", "_w"),
        alternatives=fields.texts("alternative_situation") if fields.has("alternative_situation") else (),
    )


def _named(annotation: Fields, name: str, *parts: str) -> Any:
    inside = Fields(annotation.value(name))
    return tuple(float(inside.numbers(part, ())) for part in parts)


def _rotation(quaternion: np.ndarray) -> np.ndarray:
    """(3, 3) of x, y, z, w of any length but 0."""
    length = np.linalg.norm(quaternion)
    if length == 0:
        raise AnnotationError("a rotation must not be all zeros")
    x, y, z, w = quaternion / length
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
