"""Where the blocks of the voxel map lie: a sparse two-level grid with constant-time look-up, insertion and removal.

Space is cut into blocks of 4x4x4 voxels, and 8x8x8 blocks make a cell.  Cells stand in an open-addressing hash
table; within a cell a dense table names the blocks.  Neighbouring look-ups fall into the same cell, so that rays
and neighbourhoods stay in the processor's cache (the idea of VDB, Museth 2013, with two levels).

All storage is set aside at once but only touched, and so only resident, where it is used.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

BLOCK = 4
VOXELS = BLOCK**3
CELL = 8
ABSENT = -1
FULL = -2
_OFFSET = 1 << 20
_FACES = ((-1, 0, 0), (1, 0, 0), (0, -1, 0), (0, 1, 0), (0, 0, -1), (0, 0, 1))
COORDINATE_LIMIT = _OFFSET - 2


class BlockIndex(NamedTuple):
    """keys, cell_of: the hash table of cells; cells (C, 512): block number + 1, 0 where there is none; blocks_in (C,);
    coords (B, 3): block coordinates; alive (B,); free, free_cells: stacks of numbers to use again;
    counts: blocks ever used, cells ever used, free blocks, free cells."""

    keys: np.ndarray
    cell_of: np.ndarray
    cells: np.ndarray
    blocks_in: np.ndarray
    coords: np.ndarray
    alive: np.ndarray
    free: np.ndarray
    free_cells: np.ndarray
    counts: np.ndarray

    @property
    def num_blocks(self) -> int:
        """Blocks in use."""
        return int(self.counts[0] - self.counts[2])

    def num_bytes(self) -> int:
        """Bytes in use (pages that were never touched are not counted)."""
        high, cells = int(self.counts[0]), int(self.counts[1])
        return self.keys.nbytes + self.cell_of.nbytes + cells * (4 * CELL**3 + 8) + high * (12 + 1 + 4)


def empty_index(max_blocks: int) -> BlockIndex:
    """An index that takes up to ``max_blocks`` blocks."""
    max_cells = max(max_blocks // 16, 1024)
    slots = 1 << int(np.ceil(np.log2(2 * max_cells)))
    return BlockIndex(
        keys=np.full(slots, -1, np.int64),
        cell_of=np.zeros(slots, np.int32),
        cells=np.zeros((max_cells, CELL**3), np.int32),
        blocks_in=np.zeros(max_cells, np.int32),
        coords=np.zeros((max_blocks, 3), np.int32),
        alive=np.zeros(max_blocks, np.bool_),
        free=np.zeros(max_blocks, np.int32),
        free_cells=np.zeros(max_cells, np.int32),
        counts=np.zeros(4, np.int64),
    )


@njit(cache=True, inline="always")
def cell_key(bx, by, bz):
    """Hash key of the cell that holds block (bx, by, bz)."""
    return (((bx >> 3) + _OFFSET) << 42) | (((by >> 3) + _OFFSET) << 21) | ((bz >> 3) + _OFFSET)


@njit(cache=True, inline="always")
def within_cell(bx, by, bz):
    """Place of block (bx, by, bz) in its cell's table."""
    return ((bx & 7) * CELL + (by & 7)) * CELL + (bz & 7)


@njit(cache=True, inline="always")
def slot_of(keys, key):
    """Index of ``key`` in the hash table, or of the empty slot where it belongs."""
    mask = keys.shape[0] - 1
    i = _home(key, mask)
    while keys[i] != -1 and keys[i] != key:
        i = (i + 1) & mask
    return i


@njit(cache=True, inline="always")
def _home(key, mask):
    h = np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)
    return np.int64((h >> np.uint64(32)) & np.uint64(mask))


@njit(cache=True, nogil=True)
def find(index, bx, by, bz):
    """Number of a block, ABSENT where there is none."""
    key = cell_key(bx, by, bz)
    i = slot_of(index.keys, key)
    if index.keys[i] != key:
        return ABSENT
    return index.cells[index.cell_of[i], within_cell(bx, by, bz)] - 1


