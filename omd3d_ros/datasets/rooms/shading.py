"""Colour and viewing angle of every rendered pixel: patterns under two lamps and soft ambient light."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from omd3d_ros.types import Camera

from .patterns import pattern, wear
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
        strengths = np.array([rng.uniform(0.25, 0.75), rng.uniform(0.05, 0.3)])
        return cls(directions, strengths, rng.uniform(0.2, 0.55), cover_map(primitives, size))


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
        packed.texture, packed.scale, packed.seed, packed.gloss, packed.emission, light.directions,
        light.strengths, light.ambient, light.cover, T[:3, :3].copy(), T[:3, 3].copy(),
        camera.fx, camera.fy, camera.cx, camera.cy, depth, index, out,
    )  # fmt: skip
    return out


def view_angle(camera: Camera, depth: np.ndarray, index: np.ndarray) -> np.ndarray:
    """(H, W) float32 cosine between surface normal and line of sight, of exact depth; 1 where nothing was hit."""
    out = np.ones(depth.shape, np.float32)
    _view_angle(camera.fx, camera.fy, camera.cx, camera.cy, depth, index, out)
    return out


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
def _highlight(x, y, cosine, nx, ny, nz, R, directions, strengths):
    """Light of the lamps that a smooth surface throws back to the eye along camera ray (x, y, 1)."""
    length = np.sqrt(x * x + y * y + 1.0)
    light = 0.0
    for k in range(2):
        dot = 0.0
        for c in range(3):
            d = (R[c, 0] * x + R[c, 1] * y + R[c, 2]) / length
            n = nx if c == 0 else (ny if c == 1 else nz)
            dot += (d + 2.0 * cosine * n) * directions[k, c]
        if dot > 0.0:
            light += strengths[k] * dot**24
    return 1.5 * light


@njit(cache=True, fastmath=True, nogil=True)
def _shade(
    kind, center, rotation, half, into, ends, rgb, accent, texture, scale, seed, gloss, emission,
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
            share, tone = pattern(
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
            if gloss[p] > 0.05:
                sheen = gloss[p] * _highlight(x, y, cosine, nx, ny, nz, R, directions, strengths)
            tone *= wear(seed[p], wx, wy, wz)
            glow = emission[p]
            for c in range(3):
                base = rgb[p, c] * (1.0 - share) + accent[p, c] * share
                out[v, u, c] = base * tone * (lit * (1.0 - 0.6 * glow) + glow) + sheen


@njit(cache=True, fastmath=True, nogil=True)
def _view_angle(fx, fy, cx, cy, depth, index, out):
    # On the plane n.P = 1 the inverse depth at ray (x, y, 1) is n.(x, y, 1): its slopes give n.
    height, width = depth.shape
    for v in range(height):
        for u in range(width):
            p = index[v, u]
            if p < 0:
                continue
            w = 1.0 / depth[v, u]
            nx, ny = 0.0, 0.0
            if u + 1 < width and index[v, u + 1] == p:
                nx = fx * (1.0 / depth[v, u + 1] - w)
            elif u > 0 and index[v, u - 1] == p:
                nx = fx * (w - 1.0 / depth[v, u - 1])
            if v + 1 < height and index[v + 1, u] == p:
                ny = fy * (1.0 / depth[v + 1, u] - w)
            elif v > 0 and index[v - 1, u] == p:
                ny = fy * (w - 1.0 / depth[v - 1, u])
            x, y = (u - cx) / fx, (v - cy) / fy
            nz = w - nx * x - ny * y
            out[v, u] = w / np.sqrt((nx * nx + ny * ny + nz * nz) * (x * x + y * y + 1.0))
