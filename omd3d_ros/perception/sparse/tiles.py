"""A kernel map cut into tiles of output voxels: per tile and kernel offset the pairs of rows to multiply and add."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from .tile_kernel import ROWS

TILE = 256
"""Output voxels of a tile: their sums stay in the first levels of the cache."""


class Tiles(NamedTuple):
    """rows (P,) int32 input row of each pair; targets (P,) int32 row inside the tile; bounds (T * K + 1,) int64.

    Pairs of tile t and offset k are bounds[t * K + k] to bounds[t * K + k + 1], a multiple of ROWS: filled up with
    pairs whose target is TILE, a row that collects what nobody reads.
    """

    rows: np.ndarray
    targets: np.ndarray
    bounds: np.ndarray
    outputs: int


def cut_into_tiles(table: np.ndarray) -> Tiles:
    """table (V, K) int32: input row of each output row and offset, -1 for none."""
    outputs, offsets = table.shape
    tiles = -(-outputs // TILE)
    most = int(outputs) * offsets + tiles * offsets * (ROWS - 1)
    rows, targets = np.empty(most, np.int32), np.empty(most, np.int32)
    bounds = np.empty(tiles * offsets + 1, np.int64)
    pairs = _pairs_of_tiles(table, TILE, ROWS, rows, targets, bounds)
    return Tiles(rows[:pairs], targets[:pairs], bounds, outputs)


@njit(cache=True, nogil=True)
def _pairs_of_tiles(table, tile_size, group, rows, targets, bounds):
    outputs, offsets = table.shape
    bounds[0] = 0
    pair, segment = 0, 0
    for begin in range(0, outputs, tile_size):
        size = min(tile_size, outputs - begin)
        for k in range(offsets):
            for i in range(size):
                row = table[begin + i, k]
                rows[pair] = row
                targets[pair] = i
                pair += row >= 0
            while (pair - bounds[segment]) % group:
                rows[pair] = rows[bounds[segment]]
                targets[pair] = tile_size
                pair += 1
            segment += 1
            bounds[segment] = pair
    return pair
