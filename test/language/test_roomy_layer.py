"""A cache layer that grows in place holds what concatenation would."""

from __future__ import annotations

import pytest
import torch
from transformers.cache_utils import DynamicLayer

from omd3d_ros.language.roomy_layer import ROOM, RoomyLayer


def keys_and_values(tokens: int, seed: int, batch: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
    g = torch.Generator().manual_seed(seed)
    both = torch.randn(2, batch, 3, tokens, 4, generator=g)
    return both[0], both[1]


@pytest.mark.parametrize("steps", [[5, 1, 1], [ROOM - 1, 1, 1, 2], [3 * ROOM, 1]], ids=["room", "full", "too many"])
def test_it_grows_as_by_concatenation(steps):
    start = keys_and_values(10, seed=0)
    plain, roomy = DynamicLayer(), RoomyLayer(*start)
    plain.update(*start)
    for seed, tokens in enumerate(steps, 1):
        more = keys_and_values(tokens, seed)
        for got, expected in zip(roomy.update(*more), plain.update(*more), strict=True):
            assert torch.equal(got, expected)
        assert roomy.get_seq_length() == plain.get_seq_length() and roomy.get_mask_sizes(1) == plain.get_mask_sizes(1)


def test_tokens_that_fit_move_nothing():
    roomy = RoomyLayer(*keys_and_values(10, seed=0))
    where = roomy.keys.data_ptr()
    roomy.update(*keys_and_values(ROOM, seed=1))
    assert roomy.keys.data_ptr() == where and roomy.get_seq_length() == 10 + ROOM
    roomy.update(*keys_and_values(1, seed=2))
    assert roomy.keys.data_ptr() != where


def test_a_copy_for_several_rows():
    roomy = RoomyLayer(*keys_and_values(10, seed=0))
    copied = roomy.copied(batch=2)
    more = keys_and_values(3, seed=1, batch=2)
    keys, _ = copied.update(*more)
    assert torch.equal(keys[:, :, :10], roomy.keys.expand(2, -1, -1, -1)) and torch.equal(keys[:, :, 10:], more[0])
    assert roomy.get_seq_length() == 10


def test_memory():
    assert RoomyLayer(*keys_and_values(10, seed=0)).num_bytes == 2 * 3 * (10 + ROOM) * 4 * 4
