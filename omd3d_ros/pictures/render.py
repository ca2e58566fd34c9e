"""A point cloud as an image: square splats that shrink with distance, into a z-buffer, in numpy.

Surfaces seen from behind are left out where the cloud has normals (which face the side that a camera saw), so walls
and ceilings between the viewer and a room open up.  Depth edges are darkened as in eye-dome lighting (Boucheny 2009),
which makes shapes readable that plain point colours would not show.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from omd3d_ros.types import Camera, PointCloud

DEFAULT_CAMERA = Camera(1280, 960, 1110.0, 1110.0, 640.0, 480.0)
BACKGROUND = (30, 32, 38)
_MAX_RADIUS = 16
_EMPTY = np.uint64(0xFFFFFFFFFFFFFFFF)


@dataclass(frozen=True)
class ZBuffer:
    """Per pixel the nearest point: index (H, W) int64, -1 where none; depth (H, W) float32, inf where none."""

    index: np.ndarray
    depth: np.ndarray


def render_cloud(
    cloud: PointCloud,
    T_world_camera: np.ndarray,
    camera: Camera = DEFAULT_CAMERA,
    point_size: float | None = None,
    background: tuple[int, int, int] = BACKGROUND,
    near: float = 0.1,
) -> np.ndarray:
    """(H, W, 3) uint8 RGB as the camera sees the cloud; point_size in metres, None: a bit more than their spacing."""
    buffer = zbuffer(cloud, T_world_camera, camera, point_size, near)
    return shade(buffer, cloud.rgb, background)


def shade(buffer: ZBuffer, colors: np.ndarray, background: tuple[int, int, int] = BACKGROUND) -> np.ndarray:
    """(H, W, 3) uint8: each pixel in the colour of its point (``colors`` (N, 3)), darker at depth edges."""
    filled = buffer.index >= 0
    image = np.empty((*buffer.index.shape, 3), np.uint8)
    image[:] = background
    light = _edge_light(buffer.depth, filled)
    image[filled] = np.clip(colors[buffer.index[filled]] * light[filled, None], 0, 255).astype(np.uint8)
    return image


def zbuffer(
    cloud: PointCloud,
    T_world_camera: np.ndarray,
    camera: Camera,
    point_size: float | None = None,
    near: float = 0.1,
) -> ZBuffer:
    """Which point each pixel shows.  Points behind ``near``, outside the image or seen from behind are left out."""
    size = 1.4 * point_spacing(cloud) if point_size is None else point_size
    xyz = in_camera(cloud.xyz, T_world_camera)
    chosen = np.flatnonzero((xyz[:, 2] > near) & faces_viewer(cloud, T_world_camera))
    xyz = xyz[chosen]
    z = xyz[:, 2]
    u = np.floor(camera.fx * xyz[:, 0] / z + camera.cx).astype(np.int32)
    v = np.floor(camera.fy * xyz[:, 1] / z + camera.cy).astype(np.int32)
    radius = np.clip(np.ceil(0.5 * size * camera.fx / z - 0.25), 0, _MAX_RADIUS).astype(np.int32)
    inside = (u > -radius) & (u < camera.width + radius) & (v > -radius) & (v < camera.height + radius)
    u, v, z, radius, chosen = u[inside], v[inside], z[inside], radius[inside], chosen[inside]

    # Depth bits above, point index below: the smallest key is the nearest point.
    keys = (z.astype(np.float32).view(np.uint32).astype(np.uint64) << np.uint64(32)) | chosen.astype(np.uint64)
    margin = 2 * _MAX_RADIUS  # a splat whose centre is just outside reaches twice its radius
    width, height = camera.width + 2 * margin, camera.height + 2 * margin
    pixels = (v + margin) * width + (u + margin)
    buffer = np.full(width * height, _EMPTY)
    for r in np.unique(radius):
        same = radius == r
        same_pixels, same_keys = pixels[same], keys[same]
        for dy in range(-r, r + 1):
            for dx in range(-r, r + 1):
                np.minimum.at(buffer, same_pixels + (dy * width + dx), same_keys)
    return _unpack(buffer.reshape(height, width)[margin:-margin, margin:-margin])


def _unpack(keys: np.ndarray) -> ZBuffer:
    empty = keys == _EMPTY
    index = (keys & np.uint64(0xFFFFFFFF)).astype(np.int64)
    depth = (keys >> np.uint64(32)).astype(np.uint32).view(np.float32)
    index[empty] = -1
    depth[empty] = np.inf
    return ZBuffer(index, depth)


def in_camera(xyz: np.ndarray, T_world_camera: np.ndarray) -> np.ndarray:
    """(N, 3) float32 world points in camera coordinates."""
    rotation = T_world_camera[:3, :3].astype(np.float32)
    return (xyz - T_world_camera[:3, 3].astype(np.float32)) @ rotation


def project(xyz: np.ndarray, T_world_camera: np.ndarray, camera: Camera) -> tuple[np.ndarray, np.ndarray]:
    """(N, 2) pixels and (N,) depths of world points; pixels mean nothing where depth is not positive."""
    points = in_camera(np.asarray(xyz, np.float32), T_world_camera)
    z = points[:, 2]
    safe = np.where(z > 1e-6, z, np.inf)[:, None]
    return points[:, :2] * (camera.fx, camera.fy) / safe + (camera.cx, camera.cy), z


def faces_viewer(cloud: PointCloud, T_world_camera: np.ndarray) -> np.ndarray:
    """(N,) bool: whether a point's normal looks to the viewer's side; all True without normals."""
    if cloud.normals is None:
        return np.ones(len(cloud), bool)
    towards = T_world_camera[:3, 3].astype(np.float32) - cloud.xyz
    return np.einsum("ij,ij->i", cloud.normals, towards) > -0.05 * np.linalg.norm(towards, axis=1)


def point_spacing(cloud: PointCloud) -> float:
    """Typical distance of a point to its nearest neighbour in metres (0.01 for clouds of fewer than two points)."""
    from scipy.spatial import cKDTree

    if len(cloud) < 2:
        return 0.01
    sample = cloud.xyz[:: max(1, len(cloud) // 500)]
    distances, _ = cKDTree(cloud.xyz, balanced_tree=False).query(sample, k=min(5, len(cloud)))
    return float(np.clip(np.median(distances[:, -1]), 0.001, 0.5))


def _edge_light(depth: np.ndarray, filled: np.ndarray) -> np.ndarray:
    """(H, W) factor 0..1: how far a pixel lies behind its neighbours, in log depth."""
    log_depth = np.where(filled, np.log(np.where(filled, depth, 1.0)), np.float32(20.0)).astype(np.float32)
    obscurance = np.zeros_like(log_depth)
    for dx, dy in ((2, 0), (-2, 0), (0, 2), (0, -2)):
        shift = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
        neighbour = cv2.warpAffine(
            log_depth, shift, log_depth.shape[::-1], flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE
        )
        obscurance += np.clip(log_depth - neighbour, 0.0, 0.1)
    return np.exp(-6.0 * obscurance)
