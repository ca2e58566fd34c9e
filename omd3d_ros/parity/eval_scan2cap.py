"""Parity of the Scan2Cap captioning scores."""

from __future__ import annotations

from pathlib import Path

from ..evaluation.scan2cap import scan2cap_scores
from .comparison import Comparison
from .eval_files import captions_left_out, compare_scores, damage_in, read_json, read_scores

_TOLERANCE = 1e-6


def compare(folder: Path) -> list[Comparison]:
    """Each metric at 1e-6; without the caption scores where they can't be computed (no Java)."""
    records = read_json(folder, "preds.json", list)
    corpus = read_json(folder, "corpus.json", dict)
    proposals = read_json(folder, "instance_attributes.json", dict)
    ground_truth = read_json(folder, "scannet_attributes.json", dict)
    task, reference = read_scores(folder)
    with damage_in(folder):
        scores = scan2cap_scores(records, corpus, proposals, ground_truth, task)
    return compare_scores(scores, reference, _TOLERANCE, captions_left_out(reference))
