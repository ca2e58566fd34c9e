"""Thin out a cloud to one point per voxel, and give bare points normals."""

from __future__ import annotations

import numpy as np
from numba import njit
from scipy.spatial import cKDTree

from ..types import PointCloud
from .neighbours import find_slot, new_table, pack_cell


def estimate_normals(xyz: np.ndarray, neighbours: int = 16) -> np.ndarray:
    """(N, 3) unit normals of a bare cloud, by the smallest axis of each neighbourhood; sign is arbitrary."""
    if len(xyz) < 3:
        return np.tile(np.array([0, 0, 1], np.float32), (len(xyz), 1))
    k = min(neighbours, len(xyz))
    _, index = cKDTree(xyz).query(xyz, k=k, workers=-1)
    normals = np.empty((len(xyz), 3), np.float32)
    for start in range(0, len(xyz), 100_000):
        near = xyz[index[start : start + 100_000]].astype(np.float64)
        near -= near.mean(1, keepdims=True)
        _, vectors = np.linalg.eigh(np.einsum("nki,nkj->nij", near, near))
        normals[start : start + 100_000] = vectors[:, :, 0]
    return normals


def voxel_downsample(cloud: PointCloud, voxel_size: float) -> tuple[PointCloud, np.ndarray]:
    """Mean of the points in each voxel, in the order in which the cloud first enters each voxel.

    Returns the smaller cloud and (N,) the index of each point's voxel; a cloud of one point per voxel comes back
    as it is.  Voxels lie at multiples of voxel_size (metres) from the origin of the cloud's frame.
    """
    point_of, count = _voxel_of_points(cloud.xyz, 1.0 / voxel_size, new_table(len(cloud)))
    if count == len(cloud):
        return cloud, point_of
    bare = cloud.normals is None
    xyz, rgb, normals = voxel_means(cloud.xyz, cloud.rgb, cloud.xyz if bare else cloud.normals, point_of, count)
    return PointCloud(xyz, rgb, None if bare else normals), point_of


@njit(cache=True, nogil=True)
def _voxel_of_points(xyz, inverse_size, table):
    point_of = np.empty(len(xyz), np.int64)
    values = np.empty(len(table), np.int64)
    count = 0
    for i in range(len(xyz)):
        key = pack_cell(
            np.floor(xyz[i, 0] * inverse_size), np.floor(xyz[i, 1] * inverse_size), np.floor(xyz[i, 2] * inverse_size)
        )
        slot = find_slot(table, key)
        if table[slot] != key:
            table[slot] = key
            values[slot] = count
            count += 1
        point_of[i] = values[slot]
    return point_of, count


@njit(cache=True, nogil=True)
def voxel_means(xyz, rgb, normals, point_of, count):
    """Mean xyz (count, 3) float32, rgb uint8 and unit normal float32 of the points (N,) of each of count voxels."""
    sums = np.zeros((count, 10))
    for i in range(len(xyz)):
        v = point_of[i]
        for c in range(3):
            sums[v, c] += xyz[i, c]
            sums[v, 3 + c] += rgb[i, c]
            sums[v, 6 + c] += normals[i, c]
        sums[v, 9] += 1.0
    mean_xyz = np.empty((count, 3), np.float32)
    mean_rgb = np.empty((count, 3), np.uint8)
    mean_normal = np.empty((count, 3), np.float32)
    for v in range(count):
        share = 1.0 / sums[v, 9]
        nx, ny, nz = sums[v, 6] * share, sums[v, 7] * share, sums[v, 8] * share
        scale = share / max(np.sqrt(nx * nx + ny * ny + nz * nz), 1e-6)
        for c in range(3):
            mean_xyz[v, c] = sums[v, c] * share
            mean_rgb[v, c] = np.uint8(sums[v, 3 + c] * share + 0.5)
            mean_normal[v, c] = sums[v, 6 + c] * scale
    return mean_xyz, mean_rgb, mean_normal
