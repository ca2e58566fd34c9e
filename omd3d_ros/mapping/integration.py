"""Numba kernels that fuse a depth image into blocks of a truncated signed distance map.

Projective integration (Curless and Levoy 1996; voxel hashing as in Niessner et al. 2013): a frame adds the blocks
within the truncation band of its depth pixels, then every voxel of those blocks is projected into the depth image.
Blocks between camera and surface are found by a few rays a frame and updated too, so that what has gone is carved
away.  The work depends on what the frame sees, not on the size of the map.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from .block_index import ABSENT, BLOCK, COORDINATE_LIMIT, FULL, VOXELS, find, find_or_add, remove

TILE = 8
WEIGHT_UNIT = 1.0 / 1024  # of Voxels.weight, which counts 1/depth^2 (1 at one metre)
TSDF_UNIT = 1.0 / 32767  # of Voxels.tsdf, which runs from -1 to 1 across the truncation band
COLOR_UNIT = 0.5  # of the three 9-bit channels of Voxels.color
COLOR_MASK = 0x1FF
VIEWS_SHIFT = 27
MOST_VIEWS = 31
_MAX_WEIGHT = 32.0
MOST_WEIGHT = _MAX_WEIGHT / WEIGHT_UNIT
_NEAREST = 0.5  # metres; readings below count as if at this range
_CARVE_GAIN = np.float32(8)  # how much more a clear view through a surface counts,
_CARVE_MEMORY = np.float32(40)  # against at most so many views of it
_CLOSEST = 0.05  # metres: nothing nearer to a camera is projected
_COLOR_BAND = 1.5  # voxels from the surface that take its colour; twice that where there is none yet
_COLOR_TURNS = 3  # a block that has its colours takes part in one of so many frames, which counts for all
_FREE = np.int16(32100)  # 0.98 of the truncation
_COLOR_BITS = (1 << VIEWS_SHIFT) - 1
_DARKEST = 1  # lightest step of blue, so that black differs from not yet coloured
_SHIFT = 1 << 20
_RECENT = 1024
_STEP = 0.75  # of a block, along the rays that look for blocks


class Voxels(NamedTuple):
    """One row a block: tsdf (B, 64) int16 in TSDF_UNIT; weight (B, 64) uint16 in WEIGHT_UNIT, 0 is unseen;
    color (B, 64) uint32, 9 bits each of red, green and blue in COLOR_UNIT, all 0 while not yet coloured, and above
    them 5 bits that count the views of the voxel up to 31;
    changed (B,) int64: the frame number at which the surface of the block last changed by more than the tolerance;
    seen (B,) int64: the last frame that updated it; moved (B,) float32: change since ``changed``, in truncations."""

    tsdf: np.ndarray
    weight: np.ndarray
    color: np.ndarray
    changed: np.ndarray
    seen: np.ndarray
    moved: np.ndarray

    def num_bytes(self, blocks: int) -> int:
        """Bytes of the first ``blocks`` rows."""
        return blocks * sum(a.itemsize * a[0].size for a in self)


class View(NamedTuple):
    """A frame as the kernels read it.

    depth (H, W) uint16 in depth_unit metres, 0 for no reading; nearest, farthest (H/8, W/8): range of the valid depth
    in each tile, 0 where there is none; rgb (h, w, 3); K, Kc (4,): fx fy cx cy of depth and colour; T_world_camera, T_camera_world, T_color_depth
    (4, 4)."""

    depth: np.ndarray
    depth_unit: float
    nearest: np.ndarray
    farthest: np.ndarray
    rgb: np.ndarray
    K: np.ndarray
    Kc: np.ndarray
    T_world_camera: np.ndarray
    T_camera_world: np.ndarray
    T_color_depth: np.ndarray


def empty_voxels(max_blocks: int) -> Voxels:
    """Storage for ``max_blocks`` blocks; memory becomes resident as it is used."""
    return Voxels(
        tsdf=np.zeros((max_blocks, VOXELS), np.int16),
        weight=np.zeros((max_blocks, VOXELS), np.uint16),
        color=np.zeros((max_blocks, VOXELS), np.uint32),
        changed=np.zeros(max_blocks, np.int64),
        seen=np.zeros(max_blocks, np.int64),
        moved=np.zeros(max_blocks, np.float32),
    )


@njit(cache=True, nogil=True, error_model="numpy")
def clean_depth(depth, min_depth, max_depth):
    """Depth without out-of-range readings and flying pixels, as a View has it (depth, depth_unit, nearest,
    farthest), and how many readings are left.

    A flying pixel lies between the two surfaces beside it (left and right, or above and below), near neither.
    """
    rows, cols = depth.shape
    out = np.empty((rows, cols), np.uint16)  # half the memory traffic of floats, and finer than any sensor
    unit = max_depth / 65535.0
    result = np.empty(cols, np.float32)
    low = np.float32(min_depth)
    high = np.float32(max_depth)
    tile_rows, tile_cols = (rows + TILE - 1) // TILE, (cols + TILE - 1) // TILE
    nearest = np.zeros((tile_rows, tile_cols), np.float32)
    farthest = np.zeros((tile_rows, tile_cols), np.float32)
    least = np.empty(tile_cols * TILE, np.float32)
    most = np.empty(tile_cols * TILE, np.float32)
    used = 0
    for tv in range(tile_rows):
        least[:] = np.inf
        most[:] = 0
        for v in range(tv * TILE, min(rows, tv * TILE + TILE)):
            here, over, under = depth[v], depth[max(v - 1, 0)], depth[min(v + 1, rows - 1)]
            if v == 0:
                over = under
            elif v == rows - 1:
                under = over
            _clean_row(here, over, under, result, low, high)
            used += _range_of_row(result, least, most)
            _quantise(result, out[v], np.float32(1 / unit))
        for tu in range(tile_cols):
            a, b = np.float32(np.inf), np.float32(0)
            for u in range(tu * TILE, tu * TILE + TILE):
                a, b = min(a, least[u]), max(b, most[u])
            if b > 0:
                nearest[tv, tu], farthest[tv, tu] = a, b
    return out, unit, nearest, farthest, used


@njit(cache=True, nogil=True, error_model="numpy")
def _clean_row(here, over, under, result, low, high):
    step, slope, zero = np.float32(0.012), np.float32(0.012), np.float32(0)
    cols = here.shape[0]
    for u in range(1, cols - 1):
        z = here[u]
        a, b, c, d = here[u - 1] - z, here[u + 1] - z, over[u] - z, under[u] - z
        gap = step + slope * z
        between = (a * b < zero) & (abs(a) > gap) & (abs(b) > gap) & (abs(a - b) > np.float32(6) * gap)
        stacked = (c * d < zero) & (abs(c) > gap) & (abs(d) > gap) & (abs(c - d) > np.float32(6) * gap)
        # a missing reading beside it says nothing
        between &= (here[u - 1] > zero) & (here[u + 1] > zero)
        stacked &= (over[u] > zero) & (under[u] > zero)
        result[u] = z if (z >= low) & (z <= high) & ~between & ~stacked else zero
    for u in (0, cols - 1):
        z = here[u]
        result[u] = z if (z >= low) & (z <= high) else zero


@njit(cache=True, nogil=True, error_model="numpy")
def _range_of_row(row, least, most):
    used = 0
    for u in range(row.shape[0]):
        z = row[u]
        valid = z > np.float32(0)
        used += valid
        least[u] = min(least[u], z if valid else np.float32(np.inf))
        most[u] = max(most[u], z)
    return used


@njit(cache=True, nogil=True, error_model="numpy")
def _quantise(row, out, per_unit):
    for u in range(row.shape[0]):
        out[u] = np.uint16(np.int32(row[u] * per_unit + np.float32(0.5)))


@njit(cache=True, nogil=True, error_model="numpy")
def touch_band(index, voxels, view, block_size, truncation, frame):
    """Add the blocks in the truncation band of the depth image.

    Returns (numbers of the blocks in the band, whether some were refused for lack of room).
    """
    rows, cols = view.nearest.shape
    touched = np.empty(4096, np.int32)
    n = 0
    full = False
    fx, fy, cx, cy = view.K
    T, scale = view.T_world_camera, 1.0 / block_size
    # block coordinates are ox + depth * rx and so on, counted from far below so that truncation rounds down
    ox, oy, oz = T[0, 3] * scale + _SHIFT, T[1, 3] * scale + _SHIFT, T[2, 3] * scale + _SHIFT
    known = np.full(_RECENT, -1, np.int64)  # keys of blocks met lately, by a hash of their low bits
    for tv in range(rows):
        for tu in range(cols):
            near, far = np.float64(view.nearest[tv, tu]), np.float64(view.farthest[tv, tu])
            if far <= 0:
                continue
            # across a depth jump the space between the two surfaces is left out
            split = far - near > 4 * truncation
            # one ray through the middle of the tile, more where it is wider than a block
            rays = min(int(TILE * far * scale / (fx * _STEP)) + 1, TILE)
            for ray in range(rays * rays):
                x = (tu * TILE + TILE * (ray % rays + 0.5) / rays - 0.5 - cx) / fx
                y = (tv * TILE + TILE * (ray // rays + 0.5) / rays - 0.5 - cy) / fy
                rx = (T[0, 0] * x + T[0, 1] * y + T[0, 2]) * scale
                ry = (T[1, 0] * x + T[1, 1] * y + T[1, 2]) * scale
                rz = (T[2, 0] * x + T[2, 1] * y + T[2, 2]) * scale
                for part in range(2 if split else 1):
                    start = (far if part == 1 else near) - truncation
                    end = (near if split and part == 0 else far) + truncation
                    steps = int((end - start) * (scale / _STEP)) + 1
                    step = (end - start) / steps
                    last = np.int64(-1)
                    for s in range(steps + 1):
                        d = start + step * s
                        bx, by, bz = np.int64(ox + d * rx), np.int64(oy + d * ry), np.int64(oz + d * rz)
                        key = (bx << 42) | (by << 21) | bz
                        place = (bx ^ (by << 4) ^ (bz << 8)) & (_RECENT - 1)
                        if key == last or known[place] == key:
                            continue
                        last = key
                        known[place] = key
                        b = _number(index, bx - _SHIFT, by - _SHIFT, bz - _SHIFT)
                        if b == FULL:
                            full = True
                        elif b >= 0 and voxels.seen[b] != frame:
                            voxels.seen[b] = frame
                            if n == touched.shape[0]:
                                touched = _grown(touched)
                            touched[n] = b
                            n += 1
    return touched[:n], full


@njit(cache=True, nogil=True, inline="always")
def _number(index, bx, by, bz):
    if max(abs(bx), abs(by), abs(bz)) > COORDINATE_LIMIT:
        return np.int64(ABSENT)
    return np.int64(find_or_add(index, bx, by, bz))


@njit(cache=True, nogil=True)
def seen_through(index, voxels, view, block_size, truncation, min_depth, frame):
    """Numbers of known blocks in the free space in front of the surface, along the rays of this frame's turn."""
    rows, cols = view.nearest.shape
    found = np.empty(256, np.int32)
    n = 0
    fx, fy, cx, cy = view.K
    # every tile sends a ray once in so many frames: a block 2 m away is met in about one of four
    tiles = fx * block_size / (2.0 * TILE)
    lattice = min(max(int(4 * tiles * tiles), 1), 16)
    turn = frame * 7 % lattice
    # the place within the tile, and where along the ray it starts, run through all (golden ratio, plastic number)
    ju, jv, jd = frame * 0.7548776662 % 1.0, frame * 0.5698402910 % 1.0, frame * 0.6180339887 % 1.0
    for tv in range(rows):
        for tu in range((turn + 5 * tv) % lattice, cols, lattice):
            end = view.nearest[tv, tu] - 1.5 * truncation
            rx, ry = (tu * TILE + ju * TILE - 0.5 - cx) / fx, (tv * TILE + jv * TILE - 0.5 - cy) / fy
            d = min_depth + 0.8 * block_size * jd
            while d < end:
                bx, by, bz = _block_at(view.T_world_camera, rx * d, ry * d, d, block_size)
                d += 0.8 * block_size
                if max(abs(bx), abs(by), abs(bz)) > COORDINATE_LIMIT:
                    continue
                b = find(index, bx, by, bz)
                if b != ABSENT and voxels.seen[b] != frame:
                    voxels.seen[b] = frame
                    if n == found.shape[0]:
                        found = _grown(found)
                    found[n] = b
                    n += 1
    return found[:n]


