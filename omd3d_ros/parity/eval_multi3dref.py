"""Parity of the Multi3DRefer F1."""

from __future__ import annotations

from pathlib import Path

from ..evaluation.multi3drefer import multi3drefer_scores
from .comparison import Comparison
from .eval_files import compare_records


def compare(folder: Path) -> list[Comparison]:
    """Each metric at 1e-6."""
    return compare_records(
        folder, multi3drefer_scores, ("instance_attributes.json", dict), ("scannet_attributes.json", dict)
    )
