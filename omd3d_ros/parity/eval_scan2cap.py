"""Parity of the Scan2Cap captioning scores."""

from __future__ import annotations

from pathlib import Path

from ..evaluation.scan2cap import scan2cap_scores
from .comparison import Comparison
from .eval_files import compare_records


def compare(folder: Path) -> list[Comparison]:
    """Each metric at 1e-6; without the caption scores where they can't be computed (no Java)."""
    return compare_records(
        folder,
        scan2cap_scores,
        ("corpus.json", dict),
        ("instance_attributes.json", dict),
        ("scannet_attributes.json", dict),
    )
