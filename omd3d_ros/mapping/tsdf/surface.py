"""The surface of a voxel map as points: extracted block by block, kept, and made anew only where it changed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from .block_index import BLOCK, VOXELS, BlockIndex, find
from .voxels import COLOR_BITS, COLOR_UNIT, FREE, VIEWS_SHIFT, WEIGHT_BITS, WEIGHT_UNIT, Voxels

_APRON = BLOCK + 2
_GREY = 128
_REACH = 0.98  # of the way to the next voxel, so that a point lies safely within the cube of its block:
CUBE_OFFSET = 0.49  # voxels by which that cube is shifted, as a block's points lie between its voxels and the next


class SurfacePoints(NamedTuple):
    """xyz (N, 3) float32; rgb (N, 3) uint8; normals (N, 3) float32 towards free space; confidence (N,) float32, the
    sum of 1/depth^2 over the views; block (N,) int32: the block that each point lies in."""

    xyz: np.ndarray
    rgb: np.ndarray
    normals: np.ndarray
    confidence: np.ndarray
    block: np.ndarray

    @classmethod
    def empty(cls, capacity: int = 0) -> SurfacePoints:
        """Unset points."""
        return cls(
            np.empty((capacity, 3), np.float32),
            np.empty((capacity, 3), np.uint8),
            np.empty((capacity, 3), np.float32),
            np.empty(capacity, np.float32),
            np.empty(capacity, np.int32),
        )

    def select(self, keep: np.ndarray | slice) -> SurfacePoints:
        """The points that a mask, indices or a slice picks."""
        return SurfacePoints(*(a[keep] for a in self))


class SurfaceCache:
    """The points of every block as last extracted, with the frame number at which that was.

    Points lie in a pool in the order of their extraction; those that were replaced are swept out when they are
    more than a third of it.  Not thread-safe.
    """

    def __init__(self, max_blocks: int) -> None:
        self._pool = SurfacePoints.empty(1024)
        self._used = 0
        self._live = 0
        self._first = np.zeros(max_blocks, np.int64)
        self._number = np.zeros(max_blocks, np.int32)
        self.extracted = np.full(max_blocks, -1, np.int64)

    def replace(self, blocks: np.ndarray, points: SurfacePoints, version: int) -> None:
        """Let ``points``, grouped in the order of ``blocks``, stand for all points of these blocks."""
        if self._used + len(points.xyz) > len(self._pool.xyz) or self._used > 1.5 * self._live + 10_000:
            self._sweep(room=len(points.xyz))
        self._live += len(points.xyz) - int(self._number[blocks].sum())
        _retire(self._pool.block, self._first, self._number, blocks)
        end = self._used + len(points.xyz)
        for pool, values in zip(self._pool, points, strict=True):
            pool[self._used : end] = values
        _register(points.block, self._used, self._first, self._number)
        self._used = end
        self.extracted[blocks] = version

    def points(self) -> SurfacePoints:
        """A copy of all live points."""
        return self._pool.select(np.flatnonzero(self._pool.block[: self._used] >= 0))

    def points_of(self, blocks: np.ndarray) -> SurfacePoints:
        """A copy of the points of some blocks, block after block."""
        number = self._number[blocks]
        rows = np.repeat(self._first[blocks] - np.cumsum(number) + number, number) + np.arange(number.sum())
        return self._pool.select(rows)

    def num_bytes(self) -> int:
        """Bytes of the pool."""
        return sum(a.nbytes for a in self._pool)

    def _sweep(self, room: int) -> None:
        live = self._pool.select(np.flatnonzero(self._pool.block[: self._used] >= 0))
        self._used = self._live = len(live.xyz)
        self._pool = SurfacePoints.empty(int(1.5 * self._used) + room + 1024)
        for pool, values in zip(self._pool, live, strict=True):
            pool[: self._used] = values
        _register(live.block, 0, self._first, self._number)


@njit(cache=True, nogil=True)
def _retire(block_of, first, number, blocks):
    for c in range(blocks.shape[0]):
        b = blocks[c]
        for p in range(first[b], first[b] + number[b]):
            block_of[p] = -1
        number[b] = 0


@njit(cache=True, nogil=True)
def _register(block_of, start, first, number):
    """Note where each block's run of points lies; a block has one run."""
    last = np.int32(-1)
    for p in range(block_of.shape[0]):
        b = block_of[p]
        if b != last:
            first[b] = start + p
            number[b] = 0
            last = b
        number[b] += 1


