"""Colour and viewing angle of every rendered pixel: procedural patterns under two lamps and soft ambient light."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from omd3d_ros.types import Camera

from .palette import CHECKER, FABRIC, PLANKS, PRINT, SCREEN, SPECKLE, STRIPES, TILES, WOOD
from .renderer import Packed
from .shapes import BOX, ELLIPSOID, TUBE, extents

COVER_CELL = 0.08


@dataclass
class Light:
    """Two directions (2, 3) towards the lamps with their strengths, ambient light, and the boards that cast shade."""

    directions: np.ndarray
    strengths: np.ndarray
    ambient: float
    cover: np.ndarray

    @classmethod
    def of(cls, rng: np.random.Generator, primitives: np.ndarray, size: np.ndarray) -> Light:
        directions = rng.normal(0, 1, (2, 3)) * [1, 1, 0.4] + [0, 0, 1.1]
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        strengths = np.array([rng.uniform(0.25, 0.55), rng.uniform(0.1, 0.3)])
        return cls(directions, strengths, rng.uniform(0.3, 0.55), cover_map(primitives, size))


def cover_map(primitives: np.ndarray, size: np.ndarray) -> np.ndarray:
    """(2, X, Y) float32: height of the level board over each floor cell, and how far in the cell lies (0..1)."""
    shape = (int(size[0] / COVER_CELL) + 2, int(size[1] / COVER_CELL) + 2)
    height: np.ndarray = np.zeros(shape, np.float32)
    share: np.ndarray = np.zeros(shape, np.float32)
    reach = extents(primitives)
    level = (primitives["object"] > 0) & (reach[:, 2] < 0.08) & (reach[:, 0] > 0.15) & (reach[:, 1] > 0.12)
    level &= primitives["center"][:, 2] > 0.25
    for row in np.flatnonzero(level):
        low = primitives["center"][row] - reach[row]
        high = primitives["center"][row] + reach[row]
        (x0, y0), (x1, y1) = (low[:2] / COVER_CELL).astype(int), (high[:2] / COVER_CELL).astype(int) + 1
        cut = np.s_[max(x0, 0) : max(x1, 0), max(y0, 0) : max(y1, 0)]
        height[cut] = np.maximum(height[cut], low[2])
        share[cut] = 1.0
    for axis in (0, 1):
        for _ in range(2):
            share = (share + np.roll(share, 1, axis) + np.roll(share, -1, axis)) / 3
            height = np.maximum(height, np.maximum(np.roll(height, 1, axis), np.roll(height, -1, axis)))
    return np.stack([height, share])


def shade(
    packed: Packed, light: Light, camera: Camera, T_world_camera: np.ndarray, depth: np.ndarray, index: np.ndarray
) -> np.ndarray:
    """(H, W, 3) float32 linear light, about 0..1."""
    out = np.zeros((*depth.shape, 3), np.float32)
    T = np.ascontiguousarray(T_world_camera, dtype=np.float64)
    _shade(
        packed.kind, packed.center, packed.rotation, packed.half, packed.into, packed.ends, packed.rgb, packed.accent,
        packed.texture, packed.scale, packed.seed, packed.emission, light.directions, light.strengths, light.ambient,
        light.cover, T[:3, :3].copy(), T[:3, 3].copy(), camera.fx, camera.fy, camera.cx, camera.cy, depth, index, out,
    )  # fmt: skip
    return out


def view_angle(
    packed: Packed, camera: Camera, T_world_camera: np.ndarray, depth: np.ndarray, index: np.ndarray
) -> np.ndarray:
    """(H, W) float32 cosine between surface normal and line of sight; 1 where nothing was hit."""
    out = np.ones(depth.shape, np.float32)
    T = np.ascontiguousarray(T_world_camera, dtype=np.float64)
    _view_angle(
        packed.kind, packed.center, packed.rotation, packed.half, packed.into, packed.ends,
        T[:3, :3].copy(), T[:3, 3].copy(), camera.fx, camera.fy, camera.cx, camera.cy, depth, index, out,
    )  # fmt: skip
    return out


@njit(cache=True, fastmath=True, nogil=True)
def _hash(x, y, z, seed):
    h = (x * 374761393 + y * 668265263 + z * 2147483647 + seed * 974634599) & 0xFFFFFFFF
    h = ((h ^ (h >> 13)) * 1274126177) & 0xFFFFFFFF
    h = ((h ^ (h >> 16)) * 2246822519) & 0xFFFFFFFF
    return ((h ^ (h >> 15)) & 0xFFFF) / 65535.0


@njit(cache=True, fastmath=True, nogil=True)
def _noise(x, y, z, seed):
    """Smooth value noise 0..1 with unit cells."""
    fx, fy, fz = np.floor(x), np.floor(y), np.floor(z)
    ix, iy, iz = int(fx), int(fy), int(fz)
    x, y, z = x - fx, y - fy, z - fz
    x, y, z = x * x * (3 - 2 * x), y * y * (3 - 2 * y), z * z * (3 - 2 * z)
    total = 0.0
    for k in range(8):
        a, b, c = k & 1, (k >> 1) & 1, k >> 2
        weight = (x if a else 1 - x) * (y if b else 1 - y) * (z if c else 1 - z)
        total += weight * _hash(ix + a, iy + b, iz + c, seed)
    return total


@njit(cache=True, fastmath=True, nogil=True)
def _local(p, center, into, R, t, fx, fy, cx, cy, u, v, z):
    """Unit-space coordinates of the point at pixel (u, v) and depth z."""
    x, y = (u - cx) / fx * z, (v - cy) / fy * z
    wx = R[0, 0] * x + R[0, 1] * y + R[0, 2] * z + t[0] - center[p, 0]
    wy = R[1, 0] * x + R[1, 1] * y + R[1, 2] * z + t[1] - center[p, 1]
    wz = R[2, 0] * x + R[2, 1] * y + R[2, 2] * z + t[2] - center[p, 2]
    A = into[p]
    return (
        A[0, 0] * wx + A[0, 1] * wy + A[0, 2] * wz,
        A[1, 0] * wx + A[1, 1] * wy + A[1, 2] * wz,
        A[2, 0] * wx + A[2, 1] * wy + A[2, 2] * wz,
    )


@njit(cache=True, fastmath=True, nogil=True)
def _normal(p, kind, half, ends, rotation, R, qx, qy, qz, x, y):
    """World normal at unit-space point q, turned towards the eye that looks along camera ray (x, y, 1); and cosine."""
    nx, ny, nz = 0.0, 0.0, 0.0
    if kind[p] == BOX:
        ax, ay, az = abs(qx), abs(qy), abs(qz)
        if ax >= ay and ax >= az:
            nx = 1.0 if qx > 0 else -1.0
        elif ay >= az:
            ny = 1.0 if qy > 0 else -1.0
        else:
            nz = 1.0 if qz > 0 else -1.0
    elif kind[p] == ELLIPSOID:
        nx, ny, nz = qx / half[p, 0], qy / half[p, 1], qz / half[p, 2]
    else:
        s, m = 0.5 * (ends[p, 1] - ends[p, 0]), 0.5 * (ends[p, 1] + ends[p, 0])
        r = m + s * qz
        rim = abs(np.sqrt(qx * qx + qy * qy) - r)
        if (qz > 0.999 and kind[p] != TUBE and rim > 1e-4) or (
            qz < (-0.969 if kind[p] == TUBE else -0.999) and rim > 1e-3
        ):
            nz = 1.0 if qz > 0 else -1.0
        else:
            nx, ny, nz = qx / half[p, 0], qy / half[p, 1], -s * r / half[p, 2]
    wx = rotation[p, 0, 0] * nx + rotation[p, 0, 1] * ny + rotation[p, 0, 2] * nz
    wy = rotation[p, 1, 0] * nx + rotation[p, 1, 1] * ny + rotation[p, 1, 2] * nz
    wz = rotation[p, 2, 0] * nx + rotation[p, 2, 1] * ny + rotation[p, 2, 2] * nz
    dx, dy, dz = (
        R[0, 0] * x + R[0, 1] * y + R[0, 2],
        R[1, 0] * x + R[1, 1] * y + R[1, 2],
        R[2, 0] * x + R[2, 1] * y + R[2, 2],
    )
    length = np.sqrt(wx * wx + wy * wy + wz * wz) + 1e-12
    cosine = -(wx * dx + wy * dy + wz * dz) / (length * np.sqrt(dx * dx + dy * dy + dz * dz))
    if cosine < 0:
        length, cosine = -length, -cosine
    return wx / length, wy / length, wz / length, cosine


@njit(cache=True, fastmath=True, nogil=True)
def _pattern(texture, scale, seed, px, py, pz, hx, hy, hz, face):
    """(share of the accent colour, brightness factor) at local point p in metres of a primitive of half size h."""
    # a, b: coordinates within the face, the longer side first; c: across it.
    if face == 0:
        a, b, c, ha, hb = py, pz, px, hy, hz
    elif face == 1:
        a, b, c, ha, hb = px, pz, py, hx, hz
    else:
        a, b, c, ha, hb = px, py, pz, hx, hy
    longer = ha >= hb
    if not longer:
        a, b, ha, hb = b, a, hb, ha
    if texture in (WOOD, PLANKS):
        plank, tone = 0, 1.0
        if texture == PLANKS:
            plank = int(np.floor(b * scale))
            shift = _hash(plank, 7, 0, seed)
            block = int(np.floor(a * 0.8 + shift * 4))
            tone = 0.82 + 0.34 * _hash(plank, block, 1, seed)
            edge = b * scale - plank
            if edge < 0.03 * scale * 0.15:
                return 1.0, 0.7
        grain = _noise(a * 2.5, b * 38.0 + plank * 5.0, c * 38.0, seed)
        broad = _noise(a * 1.1, b * 7.0, c * 7.0, seed + 3)
        return 0.55 * grain + 0.45 * broad, tone * (0.93 + 0.14 * broad)
    if texture == STRIPES:
        k = int(np.floor(b * scale))
        return (1.0 if _hash(k, 0, 0, seed) > 0.5 else 0.15), 0.9 + 0.2 * _hash(k, 1, 0, seed)
    if texture == TILES:
        fa, fb = a * scale - np.floor(a * scale), b * scale - np.floor(b * scale)
        line = 0.05 if scale < 20 else 0.2
        k = _hash(int(np.floor(a * scale)), int(np.floor(b * scale)), 0, seed)
        return (1.0 if fa < line or fb < line else 0.0), 0.94 + 0.12 * k
    if texture == CHECKER:
        odd = (int(np.floor(a * scale)) + int(np.floor(b * scale))) & 1
        return float(odd), 1.0
    if texture == SPECKLE:
        n = _noise(a * 90.0, b * 90.0, c * 90.0, seed)
        return (0.8 if n > 0.72 else 0.0), 0.9 + 0.2 * n
    if texture == FABRIC:
        return 0.0, 0.86 + 0.2 * _noise(a * scale, b * scale, c * scale, seed) + 0.08 * _noise(
            a * 6, b * 6, c * 6, seed
        )
    if texture in (PRINT, SCREEN):
        ua, ub = 0.5 + 0.5 * a / ha, 0.5 + 0.5 * b / hb
        ca, cb = int(ua * 4.0), int(ub * 3.0)
        block = _hash(ca, cb, 2, seed)
        if block > 0.62:
            return 0.5 + 0.5 * _noise(ua * 9.0, ub * 7.0, 0.0, seed), 0.7 + 0.6 * _hash(ca, cb, 5, seed)
        if block < 0.34 and 0.08 < ub < 0.92:
            line = ua * 26.0
            if line - np.floor(line) < 0.45 and _hash(int(line), int(ub * 14.0), 3, seed) > 0.2:
                return 0.85, 1.0
        return 0.0, 1.0
    return 0.0, 0.96 + 0.08 * _noise(a * 3.0, b * 3.0, c * 3.0, seed)


@njit(cache=True, fastmath=True, nogil=True)
def _shade(
    kind, center, rotation, half, into, ends, rgb, accent, texture, scale, seed, emission,
    directions, strengths, ambient, cover, R, t, fx, fy, cx, cy, depth, index, out,
):  # fmt: skip
    height, width = depth.shape
    for v in range(height):
        for u in range(width):
            p = index[v, u]
            if p < 0:
                continue
            z = depth[v, u]
            qx, qy, qz = _local(p, center, into, R, t, fx, fy, cx, cy, u, v, z)
            x, y = (u - cx) / fx, (v - cy) / fy
            nx, ny, nz, cosine = _normal(p, kind, half, ends, rotation, R, qx, qy, qz, x, y)
            face = 2
            if kind[p] == BOX:
                ax, ay, az = abs(qx), abs(qy), abs(qz)
                face = 0 if ax >= ay and ax >= az else (1 if ay >= az else 2)
            elif abs(qz) < 0.999:
                face = 1
            share, tone = _pattern(
                texture[p], scale[p], seed[p], qx * half[p, 0], qy * half[p, 1], qz * half[p, 2],
                half[p, 0], half[p, 1], half[p, 2], face,
            )  # fmt: skip
            lit = ambient * (0.8 + 0.2 * nz)
            for k in range(2):
                dot = nx * directions[k, 0] + ny * directions[k, 1] + nz * directions[k, 2]
                if dot > 0:
                    lit += strengths[k] * dot
            wx = R[0, 0] * x * z + R[0, 1] * y * z + R[0, 2] * z + t[0]
            wy = R[1, 0] * x * z + R[1, 1] * y * z + R[1, 2] * z + t[1]
            wz = R[2, 0] * x * z + R[2, 1] * y * z + R[2, 2] * z + t[2]
            ix, iy = int(wx / COVER_CELL), int(wy / COVER_CELL)
            if 0 <= ix < cover.shape[1] and 0 <= iy < cover.shape[2] and wz < cover[0, ix, iy] - 0.01:
                gap = cover[0, ix, iy] - wz
                lit *= 1.0 - 0.55 * cover[1, ix, iy] * min(1.0, gap / 0.3) * min(1.0, np.exp((0.7 - gap) / 0.25))
            lit *= 0.8 + 0.2 * min(1.0, max(0.0, wz) / 0.25)
            sheen = 0.0
            glow = emission[p]
            for c in range(3):
                base = rgb[p, c] * (1.0 - share) + accent[p, c] * share
                out[v, u, c] = base * tone * (lit * (1.0 - 0.6 * glow) + glow) + sheen


@njit(cache=True, fastmath=True, nogil=True)
def _view_angle(kind, center, rotation, half, into, ends, R, t, fx, fy, cx, cy, depth, index, out):
    height, width = depth.shape
    for v in range(height):
        for u in range(width):
            p = index[v, u]
            if p >= 0:
                qx, qy, qz = _local(p, center, into, R, t, fx, fy, cx, cy, u, v, depth[v, u])
                x, y = (u - cx) / fx, (v - cy) / fy
                out[v, u] = _normal(p, kind, half, ends, rotation, R, qx, qy, qz, x, y)[3]
