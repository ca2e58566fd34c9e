"""Exact depth and primitive index per pixel: every primitive is ray-tested only inside its rectangle on the screen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from omd3d_ros.types import Camera

from .shapes import BOX, ELLIPSOID, TUBE

FAR = np.float32(1e6)
NEAR = 0.05


@dataclass
class Packed:
    """Primitives as plain arrays for the compiled kernels: ``into`` (P, 3, 3) takes world offsets to unit space."""

    kind: np.ndarray
    object: np.ndarray
    center: np.ndarray
    rotation: np.ndarray
    half: np.ndarray
    into: np.ndarray
    ends: np.ndarray
    rgb: np.ndarray
    accent: np.ndarray
    texture: np.ndarray
    scale: np.ndarray
    seed: np.ndarray
    gloss: np.ndarray
    emission: np.ndarray

    @classmethod
    def of(cls, primitives: np.ndarray) -> Packed:
        fields = {name: np.ascontiguousarray(primitives[name]) for name in primitives.dtype.names or ()}
        for name in ("center", "rotation", "half", "ends"):
            fields[name] = fields[name].astype(np.float64)
        into = np.swapaxes(fields["rotation"], 1, 2) / fields["half"][:, :, None]
        return cls(into=np.ascontiguousarray(into), **fields)


def render(packed: Packed, camera: Camera, T_world_camera: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """z depth (H, W) float32 in metres (FAR where nothing is) and primitive index (H, W) int32 (-1)."""
    depth = np.full((camera.height, camera.width), FAR, np.float32)
    index = np.full((camera.height, camera.width), -1, np.int32)
    T = np.ascontiguousarray(T_world_camera, dtype=np.float64)
    _render(
        packed.kind, packed.center, packed.rotation, packed.half, packed.into, packed.ends,
        T[:3, :3].copy(), T[:3, 3].copy(), camera.fx, camera.fy, camera.cx, camera.cy, depth, index,
    )  # fmt: skip
    return depth, index


@njit(cache=True, fastmath=True, nogil=True)
def _screen_rectangle(center, rotation, half, R, t, fx, fy, cx, cy, width, height):
    """Inclusive pixel rectangle (u0, v0, u1, v1) of an oriented box; u1 < u0 when it is out of sight."""
    px, py, pz = np.empty(8), np.empty(8), np.empty(8)
    for i in range(8):
        sx = half[0] if i & 1 else -half[0]
        sy = half[1] if i & 2 else -half[1]
        sz = half[2] if i & 4 else -half[2]
        wx = center[0] + rotation[0, 0] * sx + rotation[0, 1] * sy + rotation[0, 2] * sz - t[0]
        wy = center[1] + rotation[1, 0] * sx + rotation[1, 1] * sy + rotation[1, 2] * sz - t[1]
        wz = center[2] + rotation[2, 0] * sx + rotation[2, 1] * sy + rotation[2, 2] * sz - t[2]
        px[i] = R[0, 0] * wx + R[1, 0] * wy + R[2, 0] * wz
        py[i] = R[0, 1] * wx + R[1, 1] * wy + R[2, 1] * wz
        pz[i] = R[0, 2] * wx + R[1, 2] * wy + R[2, 2] * wz
    u0, v0, u1, v1 = 1e9, 1e9, -1e9, -1e9
    for i in range(8):
        if pz[i] >= NEAR:
            u, v = px[i] / pz[i], py[i] / pz[i]
            u0, u1, v0, v1 = min(u0, u), max(u1, u), min(v0, v), max(v1, v)
        for bit in (1, 2, 4):
            j = i ^ bit
            if pz[i] < NEAR <= pz[j]:
                k = (NEAR - pz[i]) / (pz[j] - pz[i])
                u, v = (px[i] + k * (px[j] - px[i])) / NEAR, (py[i] + k * (py[j] - py[i])) / NEAR
                u0, u1, v0, v1 = min(u0, u), max(u1, u), min(v0, v), max(v1, v)
    if u1 < u0:
        return 0, 0, -1, -1
    a = int(max(0.0, np.floor(u0 * fx + cx)))
    b = int(max(0.0, np.floor(v0 * fy + cy)))
    c = int(min(width - 1.0, np.ceil(u1 * fx + cx)))
    d = int(min(height - 1.0, np.ceil(v1 * fy + cy)))
    if d < b:
        c = a - 1
    return a, b, c, d


@njit(cache=True, fastmath=True, nogil=True)
def _hit_box(ox, oy, oz, dx, dy, dz):
    """First distance at which a ray meets the unit box from outside; FAR when it misses or starts within."""
    near, far = -1e9, 1e9
    for k in range(3):
        o = ox if k == 0 else (oy if k == 1 else oz)
        d = dx if k == 0 else (dy if k == 1 else dz)
        if abs(d) < 1e-12:
            d = 1e-12
        inverse = 1.0 / d
        a, b = (-1.0 - o) * inverse, (1.0 - o) * inverse
        if a > b:
            a, b = b, a
        near, far = max(near, a), min(far, b)
    if near > far or near < NEAR:
        return 1e6
    return near


@njit(cache=True, fastmath=True, nogil=True)
def _hit_ball(ox, oy, oz, dx, dy, dz):
    a = dx * dx + dy * dy + dz * dz
    b = ox * dx + oy * dy + oz * dz
    c = ox * ox + oy * oy + oz * oz - 1.0
    disc = b * b - a * c
    if disc < 0.0:
        return 1e6
    t = (-b - np.sqrt(disc)) / a
    return t if t >= NEAR else 1e6


@njit(cache=True, fastmath=True, nogil=True)
def _hit_round(ox, oy, oz, dx, dy, dz, bottom, top, hollow):
    """Cone frustum with unit height range -1..1; hollow ones have no lid and show their inside."""
    m, s = 0.5 * (bottom + top), 0.5 * (top - bottom)
    ro, rd = m + s * oz, s * dz
    a = dx * dx + dy * dy - rd * rd
    b = ox * dx + oy * dy - ro * rd
    c = ox * ox + oy * oy - ro * ro
    best = 1e6
    disc = b * b - a * c
    if disc >= 0.0 and abs(a) > 1e-12:
        root = np.sqrt(disc)
        for k in range(2):
            t = (-b - root) / a if k == 0 else (-b + root) / a
            z = oz + t * dz
            if NEAR <= t < best and -1.0 <= z <= 1.0 and ro + t * rd >= 0.0:
                best = t
    if abs(dz) > 1e-12:
        for k in range(2):
            if k == 1 and hollow:
                continue
            # The inside of a hollow one lies a little higher, clear of what it stands on.
            level = 1.0 if k == 1 else (-0.97 if hollow else -1.0)
            t = (level - oz) / dz
            r = bottom if k == 0 else top
            if NEAR <= t < best:
                x, y = ox + t * dx, oy + t * dy
                if x * x + y * y <= r * r:
                    best = t
    return best


@njit(cache=True, fastmath=True, nogil=True)
def _render(kind, center, rotation, half, into, ends, R, t, fx, fy, cx, cy, depth, index):
    height, width = depth.shape
    M = np.empty((3, 3))
    for p in range(kind.shape[0]):
        u0, v0, u1, v1 = _screen_rectangle(center[p], rotation[p], half[p], R, t, fx, fy, cx, cy, width, height)
        if u1 < u0:
            continue
        A = into[p]
        for i in range(3):
            for j in range(3):
                M[i, j] = A[i, 0] * R[0, j] + A[i, 1] * R[1, j] + A[i, 2] * R[2, j]
        qx, qy, qz = t[0] - center[p, 0], t[1] - center[p, 1], t[2] - center[p, 2]
        ox = A[0, 0] * qx + A[0, 1] * qy + A[0, 2] * qz
        oy = A[1, 0] * qx + A[1, 1] * qy + A[1, 2] * qz
        oz = A[2, 0] * qx + A[2, 1] * qy + A[2, 2] * qz
        for v in range(v0, v1 + 1):
            y = (v - cy) / fy
            for u in range(u0, u1 + 1):
                x = (u - cx) / fx
                dx = M[0, 0] * x + M[0, 1] * y + M[0, 2]
                dy = M[1, 0] * x + M[1, 1] * y + M[1, 2]
                dz = M[2, 0] * x + M[2, 1] * y + M[2, 2]
                if kind[p] == BOX:
                    z = _hit_box(ox, oy, oz, dx, dy, dz)
                elif kind[p] == ELLIPSOID:
                    z = _hit_ball(ox, oy, oz, dx, dy, dz)
                else:
                    z = _hit_round(ox, oy, oz, dx, dy, dz, ends[p, 0], ends[p, 1], kind[p] == TUBE)
                if z < depth[v, u]:
                    depth[v, u] = z
                    index[v, u] = p
