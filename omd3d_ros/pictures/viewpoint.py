"""Where to look from: poses that show a whole map, or an answer in it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from omd3d_ros.pictures.render import DEFAULT_CAMERA, faces_viewer, in_camera, point_spacing, project, zbuffer
from omd3d_ros.types import Camera, PointCloud

_SCENE_SAMPLE = 25_000
_TARGET_SAMPLE = 1_500
_PREVIEW_WIDTH = 160
_NEAREST = 0.3


def look_at(eye: np.ndarray, target: np.ndarray, up: np.ndarray) -> np.ndarray:
    """(4, 4) T_world_camera of an optical frame (x right, y down, z forward) at ``eye`` that looks at ``target``."""
    forward = np.asarray(target, np.float64) - eye
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, up)
    if np.linalg.norm(right) < 1e-6:
        right = np.cross(forward, _horizontal_axes(up)[0])
    right /= np.linalg.norm(right)
    T = np.eye(4)
    T[:3, :3] = np.stack([right, np.cross(forward, right), forward], axis=1)
    T[:3, 3] = eye
    return T


def overview_pose(cloud: PointCloud, up: np.ndarray, camera: Camera = DEFAULT_CAMERA) -> np.ndarray:
    """(4, 4) T_world_camera: from above at an angle, all of the cloud in view, on the side that shows most of it."""
    up = _unit(up)
    sample = _thinned(cloud, _SCENE_SAMPLE)
    core = _without_outliers(sample.xyz)
    preview, size = _preview(camera), 1.5 * point_spacing(sample)

    def score(pose: np.ndarray, elevation: float) -> float:
        seen = zbuffer(sample, pose, preview, size).index
        return len(np.unique(seen[seen >= 0])) * (1.0 if elevation < 50 else 0.9)

    candidates = [
        (fitting_pose(core, direction, up, camera), elevation)
        for elevation, direction in _directions(up, elevations=(35.0, 55.0), azimuths=12)
    ]
    return max(candidates, key=lambda c: score(*c))[0]


def answer_pose(
    cloud: PointCloud, masks: Sequence[np.ndarray], up: np.ndarray, camera: Camera = DEFAULT_CAMERA
) -> np.ndarray:
    """(4, 4) T_world_camera from which most of the masked points ((N,) bool each) are visible, with room around them.

    Without any masked point: the overview.
    """
    chosen = np.zeros(len(cloud), bool)
    for mask in masks:
        chosen |= mask
    if not chosen.any():
        return overview_pose(cloud, up, camera)
    up = _unit(up)
    target = _thinned(cloud.select(chosen), _TARGET_SAMPLE)
    scene = _thinned(cloud, _SCENE_SAMPLE)
    both = _joined(target, scene)
    core = _without_outliers(target.xyz)
    preview, size = _preview(camera), point_spacing(scene)

    def score(pose: np.ndarray, preference: float) -> float:
        buffer = zbuffer(both, pose, preview, size, near_plane(target.xyz, pose))
        visible = _visible(target, pose, preview, buffer.depth, size)
        coverage = float((buffer.index >= 0).mean())
        return preference * visible * (0.4 + 0.6 * coverage)

    best, best_score = None, -1.0
    for elevation, direction in _directions(up, elevations=(20.0, 35.0, 50.0, 70.0), azimuths=16):
        fitted = fitting_pose(core, direction, up, camera)
        fit_distance = float(np.linalg.norm(fitted[:3, 3] - core.mean(0)))
        for distance in (max(2.6 * fit_distance, 2.0), max(1.5 * fit_distance, 1.2)):
            centre = (core.min(0) + core.max(0)) / 2
            pose = look_at(centre + distance * direction, centre, up)
            preference = {20.0: 0.9, 35.0: 1.0, 50.0: 0.95, 70.0: 0.75}[elevation]
            value = score(pose, preference)
            if value > best_score:
                best, best_score = pose, value
    assert best is not None
    return best


def fitting_pose(xyz: np.ndarray, direction: np.ndarray, up: np.ndarray, camera: Camera) -> np.ndarray:
    """Look along ``-direction`` from as near as keeps all the points inside the image with a small margin."""
    centre = (xyz.min(0) + xyz.max(0)) / 2
    half_width = 0.94 * camera.width / (2 * camera.fx)
    half_height = 0.94 * camera.height / (2 * camera.fy)
    pose = look_at(centre + direction, centre, up)
    for _ in range(3):
        # |x| <= half_width * (z + d) for every point, likewise y; then slide sideways to the middle of what is seen.
        x, y, z = in_camera(xyz, pose).T
        half_image = np.maximum(np.abs(x) / half_width, np.abs(y) / half_height)
        back = max(float((half_image - z).max()), _NEAREST - float(z.min()))
        pose[:3, 3] -= back * pose[:3, 2]
        x, y, z = in_camera(xyz, pose).T
        middle_x, middle_y = (x / z).max() + (x / z).min(), (y / z).max() + (y / z).min()
        depth = float(np.median(z))
        pose[:3, 3] += depth * (middle_x * pose[:3, 0] + middle_y * pose[:3, 1]) / 2
    return pose


def near_plane(xyz: np.ndarray, pose: np.ndarray) -> float:
    """Depth in metres before which nothing is drawn, so that what stands close to the viewer hides nothing."""
    return max(0.1, 0.4 * float(np.percentile(in_camera(xyz, pose)[:, 2], 5)))


def _visible(target: PointCloud, pose: np.ndarray, camera: Camera, depth: np.ndarray, size: float) -> float:
    """Share of the target's points that are in the image, face the viewer, and have nothing in front of them."""
    uv, z = project(target.xyz, pose, camera)
    u, v = np.floor(uv).astype(int).T
    inside = (z > 0.1) & (u >= 0) & (v >= 0) & (u < camera.width) & (v < camera.height)
    inside &= faces_viewer(target, pose)
    front = depth[v[inside], u[inside]]
    return float(np.count_nonzero(z[inside] <= front + max(0.05, size))) / len(target)


