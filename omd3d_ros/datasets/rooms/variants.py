"""Which of several constructions of one thing is drawn, and which constructions training never sees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

Make = TypeVar("Make", bound=Callable)

CAREFUL_SEEDS = 8_000_000  # from here to VALIDATION_SEED rooms are recorded with care
VALIDATION_SEED = 9_000_000  # from here on no room is trained on
# Rooms of these seeds also hold the constructions that all other rooms go without: the ``shape`` split.
HELD_OUT_SEEDS = 9_500_000


class RoomRng(np.random.Generator):
    """A random generator that knows whether held-out constructions may be drawn."""

    def __init__(self, seed: int | Sequence[int], held_out: bool = False) -> None:
        super().__init__(np.random.PCG64(seed))
        self.held_out = held_out


def branch(rng: np.random.Generator, seed: int) -> RoomRng:
    """A new generator that starts at ``seed`` and may draw what ``rng`` may."""
    return RoomRng(seed, _held_out(rng))


def variant(rng: np.random.Generator, common: Sequence[Make], rare: Make) -> Make:
    """One of the common constructions; in held-out rooms every second time the rare one."""
    chosen = common[int(rng.integers(len(common)))]
    return rare if _held_out(rng) and rng.random() < 0.5 else chosen


def _held_out(rng: np.random.Generator) -> bool:
    return isinstance(rng, RoomRng) and rng.held_out
