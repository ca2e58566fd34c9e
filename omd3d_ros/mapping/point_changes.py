"""Which points of a cloud came, went or stayed, and which points lie near those that did."""

from __future__ import annotations

import numpy as np
from numba import njit

from ..types import PointCloud
from .neighbours import find_slot, new_table, pack_cell


def matched(old: PointCloud, new: PointCloud, blocks: np.ndarray | None, block_size: float) -> np.ndarray:
    """(N,) the old point that each new point is, bit for bit, -1 where it is none; both clouds have normals.

    blocks (B, 3): cubes of ``block_size`` metres outside which the points are expected to be the same.
    """
    before, now = ((c.xyz.view(np.int32), np.asarray(c.normals).view(np.int32), c.rgb) for c in (old, new))
    match, taken = np.full(len(new), -1, np.int64), np.zeros(len(old), np.bool_)
    chosen = [np.arange(len(old)), np.arange(len(new))]
    if blocks is not None:
        inside = [_in_blocks(c.xyz, blocks, block_size) for c in (old, new)]
        outside = [np.flatnonzero(~i) for i in inside]
        if all(np.array_equal(o[outside[0]], n[outside[1]]) for o, n in zip(before, now, strict=True)):
            match[outside[1]], taken[outside[0]] = outside[0], True
            chosen = [np.flatnonzero(i) for i in inside]
    _match(before, now, chosen[0], chosen[1], new_table(len(chosen[0])), match, taken)
    return match


@njit(cache=True, nogil=True)
def _match(old, new, of_old, of_new, table, match, taken):
    """Match each row with the old one after the last match, as most come in the same order, or else by their hash."""
    mask = len(table) - 1
    filled = False
    after = 0
    for i in of_new:
        if after < len(of_old) and not taken[of_old[after]] and _same_row(old, of_old[after], new, i):
            match[i] = of_old[after]
            taken[match[i]] = True
            after += 1
            continue
        if not filled:
            _fill(old, of_old, after, table)
            filled = True
        slot = _row_hash(new, i) & mask
        while table[slot] >= 0:
            j = of_old[table[slot]]
            if not taken[j] and _same_row(old, j, new, i):
                match[i] = j
                taken[j] = True
                after = table[slot] + 1
                break
            slot = (slot + 1) & mask


@njit(cache=True, nogil=True)
def _fill(old, of_old, first, table):
    """Put the places of rows, from the ``first`` on, into a table by the hash of the row."""
    mask = len(table) - 1
    for k in range(first, len(of_old)):
        slot = _row_hash(old, of_old[k]) & mask
        while table[slot] >= 0:
            slot = (slot + 1) & mask
        table[slot] = k


@njit(cache=True, nogil=True, inline="always")
def _same_row(old, i, new, j):
    for c in range(3):
        if old[0][i, c] != new[0][j, c] or old[1][i, c] != new[1][j, c] or old[2][i, c] != new[2][j, c]:
            return False
    return True  # noqa: SIM110 - all() would not compile to a plain loop


@njit(cache=True, nogil=True, inline="always")
def _row_hash(rows, i):
    h = np.uint64(14695981039346656037)
    for c in range(3):
        h = (h ^ np.uint64(np.uint32(rows[0][i, c]))) * np.uint64(0x9E3779B97F4A7C15)
        h ^= h >> np.uint64(29)
    return np.int64(h >> np.uint64(1))


def _in_blocks(xyz: np.ndarray, blocks: np.ndarray, block_size: float) -> np.ndarray:
    """(N,) whether each point lies in one of the blocks (B, 3)."""
    blocks = np.asarray(blocks).reshape(-1, 3).astype(np.int64)
    return _marked(xyz, 1.0 / block_size, blocks, new_table(len(blocks)), 0)


