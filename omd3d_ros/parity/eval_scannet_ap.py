"""Parity of the ScanNet instance AP."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np

from ..evaluation.scannet_ap import SceneInstances, instance_ap
from .comparison import Comparison, FixtureError, largest_error
from .eval_files import compare_scores, damage_in
from .reading import read_arrays, read_json, read_text

_TOLERANCE = 1e-9
_METRICS = ("ap", "ap50", "ap25")


def compare(folder: Path) -> list[Comparison]:
    """AP, AP50 and AP25 of each class at 1e-9; the averages, printed with three digits, must be equal."""
    arrays = read_arrays(folder / "data.npz")
    expected = _read_table(folder)
    printed = re.findall(r"nan|\d\.\d+", read_json(folder / "expected.json", dict).get("average_printed", ""))
    with damage_in(folder):
        ap = instance_ap([_scene(folder, arrays, name) for name in sorted({n.rsplit(".", 1)[0] for n in arrays})])
    average = ap.pop("average")
    ours = {f"{name}.{metric}": value for name, values in ap.items() for metric, value in values.items()}
    rounded = [float(f"{average[metric]:.3f}") for metric in _METRICS]
    return [
        *compare_scores(ours, expected, _TOLERANCE),
        Comparison("average_printed", largest_error(rounded, [float(value) for value in printed]), 0.0),
    ]


def _read_table(folder: Path) -> dict[str, float]:
    """``expected.csv`` as ``class.metric`` -> value."""
    rows = csv.DictReader(read_text(folder / "expected.csv").splitlines())
    try:
        return {f"{row['class']}.{metric}": float(row[metric]) for row in rows for metric in _METRICS}
    except (KeyError, TypeError, ValueError) as error:
        raise FixtureError(
            f"{folder / 'expected.csv'} must have the columns class, ap, ap50, ap25: {error!r}"
        ) from error


def _scene(folder: Path, arrays: dict[str, np.ndarray], name: str) -> SceneInstances:
    try:
        truth, packed, labels, confidences = (arrays[f"{name}.{key}"] for key in ("gt", "masks", "labels", "confs"))
    except KeyError as error:
        raise FixtureError(f"{folder / 'data.npz'} has no {error}") from error
    if packed.shape != (len(labels), -(-len(truth) // 8)):
        raise FixtureError(
            f"{folder / 'data.npz'}: {name}.masks of shape {packed.shape} don't fit {len(truth)} vertices"
        )
    masks = np.unpackbits(packed, axis=1, count=len(truth)).astype(bool)
    return SceneInstances(truth, masks, labels, confidences)
