"""Parity of the ScanRefer grounding scores and of the unique/multiple lookup."""

from __future__ import annotations

from pathlib import Path

from ..evaluation.scanrefer import read_label_map, scanrefer_scores, unique_multiple_lookup
from .comparison import Comparison
from .eval_files import SCORES, compare_scores, damage_in, read_scores
from .reading import read_json, read_text


def compare(folder: Path) -> list[Comparison]:
    """Each metric at 1e-6; the lookup, in which each object must be equal."""
    records = read_json(folder / "preds.json", list)
    proposals = read_json(folder / "instance_attributes.json", dict)
    ground_truth = read_json(folder / "scannet_attributes.json", dict)
    annotations = read_json(folder / "scanrefer_filtered.json", list)
    task, reference = read_scores(folder)
    with damage_in(folder):
        label_map = read_label_map(read_text(folder / "scannetv2-labels.combined.tsv"))
        lookup = unique_multiple_lookup(annotations, label_map)
        scores = scanrefer_scores(records, proposals, ground_truth, lookup, task)
    expected = read_json(folder / "unique_multiple_lookup.json", dict)
    differing = len(_entries(lookup) ^ _entries(expected))
    return [Comparison("unique_multiple_lookup", differing, 0.0), *compare_scores(scores, reference, SCORES)]


def _entries(lookup: dict[str, dict[str, int]]) -> set[tuple[str, str, int]]:
    return {(scene, number, value) for scene, objects in lookup.items() for number, value in objects.items()}
