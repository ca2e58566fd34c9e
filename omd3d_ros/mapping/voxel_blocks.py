"""Numba kernels of the voxel map: a spatial hash of 8x8x8 blocks holding a truncated signed distance.

Integration is projective (Curless and Levoy 1996; block hashing as in Niessner et al. 2013): a frame allocates
the blocks within the truncation band of its depth pixels, then every voxel of those blocks is projected into
the depth image.  The work per frame depends on what the frame sees, not on the size of the map.
"""

from __future__ import annotations

import numpy as np
from numba import njit

BLOCK = 8
VOXELS = BLOCK**3
_OFFSET = 1 << 20
_EMPTY = np.int64(-1)


@njit(cache=True, inline="always")
def _key(x, y, z):
    return ((np.int64(x) + _OFFSET) << 42) | ((np.int64(y) + _OFFSET) << 21) | (np.int64(z) + _OFFSET)


@njit(cache=True, inline="always")
def _slot(keys, key):
    """Index of ``key`` in the open-addressing table, or of the empty slot where it belongs."""
    mask = keys.shape[0] - 1
    h = np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)
    i = np.int64((h >> np.uint64(32)) & np.uint64(mask))
    while keys[i] != -1 and keys[i] != key:
        i = (i + 1) & mask
    return i


@njit(cache=True, nogil=True)
def rehash(keys, values, coords, count):
    """Fill an empty table with the first ``count`` blocks."""
    for b in range(count):
        key = _key(coords[b, 0], coords[b, 1], coords[b, 2])
        i = _slot(keys, key)
        keys[i] = key
        values[i] = b


@njit(cache=True, nogil=True)
def drop_edges(depth, out, min_depth, max_depth, relative_jump):
    """Copy the valid depth; pixels beside a depth jump (flying pixels) and out-of-range readings become 0."""
    rows, cols = depth.shape
    used = 0
    for v in range(rows):
        for u in range(cols):
            z = depth[v, u]
            out[v, u] = 0.0
            if not (z >= min_depth and z <= max_depth):
                continue
            jump = 0.02 + relative_jump * z
            keep = True
            if 0 < u < cols - 1:
                a, b = depth[v, u - 1], depth[v, u + 1]
                if a > 0 and b > 0 and abs(a - b) > 2 * jump and abs(a + b - 2 * z) < 1.6 * abs(a - b):
                    keep = abs(a - z) < 0.3 * jump or abs(b - z) < 0.3 * jump
            if keep and 0 < v < rows - 1:
                a, b = depth[v - 1, u], depth[v + 1, u]
                if a > 0 and b > 0 and abs(a - b) > 2 * jump and abs(a + b - 2 * z) < 1.6 * abs(a - b):
                    keep = abs(a - z) < 0.3 * jump or abs(b - z) < 0.3 * jump
            if keep:
                out[v, u] = z
                used += 1
    return used


@njit(cache=True, nogil=True)
def touch_blocks(depth, fx, fy, cx, cy, T, block_size, truncation, stride, keys, values, coords, count, seen, frame):
    """Allocate the blocks in the truncation band of every ``stride``-th pixel.

    Returns (new block count, indices of the touched blocks, True when the block storage was too small).
    """
    rows, cols = depth.shape
    touched = np.empty(coords.shape[0], np.int32)
    n = 0
    full = False
    limit = _OFFSET - 2
    for v in range(0, rows, stride):
        for u in range(0, cols, stride):
            z = depth[v, u]
            if z <= 0:
                continue
            rx, ry = (u - cx) / fx, (v - cy) / fy
            last = _EMPTY
            for s in range(-1, 2):
                d = z + s * truncation
                x, y = rx * d, ry * d
                bx = int(np.floor((T[0, 0] * x + T[0, 1] * y + T[0, 2] * d + T[0, 3]) / block_size))
                by = int(np.floor((T[1, 0] * x + T[1, 1] * y + T[1, 2] * d + T[1, 3]) / block_size))
                bz = int(np.floor((T[2, 0] * x + T[2, 1] * y + T[2, 2] * d + T[2, 3]) / block_size))
                if abs(bx) > limit or abs(by) > limit or abs(bz) > limit:
                    continue
                key = _key(bx, by, bz)
                if key == last:
                    continue
                last = key
                i = _slot(keys, key)
                if keys[i] == -1:
                    if count >= coords.shape[0]:
                        full = True
                        continue
                    keys[i] = key
                    values[i] = count
                    coords[count, 0], coords[count, 1], coords[count, 2] = bx, by, bz
                    count += 1
                b = values[i]
                if seen[b] != frame:
                    seen[b] = frame
                    touched[n] = b
                    n += 1
    return count, touched[:n], full


