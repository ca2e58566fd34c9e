"""A 4 x 3 x 2.4 m room with a red box in it, seen by a pinhole camera: exact depth from ray-box intersection."""

from __future__ import annotations

import numpy as np

from omd3d_ros.types import Camera, ColorCamera, Frame

ROOM = np.array([[0.0, 0.0, 0.0], [4.0, 3.0, 2.4]])
BOX = np.array([[2.5, 1.0, 0.0], [3.1, 1.6, 0.7]])
DEPTH_CAMERA = Camera(160, 120, 140.0, 140.0, 79.5, 59.5)


def look_at(position: np.ndarray, target: np.ndarray) -> np.ndarray:
    """T_world_camera of an optical frame (x right, y down, z forward)."""
    forward = (target - position) / np.linalg.norm(target - position)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    T = np.eye(4)
    T[:3, :3] = np.stack([right, np.cross(forward, right), forward], axis=1)
    T[:3, 3] = position
    return T


def poses(count: int) -> list[np.ndarray]:
    """A walk along one side of the room, looking at the box."""
    target = BOX.mean(0)
    return [look_at(np.array([0.8, y, 1.3]), target) for y in np.linspace(0.8, 2.2, count)]


def render(camera: Camera, T_world_camera: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """rgb (H, W, 3) uint8 and depth (H, W) float32 metres."""
    v, u = np.mgrid[: camera.height, : camera.width]
    rays = np.stack([(u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy, np.ones_like(u, float)], axis=-1)
    directions = rays @ T_world_camera[:3, :3].T
    origin = T_world_camera[:3, 3]
    with np.errstate(divide="ignore", invalid="ignore"):
        wall = ((ROOM[:, None, None] - origin) / directions).max(0)
        slabs = (BOX[:, None, None] - origin) / directions
    walls, which = wall.min(-1), wall.argmin(-1)
    near, far = slabs.min(0).max(-1), slabs.max(0).min(-1)
    hit = (near < far) & (near > 0)
    depth = np.where(hit, near, walls).astype(np.float32)
    rgb = np.array([[180, 180, 190], [150, 170, 150], [120, 110, 100]], np.uint8)[which]
    rgb[hit] = (200, 30, 30)
    return rgb, depth


def frames(count: int = 30, color_camera: ColorCamera | None = None) -> list[Frame]:
    """The walk as frames; with a colour camera of its own, colour is seen from where that camera is."""
    walk = []
    for i, T in enumerate(poses(count)):
        rgb, depth = render(DEPTH_CAMERA, T)
        if color_camera is not None:
            rgb, _ = render(color_camera, T @ np.linalg.inv(color_camera.T_color_depth))
        walk.append(Frame(rgb, depth, DEPTH_CAMERA, color_camera, T, stamp=1.0 + 0.1 * i))
    return walk


def side_camera() -> ColorCamera:
    """A colour camera 5 cm beside the depth camera, of another size."""
    T_color_depth = np.eye(4)
    T_color_depth[0, 3] = -0.05
    return ColorCamera(200, 150, 170.0, 170.0, 99.5, 74.5, None, T_color_depth)
