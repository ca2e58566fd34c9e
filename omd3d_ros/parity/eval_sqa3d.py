"""Parity of the SQA3D answer scores."""

from __future__ import annotations

from pathlib import Path

from ..evaluation.sqa3d import sqa3d_scores
from .comparison import Comparison
from .eval_files import captions_left_out, compare_scores, damage_in, read_json, read_scores

_TOLERANCE = 1e-6


def compare(folder: Path) -> list[Comparison]:
    """Each metric at 1e-6; without the caption scores where they can't be computed (no Java)."""
    records = read_json(folder, "preds.json", list)
    task, reference = read_scores(folder)
    with damage_in(folder):
        scores = sqa3d_scores(records, task)
    return compare_scores(scores, reference, _TOLERANCE, captions_left_out(reference))
