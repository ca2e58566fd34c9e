"""The voxels of a map: how distances, weights, views and colours are stored, and how blocks are given up."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from .block_index import VOXELS, find, remove

TSDF_UNIT = 1.0 / 32767  # of Voxels.tsdf, which runs from -1 to 1 across the truncation band
WEIGHT_UNIT = 1.0 / 64  # of the weight in Voxels.evidence, which counts 1/range^2 (1 at one metre)
WEIGHT_BITS = (1 << 11) - 1
MOST_WEIGHT = WEIGHT_BITS * WEIGHT_UNIT
VIEWS_SHIFT = 11
MOST_VIEWS = 31
COLOR_UNIT = 0.25  # of the three 10-bit channels of Voxels.color
COLOR_BITS = (1 << 10) - 1
FREE = np.int16(32100)  # 0.98 of the truncation: no surface can be told beyond
SOLID = np.int16(16000)  # half of it: voxels past that are free already


class Voxels(NamedTuple):
    """One row a block: tsdf (B, 64) int16 in TSDF_UNIT;
    evidence (B, 64) uint16: 11 bits of weight in WEIGHT_UNIT and above them 5 bits that count the views up to 31, all 0
    while unseen;
    color (B, 64) uint32: 10 bits each of red, green and blue in COLOR_UNIT, all 0 while not yet coloured;
    changed (B,) int64: the frame number at which the surface of the block last changed by more than the tolerance;
    seen (B,) int64: the last frame that updated it;
    shift (B, 8) int16: how far the surface in each octant has moved since ``changed``, as sums of distances near it;
    believed (B, 2) float32: weight of the frames that updated it, and what that was at ``changed``.
    """

    tsdf: np.ndarray
    evidence: np.ndarray
    color: np.ndarray
    changed: np.ndarray
    seen: np.ndarray
    shift: np.ndarray
    believed: np.ndarray

    def num_bytes(self, blocks: int) -> int:
        """Bytes of the first ``blocks`` rows."""
        return blocks * sum(a.itemsize * a[0].size for a in self)


def empty_voxels(max_blocks: int) -> Voxels:
    """Storage for ``max_blocks`` blocks; memory becomes resident as it is used."""
    return Voxels(
        tsdf=np.zeros((max_blocks, VOXELS), np.int16),
        evidence=np.zeros((max_blocks, VOXELS), np.uint16),
        color=np.zeros((max_blocks, VOXELS), np.uint32),
        changed=np.zeros(max_blocks, np.int64),
        seen=np.zeros(max_blocks, np.int64),
        shift=np.zeros((max_blocks, 8), np.int16),
        believed=np.zeros((max_blocks, 2), np.float32),
    )


@njit(cache=True, nogil=True)
def forget_free(index, voxels, candidates, frame):
    """Remove the candidates that hold no surface; returns their coordinates (R, 3)."""
    gone = np.empty((candidates.shape[0], 3), np.int32)
    n = 0
    for c in range(candidates.shape[0]):
        b = candidates[c]
        if index.alive[b] and _holds_no_surface(voxels.tsdf[b], voxels.evidence[b]):
            gone[n] = index.coords[b]
            n += 1
            forget(index, voxels, b, frame)
    return gone[:n]


@njit(cache=True, nogil=True)
def _holds_no_surface(tsdf, evidence):
    with_surface = 0
    for n in range(VOXELS):
        with_surface += evidence[n] > 0 and tsdf[n] < FREE
    return with_surface == 0


@njit(cache=True, nogil=True)
def forget(index, voxels, b, frame):
    """Remove one block and let its neighbours' surface be extracted anew."""
    bx, by, bz = np.int64(index.coords[b, 0]), np.int64(index.coords[b, 1]), np.int64(index.coords[b, 2])
    remove(index, b)
    voxels.tsdf[b] = 0
    voxels.evidence[b] = 0
    voxels.color[b] = 0
    voxels.shift[b] = 0
    voxels.believed[b] = 0
    voxels.seen[b] = 0
    voxels.changed[b] = frame
    for axis in range(3):
        for side in range(-1, 2, 2):
            other = find(index, bx + side * (axis == 0), by + side * (axis == 1), bz + side * (axis == 2))
            if other >= 0:
                voxels.changed[other] = frame


@njit(cache=True, nogil=True)
def forget_all(index, voxels, blocks, frame):
    """Remove some blocks, each as ``forget`` does."""
    for b in blocks:
        forget(index, voxels, b, frame)
