"""Image pyramids of RGB-D frames: depth, normals and brightness on the depth camera's grid, ever coarser."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numba import njit

from ...types import Camera, Frame

FINEST_WIDTH = 160  # of the finest level, about: images are averaged down to it by a whole number
MIN_WIDTH = 36
MAX_LEVELS = 3
MIN_DEPTH = 0.2


@dataclass(frozen=True)
class Level:
    """One resolution of a view, all on the depth camera's grid.

    depth (H, W) metres, 0 = none; normals (H, W, 3) in the camera, 0 = none; gray (H, W) 0..255, NaN = none;
    gradient (H, W, 2) of gray per pixel along u and v, NaN = none; K (4,) fx fy cx cy.
    """

    depth: np.ndarray
    normals: np.ndarray
    gray: np.ndarray
    gradient: np.ndarray
    K: np.ndarray


def pyramid(frame: Frame, max_depth: float = 6.0) -> tuple[Level, ...]:
    """The levels of a frame, finest first."""
    step = max(1, round(frame.depth_camera.width / FINEST_WIDTH))
    depth = average_depth(_undistorted(frame.depth, frame.depth_camera, nearest=True), step, MIN_DEPTH, max_depth, 0.02)
    K = _reduced(frame.depth_camera, step)
    gray = _gray_on_depth(frame, depth, K, step)
    levels = [_level(depth, gray, K)]
    while len(levels) < MAX_LEVELS and depth.shape[1] // 2 >= MIN_WIDTH:
        depth = average_depth(depth, 2, MIN_DEPTH, max_depth, 0.04)
        gray = average_gray(gray)
        K = np.array([K[0] / 2, K[1] / 2, (K[2] + 0.5) / 2 - 0.5, (K[3] + 0.5) / 2 - 0.5])
        levels.append(_level(depth, gray, K))
    return tuple(levels)


def _level(depth: np.ndarray, gray: np.ndarray, K: np.ndarray) -> Level:
    normals = normals_of(depth, K[0], K[1], K[2], K[3])
    gradient = gradient_of(gray)
    return Level(depth, normals, gray, gradient, K)


def _reduced(camera: Camera, step: int) -> np.ndarray:
    return np.array(
        [camera.fx / step, camera.fy / step, (camera.cx + 0.5) / step - 0.5, (camera.cy + 0.5) / step - 0.5]
    )


def _gray_on_depth(frame: Frame, depth: np.ndarray, K: np.ndarray, step: int) -> np.ndarray:
    """(H, W) float32 brightness at each reduced depth pixel, NaN where the colour camera does not see it."""
    gray = cv2.cvtColor(frame.rgb, cv2.COLOR_RGB2GRAY)
    camera = frame.color_camera
    if camera is None:
        gray = _undistorted(gray, frame.depth_camera, nearest=False)
        h, w = depth.shape
        return cv2.resize(gray[: h * step, : w * step], (w, h), interpolation=cv2.INTER_AREA).astype(np.float32)
    gray = _undistorted(gray, camera, nearest=False)
    step = max(1, round(camera.fx / K[0]))
    h, w = gray.shape[0] // step, gray.shape[1] // step
    gray = cv2.resize(gray[: h * step, : w * step], (w, h), interpolation=cv2.INTER_AREA)
    T = getattr(camera, "T_color_depth", np.eye(4))
    return sample_gray(depth, K, gray, _reduced(camera, step), np.array(T))


def _undistorted(image: np.ndarray, camera: Camera, nearest: bool) -> np.ndarray:
    if camera.distortion is None:
        return np.array(image, order="C")  # fresh: a read-only one would make numba compile once more
    size = (camera.width, camera.height)
    x, y = _maps(camera.fx, camera.fy, camera.cx, camera.cy, camera.distortion, size)
    return cv2.remap(image, x, y, cv2.INTER_NEAREST if nearest else cv2.INTER_LINEAR)


@lru_cache(maxsize=4)
def _maps(
    fx: float, fy: float, cx: float, cy: float, distortion: tuple[float, ...], size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    K = np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]])
    x, y = cv2.initUndistortRectifyMap(K, np.array(distortion), None, K, size, cv2.CV_32FC1)
    return x, y


@njit(cache=True, nogil=True)
def average_depth(depth, step, near, far, tolerance):
    """(H // step, W // step): the mean of the nearest surface in each block, 0 where less than a quarter has one."""
    h, w = depth.shape[0] // step, depth.shape[1] // step
    out = np.zeros((h, w), np.float32)
    for v in range(h):
        for u in range(w):
            nearest = np.float32(far)
            for i in range(v * step, (v + 1) * step):
                for j in range(u * step, (u + 1) * step):
                    z = depth[i, j]
                    if near <= z < nearest:
                        nearest = z
            limit = min(nearest * (1 + tolerance) + 0.005, far)
            total, count = 0.0, 0
            for i in range(v * step, (v + 1) * step):
                for j in range(u * step, (u + 1) * step):
                    z = depth[i, j]
                    if near <= z <= limit:
                        total += z
                        count += 1
            if count > 0 and 4 * count >= step * step:
                out[v, u] = total / count
    return out


@njit(cache=True, nogil=True)
def average_gray(gray):
    """(H // 2, W // 2) mean of 2x2, NaN where one of them is."""
    h, w = gray.shape[0] // 2, gray.shape[1] // 2
    out = np.empty((h, w), np.float32)
    for v in range(h):
        for u in range(w):
            i, j = 2 * v, 2 * u
            out[v, u] = 0.25 * (gray[i, j] + gray[i, j + 1] + gray[i + 1, j] + gray[i + 1, j + 1])
    return out


@njit(cache=True, nogil=True)
def normals_of(depth, fx, fy, cx, cy):
    """(H, W, 3) unit normals towards the camera by central differences; 0 at borders and depth edges."""
    h, w = depth.shape
    out = np.zeros((h, w, 3), np.float32)
    for v in range(1, h - 1):
        for u in range(1, w - 1):
            z = depth[v, u]
            if z <= 0:
                continue
            left, r, t, b = depth[v, u - 1], depth[v, u + 1], depth[v - 1, u], depth[v + 1, u]
            gap = 0.06 * z
            if min(left, r, t, b) <= 0 or max(abs(left - z), abs(r - z), abs(t - z), abs(b - z)) > gap:
                continue
            ax, ay, az = ((u + 1 - cx) * r - (u - 1 - cx) * left) / fx, (v - cy) * (r - left) / fy, r - left
            bx, by, bz = (u - cx) * (b - t) / fx, ((v + 1 - cy) * b - (v - 1 - cy) * t) / fy, b - t
            nx, ny, nz = by * az - bz * ay, bz * ax - bx * az, bx * ay - by * ax
            length = np.sqrt(nx * nx + ny * ny + nz * nz)
            if length > 0:
                out[v, u, 0], out[v, u, 1], out[v, u, 2] = nx / length, ny / length, nz / length
    return out


@njit(cache=True, nogil=True)
def gradient_of(gray):
    """(H, W, 2) central differences, NaN where a neighbour is missing."""
    h, w = gray.shape
    out = np.full((h, w, 2), np.nan, np.float32)
    for v in range(1, h - 1):
        for u in range(1, w - 1):
            out[v, u, 0] = 0.5 * (gray[v, u + 1] - gray[v, u - 1])
            out[v, u, 1] = 0.5 * (gray[v + 1, u] - gray[v - 1, u])
    return out


@njit(cache=True, nogil=True)
def sample_gray(depth, K, gray, Kc, T):
    """(H, W) float32: brightness that the colour camera sees at each depth pixel, bilinear; NaN where none."""
    h, w = depth.shape
    hc, wc = gray.shape
    out = np.full((h, w), np.nan, np.float32)
    for v in range(h):
        for u in range(w):
            z = depth[v, u]
            if z <= 0:
                continue
            x, y = (u - K[2]) * z / K[0], (v - K[3]) * z / K[1]
            xc = T[0, 0] * x + T[0, 1] * y + T[0, 2] * z + T[0, 3]
            yc = T[1, 0] * x + T[1, 1] * y + T[1, 2] * z + T[1, 3]
            zc = T[2, 0] * x + T[2, 1] * y + T[2, 2] * z + T[2, 3]
            if zc <= 0.05:
                continue
            a, b = Kc[0] * xc / zc + Kc[2], Kc[1] * yc / zc + Kc[3]
            if not (0 <= a < wc - 1 and 0 <= b < hc - 1):
                continue
            i, j = int(b), int(a)
            s, t = a - j, b - i
            top = (1 - s) * gray[i, j] + s * gray[i, j + 1]
            bottom = (1 - s) * gray[i + 1, j] + s * gray[i + 1, j + 1]
            out[v, u] = (1 - t) * top + t * bottom
    return out
