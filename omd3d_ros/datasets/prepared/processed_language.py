"""Processed records of Chat-Scene and OpenMaskDINO3D, which have their prompts and answers, as samples.

Their identifiers number the proposals of Mask3D's export, as the prepared scene's slots do.
"""

from __future__ import annotations

from typing import Any

from ..scene_language.processed import ProcessedSample
from ..scene_language.scan2cap import without_marks
from . import wording
from .collector import UNKNOWN, UNMATCHED, SampleCollector
from .nouns import PreparedSample

_WITHOUT_MASK = ("scanqa", "sqa3d")


def add_processed(collector: SampleCollector, split: str, record: ProcessedSample) -> None:
    """Training records whose IoU, where the file has it, is below the collector's threshold are dropped; so are those
    about proposals or objects that the scene does not have.  A target that the record does not name is the object that
    its proposal overlaps most."""
    slots = len(collector.scene.proposal_labels)
    training = record.caption is not None
    if any(p >= slots for p in record.instance_ids):
        return collector.drop(record.task, split, "unknown proposal")
    if training and record.iou is not None and record.iou < collector.min_iou:
        return collector.drop(record.task, split, UNMATCHED)
    object_ids, proposal_ids = _targets(collector, record)
    if any(g not in collector.matches for g in object_ids):
        return collector.drop(record.task, split, UNKNOWN)
    masked = bool(object_ids) and not record.task.startswith(_WITHOUT_MASK)
    sample = PreparedSample(
        record.scene_id,
        record.task,
        record.prompt,
        _answers(collector, record, object_ids),
        object_ids,
        proposal_ids,
        masked,
        _extra(record),
    )
    return collector.given(split, sample)


def _targets(collector: SampleCollector, record: ProcessedSample) -> tuple[list[int], list[int]]:
    """Objects, and the proposal of each, -1 where none overlaps enough."""
    if record.object_ids:
        if len(record.object_ids) == len(record.instance_ids) == 1:
            return list(record.object_ids), list(record.instance_ids)
        return list(record.object_ids), [_proposal(collector, g) for g in record.object_ids]
    found = [(collector.matches.of_proposal(p), p) for p in record.instance_ids]
    sure = [(g, p) for (g, iou), p in found if g >= 0 and iou >= collector.min_iou]
    return [g for g, _ in sure], [p for _, p in sure]


def _proposal(collector: SampleCollector, object_id: int) -> int:
    if object_id not in collector.matches:
        return -1
    match = collector.matches.best(object_id)
    return match.proposal if match.iou >= collector.min_iou else -1


def _answers(collector: SampleCollector, record: ProcessedSample, object_ids: list[int]) -> list[str]:
    if record.answers:
        return [without_marks(answer) for answer in record.answers]
    best = {collector.matches.best(g).proposal for g in object_ids} - {-1}
    return [wording.several_answer(best)] if best or not object_ids else []


def _extra(record: ProcessedSample) -> dict[str, Any]:
    """The record's own fields, under their own names."""
    known = {
        "obj_id": record.obj_id, "pred_id": record.pred_id, "iou": record.iou, "qid": record.ann_id,
        "eval_type": record.eval_type, "sqa_type": record.sqa_type,
        "ref_captions": list(record.references) if record.references else None,
    }  # fmt: skip
    return {name: value for name, value in known.items() if value is not None}
