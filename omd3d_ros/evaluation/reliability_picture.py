"""The reliability curve as a picture."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from .reliability import Claim, calibration_error, reliability_bins

_SIZE, _MARGIN = 640, 72
_INK, _GRID, _BAR, _GAP = (40, 40, 40), (225, 225, 225), (216, 125, 59), (180, 190, 240)
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def draw_reliability(claims: Sequence[Claim]) -> np.ndarray:
    """(640, 640, 3) uint8 RGB: the share of hits over the score, a bar per bin with its count.

    Bars that end on the diagonal are of scores that mean what they say; the pale part is what they are off by.
    """
    image = np.full((_SIZE, _SIZE, 3), 255, np.uint8)
    for step in range(0, 11, 2):
        at = step / 10
        cv2.line(image, _pixel(0, at), _pixel(1, at), _GRID, 1)
        _text(image, f"{at:.1f}", (_MARGIN - 40, _pixel(0, at)[1] + 5))
        _text(image, f"{at:.1f}", (_pixel(at, 0)[0] - 12, _SIZE - _MARGIN + 24))
    for b in reliability_bins(claims):
        cv2.rectangle(image, _pixel(b.low + 0.004, b.score), _pixel(b.high - 0.004, b.hits), _GAP, -1)
        cv2.rectangle(image, _pixel(b.low + 0.004, 0), _pixel(b.high - 0.004, b.hits), _BAR, -1)
        left, top = _pixel(b.low, b.hits)
        _text(image, str(b.count), (left + 6, top - 6), 0.4)
    cv2.line(image, _pixel(0, 0), _pixel(1, 1), _INK, 1, cv2.LINE_AA)
    cv2.rectangle(image, _pixel(0, 0), _pixel(1, 1), _INK, 1)
    _text(image, "score of an answered instance", (_SIZE // 2 - 110, _SIZE - 20))
    error = calibration_error(claims)
    _text(image, f"share that is right, of {len(claims)}; calibration error {error:.3f}", (_MARGIN, 40))
    return np.ascontiguousarray(image[:, :, ::-1])


def _pixel(x: float, y: float) -> tuple[int, int]:
    scale = _SIZE - 2 * _MARGIN
    return round(_MARGIN + x * scale), round(_SIZE - _MARGIN - y * scale)


def _text(image: np.ndarray, text: str, at: tuple[int, int], size: float = 0.5) -> None:
    cv2.putText(image, text, at, _FONT, size, _INK, 1, cv2.LINE_AA)
