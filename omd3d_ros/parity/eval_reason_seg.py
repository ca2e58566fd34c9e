"""Parity of the reasoning segmentation accuracy, on superpoints and on points."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from ..evaluation.reason_seg import MaskSample, reason_seg_scores, sample_ious
from .comparison import Comparison, FixtureError, largest_error
from .eval_files import compare_scores, damage_in
from .reading import read_arrays, read_json

_TOLERANCE = 1e-6
_PAIRS = "per_sample_spiou_piou"


def compare(folder: Path) -> list[Comparison]:
    """Both IoUs of each sample, accuracies and mean IoU, at 1e-6."""
    arrays = read_arrays(folder / "data.npz")
    expected = read_json(folder / "expected.json", dict)
    try:
        reference = np.array(expected.pop(_PAIRS), np.float64).reshape(-1, 2)
    except (KeyError, TypeError, ValueError) as error:
        raise FixtureError(f"{folder / 'expected.json'}: '{_PAIRS}' must be a list of pairs ({error!r})") from error
    count = len({name.split(".")[0] for name in arrays})
    with damage_in(folder):
        samples = [_sample(folder, arrays, i) for i in range(count)]
    pairs = np.array([sample_ious(sample) for sample in samples]).reshape(-1, 2)
    return [
        Comparison(_PAIRS, largest_error(pairs, reference), _TOLERANCE),
        *compare_scores(reason_seg_scores(samples), expected, _TOLERANCE),
    ]


def _sample(folder: Path, arrays: dict[str, np.ndarray], index: int) -> MaskSample:
    names = [f"{index}.{name}" for name in ("superpoints", "logits", "gt_sp", "gt_points")]
    for name in names:
        if name not in arrays:
            raise FixtureError(f"{folder / 'data.npz'} has no '{name}'")
    return MaskSample(*(torch.from_numpy(arrays[name]) for name in names))
