"""SuperpointEncoder: the scene encoder of the nano preset.

A PointNet over a few points of every superpoint (Qi et al. 2017), then a transformer over superpoints whose
attention knows where they lie to each other.  The published encoder is a sparse U-Net pooled over superpoints;
both turn a cloud into (M, C) features.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from .amax import amax
from .superpoint_inputs import POINT_CHANNELS, STATISTICS, SuperpointInputs

PAIR_CHANNELS = 9


class SuperpointEncoder(nn.Module):
    """superpoints -> features (M, width) and pair features (M, M, pair_width)."""

    def __init__(self, width: int = 128, layers: int = 4, heads: int = 4, pair_width: int = 16) -> None:
        super().__init__()
        self.width, self.pair_width = width, pair_width
        self.point_mlp = nn.Sequential(nn.Linear(POINT_CHANNELS, 64), nn.GELU(), nn.Linear(64, width))
        self.statistics = nn.Linear(STATISTICS, width)
        self.join = nn.Sequential(nn.Linear(3 * width, width), nn.GELU(), nn.Linear(width, width))
        self.pair = nn.Sequential(nn.Linear(PAIR_CHANNELS, 32), nn.GELU(), nn.Linear(32, pair_width), nn.GELU())
        self.layers = nn.ModuleList(_Layer(width, heads, pair_width) for _ in range(layers))
        self.norm = nn.LayerNorm(width)

    def forward(self, inputs: SuperpointInputs) -> tuple[torch.Tensor, torch.Tensor]:
        x = self.embed(inputs)
        pair = self.pair(pair_features(inputs.boxes))
        for layer in self.layers:
            x = layer(x, pair)
        return self.norm(x), pair

    def embed(self, inputs: SuperpointInputs) -> torch.Tensor:
        """(M, width) what is known of each superpoint by itself, before it attends to the others."""
        points = self.point_mlp(inputs.points)
        return self.join(torch.cat([amax(points, 1), points.mean(1), self.statistics(inputs.statistics)], -1))


def pair_features(boxes: torch.Tensor) -> torch.Tensor:
    """(M, M, 9): offset of centres (3, squashed), horizontal and full distance, gaps between the boxes (3), their norm.

    boxes (M, 6): centre and size in metres.
    """
    center, half = boxes[:, :3], boxes[:, 3:] / 2
    offset = center[None] - center[:, None]
    gap = (offset.abs() - half[None] - half[:, None]).clamp_min(0)
    flat = offset[..., :2].norm(dim=-1, keepdim=True)
    full = offset.norm(dim=-1, keepdim=True)
    far = gap.norm(dim=-1, keepdim=True)
    return torch.cat(
        [torch.tanh(offset), torch.exp(-flat), torch.exp(-full), torch.exp(-5 * gap), torch.exp(-10 * far)], -1
    )


class _Layer(nn.Module):
    """Pre-norm transformer layer with an additive attention bias from pair features."""

    def __init__(self, width: int, heads: int, pair_width: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.bias = nn.Linear(pair_width, heads)
        self.out = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

    def forward(self, x: torch.Tensor, pair: torch.Tensor) -> torch.Tensor:
        m, c = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(m, 3, self.heads, c // self.heads).permute(1, 2, 0, 3)
        bias = self.bias(pair).permute(2, 0, 1)
        attended = F.scaled_dot_product_attention(q[None], k[None], v[None], attn_mask=bias[None].to(q.dtype))[0]
        x = x + self.out(attended.permute(1, 0, 2).reshape(m, c))
        return x + self.mlp(self.norm2(x))
