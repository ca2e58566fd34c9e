"""The grid cells that superpoints fill, kept while the superpoints stay."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

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

    def updated(self, xyz: np.ndarray, superpoints: np.ndarray, old: np.ndarray) -> SuperpointCells:
        """Of superpoints (N,) of points xyz (N, 3), of which i is the one that was old[i], -1: new."""
        points = np.flatnonzero(old[superpoints] < 0)
        keys = cell_keys(xyz[points])
        order = np.lexsort((keys, superpoints[points]))
        owner, keys = superpoints[points][order], keys[order]
        first = np.ones(len(keys), bool)
        first[1:] = (keys[1:] != keys[:-1]) | (owner[1:] != owner[:-1])
        kept = np.flatnonzero(old >= 0)
        counts = np.bincount(owner[first], minlength=len(old))
        counts[kept] = self.counts[old[kept]]
        starts = np.cumsum(counts) - counts
        merged = np.empty(int(counts.sum()), np.int64)
        merged[_ranges(starts[old < 0], counts[old < 0])] = keys[first]
        before = np.cumsum(self.counts) - self.counts
        merged[_ranges(starts[kept], counts[kept])] = self.keys[_ranges(before[old[kept]], counts[kept])]
        return SuperpointCells(merged, counts)

    def of_objects(self, members: np.ndarray) -> list[np.ndarray]:
        """The distinct keys of objects with superpoints members (K, M) bool."""
        distinct, column = np.unique(self.keys, return_inverse=True)
        starts = np.concatenate([[0], np.cumsum(self.counts)])
        filled = csr_matrix((np.ones(len(column), np.int32), column, starts), (len(self.counts), len(distinct)))
        of_objects = csr_matrix(members.astype(np.int32)) @ filled
        return np.split(distinct[of_objects.indices], of_objects.indptr[1:-1]) if len(members) else []


def _ranges(starts: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """starts[0], starts[0] + 1, ... counts[0] of them, then those from starts[1], and so on."""
    return np.repeat(starts - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())
