"""Object features: what the language model is told about each proposal."""

from __future__ import annotations

import numpy as np
import torch

COLOR_CHANNELS = 17


def color_features(rgb: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """(K, 17) float32: mean and spread of each object's colour, and a soft histogram over 11 colours.

    rgb (N, 3) uint8; masks (K, N) bool.  The 11 bins: 8 hues, black, grey, white; a point counts for a hue by
    its chroma and for the greys by what is left of it.
    """
    c = rgb.astype(np.float32) / 255
    high, low = c.max(1), c.min(1)
    chroma = high - low
    safe = np.maximum(chroma, 1e-6)
    r, g, b = c.T
    hue = np.where(high == r, (g - b) / safe % 6, np.where(high == g, (b - r) / safe + 2, (r - g) / safe + 4)) / 6
    colored = np.clip(chroma * 3, 0, 1)
    bins = np.zeros((len(c), 11), np.float32)
    position = hue * 8
    left = np.floor(position).astype(int) % 8
    share = position - np.floor(position)
    rows = np.arange(len(c))
    bins[rows, left] += colored * (1 - share)
    bins[rows, (left + 1) % 8] += colored * share
    dark = np.clip((0.35 - high) / 0.2, 0, 1)
    light = np.clip((high - 0.6) / 0.2, 0, 1)
    bins[:, 8:] = (1 - colored)[:, None] * np.stack([dark, 1 - dark - light, light], 1)
    weight = masks.astype(np.float32)
    weight /= np.maximum(weight.sum(1, keepdims=True), 1)
    mean = weight @ c
    spread = np.sqrt(np.maximum(weight @ c**2 - mean**2, 0))
    return np.concatenate([mean, spread, weight @ bins], 1)


def pooled_features(features: torch.Tensor, masks: torch.Tensor, counts: torch.Tensor) -> torch.Tensor:
    """(K, C): mean of superpoint features (M, C) weighted by mask probability (K, M) and points (M,)."""
    weight = masks * (masks > 0.5) * counts
    return weight @ features / weight.sum(1, keepdim=True).clamp_min(1e-6)
