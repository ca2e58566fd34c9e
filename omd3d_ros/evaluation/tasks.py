"""Scoring saved predictions, task by task: which files each task reads, and what is made of them."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from . import annotation_files as files
from .annotation_files import AnnotationError
from .box_outcomes import BoxedScenes, multi3drefer_outcome, referit3d_outcome, scanrefer_outcome
from .captions import why_left_out
from .mask_outcomes import instance_outcomes, reason_seg_outcome
from .multi3drefer import multi3drefer_scores
from .outcomes import Outcome
from .prediction_file import RECORD_TASKS, LeftOut, PredictionError, check_complete, read_predictions, screen
from .progress import progress
from .reason_seg import reason_seg_scores
from .reason_seg_files import read_samples
from .records import Record, RecordError
from .referit3d import referit3d_scores
from .scan2cap import scan2cap_scores
from .scannet_ap import SceneInstances, instance_ap
from .scannet_files import find_scans, read_scan
from .scanqa import scanqa_scores
from .scanrefer import read_label_map, read_lookup, scanrefer_scores, unique_multiple_lookup
from .sqa3d import sqa3d_scores
from .text_outcomes import answer_outcome, caption_outcome

TASKS = (*RECORD_TASKS, "scannet", "reason_seg")
NEEDS_ANNOTATIONS = ("scanrefer", "multi3dref", "scan2cap", "nr3d", "sr3d", "scannet")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Evaluation:
    """count: of scored records, samples or scans; scores: metric -> value, NaN where it has none; notes: what a reader
    of the scores should know."""

    task: str
    count: int
    scores: dict[str, float]
    left_out: list[LeftOut]
    outcomes: list[Outcome]
    notes: list[str]

    def to_dict(self) -> dict[str, Any]:
        """As ``omd3d eval --json`` prints it; a score without value is null."""
        return {
            "task": self.task,
            "count": self.count,
            "scores": {name: None if math.isnan(value) else value for name, value in self.scores.items()},
            "left_out": [{"record": item.record, "reason": item.reason} for item in self.left_out],
        }


def evaluate(
    predictions: Path, task: str, annotations: Path | None, allow_missing: bool = False, quiet: bool = True
) -> Evaluation:
    """Score a prediction file, or a folder of predictions for ``scannet``.

    annotations: folder of what the task reads beside the predictions; None for the tasks that need none.
    allow_missing: leave out what can't be scored.  quiet: no progress bar.  Raises PredictionError,
    AnnotationError, RecordError (the scores' own), each a ValueError.
    """
    if task not in TASKS:
        raise PredictionError(f"there is no task {task!r}; there are {', '.join(TASKS)}")
    if not predictions.exists():
        raise PredictionError(f"{predictions}: no such file or folder")
    if annotations is None and task in NEEDS_ANNOTATIONS:
        raise AnnotationError(f"{task} needs a folder of annotations")
    folder = annotations or predictions.parent
    if task == "scannet":
        return _scannet(predictions, folder, allow_missing, quiet)
    if task == "reason_seg":
        return _reason_seg(predictions, folder, allow_missing)
    return _records(predictions, folder, task, allow_missing, quiet)


def _records(path: Path, folder: Path, task: str, allow_missing: bool, quiet: bool) -> Evaluation:
    records = read_predictions(path, task)
    outcome, score = _protocol(folder, task)
    screened = screen(records, outcome, quiet)
    check_complete(path, len(records), screened.left_out, allow_missing)
    kept, outcomes = screened.records, screened.outcomes
    scores = score(kept)
    if any("] Seg " in name for name in scores):
        outcomes = [_with_mask(found, record) for found, record in zip(outcomes, kept, strict=True)]
    notes = []
    reason = why_left_out() if task in ("scan2cap", "scanqa", "sqa3d") else None
    if reason:
        notes.append(f"The caption scores are left out: {reason}.")
    return Evaluation(task, len(kept), scores, screened.left_out, outcomes, notes)


Outcomes = Callable[[int, Record], Outcome]
Scores = Callable[[Sequence[Record]], dict[str, float]]


def _protocol(folder: Path, task: str) -> tuple[Outcomes, Scores]:
    """Of one record what became of it, and of all records the scores."""
    if task == "scanqa":
        return lambda i, r: answer_outcome(i, r, task), lambda rs: scanqa_scores(rs, task)
    if task == "sqa3d":
        return lambda i, r: answer_outcome(i, r, task), lambda rs: sqa3d_scores(rs, task)
    ground_truth = files.read_attributes(folder, files.GROUND_TRUTH)
    if task in ("nr3d", "sr3d"):
        scenes = BoxedScenes({}, ground_truth)
        return lambda i, r: referit3d_outcome(i, r, scenes, task), lambda rs: referit3d_scores(rs, ground_truth, task)
    proposals = files.read_attributes(folder, files.PROPOSALS)
    scenes = BoxedScenes(proposals, ground_truth)
    if task == "multi3dref":
        return (
            lambda i, r: multi3drefer_outcome(i, r, scenes),
            lambda rs: multi3drefer_scores(rs, proposals, ground_truth, task),
        )
    if task == "scan2cap":
        corpus = files.read_json(files.find(folder, files.CORPUS), dict)
        return (
            lambda i, r: caption_outcome(i, r, scenes, corpus),
            lambda rs: scan2cap_scores(rs, corpus, proposals, ground_truth, task),
        )
    lookup = _unique_multiple(folder)
    return (
        lambda i, r: scanrefer_outcome(i, r, scenes, lookup),
        lambda rs: scanrefer_scores(rs, proposals, ground_truth, lookup, task),
    )


def _unique_multiple(folder: Path) -> dict[str, dict[str, int]]:
    """From ScanRefer's annotations; without them from a finished look-up."""
    finished = files.find_if_there(folder, files.LOOKUP)
    if finished is not None and files.find_if_there(folder, files.SCANREFER) is None:
        return read_lookup(files.read_json(finished, dict), finished.name)
    annotated = files.read_json(files.find(folder, files.SCANREFER), list)
    return unique_multiple_lookup(annotated, read_label_map(files.read_text(files.find(folder, files.LABELS))))


def _with_mask(outcome: Outcome, record: Record) -> Outcome:
    iou = float(record["spiou"])
    seg = {
        "Seg Precision@0.25": float(iou > 0.25),
        "Seg Precision@0.5": float(iou > 0.5),
        "Seg mIoU": iou,
    }
    return replace(outcome, values={**outcome.values, **seg})


def _reason_seg(path: Path, folder: Path, allow_missing: bool) -> Evaluation:
    samples, left_out = read_samples(path, folder)
    check_complete(path, len(samples) + len(left_out), left_out, allow_missing)
    outcomes = [reason_seg_outcome(index, sample) for index, sample in samples.items()]
    return Evaluation("reason_seg", len(samples), reason_seg_scores(list(samples.values())), left_out, outcomes, [])


def _scannet(path: Path, folder: Path, allow_missing: bool, quiet: bool) -> Evaluation:
    scans, left_out, without = find_scans(path, folder)
    count = len(scans) + len(left_out)
    outcomes: list[Outcome] = []

    def scenes() -> Iterator[SceneInstances]:
        """One at a time: the masks of all scans would fill the memory."""
        for scan in progress(scans, "scans", quiet):
            try:
                scene = read_scan(scan)
            except (RecordError, AnnotationError) as error:
                left_out.append(LeftOut(scan.name, str(error)))
                continue
            outcomes.extend(instance_outcomes(scan.name, scene))
            yield scene

    table = instance_ap(scenes())
    check_complete(path, count, left_out, allow_missing)
    notes = []
    if without:
        notes.append(f"{without} scans with ground truth have no predictions and are not scored.")
        _log.warning("%s", notes[0])
    scores = {f"{name}.{metric}": value for name, row in table.items() for metric, value in row.items()}
    return Evaluation("scannet", count - len(left_out), scores, left_out, outcomes, notes)
