"""SceneContext: what the objects round an object say of it.

Attention over the nearest objects with learned features of how the two lie to one another, as relation modules of 3D
grounding have it (ViL3DRel, Chen et al. 2022).  Like things stand together, and the light on one is that on the next.
"""

from __future__ import annotations

import numpy as np
import torch
from scipy.spatial import cKDTree
from torch import nn

_NEIGHBOURS = 24  # objects, the object itself with them
_REACH = 5.0  # metres between centres
_FIGURES = 11
_OVERLOOKED = 0.15  # share of the neighbours that is not found, in training


class SceneContext(nn.Module):
    """states (K, S) of K objects and their boxes (K, 6), lowest and highest corner in metres -> (K, outputs), to be
    added to logits; zeros before training."""

    def __init__(self, states: int, outputs: int, layers: int, width: int = 128, heads: int = 4) -> None:
        super().__init__()
        self.enter = nn.Sequential(nn.LayerNorm(states), nn.Linear(states, width))
        self.pair = nn.Sequential(nn.Linear(_FIGURES, 32), nn.GELU())
        self.layers = nn.ModuleList(_NeighbourLayer(width, heads) for _ in range(layers))
        last = nn.Linear(width, outputs)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        self.leave = nn.Sequential(nn.LayerNorm(width), nn.Dropout(0.2), last)

    def forward(self, states: torch.Tensor, boxes: torch.Tensor) -> torch.Tensor:
        near, known = neighbours(boxes)
        if self.training:
            known = known & (torch.rand(known.shape, device=known.device) >= _OVERLOOKED)
            known[:, 0] = True
        pairs = self.pair(_pair_figures(boxes, near))
        inner = self.enter(states)
        for layer in self.layers:
            inner = layer(inner, near, known, pairs)
        return self.leave(inner)


class _NeighbourLayer(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.before = nn.LayerNorm(width)
        self.query, self.key_value = nn.Linear(width, width), nn.Linear(width, 2 * width)
        self.pair_bias, self.pair_value = nn.Linear(32, heads), nn.Linear(32, width)
        self.together = nn.Linear(width, width)
        self.feed = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.GELU(), nn.Dropout(0.1))
        self.forward_to = nn.Linear(2 * width, width)

    def forward(
        self, states: torch.Tensor, near: torch.Tensor, known: torch.Tensor, pairs: torch.Tensor
    ) -> torch.Tensor:
        x = self.before(states)
        query = self.query(x).unflatten(-1, (self.heads, -1))[:, None]
        key, value = self.key_value(x)[near].chunk(2, -1)
        value = (value + self.pair_value(pairs)).unflatten(-1, (self.heads, -1))
        scores = (query * key.unflatten(-1, (self.heads, -1))).sum(-1) / query.shape[-1] ** 0.5 + self.pair_bias(pairs)
        share = scores.masked_fill(~known[..., None], float("-inf")).softmax(1)
        states = states + self.together((share[..., None] * value).sum(1).flatten(1))
        return states + self.forward_to(self.feed(states))


def neighbours(boxes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Indices (K, N) of the objects nearest to each one's centre, itself first, and (K, N) bool: which are within reach
    (the others are indices of nothing in particular).  boxes (K, 6): lowest and highest corners, metres."""
    k = len(boxes)
    if k == 0:
        return boxes.new_zeros(0, 1, dtype=torch.long), boxes.new_zeros(0, 1, dtype=torch.bool)
    centers = ((boxes[:, :3] + boxes[:, 3:]) / 2).cpu().numpy()
    _, near = cKDTree(centers).query(centers, k=range(1, min(_NEIGHBOURS, k) + 1), distance_upper_bound=_REACH)
    own = np.arange(k)[:, None]
    others = np.where((near == own) | (near == k), k, near)  # of objects at the same place, which is first is chance
    others = np.sort(others, 1)[:, :-1] if len(others[0]) > 1 else others[:, :0]
    near = np.concatenate([own, others], 1)
    known = near < k
    return torch.from_numpy(np.where(known, near, own)).to(boxes.device), torch.from_numpy(known).to(boxes.device)


def _pair_figures(boxes: torch.Tensor, near: torch.Tensor) -> torch.Tensor:
    """(K, N, 11) of each object and its neighbours: how far and how high the other is, how much larger."""
    low, high = boxes[:, :3], boxes[:, 3:]
    size, center = (high - low).clamp_min(0.01), (low + high) / 2
    level = size[:, :2].sort(1).values.log()
    other_low, other_high = low[near], high[near]
    offset = center[near] - center[:, None]
    apart = offset[..., :2].norm(dim=-1)
    aside = torch.maximum(other_low - high[:, None], low[:, None] - other_high)
    gap = aside[..., :2].clamp_min(0).norm(dim=-1)
    return torch.stack(
        [
            apart, (apart + 0.1).log(), gap, (gap + 0.05).log(), offset[..., 2],
            other_low[..., 2] - low[:, None, 2], other_low[..., 2] - high[:, None, 2],
            other_high[..., 2] - low[:, None, 2],
            level[near][..., 0] - level[:, None, 0], level[near][..., 1] - level[:, None, 1],
            (size[:, 2].log())[near] - size[:, None, 2].log(),
        ],
        -1,
    )  # fmt: skip
