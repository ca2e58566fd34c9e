"""Which points of the world a posed depth image lets be seen, and where its colour image shows them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from ..types import Camera


class Tolerance(NamedTuple):
    """How far a point may be from the depth reading, in metres: absolute + quadratic * z^2 + relative * reading."""

    absolute: float = 0.0
    quadratic: float = 0.0
    relative: float = 0.0


ON_SURFACE = Tolerance(absolute=0.03, quadratic=0.005)
"""Of depth cameras such as the Kinect: 3 cm plus 0.5 cm times the square of the range."""


def intrinsics(camera: Camera) -> tuple[float, float, float, float]:
    """fx, fy, cx, cy in pixels."""
    return float(camera.fx), float(camera.fy), float(camera.cx), float(camera.cy)


@njit(cache=True, nogil=True)
def project_visible(xyz, T, depth, K, C, K_color, size, tolerance, border):
    """(N, 3) float32 column, row and distance in the colour image of points (N, 3) float32, NaN where not seen.

    T (4, 4) world to depth camera, C (4, 4) depth to colour camera, depth (H, W) float32 metres, K and K_color as
    ``intrinsics`` gives them, size: width and height of the colour image, border in pixels of it.
    """
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
