"""Predicted masks of reasoning segmentation, and what they are compared with, as arrays in ``.npz`` files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from .prediction_file import LeftOut, PredictionError
from .reason_seg import MaskSample
from .records import RecordError

_FIELDS = ("superpoints", "logits", "gt_sp", "gt_points")
_ANNOTATIONS = ("data.npz", "reason_seg.npz", "reason3d_val.npz")


def read_samples(path: Path, folder: Path) -> tuple[dict[int, MaskSample], list[LeftOut]]:
    """Number -> sample, and the samples that can't be scored.

    path: ``.npz`` without pickles, with ``i.logits`` of sample i; ``i.superpoints``, ``i.gt_sp`` and ``i.gt_points``
    lie there too, or in a file of the folder.  Raises PredictionError.
    """
    arrays = _read(path)
    numbers = {name.split(".")[0] for name in arrays if name.endswith(".logits")}
    if not numbers or not all(number.isdecimal() for number in numbers):
        raise PredictionError(f"{path} holds no masks: the logits of sample i are the array 'i.logits', i from 0")
    complete = all(f"{number}.{name}" in arrays for number in numbers for name in _FIELDS)
    others = [folder / name for name in _ANNOTATIONS if (folder / name).is_file() and folder / name != path]
    if not complete and others:
        arrays = {**_read(others[0]), **arrays}
    samples, left_out = {}, []
    for number in sorted(map(int, numbers)):
        try:
            samples[number] = _sample(arrays, number, folder)
        except RecordError as error:
            left_out.append(LeftOut(number, str(error)))
    return samples, left_out


def _read(path: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except Exception as error:  # a damaged zip archive fails in many ways
        raise PredictionError(f"{path} is no .npz file of arrays (without pickles), or it is damaged") from error


def _sample(arrays: dict[str, np.ndarray], number: int, folder: Path) -> MaskSample:
    missing = [name for name in _FIELDS if f"{number}.{name}" not in arrays]
    if missing:
        names = ", ".join(f"'{number}.{name}'" for name in missing)
        raise RecordError(
            f"there is no {names}, neither in the predictions nor in {' or '.join(_ANNOTATIONS)} of {folder}"
        )
    superpoints, logits, gt_sp, gt_points = (arrays[f"{number}.{name}"] for name in _FIELDS)
    if not np.issubdtype(superpoints.dtype, np.integer) or not np.issubdtype(logits.dtype, np.floating):
        raise RecordError(
            f"superpoints must be integers and logits numbers, they are {superpoints.dtype}, {logits.dtype}"
        )
    if not np.isfinite(logits).all():
        raise RecordError("logits must be finite numbers")
    targets = (torch.from_numpy(target.astype(bool)) for target in (gt_sp, gt_points))
    return MaskSample(torch.from_numpy(superpoints), torch.from_numpy(logits), *targets)
