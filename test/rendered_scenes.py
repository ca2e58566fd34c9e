"""Small scenes rendered by arithmetic, for tests of the map."""

from __future__ import annotations

import numpy as np

from omd3d_ros.types import Camera, Frame

CAMERA = Camera(160, 120, 150.0, 150.0, 79.5, 59.5)


def look_at(eye, target, up=(0.0, 0.0, 1.0)) -> np.ndarray:
    """(4, 4) T_world_camera of an optical frame at ``eye`` that looks at ``target``."""
    forward = np.subtract(target, eye).astype(float)
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, up)
    right /= np.linalg.norm(right)
    T = np.eye(4)
    T[:3, :3] = np.stack([right, np.cross(forward, right), forward], 1)
    T[:3, 3] = eye
    return T


def render(T, boxes=(), spheres=(), floor=True, camera=CAMERA, stamp=0.0, wall=None) -> Frame:
    """Depth and colour of a floor at z = 0, axis-aligned boxes (centre, size, rgb), spheres (centre, radius, rgb) and
    a wall at x = ``wall``; exact, by ray intersection.  Pixels that hit nothing have depth 0."""
    v, u = np.mgrid[0 : camera.height, 0 : camera.width]
    rays = np.stack([(u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy, np.ones(u.shape)], -1)
    direction, eye = rays @ T[:3, :3].T, T[:3, 3]
    depth = np.full(u.shape, np.inf)
    rgb = np.zeros((*u.shape, 3), np.uint8)

    def hit(distance, color):
        nearer = (distance > 0) & (distance < depth)
        depth[nearer], rgb[nearer] = distance[nearer], color

    with np.errstate(divide="ignore", invalid="ignore"):
        if floor:
            hit(-eye[2] / direction[..., 2], (120, 120, 120))
        if wall is not None:
            hit((wall - eye[0]) / direction[..., 0], (200, 180, 160))
        for center, size, color in boxes:
            low = (np.subtract(center, np.divide(size, 2)) - eye) / direction
            high = (np.add(center, np.divide(size, 2)) - eye) / direction
            near, far = np.minimum(low, high).max(-1), np.maximum(low, high).min(-1)
            hit(np.where(near < far, near, np.inf), color)
        for center, radius, color in spheres:
            offset = eye - np.asarray(center)
            a, b, c = (direction**2).sum(-1), direction @ offset, offset @ offset - radius**2
            hit((-b - np.sqrt(b * b - a * c)) / a, color)
    depth[~np.isfinite(depth)] = 0
    return Frame(rgb, depth.astype(np.float32), camera, None, T, stamp)


def circle(count: int, radius: float = 1.6, height: float = 1.2, target=(0.0, 0.0, 0.2)) -> list[np.ndarray]:
    """Camera poses around a scene."""
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return [look_at((radius * np.cos(a), radius * np.sin(a), height), target) for a in angles]
