"""Fusing a depth image into blocks of a truncated signed distance map.

Projective integration (Curless and Levoy 1996; voxel hashing as in Niessner et al. 2013): every voxel of the blocks
that a frame concerns is projected into the depth image, and its running averages are updated.  What later frames
clearly see through is carved away.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .block_index import BLOCK, VOXELS
from .depth_view import TILE
from .voxels import (
    COLOR_BITS,
    COLOR_UNIT,
    MOST_VIEWS,
    MOST_WEIGHT,
    SOLID,
    TSDF_UNIT,
    VIEWS_SHIFT,
    WEIGHT_BITS,
    WEIGHT_UNIT,
)  # fmt: skip

_NEAREST = 0.5  # metres; what is nearer counts as if at this range
_CLOSEST = 0.05  # metres: nothing nearer to a camera is projected
_CARVE_GAIN = np.float32(8)  # how much more a clear view through a surface counts,
_CARVE_MEMORY = np.float32(40)  # against at most so many views of it
_SURFACE_BAND = 1.5  # voxels from the surface whose distances place its points
_COLOR_BAND = 1.5  # voxels from the surface that take its colour; twice that where there is none yet
_COLOR_TURNS = 4  # a block that has its colours takes part in one of so many frames, which counts for all
_DARKEST = np.float32(1)  # lightest step of blue, so that black differs from not yet coloured


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def fuse(index, voxels, view, chosen, voxel, truncation, tolerance, frame):
    """Project every voxel of the chosen blocks into depth and colour and update its running averages.

    The loops over the 64 voxels of a block have no branches where they can do without, so that they are vectorised;
    what has to be looked up one by one stands in loops of its own.
    """
    T = view.T_camera_world
    dx, dy, dz = _steps_in_block(T, voxel)
    depth = view.depth.reshape(-1)
    rows, cols = np.int32(view.depth.shape[0]), np.int32(view.depth.shape[1])
    fx, fy = np.float32(view.K[0]), np.float32(view.K[1])
    cx, cy = np.float32(view.K[2] + 0.5), np.float32(view.K[3] + 0.5)
    width, height = np.float32(cols), np.float32(rows)
    x, y, z = np.empty(VOXELS, np.float32), np.empty(VOXELS, np.float32), np.empty(VOXELS, np.float32)
    pixel = np.empty(VOXELS, np.int32)
    reading, gain, share = np.empty(VOXELS, np.float32), np.ones(VOXELS, np.float32), np.empty(VOXELS, np.float32)
    near, change, rgb = np.empty(VOXELS, np.int32), np.empty(VOXELS, np.int32), np.empty((3, VOXELS), np.float32)
    zero, one, band, unit = np.float32(0), np.float32(1), np.float32(truncation), np.float32(view.depth_unit)
    per_band = one / band
    closest, nearest = np.float32(_CLOSEST), np.float32(_NEAREST)
    near_band, bare_band = np.float32(_COLOR_BAND * voxel), np.float32(2 * _COLOR_BAND * voxel)
    at_surface, most = np.float32(_SURFACE_BAND * voxel / truncation), np.float32(MOST_WEIGHT)
    tsdf_unit, weight_unit = np.float32(TSDF_UNIT), np.float32(WEIGHT_UNIT)
    weight_bits, views_shift, most_views = np.int32(WEIGHT_BITS), np.int32(VIEWS_SHIFT), np.int32(MOST_VIEWS)
    half = np.float32(0.5)
    # an octant has 8 voxels, of which half or so are near its surface
    far = np.int32(32767)
    most_shift = np.int32(min(4 * tolerance / TSDF_UNIT, far))
    per_tsdf, per_weight = np.float32(1 / TSDF_UNIT), np.float32(1 / WEIGHT_UNIT)
    for t in range(chosen.shape[0]):
        b = chosen[t]
        wx = (index.coords[b, 0] * BLOCK + 0.5) * voxel
        wy = (index.coords[b, 1] * BLOCK + 0.5) * voxel
        wz = (index.coords[b, 2] * BLOCK + 0.5) * voxel
        ox = np.float32(T[0, 0] * wx + T[0, 1] * wy + T[0, 2] * wz + T[0, 3])
        oy = np.float32(T[1, 0] * wx + T[1, 1] * wy + T[1, 2] * wz + T[1, 3])
        oz = np.float32(T[2, 0] * wx + T[2, 1] * wy + T[2, 2] * wz + T[2, 3])
        for n in range(VOXELS):
            x[n], y[n], z[n] = ox + dx[n], oy + dy[n], oz + dz[n]
            per_z = one / max(z[n], closest)
            u = fx * x[n] * per_z + cx
            v = fy * y[n] * per_z + cy
            inside = (u >= zero) & (u < width) & (v >= zero) & (v < height) & (z[n] > closest)
            iu, iv = np.int32(u), np.int32(v)
            pixel[n] = iv * cols + iu if inside else np.int32(0)
            z[n] = z[n] if inside else np.float32(1e9)  # behind every surface
        for n in range(VOXELS):
            reading[n] = np.float32(depth[np.uint32(pixel[n])]) * unit
        tsdf, evidence, color = voxels.tsdf[b], voxels.evidence[b], voxels.color[b]
        carved = np.int32(0)
        for n in range(VOXELS):
            carved += np.int32((reading[n] - z[n] > band) & (evidence[n] > 0) & (tsdf[n] < SOLID))
        if carved:
            for n in range(VOXELS):
                until = z[n] + band
                if (
                    reading[n] > until
                    and evidence[n] > 0
                    and tsdf[n] < SOLID
                    and _free_until(view.nearest, pixel[n] % cols, pixel[n] // cols) > until
                ):
                    gain[n] = _CARVE_GAIN
        range_to = max(oz + np.float32(0.5) * (dz[0] + dz[VOXELS - 1]), nearest)
        w = one / (range_to * range_to)
        remembered = _CARVE_MEMORY * w
        num_near, num_new = np.int32(0), np.int32(0)
        for n in range(VOXELS):
            s = reading[n] - z[n]
            update = (reading[n] > zero) & (s >= -band)
            value = min(s * per_band, one)
            packed = np.int32(evidence[n])
            old = np.float32(packed & weight_bits) * weight_unit
            views = packed >> views_shift
            mean = np.float32(tsdf[n]) * tsdf_unit
            # what was believed for long still goes after a few clear views through it
            kept = min(old, remembered) if gain[n] > one else old
            share[n] = w * gain[n] / (kept + w * gain[n])
            new = mean + (value - mean) * share[n]
            moved = np.int32((new - mean) * per_tsdf) if old > zero else far
            change[n] = moved if update & (min(abs(mean), abs(new)) < at_surface) else np.int32(0)
            tsdf[n] = np.int16(np.rint(new * per_tsdf)) if update else tsdf[n]
            total = np.int32(max(min(kept + w, most) * per_weight + half, one))
            together = (min(views + np.int32(1), most_views) << views_shift) | total
            evidence[n] = np.uint16(together) if update else evidence[n]
            bare = color[n] == 0
            near[n] = np.int32(update & (abs(s) < (bare_band if bare else near_band)))
            num_near += near[n]
            num_new += np.int32((near[n] > 0) & (views == 0))
        if carved:
            gain[:] = one
        if 2 * num_new > num_near or (num_near and (b + frame) % _COLOR_TURNS == 0):
            _fuse_color(view, x, y, z, near, share, color, frame, pixel, rgb)
        voxels.believed[b, 0] += w
        if _add_shift(voxels.shift[b], change) >= most_shift or voxels.believed[b, 0] >= 2 * voxels.believed[b, 1]:
            voxels.shift[b] = 0
            voxels.believed[b, 1] = voxels.believed[b, 0]
            voxels.changed[b] = frame


@njit(cache=True, nogil=True, inline="always")
def _add_shift(shift, change):
    """Add the changes (64,) of a block's voxels to those of its octants (8,); returns the greatest."""
    greatest = np.int32(0)
    for octant in range(8):
        first = (octant >> 2) * 32 + (octant >> 1 & 1) * 8 + (octant & 1) * 2
        total = np.int32(shift[octant])
        for n in (0, 1, 4, 5, 16, 17, 20, 21):
            total += change[first + n]
        shift[octant] = np.int16(min(max(total, np.int32(-32767)), np.int32(32767)))
        greatest = max(greatest, abs(total))
    return greatest


