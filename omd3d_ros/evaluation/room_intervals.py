"""Ratios of sums over rooms, and their 95 % intervals: rooms are resampled, since questions of one room are alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .intervals import Interval

METHOD = "bootstrap over rooms"
_RESAMPLES = 1000


def ratio_over_rooms(parts: Sequence[tuple[float, float]], count: int, seed: int = 0) -> tuple[float, Interval | None]:
    """The ratio of the sums of (numerator, denominator) per room, and the percentile bootstrap's interval.

    count: of the items behind it.  NaN and None where all denominators are 0; no interval where one room has them all.
    """
    sums = np.asarray(parts, np.float64).reshape(-1, 2)
    sums = sums[sums[:, 1] > 0]
    total = sums.sum(0)
    if not len(sums):
        return float("nan"), None
    value = float(total[0] / total[1])
    if len(sums) < 2:
        return value, None
    chosen = np.random.default_rng(seed).integers(len(sums), size=(_RESAMPLES, len(sums)))
    resampled = sums[chosen].sum(1)
    low, high = np.percentile(resampled[:, 0] / resampled[:, 1], [2.5, 97.5])
    return value, Interval(float(low), float(high), METHOD, count)
