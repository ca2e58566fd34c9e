"""Prediction files as the published evaluation writes them, and which of their records can be scored."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..language.identifiers import identifiers
from .annotation_files import AnnotationError, read_json
from .multi3drefer import TYPES as MULTI3DREF_TYPES
from .outcomes import Outcome
from .progress import progress
from .records import Record, RecordError
from .sqa3d import TYPES as SQA3D_TYPES

RECORD_TASKS = ("scanrefer", "multi3dref", "scan2cap", "scanqa", "sqa3d", "nr3d", "sr3d")
_REFERIT_TYPE = re.compile(r"(easy|hard)_(in)?dep")
_TAGGED = re.compile(rf"preds_.*_({'|'.join(RECORD_TASKS)})")
_ANSWERED = ("pred", "pred_id", "spiou")
_LISTED = 3
_LONGEST_ANSWER, _SHORTEST_CAPTION = 3, 6  # words, by which answers and captions are told apart


class PredictionError(ValueError):
    """A prediction file that can't be scored; the message says what was wrong and what would be right."""


@dataclass(frozen=True)
class LeftOut:
    """What was not scored, the index of a record or the name of a scan, and why."""

    record: int | str
    reason: str


@dataclass
class Screened:
    """records that can be scored, what came of each, and those that can't."""

    records: list[Record] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)


def read_predictions(path: Path, task: str) -> list[Any]:
    """The records of the file, unchecked but for being those of ``task``.  Raises PredictionError."""
    if path.is_dir():
        raise PredictionError(f"{path} is a folder; the predictions of {task} are one JSON file with a list of records")
    try:
        records = read_json(path, list)
    except AnnotationError as error:
        raise PredictionError(str(error)) from error
    if not records:
        raise PredictionError(f"{path} holds no record; predictions are a list of records, one for each question")
    tag = _TAGGED.fullmatch(path.stem)
    if tag and tag[1] != task:
        raise PredictionError(f"{path}: by its name these are predictions of {tag[1]}, not of {task}")
    _check_task(path, records, task)
    return records


def screen(records: Sequence[Any], outcome: Callable[[int, Record], Outcome], quiet: bool = True) -> Screened:
    """Try each record: ``outcome(index, record)`` raises RecordError for one that can't be scored."""
    screened = Screened()
    has_masks = any(isinstance(record, Mapping) and "spiou" in record for record in records)
    copies = _Copies(records)
    for index, record in enumerate(progress(records, "records", quiet)):
        try:
            _check_record(record, has_masks)
            copies.check(index, record)
            found = outcome(index, record)
        except RecordError as error:
            screened.left_out.append(LeftOut(index, str(error).removeprefix("record 0").removeprefix(":").strip()))
            continue
        screened.records.append(record)
        screened.outcomes.append(found)
    return screened


def check_complete(path: Path, count: int, left_out: Sequence[LeftOut], allow_missing: bool) -> None:
    """Raises PredictionError where records were left out and that is not allowed, or nothing is left of ``count``."""
    if not left_out or (allow_missing and len(left_out) < count):
        return
    listed = "; ".join(f"{_named(item)}: {item.reason}" for item in left_out[:_LISTED])
    more = f"; and {len(left_out) - _LISTED} more" if len(left_out) > _LISTED else ""
    kind = "records" if isinstance(left_out[0].record, int) else "scans"
    advice = "" if len(left_out) == count else f" (--allow-missing leaves such {kind} out)"
    raise PredictionError(f"{path}: {len(left_out)} of {count} {kind} can't be scored{advice}: {listed}{more}")


def _named(item: LeftOut) -> str:
    return f"record {item.record}" if isinstance(item.record, int) else item.record


def _check_record(record: Any, has_masks: bool) -> None:
    if not isinstance(record, Mapping):
        raise RecordError(f"is a {type(record).__name__}; a record is an object with named fields")
    if has_masks:
        if "spiou" not in record:
            raise RecordError("has no field 'spiou', which other records have")
        iou = record["spiou"]
        if isinstance(iou, bool) or not isinstance(iou, (int, float)) or not math.isfinite(iou) or not 0 <= iou <= 1:
            raise RecordError(f"field 'spiou' must be an IoU of 0 to 1, it is {iou!r}")
    try:
        json.dumps(record, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise RecordError("a text of it holds half of a character (a lone surrogate)") from error


class _Copies:
    """Finds records that answer a question again.

    Which question a record answers is told by all of its fields but the answer; files in which every record has the
    same prompt and number don't tell, so there only copies in every field are found.
    """

    def __init__(self, records: Sequence[Any]) -> None:
        told = {_text(record, ("prompt", "qid")) for record in records if isinstance(record, Mapping)}
        self._left_out = _ANSWERED if len(told) > 1 else ()
        self._seen: dict[str, int] = {}

    def check(self, index: int, record: Record) -> None:
        key = _text(record, [name for name in sorted(record) if name not in self._left_out])
        first = self._seen.setdefault(key, index)
        if first != index:
            raise RecordError(f"answers the same question as record {first}")


def _text(record: Record, names: Sequence[str]) -> str:
    return json.dumps([record.get(name) for name in names], default=str)


def _check_task(path: Path, records: Sequence[Any], task: str) -> None:
    """Records of another task are told by their types, references and prompts."""
    found = [_tasks_of(record) for record in records if isinstance(record, Mapping)]
    others = Counter(tasks for tasks in found if task not in tasks)
    if 2 * others.total() <= len(records):
        return
    names = " or ".join(others.most_common(1)[0][0])
    raise PredictionError(
        f"{path}: {others.total()} of {len(records)} records are not of {task}; they look like those of {names}"
    )


def _tasks_of(record: Record) -> tuple[str, ...]:
    """The tasks whose records look like this one."""
    kind, references = record.get("type_info"), record.get("ref_captions")
    prompt, answer = (str(record.get(name, "")) for name in ("prompt", "pred"))
    if isinstance(kind, str) and kind in MULTI3DREF_TYPES:
        return ("multi3dref",)
    if isinstance(kind, str) and _REFERIT_TYPE.fullmatch(kind):
        return ("nr3d", "sr3d")
    if isinstance(kind, int) and 0 < kind < len(SQA3D_TYPES):
        return ("sqa3d",)
    if not isinstance(references, list) or not references:
        return RECORD_TASKS
    texts = [text for text in references if isinstance(text, str)]
    if not texts:
        return ("multi3dref",)
    if all(identifiers(text) for text in texts):
        return ("scanrefer",)
    if identifiers(answer):
        return RECORD_TASKS
    if "single word or phrase" in prompt:
        return ("scanqa", "sqa3d")
    if identifiers(prompt):
        return ("scan2cap",)
    lengths = [len(text.split()) for text in texts]
    if max(lengths) <= _LONGEST_ANSWER:
        return ("scanqa", "sqa3d")
    if min(lengths) >= _SHORTEST_CAPTION:
        return ("scan2cap",)
    return ("scan2cap", "scanqa", "sqa3d")
