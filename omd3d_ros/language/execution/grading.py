"""Truth that fades: numbers in 0..1 that rise or fall smoothly between two bounds."""

from __future__ import annotations

import numpy as np

_LOG4 = 1.3862943611198906  # the logistic function is 0.8 there


def rise(value: np.ndarray, no: float | np.ndarray, yes: float | np.ndarray) -> np.ndarray:
    """0.2 at ``no``, 0.8 at the larger ``yes``, towards 0 and 1 beyond them."""
    slope = 2 * _LOG4 / np.maximum(np.asarray(yes) - no, 1e-6)
    return 1 / (1 + np.exp(-np.clip(slope * (value - (np.asarray(yes) + no) / 2), -40, 40)))


def fall(value: np.ndarray, yes: float | np.ndarray, no: float | np.ndarray) -> np.ndarray:
    """0.8 at ``yes``, 0.2 at the larger ``no``, towards 1 and 0 beyond them."""
    return 1 - rise(value, yes, no)


def every(*grades: np.ndarray) -> np.ndarray:
    """How far all conditions hold: as far as the weakest."""
    lowest = grades[0]
    for grade in grades[1:]:
        lowest = np.minimum(lowest, grade)
    return lowest
