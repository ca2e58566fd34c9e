"""The scene part of a prompt, computed once and shared by every question about the scene."""

from __future__ import annotations

import copy
import threading
from dataclasses import dataclass, field
from typing import Any
from weakref import finalize

import torch
from transformers.cache_utils import Cache, DynamicLayer, DynamicSlidingWindowLayer

from .roomy_layer import RoomyLayer


@dataclass
class ScenePrefix:
    """Keys and values of the prompt up to the question, of one scene.

    cache: as the language model left it, with room behind it; its tokens are never changed afterwards; hidden (H,): the
    last token's state, after which the question comes; states (K, H): each object's; slots (K,): the identifiers of
    these objects; length in tokens.
    """

    cache: Cache
    hidden: torch.Tensor
    states: torch.Tensor
    slots: torch.Tensor
    length: int
    _room: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def __post_init__(self) -> None:
        for i, layer in enumerate(self.cache.layers):
            if type(layer) is DynamicLayer and layer.keys is not None and layer.values is not None:
                self.cache.layers[i] = RoomyLayer(layer.keys, layer.values)

    def fork(self, batch: int = 1) -> Cache:
        """A cache that begins with the prefix and grows on its own.

        The one that takes the room behind the prefix copies nothing; while it lives, others begin with a copy.
        batch: how many questions go on from it side by side.
        """
        takes_room = batch == 1 and self._room.acquire(blocking=False)
        forked = copy.copy(self.cache)
        forked.layers = [_forked(layer, batch, takes_room) for layer in self.cache.layers]
        if takes_room:
            finalize(forked, self._room.release).atexit = False
        return forked

    @property
    def takes_padding(self) -> bool:
        """Whether questions of several lengths can go on from it side by side: all its layers see all its tokens."""
        return all(type(layer) is RoomyLayer for layer in self.cache.layers)

    @property
    def num_bytes(self) -> int:
        """Memory that the keys and values take, with the room behind them."""
        return sum(_num_bytes(layer) for layer in self.cache.layers)


def _forked(layer: Any, batch: int, takes_room: bool) -> Any:
    if type(layer) is RoomyLayer:
        return copy.copy(layer) if takes_room else layer.copied(batch)
    # One that grows by concatenation leaves what it had as it was.
    new = copy.copy(layer) if type(layer) is DynamicSlidingWindowLayer else copy.deepcopy(layer)
    if batch > 1:
        new.batch_repeat_interleave(batch)
    return new


def _num_bytes(layer: Any) -> int:
    if type(layer) is RoomyLayer:
        return layer.num_bytes
    return sum(t.numel() * t.element_size() for t in vars(layer).values() if isinstance(t, torch.Tensor))
