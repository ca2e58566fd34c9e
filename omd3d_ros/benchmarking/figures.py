"""Measured figures, and what became of an area of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal

Better = Literal["lower", "higher"]


class Unavailable(Exception):
    """This can't be measured here; the message says what is missing."""


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    value: the median of ``repeats`` measurements, low and high their 10th and 90th percentile, in ``unit``.  cpu: the
    median CPU time of the process, all threads together, in the same unit; None where it says nothing.  bar: what is
    aimed at.  note: of what the figure is.  group: figures of one area, unit and group have one scale in the picture.
    """

    name: str
    value: float
    unit: str
    better: Better = "lower"
    low: float | None = None
    high: float | None = None
    repeats: int = 1
    cpu: float | None = None
    bar: float | None = None
    note: str = ""
    group: str = ""

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise ValueError(f"{self.name} must be a finite number, got {self.value}")

    @property
    def reached(self) -> bool | None:
        """Whether the value is at the bar or better; None without a bar."""
        if self.bar is None:
            return None
        return self.value <= self.bar if self.better == "lower" else self.value >= self.bar

    def as_object(self) -> dict[str, Any]:
        """For JSON: name, value, unit, better and note always, the others where they are known."""
        optional = {"low": self.low, "high": self.high, "cpu": self.cpu, "bar": self.bar, "group": self.group or None}
        known = {key: value for key, value in optional.items() if value is not None}
        always = {"name": self.name, "value": self.value, "unit": self.unit, "better": self.better}
        return {**always, "repeats": self.repeats, **known, "note": self.note}

    @classmethod
    def from_object(cls, stored: dict[str, Any]) -> Figure:
        """What ``as_object`` gave.  Raises TypeError or ValueError for anything else."""
        return cls(**stored)


@dataclass(frozen=True)
class AreaResult:
    """figures of an area; skipped: what is missing, failed: the error, each "" where all went well.

    seconds it took; others: cores that other programs used meanwhile, on average, None where the system does not tell.
    """

    area: str
    figures: list[Figure] = field(default_factory=list)
    skipped: str = ""
    failed: str = ""
    seconds: float = 0.0
    others: float | None = None

    def as_object(self) -> dict[str, Any]:
        """For JSON."""
        figures = [figure.as_object() for figure in self.figures]
        stated: dict[str, Any] = {"skipped": self.skipped, "failed": self.failed}
        stated = {key: reason for key, reason in stated.items() if reason}
        if self.others is not None:
            stated["others"] = round(self.others, 2)
        return {"area": self.area, "figures": figures, "seconds": round(self.seconds, 2), **stated}

    @classmethod
    def from_object(cls, stored: dict[str, Any]) -> AreaResult:
        """What ``as_object`` gave.  Raises KeyError, TypeError or ValueError for anything else."""
        return cls(**{**stored, "figures": [Figure.from_object(figure) for figure in stored["figures"]]})
