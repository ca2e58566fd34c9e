"""What a view sees, in cells of the world, and which cells a set of views sees how well."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numba import njit

from ..types import Camera

_SAMPLES_ACROSS = 80  # of the depth image, and twice as many of the colour image
_BETTER = 4.0  # times the pixels on a surface: then it counts as seen anew, by half
_IMPROVED = 0.5
_EMPTY = np.int64(-1)
_OFFSET = 1 << 20


class CellTable(NamedTuple):
    """Cells in an open hash: by how many views each is seen, and the best and second best quality."""

    keys: np.ndarray
    views: np.ndarray
    best: np.ndarray
    second: np.ndarray

    @classmethod
    def of(cls, seen: list[tuple[np.ndarray, np.ndarray]], extra: int = 0) -> CellTable:
        """From the cells and qualities of each view, with room for ``extra`` more cells."""
        size = 1 << max(int(2 * (sum(len(cells) for cells, _ in seen) + extra)).bit_length(), 1)
        table = cls(
            np.full(size, _EMPTY), np.zeros(size, np.int32), np.zeros(size, np.float32), np.zeros(size, np.float32)
        )
        for cells, quality in seen:
            insert(table, cells, quality)
        return table


def sampled_rays(camera: Camera) -> np.ndarray:
    """(h, w, 2) x/z and y/z at about 80 places across the image and as densely down, lens distortion taken out."""
    stride = _stride(camera.width)
    v, u = np.mgrid[stride // 2 : camera.height : stride, stride // 2 : camera.width : stride]
    pixels = np.stack([u, v], -1).reshape(-1, 1, 2).astype(np.float64)
    distortion = np.array(camera.distortion or (0.0,) * 4)
    rays = cv2.undistortPoints(pixels, camera.matrix, distortion) if len(pixels) else pixels
    return rays.reshape(*u.shape, 2)


@njit(cache=True, nogil=True)
def _stride(width):
    return max(width // _SAMPLES_ACROSS, 1)


@njit(cache=True, nogil=True)
def laplacian_variance(rgb):
    """Of the green channel, two pixels to each side, at about 160 places across the image."""
    stride = max(_stride(rgb.shape[1]) // 2, 1)
    total, squares, n = 0.0, 0.0, 0
    for v in range(2, rgb.shape[0] - 2, stride):
        for u in range(2, rgb.shape[1] - 2, stride):
            around = np.int64(rgb[v - 2, u, 1]) + rgb[v + 2, u, 1] + rgb[v, u - 2, 1] + rgb[v, u + 2, 1]
            value = around - 4.0 * rgb[v, u, 1]
            total += value
            squares += value * value
            n += 1
    return squares / n - (total / n) ** 2 if n else 0.0


@njit(cache=True, nogil=True)
def view_cells(depth, rays, fx, fy, T, cell, min_depth, max_depth, sharpness):
    """The cells that a depth image sees, each once, and the quality of the sample that sees it best."""
    rows, columns = rays.shape[:2]
    stride = _stride(depth.shape[1])
    reach = max(stride // 2, 1)
    size = 1
    while size < 2 * rows * columns:
        size *= 2
    slot_key = np.full(size, _EMPTY)
    slot_index = np.empty(size, np.int32)
    cells = np.empty(rows * columns, np.int64)
    quality = np.empty(rows * columns, np.float32)
    n = 0
    for i in range(rows):
        v = stride // 2 + i * stride
        v0, v1 = max(v - reach, 0), min(v + reach, depth.shape[0] - 1)
        for j in range(columns):
            u = stride // 2 + j * stride
            u0, u1 = max(u - reach, 0), min(u + reach, depth.shape[1] - 1)
            z = depth[v, u]
            if not (min_depth <= z <= max_depth):
                continue
            left, right, up, down = depth[v, u0], depth[v, u1], depth[v0, u], depth[v1, u]
            # NaN fails every comparison; a step between the neighbours is an edge, not a surface.
            if not (min(left, right, up, down) > 0 and abs(right - left) < 0.1 * z and abs(down - up) < 0.1 * z):
                continue
            x, y = rays[i, j, 0], rays[i, j, 1]
            x0, x1, y0, y1 = x + (u0 - u) / fx, x + (u1 - u) / fx, y + (v0 - v) / fy, y + (v1 - v) / fy
            ax, ay, az = x1 * right - x0 * left, y * (right - left), right - left
            bx, by, bz = x * (down - up), y1 * down - y0 * up, down - up
            nx, ny, nz = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
            length = np.sqrt((nx * nx + ny * ny + nz * nz) * (x * x + y * y + 1))
            if length == 0:
                continue
            q = sharpness * abs(nx * x + ny * y + nz) / length / (z * z)
            px, py, pz = x * z, y * z, z
            cx = np.int64(np.floor((T[0, 0] * px + T[0, 1] * py + T[0, 2] * pz + T[0, 3]) / cell)) + _OFFSET
            cy = np.int64(np.floor((T[1, 0] * px + T[1, 1] * py + T[1, 2] * pz + T[1, 3]) / cell)) + _OFFSET
            cz = np.int64(np.floor((T[2, 0] * px + T[2, 1] * py + T[2, 2] * pz + T[2, 3]) / cell)) + _OFFSET
            if min(cx, cy, cz) < 0 or max(cx, cy, cz) >= 2 * _OFFSET:
                continue
            key = (cx << 42) | (cy << 21) | cz
            slot = _slot(slot_key, key)
            if slot_key[slot] == _EMPTY:
                slot_key[slot] = key
                slot_index[slot] = n
                cells[n] = key
                quality[n] = q
                n += 1
            elif q > quality[slot_index[slot]]:
                quality[slot_index[slot]] = q
    return cells[:n].copy(), quality[:n].copy()


@njit(cache=True, nogil=True)
def _slot(keys, key):
    """Where the key is, or the empty place where it belongs; the table always has room."""
    mask = np.uint64(len(keys) - 1)
    slot = ((np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(32)) & mask
    while keys[slot] != _EMPTY and keys[slot] != key:
        slot = (slot + np.uint64(1)) & mask
    return slot


@njit(cache=True, nogil=True)
def insert(table, cells, quality):
    for i in range(len(cells)):
        slot = _slot(table.keys, cells[i])
        q = quality[i]
        table.keys[slot] = cells[i]
        table.views[slot] += 1
        if q > table.best[slot]:
            table.second[slot] = table.best[slot]
            table.best[slot] = q
        elif q > table.second[slot]:
            table.second[slot] = q


@njit(cache=True, nogil=True)
def gain_of(table, cells, quality):
    """Cells that are new to the table, and by half those seen much better than by any view in it."""
    gain = 0.0
    for i in range(len(cells)):
        slot = _slot(table.keys, cells[i])
        if table.keys[slot] == _EMPTY:
            gain += 1.0
        elif quality[i] > _BETTER * table.best[slot]:
            gain += _IMPROVED
    return gain


@njit(cache=True, nogil=True)
def loss_of(table, cells, quality):
    """The gain that a view in the table would be, were it not there."""
    loss = 0.0
    for i in range(len(cells)):
        slot = _slot(table.keys, cells[i])
        if table.views[slot] == 1:
            loss += 1.0
        elif quality[i] == table.best[slot] and quality[i] > _BETTER * table.second[slot]:
            loss += _IMPROVED
    return loss