@njit(cache=True, nogil=True, inline="always")
def _block_at(T, x, y, z, block_size):
    bx = np.int64(np.floor((T[0, 0] * x + T[0, 1] * y + T[0, 2] * z + T[0, 3]) / block_size))
    by = np.int64(np.floor((T[1, 0] * x + T[1, 1] * y + T[1, 2] * z + T[1, 3]) / block_size))
    bz = np.int64(np.floor((T[2, 0] * x + T[2, 1] * y + T[2, 2] * z + T[2, 3]) / block_size))
    return bx, by, bz


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


@njit(cache=True, nogil=True)
def _grown(a):
    out = np.empty(2 * a.shape[0], a.dtype)
    out[: a.shape[0]] = a
    return out


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
    near, change = np.empty(VOXELS, np.int32), np.empty(VOXELS, np.int32)
    zero, one, band, unit = np.float32(0), np.float32(1), np.float32(truncation), np.float32(view.depth_unit)
    per_band = one / band
    closest, nearest = np.float32(_CLOSEST), np.float32(_NEAREST**2)
    near_band, bare_band = np.float32(_COLOR_BAND * voxel), np.float32(2 * _COLOR_BAND * voxel)
    outside, most = np.float32(0.98), np.float32(_MAX_WEIGHT)
    tsdf_unit, weight_unit = np.float32(TSDF_UNIT), np.float32(WEIGHT_UNIT)
    color_bits, one_view = np.uint32(_COLOR_BITS), np.uint32(1 << VIEWS_SHIFT)
    views_shift, most_views = np.uint32(VIEWS_SHIFT), np.uint32(MOST_VIEWS)
    refresh = np.float32(tolerance / np.log(2))  # so that doubled weights count as a change too
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
            safe = max(z[n], closest)
            u = fx * x[n] / safe + cx
            v = fy * y[n] / safe + cy
            inside = (u >= zero) & (u < width) & (v >= zero) & (v < height) & (z[n] > closest)
            iu, iv = np.int32(u), np.int32(v)
            pixel[n] = iv * cols + iu if inside else np.int32(0)
            z[n] = z[n] if inside else np.float32(1e9)  # behind every surface
        for n in range(VOXELS):
            reading[n] = np.float32(depth[np.uint32(pixel[n])]) * unit
        tsdf, weight, color = voxels.tsdf[b], voxels.weight[b], voxels.color[b]
        carved = np.int32(0)
        for n in range(VOXELS):
            s = reading[n] - z[n]
            carved += np.int32((s > band) & (weight[n] > 0) & (tsdf[n] < _FREE))
        if carved:
            for n in range(VOXELS):
                if reading[n] > z[n] + band and _free_until(view.nearest, pixel[n] % cols, pixel[n] // cols) > (
                    z[n] + band
                ):
                    gain[n] = _CARVE_GAIN
        num_near, num_bare = np.int32(0), np.int32(0)
        for n in range(VOXELS):
            d = reading[n]
            s = d - z[n]
            update = (d > zero) & (s >= -band)
            w = one / max(d * d, nearest)
            value = min(s * per_band, one)
            old = np.float32(weight[n]) * weight_unit
            mean = np.float32(tsdf[n]) * tsdf_unit
            w_gain = w * gain[n]
            # what was believed for long still goes after a few clear views through it
            kept = min(old, _CARVE_MEMORY * w) if gain[n] > one else old
            new = mean + (value - mean) * w_gain / (kept + w_gain)
            share[n] = w / (kept + w)
            step = abs(new - mean) + refresh * share[n] if old > zero else one
            change[n] = np.int32(step * per_tsdf) if update & (min(abs(mean), abs(new)) < outside) else np.int32(0)
            tsdf[n] = np.int16(np.rint(new * per_tsdf)) if update else tsdf[n]
            total = np.uint16(max(min(kept + w, most) * per_weight, one))
            weight[n] = total if update else weight[n]
            views = color[n] >> views_shift
            color[n] = color[n] + one_view if update & (views < most_views) else color[n]
            bare = color[n] & color_bits == 0
            near[n] = np.int32(update & (abs(s) < (bare_band if bare else near_band)))
            num_near += near[n]
            num_bare += np.int32((near[n] > 0) & bare)
        moved = np.int32(0)
        for n in range(VOXELS):
            moved = max(moved, change[n])
        if carved:
            gain[:] = one
        if 2 * num_bare > num_near or (num_near and (b + frame) % _COLOR_TURNS == 0):
            _fuse_color(view, x, y, z, near, share, color, frame)
        voxels.moved[b] += moved * tsdf_unit
        if voxels.moved[b] >= tolerance:
            voxels.moved[b] = 0
            voxels.changed[b] = frame


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
def _fuse_color(view, x, y, z, near, share, color, frame):
    """Blend the colours that the voxels near the surface project to into their running averages.

    The averages are rounded up or down at random, so that small changes are not lost.
    """
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
    pixel = np.empty(VOXELS, np.int32)
    red, green, blue = np.empty(VOXELS, np.float32), np.empty(VOXELS, np.float32), np.empty(VOXELS, np.float32)
    for n in range(VOXELS):
        depth = c20 * x[n] + c21 * y[n] + c22 * z[n] + c23
        safe = max(depth, closest)
        u = fx * (c00 * x[n] + c01 * y[n] + c02 * z[n] + c03) / safe + cx
        v = fy * (c10 * x[n] + c11 * y[n] + c12 * z[n] + c13) / safe + cy
        inside = (u >= zero) & (u < width) & (v >= zero) & (v < height) & (depth > closest) & (near[n] > 0)
        iu, iv = np.int32(u), np.int32(v)
        pixel[n] = 3 * (iv * cols + iu) if inside else np.int32(-1)
    for n in range(VOXELS):
        p = pixel[n]
        if p >= 0:
            red[n], green[n], blue[n] = rgb[p], rgb[p + 1], rgb[p + 2]
    color_bits, channel = np.int32(_COLOR_BITS), np.int32(COLOR_MASK)
    for n in range(VOXELS):
        views = color[n] & np.uint32(~np.uint32(_COLOR_BITS))
        packed = np.int32(color[n]) & color_bits
        blend = min(share[n] * turns, one) if packed != 0 else one
        h = np.uint32(np.uint32(n) * np.uint32(0x9E3779B1) + np.uint32(frame) * np.uint32(0x85EBCA77))
        h = np.uint32((h ^ (h >> np.uint32(15))) * np.uint32(0x2C1B3C6D))
        h = np.uint32(h ^ (h >> np.uint32(12)))
        noise = np.float32(np.int32(h >> np.uint32(8))) * np.float32(1.0 / (1 << 24))
        r = np.float32((packed >> np.int32(18)) & channel)
        g = np.float32((packed >> np.int32(9)) & channel)
        b = np.float32(packed & channel)
        r = min(r + (red[n] * steps - r) * blend + noise, most)
        g = min(g + (green[n] * steps - g) * blend + noise, most)
        b = max(min(b + (blue[n] * steps - b) * blend + noise, most), np.float32(_DARKEST))
        blended = (np.int32(r) << np.int32(18)) | (np.int32(g) << np.int32(9)) | np.int32(b)
        color[n] = views | np.uint32(blended) if pixel[n] >= 0 else color[n]