@njit(cache=True, nogil=True, fastmath=True)
def integrate_blocks(touched, coords, tsdf, weight, color, depth, rgb, K, Kc, T_cw, T_cc, voxel, truncation):
    """Project every voxel of the touched blocks into depth and colour and update its running averages.

    K, Kc: (fx, fy, cx, cy) of depth and colour; T_cw: camera from world; T_cc: colour from depth camera.
    """
    rows, cols = depth.shape
    crows, ccols = rgb.shape[0], rgb.shape[1]
    fx, fy, cx, cy = K[0], K[1], K[2], K[3]
    gx, gy, hx, hy = Kc[0], Kc[1], Kc[2], Kc[3]
    for t in range(touched.shape[0]):
        b = touched[t]
        ox = (coords[b, 0] * BLOCK + 0.5) * voxel
        oy = (coords[b, 1] * BLOCK + 0.5) * voxel
        oz = (coords[b, 2] * BLOCK + 0.5) * voxel
        for i in range(BLOCK):
            wx = ox + i * voxel
            for j in range(BLOCK):
                wy = oy + j * voxel
                px = T_cw[0, 0] * wx + T_cw[0, 1] * wy + T_cw[0, 2] * oz + T_cw[0, 3]
                py = T_cw[1, 0] * wx + T_cw[1, 1] * wy + T_cw[1, 2] * oz + T_cw[1, 3]
                pz = T_cw[2, 0] * wx + T_cw[2, 1] * wy + T_cw[2, 2] * oz + T_cw[2, 3]
                for k in range(BLOCK):
                    x = px + k * voxel * T_cw[0, 2]
                    y = py + k * voxel * T_cw[1, 2]
                    z = pz + k * voxel * T_cw[2, 2]
                    if z < 0.05:
                        continue
                    u = int(np.floor(fx * x / z + cx + 0.5))
                    v = int(np.floor(fy * y / z + cy + 0.5))
                    if u < 0 or v < 0 or u >= cols or v >= rows:
                        continue
                    d = depth[v, u]
                    if d <= 0:
                        continue
                    sdf = d - z
                    if sdf < -truncation:
                        continue
                    n = (i * BLOCK + j) * BLOCK + k
                    value = min(sdf / truncation, 1.0)
                    w = 1.0 / max(d * d, 0.25)
                    old = weight[b, n]
                    total = old + w
                    tsdf[b, n] += (value - tsdf[b, n]) * w / total
                    if abs(sdf) < 2.0 * voxel:
                        x2 = T_cc[0, 0] * x + T_cc[0, 1] * y + T_cc[0, 2] * z + T_cc[0, 3]
                        y2 = T_cc[1, 0] * x + T_cc[1, 1] * y + T_cc[1, 2] * z + T_cc[1, 3]
                        z2 = T_cc[2, 0] * x + T_cc[2, 1] * y + T_cc[2, 2] * z + T_cc[2, 3]
                        if z2 > 0.05:
                            cu = int(np.floor(gx * x2 / z2 + hx + 0.5))
                            cv = int(np.floor(gy * y2 / z2 + hy + 0.5))
                            if 0 <= cu < ccols and 0 <= cv < crows:
                                colored = color[b, n, 3] + w
                                for c in range(3):
                                    color[b, n, c] += (rgb[cv, cu, c] - color[b, n, c]) * w / colored
                                color[b, n, 3] = min(colored, 50.0)
                    weight[b, n] = min(total, 100.0)


