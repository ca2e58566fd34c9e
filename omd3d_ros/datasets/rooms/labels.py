"""Which object a point in space belongs to: the nearest primitive surface, found through a grid of candidates."""

from __future__ import annotations

import numpy as np
from numba import njit

from .renderer import Packed
from .shapes import BOX, ELLIPSOID, TUBE, extents

REACH = 0.08
CELL = 0.2
# Sheets lying or hanging on something are thinner than a map is sharp: they take the points this near their faces.
SHEET = 0.012


class SurfaceLabels:
    """Answers nearest-object queries for one room."""

    def __init__(self, primitives: np.ndarray) -> None:
        self._packed = Packed.of(primitives)
        half = self._packed.half
        self._swell = np.where((half < SHEET) & (primitives["kind"] != TUBE)[:, None], SHEET, 0.0)
        self._swell[primitives["object"] == 0] = 0.0
        reach = extents(primitives) + REACH + self._swell.max(1, keepdims=True)
        low, high = self._packed.center - reach, self._packed.center + reach
        self._origin = low.min(0)
        self._shape = np.maximum(1, np.ceil((high.max(0) - self._origin) / CELL)).astype(np.int64)
        first = np.clip(((low - self._origin) / CELL).astype(np.int64), 0, self._shape - 1)
        last = np.clip(((high - self._origin) / CELL).astype(np.int64), 0, self._shape - 1)
        self._starts, self._items = _bin(first, last, self._shape)

    def __call__(self, xyz: np.ndarray) -> np.ndarray:
        """(N,) int32 object id of the surface nearest to each point; 0: structure, or nothing within 8 cm."""
        points = np.ascontiguousarray(xyz, dtype=np.float64).reshape(-1, 3)
        p = self._packed
        return _nearest(
            points, self._origin, self._shape, self._starts, self._items,
            p.kind, p.object, p.center, p.rotation, p.half, p.ends, self._swell,
        )  # fmt: skip


@njit(cache=True, nogil=True)
def _bin(first, last, shape):
    cells = shape[0] * shape[1] * shape[2]
    starts = np.zeros(cells + 1, np.int64)
    for fill in range(2):
        if fill == 1:
            for c in range(cells):
                starts[c + 1] += starts[c]
            items = np.empty(starts[cells], np.int32)
            at = starts[:-1].copy()
        for p in range(first.shape[0]):
            for i in range(first[p, 0], last[p, 0] + 1):
                for j in range(first[p, 1], last[p, 1] + 1):
                    for k in range(first[p, 2], last[p, 2] + 1):
                        c = (i * shape[1] + j) * shape[2] + k
                        if fill == 0:
                            starts[c + 1] += 1
                        else:
                            items[at[c]] = p
                            at[c] += 1
    return starts, items


@njit(cache=True, fastmath=True, nogil=True)
def _distance(x, y, z, kind, half, ends, swell):
    """Distance from local point (metres) to the surface; within a swollen sheet 0.  Ellipsoids to first order."""
    hx, hy, hz = half[0] + swell[0], half[1] + swell[1], half[2] + swell[2]
    sheet = swell[0] + swell[1] + swell[2] > 0.0
    if kind == BOX:
        dx, dy, dz = abs(x) - hx, abs(y) - hy, abs(z) - hz
        inside = max(dx, max(dy, dz))
        if inside <= 0.0:
            return 0.0 if sheet else -inside
        ex, ey, ez = max(dx, 0.0), max(dy, 0.0), max(dz, 0.0)
        return np.sqrt(ex * ex + ey * ey + ez * ez)
    if kind == ELLIPSOID:
        qx, qy, qz = x / hx, y / hy, z / hz
        k0 = np.sqrt(qx * qx + qy * qy + qz * qz)
        gx, gy, gz = qx / hx, qy / hy, qz / hz
        k1 = np.sqrt(gx * gx + gy * gy + gz * gz)
        if k1 < 1e-9:
            return min(hx, min(hy, hz))
        value = k0 * (k0 - 1.0) / k1
        return 0.0 if sheet and value < 0.0 else abs(value)
    # Round: squeeze the ellipse to a circle of its mean radius, then a flat profile problem in (radius, z).
    mean = np.sqrt(hx * hy)
    r = np.sqrt((x / hx) ** 2 + (y / hy) ** 2) * mean
    zc = min(max(z, -hz), hz)
    wall = mean * (0.5 * (ends[0] + ends[1]) + 0.5 * (ends[1] - ends[0]) * zc / hz)
    side = np.sqrt((r - wall) ** 2 + (z - zc) ** 2)
    out = max(r - ends[0] * mean, 0.0)
    base = np.sqrt(out * out + (z + hz) ** 2)
    if kind == TUBE:
        return min(side, base)
    if sheet and abs(z) <= hz and r <= wall:
        return 0.0
    out = max(r - ends[1] * mean, 0.0)
    return min(side, min(base, np.sqrt(out * out + (z - hz) ** 2)))


@njit(cache=True, fastmath=True, nogil=True)
def _nearest(points, origin, shape, starts, items, kind, object_id, center, rotation, half, ends, swell):
    out = np.zeros(points.shape[0], np.int32)
    for n in range(points.shape[0]):
        i = int(np.floor((points[n, 0] - origin[0]) / CELL))
        j = int(np.floor((points[n, 1] - origin[1]) / CELL))
        k = int(np.floor((points[n, 2] - origin[2]) / CELL))
        if i < 0 or j < 0 or k < 0 or i >= shape[0] or j >= shape[1] or k >= shape[2]:
            continue
        c = (i * shape[1] + j) * shape[2] + k
        best, winner = REACH, 0
        for a in range(starts[c], starts[c + 1]):
            p = items[a]
            dx, dy, dz = points[n, 0] - center[p, 0], points[n, 1] - center[p, 1], points[n, 2] - center[p, 2]
            R = rotation[p]
            x = R[0, 0] * dx + R[1, 0] * dy + R[2, 0] * dz
            y = R[0, 1] * dx + R[1, 1] * dy + R[2, 1] * dz
            z = R[0, 2] * dx + R[1, 2] * dy + R[2, 2] * dz
            d = _distance(x, y, z, kind[p], half[p], ends[p], swell[p])
            # On a tie the object wins over the house, and what was placed later over its support.
            if d <= best:
                best, winner = d, object_id[p]
        out[n] = winner
    return out
