"""Sparse image features with places in 3D: they find a camera again over gaps too wide for dense alignment.

ORB keypoints (Rublee et al. 2011) of the colour image; each gets its 3D point from the depth readings that project
next to it in the colour camera.  Two views are related by descriptor matches and PnP with RANSAC.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit

from ...types import Camera, Frame

MAX_FEATURES = 700
_RATIO = 0.8  # Lowe's: best match against second best
_REPROJECTION = 3.0  # pixels
_RANSAC_ROUNDS = 300
_MIN_MATCHES = 8
_CELL = 2  # pixels: depth readings are gathered in cells of the colour image


@dataclass(frozen=True)
class Features:
    """pixels (N, 2) float32 in the colour image; points (N, 3) float32 in the depth camera, NaN where unknown;
    descriptors (N, 32) uint8; camera: the colour camera (or the depth camera where colour is registered);
    T_color_depth (4, 4).
    """

    pixels: np.ndarray
    points: np.ndarray
    descriptors: np.ndarray
    camera: Camera
    T_color_depth: np.ndarray


@dataclass(frozen=True)
class Relation:
    """T_reference_camera (4, 4) and how many matches agree with it."""

    T_reference_camera: np.ndarray
    inliers: int
    matches: int


class Detector:
    """Holds OpenCV's detector, which is not thread-safe."""

    def __init__(self, max_features: int = MAX_FEATURES) -> None:
        self._orb = cv2.ORB.create(max_features, fastThreshold=8)

    def detect(self, frame: Frame, max_depth: float = 6.0) -> Features:
        """Features of a frame; none at all on a picture without texture."""
        gray = cv2.cvtColor(frame.rgb, cv2.COLOR_RGB2GRAY)
        keypoints, descriptors = self._orb.detectAndCompute(gray, None)
        camera = frame.depth_camera if frame.color_camera is None else frame.color_camera
        T = getattr(frame.color_camera, "T_color_depth", np.eye(4))
        if descriptors is None:
            none = np.zeros((0, 3), np.float32)
            return Features(none[:, :2], none, np.zeros((0, 32), np.uint8), camera, T)
        pixels = np.array([k.pt for k in keypoints], np.float32)
        K, Kc = _vector(frame.depth_camera), _vector(camera)
        distortion, color_distortion = _coefficients(frame.depth_camera), _coefficients(camera)
        step = max(1, frame.depth_camera.width // 320)
        rays = cv2.undistortPoints(pixels.reshape(-1, 1, 2), camera.matrix, color_distortion).reshape(-1, 2)
        ideal = np.ascontiguousarray(rays * Kc[:2] + Kc[2:], np.float32)
        depth = frame.depth[::step, ::step]
        v, u = np.indices(depth.shape, np.float32) * step
        grid = np.stack([u, v], -1).reshape(-1, 2)
        depth_rays = (grid - K[2:]) / K[:2]
        if distortion is not None:
            depth_rays = cv2.undistortPoints(grid[:, None], frame.depth_camera.matrix, distortion)[:, 0]
        # Fresh arrays of one type: a read-only view would make numba compile once more.
        points = lift(
            ideal, rays, depth.flatten(), depth_rays.astype(np.float32), Kc, np.array(T), camera.width, camera.height,
            max_depth, _CELL,
        )  # fmt: skip
        return Features(pixels, points, descriptors, camera, T)


def relate(features: Features, reference: Features, ratio: float = _RATIO) -> Relation | None:
    """Where the camera is as seen from a reference; None when too few matches agree."""
    if min(len(features.pixels), len(reference.pixels)) < _MIN_MATCHES:
        return None
    known = np.flatnonzero(np.isfinite(reference.points[:, 2]))
    if len(known) < _MIN_MATCHES:
        return None
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(features.descriptors, reference.descriptors[known], k=2)
    good = [p[0] for p in pairs if len(p) == 2 and p[0].distance < ratio * p[1].distance and p[0].distance < 64]
    if len(good) < _MIN_MATCHES:
        return None
    points = reference.points[known][[m.trainIdx for m in good]]
    pixels = features.pixels[[m.queryIdx for m in good]]
    camera = features.camera
    found, rotation, shift, inliers = cv2.solvePnPRansac(
        points, pixels, camera.matrix, _coefficients(camera), iterationsCount=_RANSAC_ROUNDS,
        reprojectionError=_REPROJECTION * max(1.0, camera.width / 640), confidence=0.999, flags=cv2.SOLVEPNP_EPNP,
    )  # fmt: skip
    if not found or inliers is None or len(inliers) < _MIN_MATCHES:
        return None
    T_color_reference = np.eye(4)
    T_color_reference[:3, :3] = cv2.Rodrigues(rotation)[0]
    T_color_reference[:3, 3] = shift[:, 0]
    T = np.linalg.inv(T_color_reference) @ features.T_color_depth
    return Relation(T, len(inliers), len(good))


def _vector(camera: Camera) -> np.ndarray:
    return np.array([camera.fx, camera.fy, camera.cx, camera.cy])


def _coefficients(camera: Camera) -> np.ndarray | None:
    return None if camera.distortion is None else np.array(camera.distortion)


@njit(cache=True, nogil=True)
def lift(pixels, rays, z, depth_rays, Kc, T, width, height, max_depth, cell):
    """(N, 3) float32 points in the depth camera for pixels (N, 2) without distortion and their rays; NaN where the
    nearest surface next to a pixel is not known."""
    w, h = width // cell + 1, height // cell + 1
    nearest = np.full((h, w), np.float32(np.inf))
    for n in range(len(z)):
        if not 0.1 < z[n] <= max_depth:
            continue
        x, y = depth_rays[n, 0] * z[n], depth_rays[n, 1] * z[n]
        xc = T[0, 0] * x + T[0, 1] * y + T[0, 2] * z[n] + T[0, 3]
        yc = T[1, 0] * x + T[1, 1] * y + T[1, 2] * z[n] + T[1, 3]
        zc = T[2, 0] * x + T[2, 1] * y + T[2, 2] * z[n] + T[2, 3]
        if zc < 0.1:
            continue
        j, i = int((Kc[0] * xc / zc + Kc[2]) / cell + 0.5), int((Kc[1] * yc / zc + Kc[3]) / cell + 0.5)
        if 0 <= i < h and 0 <= j < w and zc < nearest[i, j]:
            nearest[i, j] = zc
    out = np.full((len(pixels), 3), np.float32(np.nan))
    for n in range(len(pixels)):
        j, i = int(pixels[n, 0] / cell + 0.5), int(pixels[n, 1] / cell + 0.5)
        low, high = np.float32(np.inf), np.float32(0.0)
        total, count = 0.0, 0
        for r in range(max(i - 1, 0), min(i + 2, h)):
            for c in range(max(j - 1, 0), min(j + 2, w)):
                d = nearest[r, c]
                if d < np.inf:
                    low, high = min(low, d), max(high, d)
        for r in range(max(i - 1, 0), min(i + 2, h)):
            for c in range(max(j - 1, 0), min(j + 2, w)):
                d = nearest[r, c]
                if d <= low * 1.03:
                    total += d
                    count += 1
        if count == 0:
            continue
        d = total / count
        x, y = rays[n, 0] * d - T[0, 3], rays[n, 1] * d - T[1, 3]
        e = d - T[2, 3]
        for k in range(3):
            out[n, k] = T[0, k] * x + T[1, k] * y + T[2, k] * e
    return out
