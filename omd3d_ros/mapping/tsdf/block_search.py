"""Which blocks a frame concerns: those around the surface that it sees, and known ones that it sees through.

Both are found along rays of the camera, so that the work depends on what the frame sees, not on the size of the map.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .block_index import ABSENT, COORDINATE_LIMIT, FULL, cell_key, find, find_or_add, slot_of, within_cell
from .depth_view import TILE

_SHIFT = 1 << 20
_RECENT = 1024
_STEP = 0.8  # of a block: between the rays that look for blocks, and along them


@njit(cache=True, nogil=True, error_model="numpy")
def touch_band(index, voxels, view, block_size, truncation, frame):
    """Add the blocks in the truncation band of the depth image.

    Returns (numbers of the blocks in the band, whether some were refused for lack of room).
    """
    touched = np.empty(4096, np.int32)
    n = 0
    full = False
    T, scale = view.T_world_camera, 1.0 / block_size
    # block coordinates are ox + depth * rx and so on, counted from far below so that truncation rounds down
    ox, oy, oz = T[0, 3] * scale + _SHIFT, T[1, 3] * scale + _SHIFT, T[2, 3] * scale + _SHIFT
    known = np.full(_RECENT, -1, np.int64)  # keys of blocks met lately, by a hash of their low bits
    last_cell_key, cell = np.int64(-1), np.int64(0)
    rays = _band_rays(view, block_size, truncation)
    for r in range(rays.shape[0]):
        x, y = rays[r, 0], rays[r, 1]
        rx = (T[0, 0] * x + T[0, 1] * y + T[0, 2]) * scale
        ry = (T[1, 0] * x + T[1, 1] * y + T[1, 2]) * scale
        rz = (T[2, 0] * x + T[2, 1] * y + T[2, 2]) * scale
        start, end = rays[r, 2] - 0.5 * truncation, rays[r, 3] + truncation
        steps = int((end - start) * (scale / _STEP)) + 1
        step = (end - start) / steps
        for s in range(steps + 1):
            d = start + step * s
            bx, by, bz = np.int64(ox + d * rx), np.int64(oy + d * ry), np.int64(oz + d * rz)
            key = (bx << 42) | (by << 21) | bz
            place = (bx ^ (by << 4) ^ (bz << 8)) & (_RECENT - 1)
            if known[place] == key:
                continue
            known[place] = key
            bx, by, bz = bx - _SHIFT, by - _SHIFT, bz - _SHIFT
            if max(abs(bx), abs(by), abs(bz)) > COORDINATE_LIMIT:
                continue
            key = cell_key(bx, by, bz)
            b = np.int64(ABSENT)
            if key == last_cell_key:
                b = np.int64(index.cells[cell, within_cell(bx, by, bz)]) - 1
            if b == ABSENT:
                b = np.int64(find_or_add(index, bx, by, bz))
                if b == FULL:
                    full = True
                    continue
                last_cell_key, cell = key, np.int64(index.cell_of[slot_of(index.keys, key)])
            if voxels.seen[b] != frame:
                voxels.seen[b] = frame
                if n == touched.shape[0]:
                    touched = _grown(touched)
                touched[n] = b
                n += 1
    return touched[:n], full


@njit(cache=True, nogil=True, error_model="numpy")
def _band_rays(view, block_size, truncation):
    """Rays (R, 4) that meet every block of the band: x/z, y/z, and the range of depth along each.

    As many as it takes to have one per four fifths of a block: four tiles share a ray where they are small enough
    and hold one surface, and a tile has several where it is wider than that.
    """
    rows, cols = view.nearest.shape
    fx, fy, cx, cy = view.K
    reach = fx * _STEP * block_size  # pixels that four fifths of a block are wide, times depth
    rays = np.empty((4096, 4), np.float64)
    n = 0
    for tv in range(0, rows, 2):
        for tu in range(0, cols, 2):
            near, far = np.inf, 0.0
            for a in range(tv, min(tv + 2, rows)):
                for b in range(tu, min(tu + 2, cols)):
                    if view.farthest[a, b] > 0:
                        near, far = min(near, view.nearest[a, b]), max(far, view.farthest[a, b])
            if far <= 0:
                continue
            if 2 * TILE * far <= reach and far - near <= truncation:
                if n == rays.shape[0]:
                    rays = _grown_rows(rays)
                u, v = tu * TILE + TILE - 0.5, tv * TILE + TILE - 0.5
                rays[n, 0], rays[n, 1], rays[n, 2], rays[n, 3] = (u - cx) / fx, (v - cy) / fy, near, far
                n += 1
                continue
            for a in range(tv, min(tv + 2, rows)):
                for b in range(tu, min(tu + 2, cols)):
                    near, far = np.float64(view.nearest[a, b]), np.float64(view.farthest[a, b])
                    if far <= 0:
                        continue
                    # across a depth jump the space between the two surfaces is left out
                    parts = 2 if far - near > 4 * truncation else 1
                    side = min(int(TILE * far / reach) + 1, TILE)
                    while n + parts * side * side > rays.shape[0]:
                        rays = _grown_rows(rays)
                    for s in range(side * side):
                        u = b * TILE + TILE * (s % side + 0.5) / side - 0.5
                        v = a * TILE + TILE * (s // side + 0.5) / side - 0.5
                        for part in range(parts):
                            rays[n, 0], rays[n, 1] = (u - cx) / fx, (v - cy) / fy
                            rays[n, 2] = far if part == 1 else near
                            rays[n, 3] = near if parts == 2 and part == 0 else far
                            n += 1
    return rays[:n]


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
            end = view.nearest[tv, tu] - truncation
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


@njit(cache=True, nogil=True)
def _grown(a):
    out = np.empty(2 * a.shape[0], a.dtype)
    out[: a.shape[0]] = a
    return out


@njit(cache=True, nogil=True)
def _grown_rows(a):
    out = np.empty((2 * a.shape[0], a.shape[1]), a.dtype)
    out[: a.shape[0]] = a
    return out