@njit(cache=True, nogil=True)
def neighbours(keys, values, coords, count):
    """(count, 6) indices of the blocks at -x +x -y +y -z +z, -1 where there is none."""
    out = np.full((count, 6), -1, np.int32)
    for b in range(count):
        for a in range(6):
            d = np.zeros(3, np.int64)
            d[a // 2] = 1 if a % 2 else -1
            key = _key(coords[b, 0] + d[0], coords[b, 1] + d[1], coords[b, 2] + d[2])
            i = _slot(keys, key)
            if keys[i] == key:
                out[b, a] = values[i]
    return out


@njit(cache=True, nogil=True, inline="always")
def _at(b, x, y, z, around):
    """Block and voxel index of a voxel at most one step outside block ``b`` along one axis; block -1: absent."""
    if x < 0:
        b, x = around[b, 0], BLOCK - 1
    elif x >= BLOCK:
        b, x = around[b, 1], 0
    elif y < 0:
        b, y = around[b, 2], BLOCK - 1
    elif y >= BLOCK:
        b, y = around[b, 3], 0
    elif z < 0:
        b, z = around[b, 4], BLOCK - 1
    elif z >= BLOCK:
        b, z = around[b, 5], 0
    return b, (x * BLOCK + y) * BLOCK + z


@njit(cache=True, nogil=True)
def extract_points(coords, count, tsdf, weight, color, around, voxel, min_weight):
    """Zero crossings of the signed distance, at most one point a voxel.

    Returns xyz, rgb (float), normals (pointing to free space), weights.
    """
    capacity = 4096
    xyz = np.empty((capacity, 3), np.float32)
    rgb = np.empty((capacity, 3), np.float32)
    normals = np.empty((capacity, 3), np.float32)
    weights = np.empty(capacity, np.float32)
    n = 0
    g = np.zeros(3)
    p = np.zeros(3)
    c = np.zeros(3)
    for b in range(count):
        for i in range(BLOCK):
            for j in range(BLOCK):
                for k in range(BLOCK):
                    me = (i * BLOCK + j) * BLOCK + k
                    w0 = weight[b, me]
                    t0 = tsdf[b, me]
                    if w0 < min_weight or abs(t0) >= 0.98:
                        continue
                    crossings = 0
                    p[:] = 0.0
                    c[:] = 0.0
                    colored = 0.0
                    for axis in range(3):
                        di, dj, dk = int(axis == 0), int(axis == 1), int(axis == 2)
                        nb, other = _at(b, i + di, j + dj, k + dk, around)
                        if nb < 0 or weight[nb, other] < min_weight:
                            continue
                        t1 = tsdf[nb, other]
                        if abs(t1) >= 0.98 or (t0 > 0) == (t1 > 0):
                            continue
                        f = t0 / (t0 - t1)
                        crossings += 1
                        p[0] += i + di * f
                        p[1] += j + dj * f
                        p[2] += k + dk * f
                        a0 = (1 - f) * color[b, me, 3]
                        a1 = f * color[nb, other, 3]
                        for q in range(3):
                            c[q] += a0 * color[b, me, q] + a1 * color[nb, other, q]
                        colored += a0 + a1
                    if crossings == 0:
                        continue
                    for axis in range(3):
                        di, dj, dk = int(axis == 0), int(axis == 1), int(axis == 2)
                        hb, hi = _at(b, i + di, j + dj, k + dk, around)
                        lb, lo = _at(b, i - di, j - dj, k - dk, around)
                        above = tsdf[hb, hi] if hb >= 0 and weight[hb, hi] > 0 else t0
                        below = tsdf[lb, lo] if lb >= 0 and weight[lb, lo] > 0 else t0
                        g[axis] = above - below
                    length = np.sqrt(g[0] ** 2 + g[1] ** 2 + g[2] ** 2)
                    if length < 1e-6:
                        continue
                    if n == capacity:
                        capacity *= 2
                        xyz = _grown(xyz, capacity)
                        rgb = _grown(rgb, capacity)
                        normals = _grown(normals, capacity)
                        more = np.empty(capacity, np.float32)
                        more[:n] = weights
                        weights = more
                    for q in range(3):
                        xyz[n, q] = (coords[b, q] * BLOCK + 0.5 + p[q] / crossings) * voxel
                        rgb[n, q] = c[q] / colored if colored > 0 else 128.0
                        normals[n, q] = g[q] / length
                    weights[n] = w0
                    n += 1
    return xyz[:n].copy(), rgb[:n].copy(), normals[:n].copy(), weights[:n].copy()


@njit(cache=True, nogil=True)
def _grown(a, capacity):
    out = np.empty((capacity, a.shape[1]), a.dtype)
    out[: a.shape[0]] = a
    return out