@njit(cache=True, nogil=True)
def find_or_add(index, bx, by, bz):
    """Number of a block, added when it was absent; FULL when there is no room."""
    key = cell_key(bx, by, bz)
    i = slot_of(index.keys, key)
    counts = index.counts
    if index.keys[i] != key:
        if counts[3] > 0:
            counts[3] -= 1
            cell = index.free_cells[counts[3]]
        elif counts[1] < index.cells.shape[0]:
            cell = np.int32(counts[1])
            counts[1] += 1
        else:
            return FULL
        index.keys[i] = key
        index.cell_of[i] = cell
    cell = index.cell_of[i]
    place = within_cell(bx, by, bz)
    b = index.cells[cell, place] - 1
    if b >= 0:
        return b
    if counts[2] > 0:
        counts[2] -= 1
        b = index.free[counts[2]]
    elif counts[0] < index.coords.shape[0]:
        b = np.int32(counts[0])
        counts[0] += 1
    else:
        if index.blocks_in[cell] == 0:
            _remove_cell(index, i)
        return FULL
    index.cells[cell, place] = b + 1
    index.blocks_in[cell] += 1
    index.coords[b, 0], index.coords[b, 1], index.coords[b, 2] = bx, by, bz
    index.alive[b] = True
    return b


@njit(cache=True, nogil=True)
def add_all(index, coords):
    """Numbers (R,) of blocks at the given coordinates (R, 3), added where absent; FULL for those without room."""
    out = np.empty(coords.shape[0], np.int64)
    for c in range(coords.shape[0]):
        out[c] = find_or_add(index, np.int64(coords[c, 0]), np.int64(coords[c, 1]), np.int64(coords[c, 2]))
    return out


@njit(cache=True, nogil=True)
def remove(index, b):
    """Take block ``b`` out; its number will be used again."""
    bx, by, bz = np.int64(index.coords[b, 0]), np.int64(index.coords[b, 1]), np.int64(index.coords[b, 2])
    i = slot_of(index.keys, cell_key(bx, by, bz))
    cell = index.cell_of[i]
    index.cells[cell, within_cell(bx, by, bz)] = 0
    index.alive[b] = False
    index.free[index.counts[2]] = b
    index.counts[2] += 1
    index.blocks_in[cell] -= 1
    if index.blocks_in[cell] == 0:
        _remove_cell(index, i)


@njit(cache=True, nogil=True)
def _remove_cell(index, i):
    """Empty slot ``i`` of the hash table and close the gap in its probe chain (Knuth 6.4, algorithm R)."""
    keys, cell_of = index.keys, index.cell_of
    mask = keys.shape[0] - 1
    index.free_cells[index.counts[3]] = cell_of[i]
    index.counts[3] += 1
    keys[i] = -1
    j = i
    while True:
        j = (j + 1) & mask
        if keys[j] == -1:
            return
        home = _home(keys[j], mask)
        stays = i < home <= j if i <= j else (home > i or home <= j)
        if not stays:
            keys[i], cell_of[i] = keys[j], cell_of[j]
            keys[j] = -1
            i = j


@njit(cache=True, nogil=True)
def with_neighbours(index, chosen):
    """The chosen blocks and their face neighbours, each once, in ascending order of number."""
    marked = np.zeros(index.counts[0], np.bool_)
    for c in range(chosen.shape[0]):
        b = chosen[c]
        marked[b] = True
        bx, by, bz = np.int64(index.coords[b, 0]), np.int64(index.coords[b, 1]), np.int64(index.coords[b, 2])
        for dx, dy, dz in _FACES:
            other = find(index, bx + dx, by + dy, bz + dz)
            if other >= 0:
                marked[other] = True
    return np.flatnonzero(marked).astype(np.int32)
