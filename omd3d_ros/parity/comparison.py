"""One quantity of a fixture: how far ours is from the reference, and how far it may be."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch


class FixtureError(ValueError):
    """A fixture folder that can't be read or run; the message says what is missing or does not fit."""


@dataclass(frozen=True)
class Comparison:
    """what: the quantity, such as ``single.masks``; error: largest absolute difference (inf: other shape, NaN, or
    something that must be equal is not); tolerance: the fixture's, 0 where equality is asked for."""

    what: str
    error: float
    tolerance: float

    @property
    def passed(self) -> bool:
        return self.error <= self.tolerance

    @property
    def severity(self) -> float:
        """error over tolerance; above 1 fails."""
        if self.tolerance > 0:
            return self.error / self.tolerance
        return 0.0 if self.error == 0 else math.inf


def largest_error(ours: Any, reference: Any) -> float:
    """Largest absolute difference of two arrays, tensors or numbers; inf where shapes differ or one alone is NaN."""
    a, b = (_as_float64(x) for x in (ours, reference))
    if a.shape != b.shape:
        return math.inf
    if a.size == 0:
        return 0.0
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    difference = np.where(same, 0.0, np.abs(a - b))
    return math.inf if np.isnan(difference).any() else float(difference.max())


def _as_float64(x: Any) -> np.ndarray:
    if isinstance(x, torch.Tensor):
        return x.detach().cpu().double().numpy()
    return np.asarray(x, dtype=np.float64)
