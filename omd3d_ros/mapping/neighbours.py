"""The nearest neighbours of points that lie about one per voxel, by a hash of grid cells instead of a tree.

Cells are anchored at the origin of the frame and every tie is broken by position, so that the neighbours of a
point depend on the points around it and on nothing else: neither on the order of the cloud nor on far parts of it.
"""

from __future__ import annotations

import numpy as np
from numba import njit

NEIGHBOURS = 8
_EMPTY = -1
_BITS = 21
_HALF = 1 << (_BITS - 1)
_MASK = (1 << _BITS) - 1
_RADIX = 11
_CLOSE = 0.8


def new_table(entries: int) -> np.ndarray:
    """An empty open-addressing table of int64 keys, at most half full with this many entries."""
    return np.full(1 << max(int(2 * entries).bit_length(), 4), _EMPTY, np.int64)


@njit(cache=True, nogil=True, inline="always")
def pack_cell(x, y, z):
    """One int64 key >= 0 for integer cell coordinates; unique within 2^21 cells along each axis."""
    return (
        (((np.int64(x) + _HALF) & _MASK) << (2 * _BITS))
        | (((np.int64(y) + _HALF) & _MASK) << _BITS)
        | ((np.int64(z) + _HALF) & _MASK)
    )


@njit(cache=True, nogil=True, inline="always")
def find_slot(table, key):
    """Where ``key`` stands in the table, or the empty slot where it belongs."""
    mask = np.uint64(len(table) - 1)
    h = np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)
    slot = np.int64((h ^ (h >> np.uint64(29))) & mask)
    while table[slot] != key and table[slot] != _EMPTY:
        slot = (slot + 1) & np.int64(mask)
    return slot


@njit(cache=True, nogil=True)
def radix_argsort(keys, bits):
    """(N,) int64: the stable order of non-negative integer keys below 2^bits."""
    n = len(keys)
    order, sorted_keys = np.arange(n), keys.copy()
    next_order, next_keys = np.empty_like(order), np.empty_like(keys)
    for shift in range(0, bits, _RADIX):
        start = np.zeros((1 << _RADIX) + 1, np.int64)
        for i in range(n):
            start[((sorted_keys[i] >> shift) & ((1 << _RADIX) - 1)) + 1] += 1
        for b in range(1 << _RADIX):
            start[b + 1] += start[b]
        for i in range(n):
            bucket = (sorted_keys[i] >> shift) & ((1 << _RADIX) - 1)
            next_order[start[bucket]], next_keys[start[bucket]] = order[i], sorted_keys[i]
            start[bucket] += 1
        order, next_order = next_order, order
        sorted_keys, next_keys = next_keys, sorted_keys
    return order


@njit(cache=True, nogil=True)
def order_by_position(xyz, cell_size):
    """(N,) int64: points by grid cell (x, then y, then z), inside a cell by x, then y, then z.

    The order of any two points depends on these two alone.
    """
    n = len(xyz)
    cells = np.empty((n, 3), np.int64)
    low = np.full(3, np.int64(1) << 60)
    high = np.full(3, -(np.int64(1) << 60))
    for i in range(n):
        for c in range(3):
            k = np.int64(np.floor(xyz[i, c] / cell_size))
            cells[i, c] = k
            low[c] = min(low[c], k)
            high[c] = max(high[c], k)
    bits = np.zeros(3, np.int64)
    for c in range(3):
        while bits[c] < _BITS and ((high[c] - low[c]) >> bits[c]) > 0:
            bits[c] += 1
    keys = np.empty(n, np.int64)
    for i in range(n):
        keys[i] = (
            (((cells[i, 0] - low[0]) & _MASK) << (bits[1] + bits[2]))
            | (((cells[i, 1] - low[1]) & _MASK) << bits[2])
            | ((cells[i, 2] - low[2]) & _MASK)
        )
    order = radix_argsort(keys, bits.sum())
    for i in range(1, n):
        k = order[i]
        j = i
        while j > 0 and keys[order[j - 1]] == keys[k] and _before(xyz, k, order[j - 1]):
            order[j] = order[j - 1]
            j -= 1
        order[j] = k
    return order


