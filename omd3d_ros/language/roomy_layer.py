"""A layer of a key/value cache that grows in place."""

from __future__ import annotations

from typing import Any

import torch
from transformers.cache_utils import DynamicLayer

ROOM = 128  # tokens: a question and a usual answer


class RoomyLayer(DynamicLayer):
    """Keys and values (B, heads, tokens, channels) with room for more tokens behind them, which need no copy then.

    It moves to more room when it has none left.  Shallow copies write to the same room: one of them at a time may grow.
    """

    def __init__(self, keys: torch.Tensor, values: torch.Tensor, batch: int = 1) -> None:
        """Begins with copies of keys and values (1, heads, n, channels), repeated ``batch`` times."""
        super().__init__()
        self.dtype, self.device = keys.dtype, keys.device
        self._move(keys, values, batch)
        self.is_initialized = True

    def copied(self, batch: int = 1) -> RoomyLayer:
        """One with room of its own, its tokens repeated ``batch`` times."""
        assert self.keys is not None and self.values is not None
        return RoomyLayer(self.keys, self.values, batch)

    @property
    def num_bytes(self) -> int:
        return sum(room.numel() * room.element_size() for room in self._rooms)

    @torch.inference_mode()
    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """All keys and values, with these (B, heads, n, channels) behind those that were there."""
        assert self.keys is not None and self.values is not None
        start, more = self.keys.shape[2], key_states.shape[2]
        if start + more > self._rooms[0].shape[2]:
            self._move(self.keys, self.values, room=max(ROOM, more + start // 2))
        self.keys, self.values = (
            _grown(room, start, new) for room, new in zip(self._rooms, (key_states, value_states), strict=True)
        )
        return self.keys, self.values

    @torch.inference_mode()
    def _move(self, keys: torch.Tensor, values: torch.Tensor, batch: int = 1, room: int = ROOM) -> None:
        self._rooms = tuple(
            t.new_empty(t.shape[0] * batch, t.shape[1], t.shape[2] + room, t.shape[3]) for t in (keys, values)
        )
        self.keys, self.values = (_grown(room, 0, t) for room, t in zip(self._rooms, (keys, values), strict=True))


def _grown(room: torch.Tensor, start: int, new: torch.Tensor) -> torch.Tensor:
    """The room's tokens up to the new ones (1 or B, heads, n, channels), which are written to it from start on."""
    end = start + new.shape[2]
    room.narrow(2, start, new.shape[2]).copy_(new)
    return room.narrow(2, 0, end)
