"""Figures as a table for a terminal and as one JSON object."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .figures import AreaResult, Figure
from .machine import Machine

DISTURBING = 0.2  # cores that other programs use
_HEADER = ("", "median", "10 to 90 %", "CPU", "unit", "bar", "n", "")


def as_object(machine: Machine, command: str, results: Sequence[AreaResult], areas: Sequence[str]) -> dict[str, Any]:
    """The whole run; ``complete`` is false while areas of it are still to come."""
    done = [result.area for result in results]
    return {
        "machine": machine.as_object(),
        "command": command,
        "complete": done == list(areas),
        "areas": [result.as_object() for result in results],
    }


def as_text(machine: Machine, command: str, results: Sequence[AreaResult]) -> str:
    """Machine, command, and a line per figure, grouped by area."""
    header = about(machine, command, results)
    rows: list[tuple[str, ...]] = [_HEADER]
    for result in results:
        rows.append((title(result), *[""] * (len(_HEADER) - 1)))
        rows += [_row(figure) for figure in result.figures]
        if result.skipped or result.failed:
            rows.append((f"  {reason(result)}", *[""] * (len(_HEADER) - 1)))
    widths = [max(len(row[i]) for row in rows if any(row[1:])) for i in range(len(_HEADER))]
    return "\n".join([*header, "", *(_line(row, widths) for row in rows)])


def about(machine: Machine, command: str, results: Sequence[AreaResult]) -> list[str]:
    """Lines on what the figures are of, the last a warning where other programs disturbed them."""
    lines = [f"command: {command}", *machine.lines()]
    return [*lines, warning(machine)] if any(disturbed(result) for result in results) else lines


def warning(machine: Machine) -> str:
    """What can be trusted of figures that other programs disturbed: threads that wait for another one spin."""
    what = "CPU times and ratios, not wall times" if machine.threads == 1 else "ratios, or measure with --threads 1"
    return f"other programs were using the cores: trust {what}"


def title(result: AreaResult) -> str:
    """The area's name, and what other programs took of the cores meanwhile."""
    name = result.area.upper()
    return f"{name}  (other programs used {number(result.others)} cores)" if disturbed(result) else name


def disturbed(result: AreaResult) -> bool:
    """Whether other programs wanted the cores while it was measured, so that wall times are not its own."""
    return result.others is not None and result.others > DISTURBING


def reason(result: AreaResult) -> str:
    """Why an area has no figures."""
    return f"skipped: {result.skipped}" if result.skipped else f"failed: {result.failed}"


def number(value: float | None) -> str:
    """Three digits that mean something, never an exponent."""
    if value is None:
        return ""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def cells(figure: Figure) -> tuple[str, ...]:
    """Name, median, spread, CPU time, unit, bar, number of measurements and note, as text."""
    spread = "" if figure.low is None else f"{number(figure.low)} to {number(figure.high)}"
    bar = ""
    if figure.bar is not None:
        sign = "<=" if figure.better == "lower" else ">="
        bar = f"{sign} {number(figure.bar)} {'ok' if figure.reached else 'MISSED'}"
    return (
        figure.name, number(figure.value), spread, number(figure.cpu), figure.unit, bar, str(figure.repeats),
        figure.note,
    )  # fmt: skip


def _row(figure: Figure) -> tuple[str, ...]:
    name, *others = cells(figure)
    return (f"  {name}", *others)


def _line(row: tuple[str, ...], widths: Sequence[int]) -> str:
    if not any(row[1:]):
        return row[0]
    right = (1, 2, 3, 6)
    sized = enumerate(zip(row, widths, strict=True))
    return "  ".join(cell.rjust(w) if i in right else cell.ljust(w) for i, (cell, w) in sized).rstrip()
