"""Points to voxels and to superpoints: numbering, means and maxima over groups, on any device."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from .sparse.voxels import Extent, SparseGridError, Voxels


@dataclass
class Voxelisation:
    """coords (V, 4) int32: scene, x, y, z, numbered by first appearance; point_to_voxel (N,) int64; features (V, C):
    mean over the points of a voxel."""

    coords: torch.Tensor
    point_to_voxel: torch.Tensor
    features: torch.Tensor


def voxelise(coords: torch.Tensor, features: torch.Tensor) -> Voxelisation:
    """coords (N, 4) int, non-negative; features (N, C)."""
    voxels, rows = Voxels.of(coords, extent_of(coords))
    numbers = numbers_by_appearance(rows, len(voxels))
    ordered = torch.empty_like(voxels.indices)
    ordered[numbers] = voxels.indices
    point_to_voxel = numbers[rows]
    return Voxelisation(ordered, point_to_voxel, group_mean(features, point_to_voxel, len(voxels)))


def extent_of(coords: torch.Tensor, least: int = 1) -> Extent:
    """Per axis the largest coordinate plus one, but no less than ``least``; raises SparseGridError without points."""
    if len(coords) == 0:
        raise SparseGridError("a cloud without points has no extent")
    x, y, z = (max(int(side) + 1, least) for side in coords[:, 1:].amax(0).tolist())
    return x, y, z


def numbers_by_appearance(groups: torch.Tensor, count: int) -> torch.Tensor:
    """groups (N,) int64 in 0..count-1, each present -> (count,): the group's number when counted as they appear."""
    positions = torch.arange(len(groups), device=groups.device)
    first = positions.new_full((count,), len(groups)).scatter_reduce_(0, groups, positions, "amin")
    numbers = torch.empty_like(first)
    numbers[torch.argsort(first)] = torch.arange(count, device=groups.device)
    return numbers


def group_mean(features: torch.Tensor, groups: torch.Tensor, count: int) -> torch.Tensor:
    """Mean of features (N, C) over the rows of each group (N,) -> (count, C); zeros where a group has no row."""
    sums = features.new_zeros(count, features.shape[1]).index_add_(0, groups, features)
    sizes = torch.bincount(groups, minlength=count).clamp_min(1)
    return sums / sizes[:, None].to(sums.dtype)


def group_max(features: torch.Tensor, groups: torch.Tensor, count: int) -> torch.Tensor:
    """Maximum of features (N, C) over the rows of each group (N,) -> (count, C); zeros where a group has no row."""
    spread = groups[:, None].expand_as(features)
    maxima = features.new_zeros(count, features.shape[1])
    return maxima.scatter_reduce(0, spread, features, "amax", include_self=False)
