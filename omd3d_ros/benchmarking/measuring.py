"""Repeated calls with a clock beside them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import torch

from .figures import Better, Figure

T = TypeVar("T")


@dataclass
class Samples:
    """wall and cpu milliseconds of each call; cpu is of the whole process, all threads together."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def time(self, call: Callable[[], Any]) -> Any:
        """Add the times of one call; returns what it returns."""
        wall, cpu = time.perf_counter(), time.process_time()
        with torch.inference_mode():
            out = call()
        self.cpu.append(1e3 * (time.process_time() - cpu))
        self.wall.append(1e3 * (time.perf_counter() - wall))
        return out

    def figure(self, name: str, note: str = "", bar: float | None = None, scale: float = 1.0) -> Figure:
        """The median call in milliseconds times ``scale``."""
        cpu = scale * float(np.median(self.cpu))
        return figure_of(name, [scale * ms for ms in self.wall], "ms", cpu=cpu, bar=bar, note=note)

    def late(self, name: str, note: str = "", bar: float | None = None) -> Figure:
        """The 95th percentile of the calls in milliseconds."""
        value = float(np.percentile(self.wall, 95))
        cpu = float(np.percentile(self.cpu, 95))
        return Figure(name, value, "ms", repeats=len(self.wall), cpu=cpu, bar=bar, note=note)


def timed(call: Callable[[], Any], repeats: int) -> Samples:
    """The call ``repeats`` times, after one that does not count: it compiles and fills caches."""
    samples = Samples()
    call()
    for _ in range(repeats):
        samples.time(call)
    return samples


def in_turns(calls: dict[str, Callable[[], T]], rounds: int) -> dict[str, list[T]]:
    """What each call returned each time, but for one round that does not count."""
    returned: dict[str, list[T]] = {name: [] for name in calls}
    for turn in range(rounds + 1):
        for name, call in calls.items():
            value = call()
            if turn:
                returned[name].append(value)
    return returned


def figure_of(
    name: str,
    values: Sequence[float] | Iterable[float],
    unit: str,
    better: Better = "lower",
    cpu: float | None = None,
    bar: float | None = None,
    note: str = "",
) -> Figure:
    """Median and spread of repeated measurements.  Raises ValueError when there are none."""
    measured = np.asarray(list(values), float)
    if not len(measured):
        raise ValueError(f"{name}: nothing was measured")
    low, median, high = (float(v) for v in np.percentile(measured, (10, 50, 90)))
    return Figure(name, median, unit, better, low, high, len(measured), cpu, bar, note)
