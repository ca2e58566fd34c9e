"""From a Frame to what the map's kernels read: without lens distortion and unusable depth, with the range by tile."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from ...types import Camera, ColorCamera, Frame

TILE = 8
_MOST_TABLES = 8


class View(NamedTuple):
    """A frame as the kernels read it.

    depth (H, W) uint16 in depth_unit metres, 0 for no reading; nearest, farthest (H/8, W/8): range of the valid depth
    in each tile, 0 where there is none; rgb (h, w, 3); K, Kc (4,): fx fy cx cy of depth and colour; T_world_camera,
    T_camera_world, T_color_depth (4, 4).
    """

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


class ViewMaker:
    """Keeps the undistortion tables of the cameras it has met.  min_depth, max_depth in metres."""

    def __init__(self, min_depth: float, max_depth: float) -> None:
        self._min_depth, self._max_depth = min_depth, max_depth
        self._tables: dict[Camera, tuple[np.ndarray, np.ndarray]] = {}

    def view(self, frame: Frame) -> tuple[View, int]:
        """The kernels' view of a frame that has a pose, and how many depth readings it has."""
        T = np.ascontiguousarray(frame.T_world_camera, np.float64)
        depth, rgb = self._rectified(frame)
        valid, unit, nearest, farthest, used = clean_depth(depth, self._min_depth, self._max_depth)
        color = frame.color_camera
        view = View(
            depth=valid,
            depth_unit=unit,
            nearest=nearest,
            farthest=farthest,
            rgb=rgb,
            K=_intrinsics(frame.depth_camera),
            Kc=_intrinsics(color or frame.depth_camera),
            T_world_camera=T,
            T_camera_world=np.ascontiguousarray(np.linalg.inv(T)),
            T_color_depth=np.ascontiguousarray(color.T_color_depth if isinstance(color, ColorCamera) else np.eye(4)),
        )
        return view, used

    def _rectified(self, frame: Frame) -> tuple[np.ndarray, np.ndarray]:
        """Depth and colour without lens distortion (a no-op for cameras that have none)."""
        depth, rgb = frame.depth, frame.rgb
        if frame.depth_camera.distortion is not None:
            depth = self._undistort(depth, frame.depth_camera, nearest=True)
        color_camera = frame.color_camera or frame.depth_camera
        if color_camera.distortion is not None:
            rgb = self._undistort(rgb, color_camera, nearest=False)
        return np.ascontiguousarray(depth), np.ascontiguousarray(rgb)

    def _undistort(self, image: np.ndarray, camera: Camera, nearest: bool) -> np.ndarray:
        import cv2

        if camera not in self._tables:
            if len(self._tables) >= _MOST_TABLES:  # a camera whose calibration changes from frame to frame
                self._tables.clear()
            K = camera.matrix
            self._tables[camera] = cv2.initUndistortRectifyMap(
                K, np.array(camera.distortion), None, K, (camera.width, camera.height), cv2.CV_32FC1
            )
        x, y = self._tables[camera]
        return cv2.remap(image, x, y, cv2.INTER_NEAREST if nearest else cv2.INTER_LINEAR)


def _intrinsics(camera: Camera) -> np.ndarray:
    return np.array([camera.fx, camera.fy, camera.cx, camera.cy])


@njit(cache=True, nogil=True, error_model="numpy")
def clean_depth(depth, min_depth, max_depth):
    """Depth without out-of-range readings and flying pixels, as a View has it (depth, depth_unit, nearest,
    farthest), and how many readings are left.

    A flying pixel lies between the two surfaces beside it (left and right, or above and below), near neither.
    """
    rows, cols = depth.shape
    out = np.empty((rows, cols), np.uint16)  # half the memory traffic of floats, and finer than any sensor
    unit = max_depth / 65535.0
    per_unit = np.float32(1 / unit)
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
            used += _clean_row(here, over, under, out[v], least, most, low, high, per_unit)
        for tu in range(tile_cols):
            a, b = np.float32(np.inf), np.float32(0)
            for u in range(tu * TILE, tu * TILE + TILE):
                a, b = min(a, least[u]), max(b, most[u])
            if b > 0:
                nearest[tv, tu], farthest[tv, tu] = a, b
    return out, unit, nearest, farthest, used


@njit(cache=True, nogil=True, error_model="numpy")
def _clean_row(here, over, under, out, least, most, low, high, per_unit):
    """Write one row and widen the range of its columns; returns how many readings it has."""
    step, slope, zero, half = np.float32(0.012), np.float32(0.012), np.float32(0), np.float32(0.5)
    six = np.float32(6)
    cols = here.shape[0]
    used = np.int32(0)
    for u in range(1, cols - 1):
        z = here[u]
        left, right, above, below = here[u - 1], here[u + 1], over[u], under[u]
        gap = step + slope * z
        near, far = min(left, right), max(left, right)
        between = (near > zero) & (near < z - gap) & (far > z + gap) & (far - near > six * gap)
        near, far = min(above, below), max(above, below)
        between |= (near > zero) & (near < z - gap) & (far > z + gap) & (far - near > six * gap)
        valid = (z >= low) & (z <= high) & (np.int32(between) == 0)
        out[u] = np.uint16(np.int32(z * per_unit + half)) if valid else np.uint16(0)
        least[u] = min(least[u], z if valid else np.float32(np.inf))
        most[u] = max(most[u], z if valid else zero)
        used = np.int32(used + np.int32(valid))
    for u in (0, cols - 1):
        z = here[u]
        valid = (z >= low) & (z <= high)
        out[u] = np.uint16(np.int32(z * per_unit + half)) if valid else np.uint16(0)
        least[u] = min(least[u], z if valid else np.float32(np.inf))
        most[u] = max(most[u], z if valid else zero)
        used = np.int32(used + np.int32(valid))
    return used
