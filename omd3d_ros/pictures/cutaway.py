"""Looking into a room whose cloud has no normals: find its walls and ceiling, which then show from inside only."""

from __future__ import annotations

import cv2
import numpy as np

from omd3d_ros.types import PointCloud

_WALL_THICKNESS = 0.3
_CEILING_THICKNESS = 0.2
_MIN_SHARE = 0.2
_CELL = 0.1


def with_wall_normals(cloud: PointCloud, up: np.ndarray) -> PointCloud:
    """The cloud with inward normals at its walls and its ceiling, and zero normals (seen from all sides) elsewhere.

    A wall is what lies at a side of the upright box around the cloud and covers enough of that side, a ceiling the
    same at the top.  A cloud with normals of its own is returned as it is.
    """
    if cloud.normals is not None or len(cloud) < 100:
        return cloud
    axes = _box_axes(cloud.xyz, up)
    local = cloud.xyz @ axes.T
    low, high = np.percentile(local, [0.5, 99.5], axis=0)
    normals = np.zeros_like(cloud.xyz)
    for axis, direction, thickness in (
        (0, 1, _WALL_THICKNESS),
        (0, -1, _WALL_THICKNESS),
        (1, 1, _WALL_THICKNESS),
        (1, -1, _WALL_THICKNESS),
        (2, -1, _CEILING_THICKNESS),
    ):
        inside = (local[:, axis] - low[axis]) if direction > 0 else (high[axis] - local[:, axis])
        layer = inside < min(thickness, 0.2 * (high[axis] - low[axis]))
        if _covers(np.delete(local[layer], axis, 1), np.delete(low, axis), np.delete(high, axis)):
            normals[layer] = direction * axes[axis]
    return PointCloud(cloud.xyz, cloud.rgb, normals)


def _box_axes(xyz: np.ndarray, up: np.ndarray) -> np.ndarray:
    """(3, 3) rows: two horizontal axes along the smallest upright box around the points, and up."""
    z = np.asarray(up, np.float64) / np.linalg.norm(up)
    x = np.cross(z, np.eye(3)[int(np.argmin(np.abs(z)))])
    x /= np.linalg.norm(x)
    y = np.cross(z, x)
    plan = np.stack([xyz @ x, xyz @ y], axis=1).astype(np.float32)
    low, high = np.percentile(plan, [0.5, 99.5], axis=0)
    plan = plan[((plan >= low) & (plan <= high)).all(axis=1)]
    _, _, angle = cv2.minAreaRect(plan)
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    return np.stack([c * x + s * y, c * y - s * x, z])


def _covers(points: np.ndarray, low: np.ndarray, high: np.ndarray) -> bool:
    """Whether (N, 2) points fill a good part of a rectangle, judged in cells of 10 cm."""
    cells = np.maximum(np.ceil((high - low) / _CELL), 1)
    inside = ((points >= low) & (points <= high)).all(axis=1)
    filled = np.unique(((points[inside] - low) // _CELL).astype(np.int64), axis=0)
    return len(filled) > _MIN_SHARE * float(cells.prod())
