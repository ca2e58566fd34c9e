"""Mask decoder: the hidden state of a ``[SEG]`` token in, a mask over superpoints out.

The query decoder of SPFormer (Sun et al. 2023) conditioned on text, as in OpenMaskDINO3D: masked cross-attention
from the text query to superpoints, feed-forward, self-attention, feed-forward; a prediction before the first and
after every layer.  State-dict keys are the published ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

ACTIVATIONS = {"gelu": nn.GELU, "relu": nn.ReLU}


@dataclass
class MaskPredictions:
    """Predictions before the first layer and after each: masks of logits (B, Q, M), scores (B, Q, 1) without
    sigmoid; the last ones are the answer.  hidden (B, Q, M) bool: what the last layer's attention did not see,
    None without layers or attention mask."""

    masks: list[torch.Tensor]
    scores: list[torch.Tensor]
    hidden: torch.Tensor | None = None


class MaskDecoder(nn.Module):
    """text (B, Q, d_text) and superpoint features (B, M, media) -> MaskPredictions.

    ``as_published``: the LayerNorm and dropout of the cross-attention have no effect and every layer's attention
    keeps the mask of the first prediction; otherwise both work as meant.  cross_feed_forward: a feed-forward block
    after the cross-attention too, as published.  attn_mask: a query attends only where its mask is on.
    """

    def __init__(
        self,
        d_text: int = 512,
        media: int = 32,
        d_model: int = 256,
        num_layer: int = 6,
        nhead: int = 8,
        hidden_dim: int = 1024,
        dropout: float = 0.0,
        activation_fn: str = "gelu",
        attn_mask: bool = True,
        cross_feed_forward: bool = True,
        as_published: bool = False,
    ) -> None:
        super().__init__()
        if activation_fn not in ACTIVATIONS:
            raise ValueError(f"activation_fn must be one of {', '.join(ACTIVATIONS)}, got {activation_fn!r}")
        self.attn_mask = attn_mask
        self.as_published = as_published
        self.input_proj = nn.Sequential(nn.Linear(media, d_model), nn.LayerNorm(d_model), nn.ReLU())
        self.x_mask = nn.Sequential(nn.Linear(media, d_model), nn.ReLU(), nn.Linear(d_model, d_model))
        self.lang_proj = nn.Linear(d_text, d_model)
        self.cross_attn_layers = nn.ModuleList(_Attention(d_model, nhead, dropout) for _ in range(num_layer))
        self.sa_layers = nn.ModuleList(_Attention(d_model, nhead, dropout) for _ in range(num_layer))
        forward = [_FeedForward(d_model, hidden_dim, dropout, activation_fn) for _ in range(2 * num_layer)]
        self.ca_ffn_layers = nn.ModuleList(forward[:num_layer] if cross_feed_forward else [])
        self.sa_ffn_layers = nn.ModuleList(forward[num_layer:])
        self.out_norm = nn.LayerNorm(d_model)
        self.out_score = nn.Sequential(nn.Linear(d_model, d_model), nn.ReLU(), nn.Linear(d_model, 1))

    def forward(
        self, text: torch.Tensor, superpoints: torch.Tensor, padding: torch.Tensor | None = None
    ) -> MaskPredictions:
        """padding (B, M) bool: True marks rows of ``superpoints`` that only fill up the batch."""
        keys = self.input_proj(superpoints)
        mask_features = self.x_mask(superpoints)
        query = self.lang_proj(text)
        out = MaskPredictions([], [])
        self._predict(query, mask_features, out)
        cross: Any  # an _Attention; ModuleList forgets the class
        for i, cross in enumerate(self.cross_attn_layers):
            out.hidden = self._hidden(out.masks[0 if self.as_published else -1], padding)
            if self.as_published:
                query = query + cross.attend(query, keys, out.hidden)
            else:
                query = cross(query, keys, out.hidden)
            if len(self.ca_ffn_layers):
                query = self.ca_ffn_layers[i](query)
            query = self.sa_layers[i](query, query)
            query = self.sa_ffn_layers[i](query)
            self._predict(query, mask_features, out)
        return out

    def _predict(self, query: torch.Tensor, mask_features: torch.Tensor, out: MaskPredictions) -> None:
        query = self.out_norm(query)
        out.scores.append(self.out_score(query))
        out.masks.append(query @ mask_features.transpose(1, 2))

    def _hidden(self, logits: torch.Tensor, padding: torch.Tensor | None) -> torch.Tensor | None:
        """(B, Q, M) bool, True hides; a query that would see nothing sees everything but padding."""
        if not self.attn_mask:
            return None if padding is None else padding[:, None].expand_as(logits)
        hidden = logits.detach().sigmoid() < 0.5
        filling = torch.zeros_like(hidden) if padding is None else padding[:, None].expand_as(hidden)
        hidden = hidden | filling
        return torch.where(hidden.all(-1, keepdim=True), filling, hidden)


class _Attention(nn.Module):
    """Multi-head attention, then residual, dropout and LayerNorm (post-norm)."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.attn = nn.MultiheadAttention(width, heads, batch_first=True)  # the owner of the published weights
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, query: torch.Tensor, keys: torch.Tensor, hidden: torch.Tensor | None = None) -> torch.Tensor:
        return self.norm(query + self.dropout(self.attend(query, keys, hidden)))

    def attend(self, query: torch.Tensor, keys: torch.Tensor, hidden: torch.Tensor | None = None) -> torch.Tensor:
        """query (B, Q, C), keys (B, M, C); one mask (B, Q, M) serves all heads, which nn.MultiheadAttention repeats.

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
            scores = scores.masked_fill(hidden[:, None], float("-inf"))
        return self.attn.out_proj((scores.softmax(-1) @ v).transpose(1, 2).flatten(2))


class _FeedForward(nn.Module):
    def __init__(self, width: int, hidden: int, dropout: float, activation_fn: str) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(width, hidden), ACTIVATIONS[activation_fn](), nn.Dropout(dropout),
            nn.Linear(hidden, width), nn.Dropout(dropout),
        )  # fmt: skip
        self.norm = nn.LayerNorm(width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.norm(x + self.net(x))
