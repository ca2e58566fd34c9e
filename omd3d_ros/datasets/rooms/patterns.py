"""The patterns of surfaces, per point: wood, cloth, tiles, print, wear."""

from __future__ import annotations

import numpy as np
from numba import njit

from .palette import CHECKER, FABRIC, PLANKS, PRINT, SCREEN, SPECKLE, STRIPES, TILES, WOOD


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
def pattern(texture, scale, seed, px, py, pz, hx, hy, hz, face):
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
def wear(seed, x, y, z):
    """Factor of brightness: stains and grain a few centimetres wide at a world point, more on some surfaces."""
    amount = 0.5 * _hash(seed, 11, 0, seed) ** 2
    if amount < 0.02:
        return 1.0
    size = 8.0 + 30.0 * _hash(seed, 12, 0, seed)
    return 1.0 + amount * (_noise(x * size, y * size, z * size, seed + 9) - 0.5)
