"""Mask decoder: the hidden state of a ``[SEG]`` token in, a mask over superpoints out.

The query decoder of SPFormer (Sun et al. 2023) conditioned on text as in OpenMaskDINO3D: masked cross-attention
from the text query to superpoints, self-attention, feed-forward; a prediction before the first and after every
layer, each attending only where the one before it saw the object.
"""

from __future__ import annotations

import torch
from torch import nn


class MaskDecoder(nn.Module):
    """text (Q, text_width), superpoints (M, superpoint_width) -> list of mask logits (Q, M), scores (Q,)."""

    def __init__(
        self, text_width: int, superpoint_width: int, width: int = 128, layers: int = 2, heads: int = 4
    ) -> None:
        super().__init__()
        self.input_proj = nn.Sequential(nn.Linear(superpoint_width, width), nn.LayerNorm(width), nn.ReLU())
        self.mask_features = nn.Sequential(
            nn.Linear(superpoint_width, width), nn.ReLU(), nn.Linear(width, width)
        )  # fmt: skip
        self.lang_proj = nn.Linear(text_width, width)
        self.layers = nn.ModuleList(_DecoderLayer(width, heads) for _ in range(layers))
        self.out_norm = nn.LayerNorm(width)
        self.out_score = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 1))

    def forward(self, text: torch.Tensor, superpoints: torch.Tensor) -> tuple[list[torch.Tensor], torch.Tensor]:
        keys = self.input_proj(superpoints)
        mask_features = self.mask_features(superpoints)
        query = self.lang_proj(text)[:, None]
        logits = [self.out_norm(query)[:, 0] @ mask_features.T]
        for layer in self.layers:
            query = layer(query, keys, hidden=logits[-1].detach().sigmoid() < 0.5)
            logits.append(self.out_norm(query)[:, 0] @ mask_features.T)
        return logits, self.out_score(self.out_norm(query)[:, 0])[:, 0]


class _DecoderLayer(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.cross = nn.MultiheadAttention(width, heads, batch_first=True)
        self.cross_norm = nn.LayerNorm(width)
        self.self_attention = nn.MultiheadAttention(width, heads, batch_first=True)
        self.self_norm = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
        self.mlp_norm = nn.LayerNorm(width)

    def forward(self, query: torch.Tensor, keys: torch.Tensor, hidden: torch.Tensor) -> torch.Tensor:
        """query (Q, 1, width); keys (M, width); hidden (Q, M) bool: True hides a superpoint (all True hides none)."""
        q, m = hidden.shape
        hidden = hidden & ~hidden.all(1, keepdim=True)
        mask = hidden[:, None].repeat_interleave(self.heads, 0)
        memory = keys[None].expand(q, m, -1)
        query = self.cross_norm(query + self.cross(query, memory, memory, attn_mask=mask, need_weights=False)[0])
        query = self.self_norm(query + self.self_attention(query, query, query, need_weights=False)[0])
        return self.mlp_norm(query + self.mlp(query))


def mask_loss(logits: list[torch.Tensor], score: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """BCE + Dice over every prediction plus half the squared error of the score, mean over queries.

    target (Q, M) in 0..1.  The published losses, with the score's target taken from the last prediction.
    """
    total = logits[0].new_zeros(())
    for prediction in logits:
        p = prediction.sigmoid()
        bce = nn.functional.binary_cross_entropy_with_logits(prediction, target, reduction="none").mean(1)
        dice = 1 - (2 * (p * target).sum(1) + 1) / (p.sum(1) + target.sum(1) + 1)
        total = total + (bce + dice).mean()
    hard = (logits[-1] > 0).to(target.dtype)
    iou = (hard * target).sum(1) / ((hard + target) > 0.5).sum(1).clamp_min(1)
    return total / len(logits) + 0.5 * ((score.sigmoid() - iou) ** 2).mean()
