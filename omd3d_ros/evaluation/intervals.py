"""95 % confidence intervals of means: Wilson's for shares, the percentile bootstrap for other means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_Z = 1.959963984540054  # the normal distribution's 97.5 % point
_RESAMPLES = 1000
_BATCH = 1 << 22


@dataclass(frozen=True)
class Interval:
    """low and high bound; method: ``Wilson`` or ``bootstrap``; count: of the values."""

    low: float
    high: float
    method: str
    count: int


def interval(values: Sequence[float]) -> Interval | None:
    """Of the mean of independent values: Wilson's where all are 0 or 1, else the bootstrap; None without values."""
    if not len(values):
        return None
    array = np.asarray(values, np.float64)
    if np.isin(array, (0.0, 1.0)).all():
        return wilson(int(array.sum()), len(array))
    return bootstrap(array)


def wilson(hits: int, count: int) -> Interval:
    """Wilson's score interval (1927) of a share."""
    p = hits / count
    spread = _Z * np.sqrt(p * (1 - p) / count + _Z**2 / (4 * count**2))
    centre, scale = p + _Z**2 / (2 * count), 1 + _Z**2 / count
    return Interval(max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale), "Wilson", count)


def bootstrap(values: np.ndarray, seed: int = 0) -> Interval:
    """2.5 and 97.5 % points of the means of 1,000 samples drawn with replacement (Efron 1979)."""
    rng = np.random.default_rng(seed)
    count = len(values)
    rows = max(1, _BATCH // count)
    means = [
        values[rng.integers(count, size=(min(rows, _RESAMPLES - start), count))].mean(1)
        for start in range(0, _RESAMPLES, rows)
    ]
    low, high = np.percentile(np.concatenate(means), [2.5, 97.5])
    return Interval(float(low), float(high), "bootstrap", count)
