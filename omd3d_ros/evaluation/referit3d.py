"""ReferIt3D (Nr3D, Sr3D): accuracy of the chosen object among the given ground-truth objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .answer_text import first_object_number
from .boxes import SceneBoxes
from .records import Record, RecordError, check_records, share
from .segmentation_lines import segmentation_lines

_TYPES = ("easy_dep", "easy_indep", "hard_dep", "hard_indep")


def referit3d_scores(
    records: Sequence[Record], ground_truth: Mapping[str, Mapping[str, Any]], task: str
) -> dict[str, float]:
    """``[task] Overall Acc`` and the accuracies of easy, hard, view-dependent and view-independent queries, with the
    segmentation lines; 0 for a group without records.

    records: with scene_id, gt_id, pred, type_info (such as ``easy_dep``); the answer is the first identifier below the
    scene's number of ground-truth objects, else object 0.  task: ``nr3d`` or ``sr3d``.  Raises RecordError.
    """
    check_records(records, scene_id="text", gt_id="integer", pred="text", type_info="text")
    true = SceneBoxes(ground_truth, "ground-truth objects")
    for index, record in enumerate(records):
        true.rows(record["scene_id"], [record["gt_id"]])
        if record["type_info"] not in _TYPES:
            raise RecordError(f"record {index}: type '{record['type_info']}' is none of {', '.join(_TYPES)}")
    right = np.array([_answer(record, true) == record["gt_id"] for record in records], bool)
    kinds = np.array([record["type_info"].split("_") for record in records]).reshape(-1, 2)
    groups = {
        "Overall": np.full(len(records), True),
        "Easy": kinds[:, 0] == "easy",
        "Hard": kinds[:, 0] == "hard",
        "View Dep": kinds[:, 1] == "dep",
        "View Indep": kinds[:, 1] == "indep",
    }
    scores = {f"[{task}] {name} Acc": share(right[group]) for name, group in groups.items()}
    return scores | segmentation_lines(records, task)


def _answer(record: Record, true: SceneBoxes) -> int:
    return first_object_number(record["pred"], len(true.of(record["scene_id"])))
