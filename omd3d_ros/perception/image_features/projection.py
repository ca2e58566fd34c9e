"""Where points of the world lie in a view's colour image, and whether its depth image lets them be seen."""

from __future__ import annotations

import dataclasses

import numpy as np

from ...mapping.visibility import Tolerance, intrinsics, project_visible
from ...types import Camera
from .views import T_color_depth, View, picture_camera


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
    return project_visible(
        np.ascontiguousarray(xyz, np.float32),
        np.linalg.inv(view.T_world_camera),
        np.ascontiguousarray(depth, np.float32),
        intrinsics(depth_camera),
        T_color_depth(view),
        intrinsics(camera),
        (camera.width, camera.height),
        tolerance,
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