@njit(cache=True, nogil=True)
def outdated(index: BlockIndex, changed, extracted):
    """Numbers of the blocks that were changed since they were extracted."""
    n = index.counts[0]
    out = np.empty(n, np.int32)
    m = 0
    for b in range(n):
        if changed[b] > extracted[b]:
            out[m] = b
            m += 1
    return out[:m].copy()


@njit(cache=True, nogil=True, error_model="numpy")
def extract(index: BlockIndex, voxels: Voxels, chosen, voxel, min_weight, min_views):
    """Zero crossings of the signed distance in the chosen blocks, at most one point a voxel.

    A crossing counts where both voxels have the least weight and were seen in the least number of views.
    Returns xyz, rgb, normals, confidence, block as in SurfacePoints.
    """
    capacity = max(1024, 16 * chosen.shape[0])
    xyz, normals = np.empty((capacity, 3), np.float32), np.empty((capacity, 3), np.float32)
    rgb = np.empty((capacity, 3), np.uint8)
    confidence, block = np.empty(capacity, np.float32), np.empty(capacity, np.int32)
    least = max(1.0, min_weight / WEIGHT_UNIT)
    t = np.zeros(_APRON**3, np.int16)
    w = np.zeros(_APRON**3, np.uint16)
    source = np.zeros(_APRON**3, np.int64)  # block * 64 + voxel
    trusted = np.zeros(_APRON**3, np.bool_)
    steps = (_APRON * _APRON, _APRON, 1)
    flat_color = voxels.color.reshape(-1)
    n = 0
    for q in range(chosen.shape[0]):
        b = chosen[q]
        if not index.alive[b] or not _may_cross(voxels.tsdf[b], voxels.evidence[b]):
            continue
        _fill_apron(index, voxels, b, t, w, source)
        for a in range(_APRON**3):
            trusted[a] = (w[a] & WEIGHT_BITS) >= least and (w[a] >> VIEWS_SHIFT) >= min_views
        if n + VOXELS > capacity:
            capacity *= 2
            xyz, normals, rgb = _grown_rows(xyz, capacity), _grown_rows(normals, capacity), _grown_rows(rgb, capacity)
            confidence, block = _grown(confidence, capacity), _grown(block, capacity)
        bx, by, bz = (
            index.coords[b, 0] * BLOCK + 0.5,
            index.coords[b, 1] * BLOCK + 0.5,
            index.coords[b, 2] * BLOCK + 0.5,
        )
        for i in range(BLOCK):
            for j in range(BLOCK):
                for k in range(BLOCK):
                    me = ((i + 1) * _APRON + j + 1) * _APRON + k + 1
                    t0 = t[me]
                    if not trusted[me] or abs(t0) >= FREE:
                        continue
                    crossings = 0
                    px, py, pz = np.float64(i), np.float64(j), np.float64(k)
                    red, green, blue, colored = 0.0, 0.0, 0.0, 0.0
                    ox, oy, oz = 0.0, 0.0, 0.0
                    for axis in range(3):
                        other = me + steps[axis]
                        t1 = t[other]
                        if not trusted[other] or abs(t1) >= FREE or (t0 > 0) == (t1 > 0):
                            continue
                        f = min(t0 / (np.float64(t0) - t1), _REACH)
                        crossings += 1
                        if axis == 0:
                            ox += f
                        elif axis == 1:
                            oy += f
                        else:
                            oz += f
                        for side in range(2):
                            c = flat_color[source[other if side else me]]
                            if c:
                                share = f if side else 1 - f
                                red += share * ((c >> 20) & COLOR_BITS)
                                green += share * ((c >> 10) & COLOR_BITS)
                                blue += share * (c & COLOR_BITS)
                                colored += share
                    if crossings == 0:
                        continue
                    gx = _slope(t, w, me, steps[0])
                    gy = _slope(t, w, me, steps[1])
                    gz = _slope(t, w, me, steps[2])
                    length = np.sqrt(gx * gx + gy * gy + gz * gz)
                    if length < 1:
                        continue
                    xyz[n, 0] = (bx + px + ox / crossings) * voxel
                    xyz[n, 1] = (by + py + oy / crossings) * voxel
                    xyz[n, 2] = (bz + pz + oz / crossings) * voxel
                    normals[n, 0], normals[n, 1], normals[n, 2] = gx / length, gy / length, gz / length
                    if colored == 0:  # neither side was ever coloured: what is around them may be
                        for axis in range(3):
                            for other in (me - steps[axis], me + steps[axis]):
                                c = flat_color[source[other]] if w[other] > 0 else np.uint32(0)
                                if c:
                                    red += (c >> 20) & COLOR_BITS
                                    green += (c >> 10) & COLOR_BITS
                                    blue += c & COLOR_BITS
                                    colored += 1
                    if colored > 0:
                        scale = COLOR_UNIT / colored
                        rgb[n, 0] = np.uint8(red * scale + 0.5)
                        rgb[n, 1] = np.uint8(green * scale + 0.5)
                        rgb[n, 2] = np.uint8(blue * scale + 0.5)
                    else:
                        rgb[n, 0] = rgb[n, 1] = rgb[n, 2] = _GREY
                    confidence[n] = (w[me] & WEIGHT_BITS) * WEIGHT_UNIT
                    block[n] = b
                    n += 1
    return xyz[:n].copy(), rgb[:n].copy(), normals[:n].copy(), confidence[:n].copy(), block[:n].copy()


