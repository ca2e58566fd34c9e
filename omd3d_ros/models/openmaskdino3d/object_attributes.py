"""ObjectAttributes: colour, material and shape of an object, from what the segmentor knows of it."""

from __future__ import annotations

import torch
from torch import nn

from ...language.program import COLORS, MATERIALS, SHAPES

SIZES = (len(COLORS), len(MATERIALS), len(SHAPES))


class ObjectAttributes(nn.Module):
    """Object features (K, D) -> logits over COLORS (K, 12), MATERIALS (K, 10) and SHAPES (K, 2)."""

    def __init__(self, channels: int, width: int = 128) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.LayerNorm(channels), nn.Linear(channels, width), nn.GELU(), nn.Linear(width, sum(SIZES))
        )

    def forward(self, features: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return self.layers(features).split(SIZES, dim=-1)
