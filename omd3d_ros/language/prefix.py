"""The scene part of a prompt, computed once and shared by every question about the scene."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import torch
from transformers.cache_utils import Cache, DynamicLayer, DynamicSlidingWindowLayer

_GROWING = (DynamicLayer, DynamicSlidingWindowLayer)  # by concatenation: what they had stays as it was


@dataclass
class ScenePrefix:
    """Keys and values of the prompt up to the question, of one scene.

    cache: as the language model left it, never changed afterwards; hidden (H,): the last token's state, after which
    the question comes; states (K, H): each object's; slots (K,): the identifiers of these objects; length in tokens.
    """

    cache: Cache
    hidden: torch.Tensor
    states: torch.Tensor
    slots: torch.Tensor
    length: int

    def fork(self, batch: int = 1) -> Cache:
        """A cache that begins with the prefix and grows on its own; keys and values are shared until they grow.

        batch: how many questions go on from it side by side.
        """
        forked = copy.copy(self.cache)
        forked.layers = [_forked(layer, batch) for layer in self.cache.layers]
        return forked

    @property
    def takes_padding(self) -> bool:
        """Whether questions of several lengths can go on from it side by side: all its layers see all its tokens."""
        return all(type(layer) is DynamicLayer for layer in self.cache.layers)

    @property
    def num_bytes(self) -> int:
        """Memory that the keys and values take."""
        tensors = (t for layer in self.cache.layers for t in vars(layer).values() if isinstance(t, torch.Tensor))
        return sum(t.numel() * t.element_size() for t in tensors)


def _forked(layer: Any, batch: int) -> Any:
    new = copy.copy(layer) if type(layer) in _GROWING else copy.deepcopy(layer)
    if batch > 1:
        new.batch_repeat_interleave(batch)
    return new
