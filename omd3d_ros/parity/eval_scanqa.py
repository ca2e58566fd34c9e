"""Parity of the ScanQA answer scores."""

from __future__ import annotations

from pathlib import Path

from ..evaluation.scanqa import scanqa_scores
from .comparison import Comparison
from .eval_files import compare_records


def compare(folder: Path) -> list[Comparison]:
    """Each metric at 1e-6; without the caption scores where they can't be computed (no Java)."""
    return compare_records(folder, scanqa_scores)
