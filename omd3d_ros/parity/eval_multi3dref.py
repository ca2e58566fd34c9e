"""Parity of the Multi3DRefer F1."""

from __future__ import annotations

from pathlib import Path

from ..evaluation.multi3drefer import multi3drefer_scores
from .comparison import Comparison
from .eval_files import compare_scores, damage_in, read_json, read_scores

_TOLERANCE = 1e-6


def compare(folder: Path) -> list[Comparison]:
    """Each metric at 1e-6."""
    records = read_json(folder, "preds.json", list)
    proposals = read_json(folder, "instance_attributes.json", dict)
    ground_truth = read_json(folder, "scannet_attributes.json", dict)
    task, reference = read_scores(folder)
    with damage_in(folder):
        scores = multi3drefer_scores(records, proposals, ground_truth, task)
    return compare_scores(scores, reference, _TOLERANCE)
