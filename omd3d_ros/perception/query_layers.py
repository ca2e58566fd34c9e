"""Layers of a query decoder over superpoints: attention, feed-forward, and which superpoints a query may see.

SPFormer's instance decoder and the mask decoder of the language model are made of them.  Names of parameters are those
of the published checkpoints.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

ACTIVATIONS: dict[str, type[nn.Module]] = {"gelu": nn.GELU, "relu": nn.ReLU}


class Attention(nn.Module):
    """Multi-head attention, then residual, dropout and LayerNorm (post-norm).

    dropout: of what was attended; weights_dropout: of the attention weights.
    """

    def __init__(self, width: int, heads: int, dropout: float, weights_dropout: float = 0.0) -> None:
        super().__init__()
        # The owner of the published weights; ``attend`` is its arithmetic.
        self.attn = nn.MultiheadAttention(width, heads, dropout=weights_dropout, batch_first=True)
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, query: torch.Tensor, keys: torch.Tensor, hidden: torch.Tensor | None = None) -> torch.Tensor:
        return self.norm(query + self.dropout(self.attend(query, keys, hidden)))

    def attend(self, query: torch.Tensor, keys: torch.Tensor, hidden: torch.Tensor | None = None) -> torch.Tensor:
        """query (B, Q, C), keys (B, M, C); hidden (B, Q, M) bool, True hides, the same for all heads.

        Written out, in nn.MultiheadAttention's order of operations: it gives the published numbers to the last bit.
        """
        heads = self.attn.num_heads
        weights, biases = self.attn.in_proj_weight.chunk(3), self.attn.in_proj_bias.chunk(3)
        q, k, v = (
            F.linear(x, w, b).unflatten(-1, (heads, -1)).transpose(1, 2)
            for x, w, b in zip((query, keys, keys), weights, biases, strict=True)
        )
        scores = (q * q.shape[-1] ** -0.5) @ k.transpose(2, 3)
        if hidden is not None:
            # Filling the scores of every head takes several times longer than adding.
            unseen = torch.zeros_like(hidden, dtype=scores.dtype).masked_fill_(hidden, float("-inf"))
            scores += unseen[:, None]
        attention = F.dropout(scores.softmax(-1), self.attn.dropout, self.training)
        return self.attn.out_proj((attention @ v).transpose(1, 2).flatten(2))


class FeedForward(nn.Module):
    """Two linear layers, then residual and LayerNorm.  Raises ValueError for an activation not in ACTIVATIONS."""

    def __init__(self, width: int, hidden: int, dropout: float, activation_fn: str) -> None:
        super().__init__()
        if activation_fn not in ACTIVATIONS:
            raise ValueError(f"activation_fn must be one of {', '.join(ACTIVATIONS)}, got {activation_fn!r}")
        self.net = nn.Sequential(
            nn.Linear(width, hidden), ACTIVATIONS[activation_fn](), nn.Dropout(dropout),
            nn.Linear(hidden, width), nn.Dropout(dropout),
        )  # fmt: skip
        self.norm = nn.LayerNorm(width)

    def forward(self, query: torch.Tensor) -> torch.Tensor:
        return self.norm(query + self.net(query))


def projection(channels: int, width: int) -> nn.Sequential:
    """Of superpoint features to keys."""
    return nn.Sequential(nn.Linear(channels, width), nn.LayerNorm(width), nn.ReLU())


def mlp(channels: int, width: int, outputs: int) -> nn.Sequential:
    """Of superpoint features to mask features, or of queries to predictions."""
    return nn.Sequential(nn.Linear(channels, width), nn.ReLU(), nn.Linear(width, outputs))


def hidden_by(logits: torch.Tensor, padding: torch.Tensor | None = None) -> torch.Tensor:
    """(B, Q, M) bool, True hides: a query sees where its mask logits are on, or all superpoints where none is.

    padding (B, M) bool: what only fills up the batch and is never seen.
    """
    hidden = logits.detach().sigmoid() < 0.5
    filling = torch.zeros_like(hidden) if padding is None else padding[:, None].expand_as(hidden)
    hidden = hidden | filling
    return torch.where(hidden.all(-1, keepdim=True), filling, hidden)
