"""LLaMA's layers on a few more tokens, as transformers computes them and in half as many operations.

A question is some fifteen tokens and a token of an answer is one: what their forward costs is the number of operations,
not their size.  Keys and queries are rotated together, the mask is made once for all layers, and nothing is recorded.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import torch
from torch import nn
from torch.nn import functional as F
from transformers import LlamaModel
from transformers.cache_utils import Cache
from transformers.integrations.sdpa_attention import sdpa_attention_forward

Rotation = tuple[torch.Tensor, torch.Tensor]  # cosine and signed sine of each token's channels, (B, n, 1, channels)


def is_plain_llama(language_model: nn.Module) -> bool:
    """Whether ``read_after`` computes what this model's forward does: a LLaMA with PyTorch's attention, not trained."""
    return (
        type(language_model) is LlamaModel
        and not language_model.training
        and language_model.config._attn_implementation == "sdpa"
    )


def read_after(
    llama: LlamaModel, embeds: torch.Tensor, cache: Cache, position: torch.Tensor, shown: torch.Tensor | None = None
) -> torch.Tensor:
    """Final hidden states (B, n, H) of embeddings (B, n, H) that come after what the cache holds, which grows by them.

    position: (B, n).  shown: (B, tokens in the cache + n) bool, False for padding.
    """
    mask = _mask(embeds, cache.get_seq_length(), shown)
    cos, sin = llama.rotary_emb(embeds, position_ids=position)
    half = sin.shape[-1] // 2
    rotation = cos[:, :, None], torch.cat([-sin[..., :half], sin[..., half:]], -1)[:, :, None]
    hidden, layers = embeds, cast(Iterable[Any], llama.layers)
    for layer in layers:
        hidden = hidden + _attend(layer.self_attn, _norm(layer.input_layernorm, hidden), cache, rotation, mask)
        hidden = hidden + layer.mlp(_norm(layer.post_attention_layernorm, hidden))
    return _norm(llama.norm, hidden)


def _attend(
    attention: Any, x: torch.Tensor, cache: Cache, rotation: Rotation, mask: torch.Tensor | None
) -> torch.Tensor:
    heads = (*x.shape[:2], -1, attention.head_dim)
    q, k = attention.q_proj(x).view(heads), attention.k_proj(x).view(heads)
    queries, both = q.shape[2], torch.cat([q, k], 2)
    cos, sin = rotation
    both = (both * cos + both.roll(attention.head_dim // 2, -1) * sin).transpose(1, 2)
    values = attention.v_proj(x).view(heads).transpose(1, 2)
    keys, values = cache.update(both[:, queries:], values, attention.layer_idx)
    out, _ = sdpa_attention_forward(attention, both[:, :queries], keys, values, mask, scaling=attention.scaling)
    return attention.o_proj(out.flatten(2))


def _norm(norm: Any, x: torch.Tensor) -> torch.Tensor:
    """In half precision by the module itself, which rounds before it multiplies by the weight."""
    if x.dtype != torch.float32 or norm.weight.dtype != torch.float32:
        return norm(x)
    return F.rms_norm(x, norm.weight.shape, norm.weight, norm.variance_epsilon)


def _mask(embeds: torch.Tensor, before: int, shown: torch.Tensor | None) -> torch.Tensor | None:
    """(B or 1, 1, n, before + n), 0 where row may look at column and else the least number; None where rows may at all.

    Padding is not looked at, but by itself.
    """
    n = embeds.shape[1]
    if n == 1 and shown is None:
        return None
    lowest = torch.finfo(embeds.dtype).min
    later = embeds.new_full((n, n), lowest).triu(1)
    mask = F.pad(later, (before, 0))[None, None]
    if shown is None:
        return mask
    padding = embeds.new_zeros(shown.shape).masked_fill(~shown, lowest)
    return torch.minimum(mask, padding[:, None, None])
