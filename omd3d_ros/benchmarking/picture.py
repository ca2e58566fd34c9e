"""The figures of a run as one picture."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from .figures import AreaResult, Figure
from .machine import Machine
from .report import about, number, reason, title

_WIDTH, _MARGIN, _ROW = 1280, 28, 26
_BAR_LEFT, _BAR_RIGHT = 420, 1020
_VALUE_LEFT = _BAR_RIGHT + 20
_INK, _PALE, _GRID = (40, 40, 40), (120, 120, 120), (232, 232, 232)
_BLUE, _GREEN, _RED = (216, 125, 59), (92, 160, 64), (60, 60, 200)  # OpenCV's order: blue, green, red
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def draw_figures(machine: Machine, command: str, results: Sequence[AreaResult]) -> np.ndarray:
    """(H, 1280, 3) uint8 RGB: a bar per figure with its spread, on one scale per area, unit and group.

    A bar is green where what is aimed at is reached, red where it is not, blue where nothing is; the aim is a
    vertical line.
    """
    header = about(machine, command, results)
    lines = sum(1 + max(len(result.figures), 1) for result in results)
    height = 2 * _MARGIN + _ROW * (len(header) + 1 + lines) + 10 * len(results)
    image = np.full((height, _WIDTH, 3), 255, np.uint8)
    y = _MARGIN + 8
    for line in header:
        _text(image, line, (_MARGIN, y), 0.45, _PALE)
        y += _ROW
    for result in results:
        y += 10
        _text(image, title(result), (_MARGIN, y), 0.6, _INK, 2)
        cv2.line(image, (_MARGIN, y + 8), (_WIDTH - _MARGIN, y + 8), _GRID, 1)
        y += _ROW
        if result.skipped or result.failed:
            _text(image, reason(result), (_MARGIN + 14, y), 0.45, _PALE if result.skipped else _RED)
            y += _ROW
        for figure in result.figures:
            _draw(image, figure, _full_scale(figure, result.figures), y)
            y += _ROW
    return np.ascontiguousarray(image[: y + _MARGIN - _ROW // 2, :, ::-1])


def _full_scale(figure: Figure, figures: Sequence[Figure]) -> float:
    """What the whole width stands for: the largest value or end of a spread of unit and group; for shares 100 %."""
    if figure.unit == "%":
        return 100.0
    alike = [f for f in figures if (f.unit, f.group) == (figure.unit, figure.group)]
    return max(max(f.value, f.high or 0.0, f.bar or 0.0) for f in alike) or 1.0


def _draw(image: np.ndarray, figure: Figure, full: float, y: int) -> None:
    def x(value: float) -> int:
        return round(_BAR_LEFT + (_BAR_RIGHT - _BAR_LEFT) * min(max(value / full, 0.0), 1.0))

    color = _BLUE if figure.reached is None else _GREEN if figure.reached else _RED
    _text(image, figure.name, (_MARGIN + 14, y), 0.45)
    cv2.rectangle(image, (_BAR_LEFT, y - 13), (max(x(figure.value), _BAR_LEFT + 1), y + 2), color, -1)
    if figure.low is not None and figure.high is not None:
        cv2.line(image, (x(figure.low), y - 6), (x(figure.high), y - 6), _INK, 1)
        for end in (figure.low, figure.high):
            cv2.line(image, (x(end), y - 9), (x(end), y - 3), _INK, 1)
    if figure.bar is not None:
        cv2.line(image, (x(figure.bar), y - 16), (x(figure.bar), y + 5), _INK, 2)
    cpu = "" if figure.cpu is None else f"  (CPU {number(figure.cpu)})"
    _text(image, f"{number(figure.value)} {figure.unit}{cpu}", (_VALUE_LEFT, y), 0.45)


def _text(
    image: np.ndarray, text: str, at: tuple[int, int], size: float, color: tuple[int, int, int] = _INK, width: int = 1
) -> None:
    """The drawn font has ASCII letters only."""
    plain = text.encode("ascii", "replace").decode()
    cv2.putText(image, plain, at, _FONT, size, color, width, cv2.LINE_AA)
