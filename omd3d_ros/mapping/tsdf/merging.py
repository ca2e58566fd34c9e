"""Numba kernels that bring one signed distance map into the grid of another, by trilinear interpolation."""

from __future__ import annotations

import numpy as np
from numba import njit

from .block_index import BLOCK, COORDINATE_LIMIT, FULL, VOXELS, find, find_or_add
from .voxels import MOST_VIEWS, VIEWS_SHIFT, WEIGHT_BITS


@njit(cache=True, nogil=True)
def touched_by(index, voxels, other_index, other_voxels, T, voxel, other_voxel, frame):
    """Add the blocks that the seen voxels of another map fall into; T (4, 4): this map from the other one.

    Returns (numbers of these blocks, whether some were refused for lack of room).
    """
    touched = np.empty(index.coords.shape[0], np.int32)
    n = 0
    full = False
    for b in range(other_index.counts[0]):
        if not other_index.alive[b]:
            continue
        for v in range(VOXELS):
            if other_voxels.evidence[b, v] == 0:
                continue
            x = (other_index.coords[b, 0] * BLOCK + v // 16 + 0.5) * other_voxel
            y = (other_index.coords[b, 1] * BLOCK + v // 4 % 4 + 0.5) * other_voxel
            z = (other_index.coords[b, 2] * BLOCK + v % 4 + 0.5) * other_voxel
            size = voxel * BLOCK
            bx = np.int64(np.floor((T[0, 0] * x + T[0, 1] * y + T[0, 2] * z + T[0, 3]) / size))
            by = np.int64(np.floor((T[1, 0] * x + T[1, 1] * y + T[1, 2] * z + T[1, 3]) / size))
            bz = np.int64(np.floor((T[2, 0] * x + T[2, 1] * y + T[2, 2] * z + T[2, 3]) / size))
            if max(abs(bx), abs(by), abs(bz)) > COORDINATE_LIMIT:
                continue
            mine = find_or_add(index, bx, by, bz)
            if mine == FULL:
                full = True
            elif voxels.seen[mine] != frame:
                voxels.seen[mine] = frame
                touched[n] = mine
                n += 1
    return touched[:n].copy(), full


@njit(cache=True, nogil=True, error_model="numpy")
def blend(index, voxels, chosen, other_index, other_voxels, T_other, voxel, other_voxel, scale, frame):
    """Average another map's distances into the chosen blocks, by weight.

    T_other (4, 4): the other map from this one; scale: the other truncation over this one.
    """
    for c in range(chosen.shape[0]):
        b = chosen[c]
        for v in range(VOXELS):
            x = (index.coords[b, 0] * BLOCK + v // 16 + 0.5) * voxel
            y = (index.coords[b, 1] * BLOCK + v // 4 % 4 + 0.5) * voxel
            z = (index.coords[b, 2] * BLOCK + v % 4 + 0.5) * voxel
            p = (T_other[0, 0] * x + T_other[0, 1] * y + T_other[0, 2] * z + T_other[0, 3]) / other_voxel - 0.5
            q = (T_other[1, 0] * x + T_other[1, 1] * y + T_other[1, 2] * z + T_other[1, 3]) / other_voxel - 0.5
            r = (T_other[2, 0] * x + T_other[2, 1] * y + T_other[2, 2] * z + T_other[2, 3]) / other_voxel - 0.5
            tsdf, weight, views, color = _sample(other_index, other_voxels, p, q, r)
            if weight <= 0:
                continue
            value = min(max(tsdf * scale, -32767.0), 32767.0)
            mine = np.int64(voxels.evidence[b, v])
            old = np.float64(mine & WEIGHT_BITS)
            mean = (voxels.tsdf[b, v] * old + value * weight) / (old + weight)
            voxels.tsdf[b, v] = np.int16(np.rint(mean))
            total = np.int64(max(min(old + weight, np.float64(WEIGHT_BITS)), 1.0))
            views = min((mine >> VIEWS_SHIFT) + views, MOST_VIEWS)
            voxels.evidence[b, v] = np.uint16((views << VIEWS_SHIFT) | total)
            if voxels.color[b, v] == 0 or (color != 0 and weight > old):
                voxels.color[b, v] = color
        voxels.shift[b] = 0
        voxels.changed[b] = frame


@njit(cache=True, nogil=True, error_model="numpy")
def _sample(index, voxels, p, q, r):
    """Distance and weight between voxel centres, views and colour of the nearest; weight 0: too little is known."""
    i, j, k = int(np.floor(p)), int(np.floor(q)), int(np.floor(r))
    f, g, h = p - i, q - j, r - k
    total, tsdf, weight = 0.0, 0.0, 0.0
    views, color, best = np.int64(0), np.uint32(0), 0.0
    for corner in range(8):
        a, b, c = corner >> 2, corner >> 1 & 1, corner & 1
        share = (f if a else 1 - f) * (g if b else 1 - g) * (h if c else 1 - h)
        vi, vj, vk = i + a, j + b, k + c
        number = find(index, vi >> 2, vj >> 2, vk >> 2)
        if number < 0:
            continue
        v = ((vi & 3) * BLOCK + (vj & 3)) * BLOCK + (vk & 3)
        evidence = np.int64(voxels.evidence[number, v])
        if evidence == 0:
            continue
        total += share
        tsdf += share * voxels.tsdf[number, v]
        weight += share * (evidence & WEIGHT_BITS)
        if share > best:
            best = share
            views, color = evidence >> VIEWS_SHIFT, voxels.color[number, v]
    if total < 0.5:
        return 0.0, 0.0, views, color
    return tsdf / total, weight / total, views, color