@njit(cache=True, nogil=True)
def _steps_in_block(T, voxel):
    """(64,) x, y and z in the camera of a block's voxels relative to its first one."""
    steps = np.empty((3, VOXELS), np.float32)
    for i in range(BLOCK):
        for j in range(BLOCK):
            for k in range(BLOCK):
                for a in range(3):
                    steps[a, (i * BLOCK + j) * BLOCK + k] = (T[a, 0] * i + T[a, 1] * j + T[a, 2] * k) * voxel
    return steps[0], steps[1], steps[2]


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _fuse_color(view, x, y, z, near, share, color, frame, pixel, scratch):
    """Blend the colours that the voxels near the surface project to into their running averages.

    The averages are rounded up or down at random, so that small changes are not lost.  pixel (64,) and scratch (3, 64)
    are overwritten.
    """
    red, green, blue = scratch[0], scratch[1], scratch[2]
    rgb = view.rgb.reshape(-1)
    rows, cols = np.int32(view.rgb.shape[0]), np.int32(view.rgb.shape[1])
    C = view.T_color_depth
    c00, c01, c02, c03 = np.float32(C[0, 0]), np.float32(C[0, 1]), np.float32(C[0, 2]), np.float32(C[0, 3])
    c10, c11, c12, c13 = np.float32(C[1, 0]), np.float32(C[1, 1]), np.float32(C[1, 2]), np.float32(C[1, 3])
    c20, c21, c22, c23 = np.float32(C[2, 0]), np.float32(C[2, 1]), np.float32(C[2, 2]), np.float32(C[2, 3])
    fx, fy = np.float32(view.Kc[0]), np.float32(view.Kc[1])
    cx, cy = np.float32(view.Kc[2] + 0.5), np.float32(view.Kc[3] + 0.5)
    width, height = np.float32(cols), np.float32(rows)
    zero, one, closest, turns = np.float32(0), np.float32(1), np.float32(_CLOSEST), np.float32(_COLOR_TURNS)
    steps, most = np.float32(1 / COLOR_UNIT), np.float32(255 / COLOR_UNIT)
    for n in range(VOXELS):
        depth = c20 * x[n] + c21 * y[n] + c22 * z[n] + c23
        per_depth = one / max(depth, closest)
        u = fx * (c00 * x[n] + c01 * y[n] + c02 * z[n] + c03) * per_depth + cx
        v = fy * (c10 * x[n] + c11 * y[n] + c12 * z[n] + c13) * per_depth + cy
        inside = (u >= zero) & (u < width) & (v >= zero) & (v < height) & (depth > closest) & (near[n] > 0)
        iu, iv = np.int32(u), np.int32(v)
        pixel[n] = 3 * (iv * cols + iu) if inside else np.int32(-1)
    for n in range(VOXELS):
        p = pixel[n]
        if p >= 0:
            red[n], green[n], blue[n] = rgb[p], rgb[p + 1], rgb[p + 2]
    channel = np.int32(COLOR_BITS)
    for n in range(VOXELS):
        packed = np.int32(color[n])
        blend = min(share[n] * turns, one) if packed != 0 else one
        h = np.uint32(np.uint32(n) * np.uint32(0x9E3779B1) + np.uint32(frame) * np.uint32(0x85EBCA77))
        h = np.uint32((h ^ (h >> np.uint32(15))) * np.uint32(0x2C1B3C6D))
        h = np.uint32(h ^ (h >> np.uint32(12)))
        noise = np.float32(np.int32(h >> np.uint32(8))) * np.float32(1.0 / (1 << 24))
        r = np.float32((packed >> np.int32(20)) & channel)
        g = np.float32((packed >> np.int32(10)) & channel)
        b = np.float32(packed & channel)
        r = min(r + (red[n] * steps - r) * blend + noise, most)
        g = min(g + (green[n] * steps - g) * blend + noise, most)
        b = max(min(b + (blue[n] * steps - b) * blend + noise, most), _DARKEST)
        blended = (np.int32(r) << np.int32(20)) | (np.int32(g) << np.int32(10)) | np.int32(b)
        color[n] = np.uint32(blended) if pixel[n] >= 0 else color[n]


@njit(cache=True, nogil=True, inline="always")
def _free_until(nearest, u, v):
    """Least depth in the 2x2 tiles around a pixel; infinite when none of them has a reading."""
    rows, cols = nearest.shape
    a, b = v // TILE, u // TILE
    c = min(max(a + (1 if v % TILE >= TILE // 2 else -1), 0), rows - 1)
    d = min(max(b + (1 if u % TILE >= TILE // 2 else -1), 0), cols - 1)
    least = np.float32(np.inf)
    for z in (nearest[a, b], nearest[a, d], nearest[c, b], nearest[c, d]):
        if z > 0:
            least = min(least, z)
    return least
