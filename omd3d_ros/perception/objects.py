"""Object features: what the language model is told about each proposal."""

from __future__ import annotations

import numpy as np
import torch
from numba import njit

COLOR_CHANNELS = 17


def color_features(rgb: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """(K, 17) float32: mean and spread of each object's colour, and a soft histogram over 11 colours.

    rgb (N, 3) uint8; masks (K, N) bool.  The 11 bins: 8 hues, black, grey, white; a point counts for a hue by
    its chroma and for the greys by what is left of it.
    """
    each = _summed(rgb, np.arange(len(rgb)), np.zeros((len(rgb), COLOR_CHANNELS), np.float32))
    weight = masks.astype(np.float32)
    weight /= np.maximum(weight.sum(1, keepdims=True), 1)
    return with_spread(weight @ each)


def summed_colors(rgb: np.ndarray, group: np.ndarray, count: int) -> np.ndarray:
    """(count, 17) float64 sums over the points of each group (N,): colour, its square, and the 11 bins."""
    return _summed(rgb, group, np.zeros((count, COLOR_CHANNELS)))


def with_spread(means: np.ndarray) -> np.ndarray:
    """(K, 17) float32 ``color_features`` of the means (K, 17) of what ``summed_colors`` sums."""
    features = means.astype(np.float32)
    features[:, 3:6] = np.sqrt(np.maximum(means[:, 3:6] - means[:, :3] ** 2, 0))
    return features


@njit(cache=True, nogil=True)
def _summed(rgb, group, sums):
    for i in range(len(rgb)):
        r, g, b = rgb[i, 0] / 255.0, rgb[i, 1] / 255.0, rgb[i, 2] / 255.0
        high, low = max(r, g, b), min(r, g, b)
        chroma = high - low
        safe = max(chroma, 1e-6)
        if high == r:
            hue = ((g - b) / safe) % 6.0
        elif high == g:
            hue = (b - r) / safe + 2.0
        else:
            hue = (r - g) / safe + 4.0
        position = hue / 6.0 * 8.0
        left = np.floor(position)
        share = position - left
        colored = min(3.0 * chroma, 1.0)
        dark = min(max((0.35 - high) / 0.2, 0.0), 1.0)
        light = min(max((high - 0.6) / 0.2, 0.0), 1.0)
        out = sums[group[i]]
        for c, value in enumerate((r, g, b)):
            out[c] += value
            out[3 + c] += value * value
        out[6 + int(left) % 8] += colored * (1.0 - share)
        out[6 + (int(left) + 1) % 8] += colored * share
        out[14] += (1.0 - colored) * dark
        out[15] += (1.0 - colored) * (1.0 - dark - light)
        out[16] += (1.0 - colored) * light
    return sums


def pooled_features(features: torch.Tensor, masks: torch.Tensor, counts: torch.Tensor) -> torch.Tensor:
    """(K, C): mean of superpoint features (M, C) weighted by mask probability (K, M) and points (M,)."""
    weight = masks * (masks > 0.5) * counts
    return weight @ features / weight.sum(1, keepdim=True).clamp_min(1e-6)
