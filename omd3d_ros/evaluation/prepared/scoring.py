"""Scores of one task: the published ones of its prediction file, and those of masks against the true objects."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ...datasets.prepared import PreparedDataset, PreparedScene
from ...files import write_atomically
from ..answer_text import answer_match, answer_of, clean_answer
from ..outcomes import Outcome
from ..prediction_file import RECORD_TASKS
from ..progress import progress
from ..reason_seg import MaskSample, sample_ious
from ..records import share
from ..segmentation_lines import segmentation_lines
from ..tasks import Evaluation, evaluate
from .answerer import ModelAnswer
from .questions import Question
from .records import mask_of, record_of, true_target

_THRESHOLDS = {"Acc@0.25": 0.25, "Acc@0.50": 0.5}
_MASKS, _SUPERPOINTS = "Mask", "Superpoint mask"
REASONING = "reason_seg"

Asked = Sequence[tuple[Question, ModelAnswer]]
Ious = dict[int, tuple[float, float]]


def score_task(
    task: str,
    asked: Asked,
    data: PreparedDataset,
    out: Path,
    annotations: Path,
    allow_missing: bool = False,
    quiet: bool = True,
) -> Evaluation:
    """Write ``predictions_<task>.json`` (``.npz`` for reasoning segmentation) and score that file.

    Raises the errors of ``tasks.evaluate``.
    """
    records: list[dict[str, Any]] = []
    ious: Ious = {}
    arrays: dict[str, Any] = {}
    for number, (question, answer) in enumerate(progress(asked, f"{task} records", quiet)):
        scene = data.scene(question.sample.scene_id)
        records.append(record_of(question, answer, scene))
        sample = _mask_sample(question, answer, scene)
        if sample is not None:
            ious[number] = _ious(sample)
            if task == REASONING:
                arrays.update(_arrays(number, sample))
    if task == REASONING:
        path = out / f"predictions_{task}.npz"
        write_atomically(path, lambda file: np.savez_compressed(file, **arrays))
        return evaluate(path, task, None, allow_missing, quiet)
    path = out / f"predictions_{task}.json"
    text = json.dumps(records, ensure_ascii=False, indent=1) + "\n"
    write_atomically(path, lambda file: file.write_text(text, encoding="utf-8"))
    if task not in RECORD_TASKS:
        evaluation = _of_words(task, records)
    else:
        evaluation = evaluate(path, task, annotations, allow_missing, quiet)
    return _with_masks(evaluation, ious, len(records))


def _mask_sample(question: Question, answer: ModelAnswer, scene: PreparedScene) -> MaskSample | None:
    """None where there is no mask to score."""
    target = true_target(question.sample, scene)
    if target is None or answer.mask is None:
        return None
    logits = torch.where(mask_of(answer.mask, scene), 1.0, -1.0)
    return MaskSample(scene.superpoints, logits, target, target[scene.superpoints])


def _ious(sample: MaskSample) -> tuple[float, float]:
    """On superpoints and on points; 1 where no mask is right and none is given."""
    if not sample.superpoint_target.any() and not (sample.logits >= 0).any():
        return 1.0, 1.0
    return sample_ious(sample)


def _arrays(number: int, sample: MaskSample) -> dict[str, np.ndarray]:
    tensors = {
        "superpoints": sample.superpoints.int(), "logits": sample.logits, "gt_sp": sample.superpoint_target,
        "gt_points": sample.point_target,
    }  # fmt: skip
    return {f"{number}.{name}": tensor.numpy() for name, tensor in tensors.items()}


def _of_words(task: str, records: Sequence[Mapping[str, Any]]) -> Evaluation:
    """A task without published score: share of answers that are a reference once both are cleaned."""
    hits = []
    for record in records:
        references = [clean_answer(text.removesuffix(".")) for text in record["ref_captions"]]
        hits.append(answer_match(answer_of(record["pred"]), references)[0])
    scores = {f"[{task}] EM1": share(hits), **segmentation_lines(records, task)}
    return Evaluation(task, len(records), scores, [], [], [f"There is no published score of {task}."])


def _with_masks(evaluation: Evaluation, ious: Ious, count: int) -> Evaluation:
    """With the scores of masks, on points and on superpoints, of those records that were scored."""
    left_out = {item.record for item in evaluation.left_out}
    kept = [number for number in range(count) if number not in left_out]
    values = {number: _values(*ious[number]) for number in kept if number in ious}
    if not values:
        return evaluation
    names = next(iter(values.values()))
    scores = {f"[{evaluation.task}] {name}": share(v[name] for v in values.values()) for name in names}
    outcomes = list(_added(evaluation.outcomes, kept, values))
    return replace(evaluation, scores={**evaluation.scores, **scores}, outcomes=outcomes)


def _added(
    outcomes: Sequence[Outcome], kept: Sequence[int], values: Mapping[int, Mapping[str, float]]
) -> Iterable[Outcome]:
    """Each outcome with what its mask adds to the means."""
    for number, outcome in zip(kept, outcomes, strict=False):  # no outcomes of tasks without published score
        yield replace(outcome, values={**outcome.values, **values.get(number, {})})


def _values(superpoint: float, point: float) -> dict[str, float]:
    values: dict[str, float] = {}
    for name, iou in ((_MASKS, point), (_SUPERPOINTS, superpoint)):
        values |= {f"{name} {metric}": float(iou > threshold) for metric, threshold in _THRESHOLDS.items()}
        values[f"{name} mIoU"] = iou
    return values