def _directions(up: np.ndarray, elevations: Sequence[float], azimuths: int) -> list[tuple[float, np.ndarray]]:
    """(elevation in degrees, (3,) unit vector towards the viewer) all around, for each elevation."""
    a, b = _horizontal_axes(up)
    turns = np.arange(azimuths) * (2 * np.pi / azimuths) + np.pi / azimuths
    around = [np.cos(t) * a + np.sin(t) * b for t in turns]
    return [(e, np.cos(np.radians(e)) * side + np.sin(np.radians(e)) * up) for e in elevations for side in around]


def _horizontal_axes(up: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    a = np.cross(up, np.eye(3)[int(np.argmin(np.abs(up)))])
    a /= np.linalg.norm(a)
    return a, np.cross(up, a)


def _unit(up: np.ndarray) -> np.ndarray:
    up = np.asarray(up, np.float64)
    length = np.linalg.norm(up)
    if up.shape != (3,) or not np.isfinite(length) or length < 1e-9:
        raise ValueError(f"up must be three finite numbers that are not all zero, got {up}")
    return up / length


def _thinned(cloud: PointCloud, count: int) -> PointCloud:
    return cloud.select(np.linspace(0, len(cloud) - 1, min(count, len(cloud))).astype(int))


def _joined(a: PointCloud, b: PointCloud) -> PointCloud:
    normals = None if a.normals is None or b.normals is None else np.concatenate([a.normals, b.normals])
    return PointCloud(np.concatenate([a.xyz, b.xyz]), np.concatenate([a.rgb, b.rgb]), normals)


def _without_outliers(xyz: np.ndarray) -> np.ndarray:
    low, high = np.percentile(xyz, [1, 99], axis=0)
    core = xyz[((xyz >= low) & (xyz <= high)).all(axis=1)]
    return core if len(core) else xyz


def _preview(camera: Camera) -> Camera:
    scale = _PREVIEW_WIDTH / camera.width
    height = max(1, round(camera.height * scale))
    return Camera(_PREVIEW_WIDTH, height, camera.fx * scale, camera.fy * scale, camera.cx * scale, camera.cy * scale)
