"""Multi3DRefer: F1 of the answered set of objects, at box IoU 0.25 and 0.5."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from ..boxes import box_iou_matrix
from .answer_text import object_numbers
from .boxes import SceneBoxes
from .records import Record, RecordError, check_records, share

TYPES = ("zt_w_d", "zt_wo_d", "st_w_d", "st_wo_d", "mt")
_THRESHOLDS = (0.25, 0.5)


def multi3drefer_scores(
    records: Sequence[Record],
    proposals: Mapping[str, Mapping[str, Any]],
    ground_truth: Mapping[str, Mapping[str, Any]],
    task: str = "multi3dref",
) -> dict[str, float]:
    """``[task] all F1@0.25`` and so on: means over all records and per type; 0 for a type without records.

    records: with scene_id, pred, ref_captions (numbers of ground-truth objects) and type_info, one of TYPES
    (zero-target, single-target with or without distractors, multi-target).  proposals, ground_truth: attributes, see
    SceneBoxes.  Raises RecordError for what these do not hold.
    """
    check_records(records, scene_id="text", pred="text", ref_captions="list", type_info="text")
    proposed, true = SceneBoxes(proposals, "proposals"), SceneBoxes(ground_truth, "ground-truth objects")
    f1: dict[str, list[tuple[float, ...]]] = {kind: [] for kind in TYPES}
    for index, record in enumerate(records):
        if record["type_info"] not in f1:
            raise RecordError(f"record {index}: type '{record['type_info']}' is none of {', '.join(TYPES)}")
        f1[record["type_info"]].append(_f1(record, proposed, true))
    groups = {"all": [pair for pairs in f1.values() for pair in pairs], **f1}
    return {
        f"[{task}] {name} F1@{threshold:.2f}": share(pair[k] for pair in pairs)
        for name, pairs in groups.items()
        for k, threshold in enumerate(_THRESHOLDS)
    }


def _f1(record: Record, proposed: SceneBoxes, true: SceneBoxes) -> tuple[float, ...]:
    """F1 of one record at each threshold; for zero-target records 1 if no valid identifier is answered, else 0."""
    scene = record["scene_id"]
    answered = object_numbers(record["pred"], len(proposed.of(scene)))
    if record["type_info"].startswith("zt_"):
        return (float(not answered),) * len(_THRESHOLDS)
    targets = list(record["ref_captions"])
    if not all(isinstance(number, Integral) for number in targets):
        raise RecordError(f"{scene}: 'ref_captions' must be numbers of ground-truth objects, they are {targets!r}")
    # Single precision, as published: it decides IoUs that lie on a threshold but for the 1e-8 of the union.
    iou = box_iou_matrix(proposed.rows(scene, answered), true.rows(scene, targets)).astype(np.float32)
    pairs = iou[linear_sum_assignment(iou, maximize=True)]
    total = len(answered) + len(targets)
    return tuple(2 * int((pairs >= threshold).sum()) / total if total else 0.0 for threshold in _THRESHOLDS)
