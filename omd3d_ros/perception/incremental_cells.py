"""The grid cells that superpoints fill, kept while the superpoints stay."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from ..mapping.neighbours import find_slot, new_table
from .identity import cell_keys


@dataclass
class SuperpointCells:
    """keys: the distinct keys of the cells of each superpoint in turn; counts (M,) of them."""

    keys: np.ndarray
    counts: np.ndarray

    @classmethod
    def nothing(cls) -> SuperpointCells:
        """No superpoints."""
        return cls(np.empty(0, np.int64), np.empty(0, np.int64))

    def updated(self, xyz: np.ndarray, owner: np.ndarray, old: np.ndarray) -> SuperpointCells:
        """Of superpoints of which i is the one that was old[i], -1: new; xyz (P, 3) are the points of the new ones,
        which ``owner`` (P,) numbers 0, 1, ... in order."""
        new, kept = np.flatnonzero(old < 0), np.flatnonzero(old >= 0)
        order = np.argsort(owner.astype(np.int16), kind="stable")  # sorts faster; there are at most 1,500 superpoints
        keys, numbers = _distinct_of_runs(cell_keys(xyz.take(order, axis=0)), np.bincount(owner, minlength=len(new)))
        counts = np.empty(len(old), np.int64)
        counts[new], counts[kept] = numbers, self.counts[old[kept]]
        starts = np.cumsum(counts) - counts
        merged = np.empty(int(counts.sum()), np.int64)
        merged[_ranges(starts[new], numbers)] = keys
        before = np.cumsum(self.counts) - self.counts
        merged[_ranges(starts[kept], counts[kept])] = self.keys[_ranges(before[old[kept]], counts[kept])]
        return SuperpointCells(merged, counts)

    def of_objects(self, members: np.ndarray) -> list[np.ndarray]:
        """The distinct keys of objects with superpoints members (K, M) bool."""
        _, column = np.nonzero(members)
        starts = np.cumsum(self.counts) - self.counts
        keys, numbers = _distinct_of_runs(
            self.keys[_ranges(starts[column], self.counts[column])], members @ self.counts
        )
        return np.split(keys, np.cumsum(numbers)[:-1]) if len(members) else []


def _ranges(starts: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """starts[0], starts[0] + 1, ... counts[0] of them, then those from starts[1], and so on."""
    return np.repeat(starts - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())


def _distinct_of_runs(keys: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct keys of each of some runs of ``counts`` (R,) keys in turn, and how many each has."""
    return _distinct(keys, np.cumsum(counts), new_table(len(keys)))


@njit(cache=True, nogil=True)
def _distinct(keys, ends, table):
    found_in = np.full(len(table), -1, np.int64)
    distinct = np.empty_like(keys)
    numbers = np.zeros(len(ends), np.int64)
    total, start = 0, 0
    for run in range(len(ends)):
        for i in range(start, ends[run]):
            slot = find_slot(table, keys[i])
            table[slot] = keys[i]
            if found_in[slot] != run:
                found_in[slot] = run
                distinct[total] = keys[i]
                total += 1
                numbers[run] += 1
        start = ends[run]
    return distinct[:total], numbers
