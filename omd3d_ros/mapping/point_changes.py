"""Which points of a cloud came, went or stayed, and which points lie near those that did."""

from __future__ import annotations

import numpy as np
from numba import njit

from ..types import PointCloud
from .neighbours import find_slot, new_table, pack_cell

_ANCHOR = 16  # one row in so many is looked for where the order of rows is broken


def matched(old: PointCloud, new: PointCloud, blocks: np.ndarray | None, block_size: float) -> np.ndarray:
    """(N,) the old point that each new point is, bit for bit, -1 where it is none; both clouds have normals.

    blocks (B, 3): cubes of ``block_size`` metres outside which the points are expected to be the same.
    """
    before, now = (
        tuple(a.reshape(-1) for a in (c.xyz.view(np.int32), np.asarray(c.normals).view(np.int32), c.rgb))
        for c in (old, new)
    )
    match, taken = np.full(len(new), -1, np.int64), np.zeros(len(old), np.bool_)
    chosen = [np.arange(len(old)), np.arange(len(new))]
    if blocks is not None:
        inside = [_in_blocks(c.xyz, blocks, block_size) for c in (old, new)]
        outside = [np.flatnonzero(~i) for i in inside]
        rows = ((o.reshape(-1, 3)[outside[0]], n.reshape(-1, 3)[outside[1]]) for o, n in zip(before, now, strict=True))
        if all(np.array_equal(o, n) for o, n in rows):
            match[outside[1]], taken[outside[0]] = outside[0], True
            chosen = [np.flatnonzero(i) for i in inside]
    _match_in_order(before, now, chosen[0], chosen[1], new_table(len(chosen[0]) // _ANCHOR + 1), match, taken)
    left, found = chosen[0][~taken[chosen[0]]], chosen[1][match[chosen[1]] < 0]
    if len(left) and len(found):
        _match_anywhere(before, now, left, found, new_table(len(left)), match, taken)
    return match


@njit(cache=True, nogil=True)
def _match_in_order(old, new, of_old, of_new, table, match, taken):
    """Match rows that come in the same order: each with the old one after the last match, or as many rows further as
    found none since.  Where both are others, rows are looked for among every 16th of the old ones, and back from there.
    """
    mask = len(table) - 1
    filled = False
    after, missed = 0, 0
    for k in range(len(of_new)):
        i = of_new[k]
        same = after < len(of_old) and _same_row(old, of_old[after], new, i)
        if not same and missed > 0 and after + missed < len(of_old):
            same = _same_row(old, of_old[after + missed], new, i)
            after += missed if same else 0
        if same and not taken[of_old[after]]:
            match[i] = of_old[after]
            taken[match[i]] = True
            after, missed = after + 1, 0
            continue
        missed += 1
        if not filled:
            _put(old, of_old, after, _ANCHOR, table)
            filled = True
        slot = _row_hash(new, i) & mask
        while table[slot] >= 0 and not _same_row(old, of_old[table[slot]], new, i):
            slot = (slot + 1) & mask
        if table[slot] < 0:
            continue
        after, missed = table[slot] + 1, 0
        a, b = table[slot], k
        while a >= 0 and b >= 0 and not taken[of_old[a]] and match[of_new[b]] < 0:
            if not _same_row(old, of_old[a], new, of_new[b]):
                break
            match[of_new[b]] = of_old[a]
            taken[of_old[a]] = True
            a, b = a - 1, b - 1


@njit(cache=True, nogil=True)
def _match_anywhere(old, new, of_old, of_new, table, match, taken):
    """Match rows by a table of the old ones, each old row once."""
    mask = len(table) - 1
    _put(old, of_old, 0, 1, table)
    for i in of_new:
        slot = _row_hash(new, i) & mask
        while table[slot] >= 0:
            j = of_old[table[slot]]
            if not taken[j] and _same_row(old, j, new, i):
                match[i] = j
                taken[j] = True
                break
            slot = (slot + 1) & mask


@njit(cache=True, nogil=True)
def _put(old, of_old, first, step, table):
    """Put the places of every so many rows from the ``first`` on into a table by the hash of the row."""
    mask = len(table) - 1
    for k in range(first, len(of_old), step):
        slot = _row_hash(old, of_old[k]) & mask
        while table[slot] >= 0:
            slot = (slot + 1) & mask
        table[slot] = k


@njit(cache=True, nogil=True, inline="always")
def _same_row(old, i, new, j):
    """Whether rows of three flat arrays are the same; unsigned indices, which are not looked at for being negative."""
    a, b = np.uint64(3) * np.uint64(i), np.uint64(3) * np.uint64(j)
    for c in range(np.uint64(3)):
        if old[0][a + c] != new[0][b + c] or old[1][a + c] != new[1][b + c] or old[2][a + c] != new[2][b + c]:
            return False
    return True  # noqa: SIM110 - all() would not compile to a plain loop


@njit(cache=True, nogil=True, inline="always")
def _row_hash(rows, i):
    h = np.uint64(14695981039346656037)
    first = np.uint64(3) * np.uint64(i)
    for c in range(np.uint64(3)):
        h = (h ^ np.uint64(np.uint32(rows[0][first + c]))) * np.uint64(0x9E3779B97F4A7C15)
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