@njit(cache=True, nogil=True, inline="always")
def _before(xyz, a, b):
    for c in range(3):
        if xyz[a, c] != xyz[b, c]:
            return xyz[a, c] < xyz[b, c]
    return False


def nearest(xyz: np.ndarray, radius: float, wanted: np.ndarray | None = None) -> np.ndarray:
    """(N, 8) int32: the nearest other points within ``radius``, nearest first, -1 where there are fewer.

    xyz (N, 3) float32, in the order of ``order_by_position(xyz, radius)``.  wanted (N,) bool: the others are left -1.
    """
    table = new_table(len(xyz))
    wanted = np.ones(len(xyz), bool) if wanted is None else wanted
    return _nearest(xyz, radius, wanted, table, np.empty(len(table), np.int32))


@njit(cache=True, nogil=True)
def _nearest(xyz, radius, wanted, table, values):
    n = len(xyz)
    cells = np.empty((n, 3), np.int64)
    start = np.empty(n + 1, np.int64)
    count = 0
    for i in range(n):
        x = np.int64(np.floor(xyz[i, 0] / radius))
        y = np.int64(np.floor(xyz[i, 1] / radius))
        z = np.int64(np.floor(xyz[i, 2] / radius))
        if count == 0 or cells[count - 1, 0] != x or cells[count - 1, 1] != y or cells[count - 1, 2] != z:
            cells[count, 0], cells[count, 1], cells[count, 2] = x, y, z
            start[count] = i
            slot = find_slot(table, pack_cell(x, y, z))
            table[slot] = pack_cell(x, y, z)
            values[slot] = count
            count += 1
    start[count] = n
    fullest = 0
    for c in range(count):
        fullest = max(fullest, start[c + 1] - start[c])
    around, inside = np.empty(27 * fullest, np.int32), np.empty(27 * fullest, np.int32)
    coordinates = np.empty((4, 27 * fullest), np.float32)
    ax, ay, az, distance = coordinates[0], coordinates[1], coordinates[2], coordinates[3]
    found = np.full((n, NEIGHBOURS), np.int32(-1))
    best = np.empty(NEIGHBOURS, np.float32)
    limit, close = np.float32(radius * radius), np.float32((_CLOSE * radius) ** 2)
    for c in range(count):
        if not wanted[start[c] : start[c + 1]].any():
            continue
        total = 0
        for k in range(27):
            key = pack_cell(cells[c, 0] + k // 9 - 1, cells[c, 1] + k // 3 % 3 - 1, cells[c, 2] + k % 3 - 1)
            slot = find_slot(table, key)
            if table[slot] == key:
                for j in range(start[values[slot]], start[values[slot] + 1]):
                    around[total], ax[total], ay[total], az[total] = j, xyz[j, 0], xyz[j, 1], xyz[j, 2]
                    total += 1
        for i in range(start[c], start[c + 1]):
            if not wanted[i]:
                continue
            # most have eight neighbours well inside the radius, and then few to sort
            kept = _within(xyz[i], around, ax, ay, az, total, close, inside, distance)
            if kept <= NEIGHBOURS:
                kept = _within(xyz[i], around, ax, ay, az, total, limit, inside, distance)
            _select(i, inside, distance, kept, found[i], best)
    return found


@njit(cache=True, nogil=True)
def _within(point, around, ax, ay, az, total, limit, inside, distance):
    """Copy the candidates within the squared distance ``limit``, without a branch; returns how many."""
    px, py, pz = point[0], point[1], point[2]
    kept = 0
    for j in range(total):
        dx, dy, dz = ax[j] - px, ay[j] - py, az[j] - pz
        d = dx * dx + dy * dy + dz * dz
        inside[kept], distance[kept] = around[j], d
        kept += np.int64(d <= limit)
    return kept


@njit(cache=True, nogil=True)
def _select(i, inside, distance, total, found, best):
    """Write the nearest other points into ``found``; candidates come by position, so that ties are in that order."""
    known = 0
    for c in range(total):
        d, j = distance[c], inside[c]
        if j == i:
            continue
        if known < NEIGHBOURS:
            known += 1
        elif d >= best[known - 1]:
            continue
        k = known - 1
        while k > 0 and best[k - 1] > d:
            best[k], found[k] = best[k - 1], found[k - 1]
            k -= 1
        best[k], found[k] = d, j
