"""Where voxels lie, for one CPU: occupied blocks of 4x4x4 voxels, each a 64-bit mask and the row of its first voxel.

Rows are ordered by block, then inside the block, so that neighbours in space are neighbours in memory.  A voxel's row
is the first row of its block plus the number of set bits below its own.  Memory follows the number of occupied
blocks, not the extent.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from .workers import in_parallel


class BlockGrid(NamedTuple):
    """Of the sorted voxels: indices (V, 4) int32 batch, x, y, z.  Of their blocks: masks (B,) int64, first (B,) row.
    slots: hash table of block keys to blocks, -1 where empty.  shape (3,): extent in blocks."""

    indices: np.ndarray
    masks: np.ndarray
    first: np.ndarray
    keys: np.ndarray
    slots: np.ndarray
    shape: np.ndarray


def build_grid(coords: np.ndarray, extent: tuple[int, int, int]) -> tuple[BlockGrid, np.ndarray]:
    """coords (N, 4) int32, inside the extent, may repeat -> the grid of the distinct ones and the row of each (N,)."""
    shape = (np.asarray(extent, np.int64) + 3) // 4
    masks, keys, block = _occupied_blocks(np.ascontiguousarray(coords), shape)
    order = np.argsort(keys)
    masks, keys = masks[order], keys[order]
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    indices, rows, first, slots = _number_rows(coords, shape, masks, keys, rank, block)
    return BlockGrid(indices, masks, first, keys, slots, shape), rows


def halve_grid(grid: BlockGrid, extent: tuple[int, int, int]) -> tuple[BlockGrid, np.ndarray, np.ndarray]:
    """The grid of half the resolution within its extent, and the maps down (coarse, 8) and up (fine, 8), int32.

    Each gives the row of the other grid that meets a row in a cell of the 2x2x2 kernel, -1 for none.
    """
    parents, kept, cells = _parents(grid.indices, np.asarray(extent, np.int64))
    coarse, rows = build_grid(parents, extent)
    down = np.full((len(coarse.indices), 8), np.int32(-1))
    up = np.full((len(grid.indices), 8), np.int32(-1))
    _meet(rows, kept, cells, down, up)
    return coarse, down, up


@njit(cache=True, nogil=True)
def _parents(indices, extent):
    """(P, 4) halved indices that are inside the extent, the rows they are of, and their cell in the parent."""
    parents = np.empty_like(indices)
    kept, cells = np.empty(len(indices), np.int32), np.empty(len(indices), np.int32)
    count = 0
    for i in range(len(indices)):
        x, y, z = indices[i, 1], indices[i, 2], indices[i, 3]
        if x >> 1 < extent[0] and y >> 1 < extent[1] and z >> 1 < extent[2]:
            parents[count, 0] = indices[i, 0]
            parents[count, 1], parents[count, 2], parents[count, 3] = x >> 1, y >> 1, z >> 1
            kept[count] = i
            cells[count] = (x & 1) << 2 | (y & 1) << 1 | (z & 1)
            count += 1
    return parents[:count], kept[:count], cells[:count]


@njit(cache=True, nogil=True)
def _meet(rows, kept, cells, down, up):
    for i in range(len(rows)):
        down[rows[i], cells[i]] = kept[i]
        up[kept[i], cells[i]] = rows[i]


def _count_bits(typing_context: Any, mask: Any) -> Any:
    """Number of set bits of an int64."""

    def emit(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        return builder.ctpop(arguments[0])

    return types.int64(types.int64), emit


_set_bits: Any = intrinsic(_count_bits)


@njit(cache=True, nogil=True)
def _key(batch, x, y, z, shape):
    """Number of a block; x, y, z in blocks."""
    return ((batch * shape[0] + x) * shape[1] + y) * shape[2] + z


@njit(cache=True, nogil=True)
def _bit(x, y, z):
    return np.int64(1) << ((x & 3) << 4 | (y & 3) << 2 | (z & 3))


@njit(cache=True, nogil=True)
def _slot(keys, slots, key):
    """Where the key is in the hash table, or the empty place where it would be."""
    last = len(slots) - 1
    place = (key * np.int64(-7046029254386353131) >> 20) & last
    while slots[place] >= 0 and keys[slots[place]] != key:
        place = (place + 1) & last
    return place


@njit(cache=True, nogil=True)
def _table_size(entries):
    size = 16
    while size < 2 * entries:
        size *= 2
    return size


@njit(cache=True, nogil=True)
def _occupied_blocks(coords, shape):
    """Masks and keys of blocks in order of appearance, and the block of each row of coords."""
    n = len(coords)
    slots = np.full(_table_size(n), np.int32(-1))
    keys, masks = np.empty(n, np.int64), np.zeros(n, np.int64)
    block = np.empty(n, np.int32)
    blocks, current, current_key = 0, 0, np.int64(-1)
    for i in range(n):
        batch, x, y, z = np.int64(coords[i, 0]), coords[i, 1], coords[i, 2], coords[i, 3]
        key = _key(batch, x >> 2, y >> 2, z >> 2, shape)
        if key != current_key:
            place = _slot(keys, slots, key)
            if slots[place] < 0:
                slots[place] = blocks
                keys[blocks] = key
                blocks += 1
            current, current_key = slots[place], key
        masks[current] |= _bit(x, y, z)
        block[i] = current
    return masks[:blocks].copy(), keys[:blocks].copy(), block


@njit(cache=True, nogil=True)
def _number_rows(coords, shape, masks, keys, rank, block):
    blocks = len(masks)
    first = np.empty(blocks, np.int64)
    slots = np.full(_table_size(blocks), np.int32(-1))
    total = 0
    for b in range(blocks):
        first[b] = total
        total += _set_bits(masks[b])
        slots[_slot(keys, slots, keys[b])] = b
    indices = np.empty((total, 4), np.int32)
    rows = np.empty(len(coords), np.int64)
    for i in range(len(coords)):
        b = rank[block[i]]
        row = first[b] + _set_bits(masks[b] & (_bit(coords[i, 1], coords[i, 2], coords[i, 3]) - 1))
        rows[i] = row
        indices[row] = coords[i]
    return indices, rows, first, slots


@njit(cache=True, nogil=True)
def _find_block(grid, batch, x, y, z):
    """Number of the block at x, y, z (in blocks), or -1."""
    if x < 0 or y < 0 or z < 0 or x >= grid.shape[0] or y >= grid.shape[1] or z >= grid.shape[2]:
        return np.int32(-1)
    return grid.slots[_slot(grid.keys, grid.slots, _key(batch, x, y, z, grid.shape))]


def neighbour_rows(grid: BlockGrid) -> np.ndarray:
    """(V, 27) int32: the row of the voxel at each offset -1..1 (x slowest), or -1."""
    table = np.empty((len(grid.indices), 27), np.int32)
    in_parallel(_neighbours_of_blocks, len(grid.masks), grid, table)
    return table


@njit(cache=True, nogil=True)
def _neighbours_of_blocks(first, last, grid, table):
    indices = grid.indices
    around = np.empty(216, np.int32)
    row = grid.first[first] if first < last else 0
    for b in range(first, last):
        _rows_around(grid, row, around)
        end = grid.first[b + 1] if b + 1 < len(grid.masks) else len(indices)
        while row < end:
            x, y, z = indices[row, 1] & 3, indices[row, 2] & 3, indices[row, 3] & 3
            corner = np.uint64(36 * x + 6 * y + z)
            for i in range(np.uint64(3)):
                for j in range(np.uint64(3)):
                    for k in range(np.uint64(3)):
                        table[row, i * np.uint64(9) + j * np.uint64(3) + k] = around[
                            corner + i * np.uint64(36) + j * np.uint64(6) + k
                        ]
            row += 1


@njit(cache=True, nogil=True)
def _rows_around(grid, row, around):
    """around (216,): the rows of the 6x6x6 voxels in and about the block that begins at row, z fastest, or -1."""
    masks, first = grid.masks, grid.first
    batch = np.int64(grid.indices[row, 0])
    x, y, z = grid.indices[row, 1] >> 2, grid.indices[row, 2] >> 2, grid.indices[row, 3] >> 2
    around[:] = -1
    for i in range(27):
        dx, dy, dz = i // 9 - 1, i // 3 % 3 - 1, i % 3 - 1
        b = _find_block(grid, batch, x + dx, y + dy, z + dz)
        if b >= 0:
            mask, start = masks[b], first[b]
            for lx in range(max(0, -1 - 4 * dx), min(4, 5 - 4 * dx)):
                for ly in range(max(0, -1 - 4 * dy), min(4, 5 - 4 * dy)):
                    for lz in range(max(0, -1 - 4 * dz), min(4, 5 - 4 * dz)):
                        bit = _bit(lx, ly, lz)
                        if mask & bit:
                            place = 36 * (lx + 4 * dx + 1) + 6 * (ly + 4 * dy + 1) + lz + 4 * dz + 1
                            around[place] = start + _set_bits(mask & (bit - 1))