@njit(cache=True, nogil=True)
def _may_cross(tsdf, evidence):
    near = 0
    for n in range(VOXELS):
        near += evidence[n] > 0 and abs(tsdf[n]) < FREE
    return near > 0


@njit(cache=True, nogil=True)
def _slope(t, w, me, step):
    """Central difference of the signed distance, one-sided beside voxels that were never seen."""
    above = t[me + step] if w[me + step] > 0 else t[me]
    below = t[me - step] if w[me - step] > 0 else t[me]
    return np.float64(above) - below


@njit(cache=True, nogil=True)
def _fill_apron(index, voxels, b, t, w, source):
    """Distances and evidence of a block and of the voxels that touch its faces; unseen ones have none."""
    bx, by, bz = np.int64(index.coords[b, 0]), np.int64(index.coords[b, 1]), np.int64(index.coords[b, 2])
    w[:] = 0
    for i in range(BLOCK):
        for j in range(BLOCK):
            for k in range(BLOCK):
                n = (i * BLOCK + j) * BLOCK + k
                a = ((i + 1) * _APRON + j + 1) * _APRON + k + 1
                t[a], w[a], source[a] = voxels.tsdf[b, n], voxels.evidence[b, n], b * VOXELS + n
    for axis in range(3):
        for side in range(2):
            d = 1 if side else -1
            other = find(index, bx + d * (axis == 0), by + d * (axis == 1), bz + d * (axis == 2))
            if other < 0:
                continue
            theirs, here = (0, BLOCK + 1) if side else (BLOCK - 1, 0)
            for p in range(BLOCK):
                for q in range(BLOCK):
                    if axis == 0:
                        n, a = (theirs * BLOCK + p) * BLOCK + q, (here * _APRON + p + 1) * _APRON + q + 1
                    elif axis == 1:
                        n, a = (p * BLOCK + theirs) * BLOCK + q, ((p + 1) * _APRON + here) * _APRON + q + 1
                    else:
                        n, a = (p * BLOCK + q) * BLOCK + theirs, ((p + 1) * _APRON + q + 1) * _APRON + here
                    t[a], w[a] = voxels.tsdf[other, n], voxels.evidence[other, n]
                    source[a] = np.int64(other) * VOXELS + n


@njit(cache=True, nogil=True)
def _grown_rows(a, capacity):
    out = np.empty((capacity, a.shape[1]), a.dtype)
    out[: a.shape[0]] = a
    return out


@njit(cache=True, nogil=True)
def _grown(a, capacity):
    out = np.empty(capacity, a.dtype)
    out[: a.shape[0]] = a
    return out
