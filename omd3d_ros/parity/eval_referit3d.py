"""Parity of the ReferIt3D (Nr3D, Sr3D) accuracies."""

from __future__ import annotations

from pathlib import Path

from ..evaluation.referit3d import referit3d_scores
from .comparison import Comparison
from .eval_files import compare_scores, damage_in, read_json, read_scores

_TOLERANCE = 1e-6


def compare(folder: Path) -> list[Comparison]:
    """Each metric at 1e-6."""
    records = read_json(folder, "preds.json", list)
    ground_truth = read_json(folder, "scannet_attributes.json", dict)
    task, reference = read_scores(folder)
    with damage_in(folder):
        scores = referit3d_scores(records, ground_truth, task)
    return compare_scores(scores, reference, _TOLERANCE)
