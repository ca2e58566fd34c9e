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

from ..perception.query_layers import Attention, FeedForward, hidden_by, mlp, projection


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
        self.attn_mask = attn_mask
        self.as_published = as_published
        self.input_proj = projection(media, d_model)
        self.x_mask = mlp(media, d_model, d_model)
        self.lang_proj = nn.Linear(d_text, d_model)
        self.cross_attn_layers = nn.ModuleList(Attention(d_model, nhead, dropout) for _ in range(num_layer))
        self.sa_layers = nn.ModuleList(Attention(d_model, nhead, dropout) for _ in range(num_layer))
        forward = [FeedForward(d_model, hidden_dim, dropout, activation_fn) for _ in range(2 * num_layer)]
        self.ca_ffn_layers = nn.ModuleList(forward[:num_layer] if cross_feed_forward else [])
        self.sa_ffn_layers = nn.ModuleList(forward[num_layer:])
        self.out_norm = nn.LayerNorm(d_model)
        self.out_score = mlp(d_model, d_model, 1)

    def forward(
        self, text: torch.Tensor, superpoints: torch.Tensor, padding: torch.Tensor | None = None
    ) -> MaskPredictions:
        """padding (B, M) bool: True marks rows of ``superpoints`` that only fill up the batch."""
        keys = self.input_proj(superpoints)
        mask_features = self.x_mask(superpoints)
        query = self.lang_proj(text)
        out = MaskPredictions([], [])
        self._predict(query, mask_features, out)
        cross: Any  # an Attention; ModuleList forgets the class
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
        """(B, Q, M) bool, True hides."""
        if not self.attn_mask:
            return None if padding is None else padding[:, None].expand_as(logits)
        return hidden_by(logits, padding)
