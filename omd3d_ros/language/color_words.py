"""How far measured colours are what people call red or beige: without a network, by their distance to typical ones."""

from __future__ import annotations

import numpy as np

from .program import COLORS

# sRGB of what the words usually mean, of things indoors, in the order of ``COLORS``.
_TYPICAL = np.array([
    (240, 240, 240), (20, 20, 20), (128, 128, 128), (190, 30, 40), (60, 130, 60), (45, 85, 165), (235, 205, 70),
    (230, 125, 45), (120, 60, 145), (225, 140, 170), (125, 85, 50), (215, 195, 160),
], float)  # fmt: skip
_WHITE = np.array([0.9505, 1.0, 1.089])  # D65
_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
_SHADE = 0.5  # weight of lightness, which shadows change, against hue
_FALL = 24.0  # units of CIELAB by which a colour may be farther from a word than from the best word, to count a third


def color_words(rgb: np.ndarray) -> np.ndarray:
    """(K, 12) 0..1, the best word 1, of sRGB colours (K, 3) 0..255; in the order of ``COLORS``."""
    weights = np.array([_SHADE, 1.0, 1.0])
    apart = np.linalg.norm((_lab(np.asarray(rgb, float))[:, None] - _lab(_TYPICAL)) * weights, axis=2)
    return np.exp((apart.min(1, initial=np.inf, keepdims=True) - apart) / _FALL)


def _lab(rgb: np.ndarray) -> np.ndarray:
    """(n, 3) CIELAB."""
    linear = np.where(rgb <= 10.3, rgb / 255 / 12.92, ((rgb / 255 + 0.055) / 1.055) ** 2.4)
    xyz = linear @ _TO_XYZ.T / _WHITE
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], 1)


assert len(_TYPICAL) == len(COLORS)
