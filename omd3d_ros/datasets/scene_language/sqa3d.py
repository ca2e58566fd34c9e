"""SQA3D (Ma et al. 2023): questions asked from a place in the scene, which words and a pose describe."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from omd3d_ros.datasets.scannet.reading import AnnotationError, kind_of, read_json_object

from .records import Annotations, Fields, collect
from .situation import SituatedSample, pose_of

TASK = "sqa3d"
QUESTION_TYPES = ("what", "is", "how", "can", "which", "other")
_PAIRS = (("_questions_", "_sqa_annotations_"), ("questions", "annotations"))


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
    asked = entries_of(question_path, "questions")
    answered = entries_of(annotation_path, "annotations")
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


def entries_of(path: Path, key: str) -> list[Any]:
    """The list under ``key`` of one of SQA3D's files.  Raises AnnotationError."""
    entries = read_json_object(path, key)[key]
    if not isinstance(entries, list):
        raise AnnotationError(f"{path}: {key} must be a list, it is a {kind_of(entries)}")
    return entries


def _id(entry: Any) -> str | None:
    """As text: the id is a number in the release and a text in some conversions."""
    return str(entry["question_id"]) if isinstance(entry, dict) and "question_id" in entry else None


def _sample(fields: Fields, _index: int) -> SituatedSample:
    question_id, scene = fields.label("question_id"), fields.text("scene_id")
    if not fields.has("annotation"):
        raise AnnotationError(f"question {question_id} has no annotation")
    annotation = Fields(fields.value("annotation"))
    if annotation.text("scene_id") != scene:
        raise AnnotationError(f"question {question_id} is about {scene}, its annotation about another scene")
    answers = tuple(Fields(answer).text("answer") for answer in annotation.items("answers"))
    question = fields.text("question")
    position, quaternion = pose_of(annotation)
    return SituatedSample(
        scene_id=scene,
        task=TASK,
        key=question_id,
        text=question,
        answers=answers,
        ann_id=question_id,
        eval_type=question_type(question),
        situation=fields.text("situation"),
        position=position,
        quaternion=quaternion,
        alternatives=fields.texts("alternative_situation") if fields.has("alternative_situation") else (),
    )
