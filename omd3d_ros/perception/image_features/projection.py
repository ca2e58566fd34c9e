"""Where points of the world lie in a view's colour image, and whether its depth image lets them be seen."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np
from numba import njit

from ...types import Camera
from .views import T_color_depth, View, picture_camera


class Tolerance(NamedTuple):
    """How far a point may be from the depth reading, in metres: absolute + quadratic * z^2 + relative * reading."""

    absolute: float = 0.0
    quadratic: float = 0.0
    relative: float = 0.0


def visible_points(
    view: View, xyz: np.ndarray, tolerance: Tolerance, border: int = 0, size: tuple[int, int] | None = None
) -> np.ndarray:
    """(N, 3) float32 column, row and distance along the optical axis, in the colour image, of points (N, 3) in metres.

    NaN for points that are not seen: behind the camera, off an image or within ``border`` pixels of the colour image's
    edge, where depth has no reading or another one than the tolerance allows.  size: width and height that the view
    is scaled to first.  Raises ValueError where depth is of another size than its camera.
    """
    depth = view.depth()
    if depth.shape != (view.depth_camera.height, view.depth_camera.width):
        raise ValueError(
            f"view {view.id}: depth is {depth.shape[1]}x{depth.shape[0]} but its camera is "
            f"{view.depth_camera.width}x{view.depth_camera.height}"
        )
    depth_camera, camera = view.depth_camera, picture_camera(view)
    if size is not None:
        depth, depth_camera, camera = _nearest(depth, size), _scaled(depth_camera, size), _scaled(camera, size)
    return _project(
        np.ascontiguousarray(xyz, np.float32),
        np.linalg.inv(view.T_world_camera),
        np.ascontiguousarray(depth, np.float32),
        _intrinsics(depth_camera),
        T_color_depth(view),
        _intrinsics(camera),
        (camera.width, camera.height),
        tuple(float(t) for t in tolerance),
        border,
    )


def _scaled(camera: Camera, size: tuple[int, int]) -> Camera:
    x, y = size[0] / camera.width, size[1] / camera.height
    return dataclasses.replace(
        camera, width=size[0], height=size[1], fx=camera.fx * x, fy=camera.fy * y, cx=camera.cx * x, cy=camera.cy * y
    )


def _nearest(depth: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    if depth.shape == size[::-1]:
        return depth
    rows, columns = ((np.arange(n) + 0.5) * old / n for n, old in zip(size[::-1], depth.shape, strict=True))
    return depth[rows.astype(int)[:, None], columns.astype(int)]


def _intrinsics(camera: Camera) -> tuple[float, float, float, float]:
    return float(camera.fx), float(camera.fy), float(camera.cx), float(camera.cy)


@njit(cache=True, nogil=True)
def _project(xyz, T, depth, K, C, K_color, size, tolerance, border):
    """T (4, 4) world to depth camera, C (4, 4) depth to colour camera, K: fx fy cx cy."""
    out = np.full((len(xyz), 3), np.nan, np.float32)
    for i in range(len(xyz)):
        wx, wy, wz = xyz[i, 0], xyz[i, 1], xyz[i, 2]
        z = T[2, 0] * wx + T[2, 1] * wy + T[2, 2] * wz + T[2, 3]
        if not z > 0:
            continue
        x = T[0, 0] * wx + T[0, 1] * wy + T[0, 2] * wz + T[0, 3]
        y = T[1, 0] * wx + T[1, 1] * wy + T[1, 2] * wz + T[1, 3]
        u, v = np.rint(x / z * K[0] + K[2]), np.rint(y / z * K[1] + K[3])
        if not (0 <= u < depth.shape[1] and 0 <= v < depth.shape[0]):
            continue
        reading = np.float64(depth[int(v), int(u)])
        allowed = tolerance[0] + tolerance[1] * z * z + tolerance[2] * reading
        # NaN fails every comparison.
        if not (0 < reading < np.inf and abs(z - reading) <= allowed):
            continue
        cz = C[2, 0] * x + C[2, 1] * y + C[2, 2] * z + C[2, 3]
        if not cz > 0:
            continue
        cu = (C[0, 0] * x + C[0, 1] * y + C[0, 2] * z + C[0, 3]) / cz * K_color[0] + K_color[2]
        cv = (C[1, 0] * x + C[1, 1] * y + C[1, 2] * z + C[1, 3]) / cz * K_color[1] + K_color[3]
        if border <= np.rint(cu) < size[0] - border and border <= np.rint(cv) < size[1] - border:
            out[i, 0] = cu
            out[i, 1] = cv
            out[i, 2] = cz
    return out
