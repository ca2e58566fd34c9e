"""Which object of a scene is which object of the scene before, so that an identifier goes on meaning the same thing.

Objects are matched by the space that they fill and by their features, best pairs first over all of them
(Hungarian assignment).  The slot of an object that is gone stays reserved for some updates: it gets it back when it
returns, and until then nothing else is called by its name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from scipy.optimize import linear_sum_assignment

from ..mapping.neighbours import find_slot, new_table


@dataclass
class _Known:
    """slot: its number; cells: keys of the cells that it fills; feature (D,); missed: updates since it was
    seen, 0 while it is in the scene."""

    slot: int
    cells: np.ndarray
    feature: np.ndarray
    missed: int = 0


class ObjectIdentities:
    """Gives each object of one scene after another a slot, 0 to ``slots`` - 1, that it keeps.

    grace: for how many updates the slot of a vanished object is kept for it; cut short, those that are gone longest
    first, when no other slot is free.  min_overlap: IoU of the filled cells from which two objects can be the same.
    feature_weight: what a cosine similarity of 1 counts in IoU.  Not thread-safe.
    """

    def __init__(
        self,
        slots: int = 100,
        grace: int = 10,
        min_overlap: float = 0.15,
        feature_weight: float = 0.3,
    ) -> None:
        self.slots = int(slots)
        self.grace = int(grace)
        self.min_overlap = float(min_overlap)
        self.feature_weight = float(feature_weight)
        self._known: list[_Known] = []

    def reset(self) -> None:
        """Forget all objects: every slot is free."""
        self._known = []

    def update(self, cells: Sequence[np.ndarray], features: np.ndarray) -> np.ndarray:
        """(K,) int64 slots of K objects: the distinct ``cell_keys`` that each fills, and features (K, D).

        New objects get the lowest free slots in order.  Raises ValueError for more than ``slots``.
        """
        if len(cells) > self.slots:
            raise ValueError(f"{len(cells)} objects do not fit {self.slots} slots")
        old, new = self._matches(cells, features)
        slots = np.full(len(cells), -1, np.int64)
        for k, i in zip(new, old, strict=True):
            slots[k] = self._known[i].slot
        gone = [known for i, known in enumerate(self._known) if i not in set(old.tolist())]
        for known in gone:
            known.missed += 1
        gone = sorted((known for known in gone if known.missed <= self.grace), key=lambda known: known.missed)
        gone = gone[: self.slots - len(cells)]
        taken = {int(s) for s in slots} | {known.slot for known in gone}
        free = (s for s in range(self.slots) if s not in taken)
        slots[slots < 0] = [next(free) for _ in range(int((slots < 0).sum()))]
        seen = [_Known(int(s), c, np.asarray(f)) for s, c, f in zip(slots, cells, features, strict=True)]
        self._known = seen + gone
        return slots

    def _matches(self, cells: Sequence[np.ndarray], features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Indices of the known and of the new objects that are the same, in pairs."""
        if not self._known or not cells:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        overlap = _overlaps([known.cells for known in self._known], cells)
        alike = _cosines(np.stack([known.feature for known in self._known]), features)
        score = np.where(overlap >= self.min_overlap, overlap + self.feature_weight * alike, 0)
        old, new = linear_sum_assignment(score, maximize=True)
        same = overlap[old, new] >= self.min_overlap
        return old[same], new[same]


def cell_keys(xyz: np.ndarray, size: float = 0.05) -> np.ndarray:
    """(N,) int64 keys of the grid cells of ``size`` metres that points lie in, in a frame that stays."""
    cells = np.floor(xyz.astype(np.float64) / size).astype(np.int64) + (1 << 20)
    return (cells[:, 0] << 42) | (cells[:, 1] << 21) | cells[:, 2]


def _overlaps(a: Sequence[np.ndarray], b: Sequence[np.ndarray]) -> np.ndarray:
    """(A, B) IoU of sets of keys."""
    keys = np.concatenate([*a, *b])
    sizes = np.array([len(s) for s in (*a, *b)])
    both = _shared(keys, np.cumsum(sizes), len(a), new_table(len(keys)))
    return both / np.maximum(sizes[: len(a), None] + sizes[len(a) :] - both, 1)


@njit(cache=True, nogil=True)
def _shared(keys, ends, count, table):
    """(count, S - count) how many keys each of the first sets and each of the others share; set s ends at ends[s]."""
    both = np.zeros((count, len(ends) - count))
    latest = np.full(len(table), -1, np.int64)  # per key: a chain of the first sets that have it
    following = np.empty(len(keys), np.int64)
    owner = np.empty(len(keys), np.int64)
    start = 0
    for s in range(len(ends)):
        for i in range(start, ends[s]):
            slot = find_slot(table, keys[i])
            if s < count:
                table[slot], owner[i], following[i] = keys[i], s, latest[slot]
                latest[slot] = i
                continue
            k = latest[slot] if table[slot] == keys[i] else -1
            while k >= 0:
                both[owner[k], s - count] += 1
                k = following[k]
        start = ends[s]
    return both


def _cosines(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(A, B) cosine similarities, those below 0 as 0; 0 too for features of another width, as of another model."""
    if a.shape[1] != b.shape[1]:
        return np.zeros((len(a), len(b)))
    a, b = (x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-9) for x in (a, b))
    return np.maximum(a @ b.T, 0)
