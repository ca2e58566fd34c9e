"""Parity of the ReferIt3D (Nr3D, Sr3D) accuracies."""

from __future__ import annotations

from pathlib import Path

from ..evaluation.referit3d import referit3d_scores
from .comparison import Comparison
from .eval_files import compare_records


def compare(folder: Path) -> list[Comparison]:
    """Each metric at 1e-6."""
    return compare_records(folder, referit3d_scores, ("scannet_attributes.json", dict))