@njit(cache=True, nogil=True)
def forget_free(index, voxels, candidates, frame):
    """Remove the candidates that hold no surface; returns their coordinates (R, 3)."""
    gone = np.empty((candidates.shape[0], 3), np.int32)
    n = 0
    for c in range(candidates.shape[0]):
        b = candidates[c]
        if index.alive[b] and _holds_no_surface(voxels.tsdf[b], voxels.weight[b]):
            gone[n] = index.coords[b]
            n += 1
            forget(index, voxels, b, frame)
    return gone[:n]


@njit(cache=True, nogil=True)
def _holds_no_surface(tsdf, weight):
    with_surface = 0
    for n in range(VOXELS):
        with_surface += weight[n] > 0 and tsdf[n] < _FREE
    return with_surface == 0


@njit(cache=True, nogil=True)
def forget(index, voxels, b, frame):
    """Remove one block and let its neighbours' surface be extracted anew."""
    bx, by, bz = np.int64(index.coords[b, 0]), np.int64(index.coords[b, 1]), np.int64(index.coords[b, 2])
    remove(index, b)
    voxels.tsdf[b] = 0
    voxels.weight[b] = 0
    voxels.color[b] = 0
    voxels.moved[b] = 0
    voxels.seen[b] = 0
    voxels.changed[b] = frame
    for axis in range(3):
        for side in range(-1, 2, 2):
            other = find(index, bx + side * (axis == 0), by + side * (axis == 1), bz + side * (axis == 2))
            if other >= 0:
                voxels.changed[other] = frame