def in_cells_around(xyz: np.ndarray, others: np.ndarray, cell_size: float) -> np.ndarray:
    """(N,) whether each point lies in a grid cell with any of the others, or in a cell next to one."""
    if len(others) == 0:
        return np.zeros(len(xyz), bool)
    cells = np.floor(others.astype(np.float64) / cell_size).astype(np.int64)
    distinct = cells[_first_of_each(cells, new_table(len(cells)))]
    return _marked(xyz, 1.0 / cell_size, distinct, new_table(27 * len(distinct)), 1)


@njit(cache=True, nogil=True)
def _first_of_each(cells, table):
    first = np.zeros(len(cells), np.bool_)
    for i in range(len(cells)):
        key = pack_cell(cells[i, 0], cells[i, 1], cells[i, 2])
        slot = find_slot(table, key)
        first[i] = table[slot] != key
        table[slot] = key
    return first


@njit(cache=True, nogil=True)
def _marked(xyz, inverse_size, cells, table, margin):
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    for i in range(len(cells)):
        for c in range(3):
            low[c], high[c] = min(low[c], cells[i, c] - margin), max(high[c], cells[i, c] + margin)
        for dx in range(-margin, margin + 1):
            for dy in range(-margin, margin + 1):
                for dz in range(-margin, margin + 1):
                    key = pack_cell(cells[i, 0] + dx, cells[i, 1] + dy, cells[i, 2] + dz)
                    table[find_slot(table, key)] = key
    out = np.zeros(len(xyz), np.bool_)
    for i in range(len(xyz)):
        x, y, z = (
            np.floor(xyz[i, 0] * inverse_size), np.floor(xyz[i, 1] * inverse_size), np.floor(xyz[i, 2] * inverse_size)
        )  # fmt: skip
        if low[0] <= x <= high[0] and low[1] <= y <= high[1] and low[2] <= z <= high[2]:
            key = pack_cell(x, y, z)
            out[i] = table[find_slot(table, key)] == key
    return out


def nearest_of(xyz: np.ndarray, others: np.ndarray, radius: float) -> np.ndarray:
    """(N,) the nearest of the others to each point, -1 where none is within ``radius``."""
    if len(xyz) == 0 or len(others) == 0:
        return np.full(len(xyz), -1, np.int64)
    table = new_table(len(others))
    return _search(xyz, others, radius * (1 + 1e-5), table, np.full(len(table), -1, np.int64))


@njit(cache=True, nogil=True)
def _search(xyz, others, radius, table, first):
    size = 2 * radius  # what lies within the radius is in the cell of a point or next to the sides that it is nearer to
    following = np.empty(len(others), np.int64)
    for k in range(len(others)):
        x, y, z = np.floor(others[k, 0] / size), np.floor(others[k, 1] / size), np.floor(others[k, 2] / size)
        key = pack_cell(x, y, z)
        slot = find_slot(table, key)
        table[slot] = key
        following[k] = first[slot]
        first[slot] = k
    found = np.full(len(xyz), -1, np.int64)
    for i in range(len(xyz)):
        x, y, z = xyz[i, 0] / size - 0.5, xyz[i, 1] / size - 0.5, xyz[i, 2] / size - 0.5
        least = radius * radius
        for corner in range(8):
            key = pack_cell(
                np.floor(x) + (corner & 1), np.floor(y) + ((corner >> 1) & 1), np.floor(z) + ((corner >> 2) & 1)
            )
            slot = find_slot(table, key)
            k = first[slot] if table[slot] == key else -1
            while k >= 0:
                squared = 0.0
                for c in range(3):
                    squared += (np.float64(xyz[i, c]) - others[k, c]) ** 2
                if squared <= least:
                    least = squared
                    found[i] = k
                k = following[k]
    return found


@njit(cache=True, nogil=True)
def extents(along, group, count):
    """Least and greatest coordinates (count, 3) float64 of points along (N, 3) in each group (N,), inf where none."""
    low = np.full((count, 3), np.inf)
    high = np.full((count, 3), -np.inf)
    for i in range(len(along)):
        for c in range(3):
            low[group[i], c] = min(low[group[i], c], along[i, c])
            high[group[i], c] = max(high[group[i], c], along[i, c])
    return low, high
