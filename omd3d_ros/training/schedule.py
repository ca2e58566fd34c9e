"""What a step is made of, by its number alone: its learning rate, its samples, its random numbers.

So a resumed run, and one on another number of processes, goes on as the unbroken one would.
"""

from __future__ import annotations

import hashlib
import math
from functools import lru_cache

import torch

_LEAST = 0.01


def learning_rate_factor(step: int, steps: int, warmup: int) -> float:
    """Linear from a hundredth to 1 within ``warmup`` steps, then a cosine down to a hundredth at ``steps``."""
    if step < warmup:
        return _LEAST + (1 - _LEAST) * step / warmup
    share = (step - warmup) / max(1, steps - warmup)
    return _LEAST + (1 - _LEAST) * 0.5 * (1 + math.cos(math.pi * min(share, 1.0)))


def samples_of_step(step: int, batch: int, count: int, seed: int) -> list[tuple[int, int]]:
    """(epoch, index) of the global batch of a step: shuffled epochs over ``count`` samples, end to end."""
    positions = range(step * batch, (step + 1) * batch)
    return [(p // count, _epoch_order(p // count, count, seed)[p % count]) for p in positions]


def generator_of(*what: int | str) -> torch.Generator:
    """Random numbers that depend on nothing but ``what``."""
    return torch.Generator().manual_seed(seed_of(*what))


def seed_of(*what: int | str) -> int:
    digest = hashlib.sha256("/".join(map(str, what)).encode()).digest()
    return int.from_bytes(digest[:7], "little")


@lru_cache(maxsize=4)
def _epoch_order(epoch: int, count: int, seed: int) -> list[int]:
    return torch.randperm(count, generator=generator_of("order", seed, epoch)).tolist()
