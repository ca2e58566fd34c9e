"""Points to voxels and to superpoints: numbering, means and maxima over groups, on any device.

What the forward pass of an encoder needs on a CPU is compiled, so that it does not wait for torch's threads: on cores
that others use too, every wait for them costs more than the work.
"""

from __future__ import annotations

import numpy as np
import torch
from numba import njit

from .sparse.functional import compiled
from .sparse.voxels import Extent, SparseGridError, bounds_of
from .sparse.workers import in_parallel

ROWS_AT_ONCE = 1024


def extent_of(coords: torch.Tensor, least: int = 1) -> Extent:
    """Per axis the largest coordinate plus one, but no less than ``least``; raises SparseGridError without points."""
    if len(coords) == 0:
        raise SparseGridError("a cloud without points has no extent")
    _, x, y, z = bounds_of(coords)[1]
    return max(x + 1, least), max(y + 1, least), max(z + 1, least)


def numbers_by_appearance(groups: torch.Tensor, count: int) -> torch.Tensor:
    """groups (N,) int64 in 0..count-1, each present -> (count,): the group's number when counted as they appear."""
    positions = torch.arange(len(groups), device=groups.device)
    first = positions.new_full((count,), len(groups)).scatter_reduce_(0, groups, positions, "amin")
    numbers = torch.empty_like(first)
    numbers[torch.argsort(first)] = torch.arange(count, device=groups.device)
    return numbers


def group_mean(features: torch.Tensor, groups: torch.Tensor, count: int) -> torch.Tensor:
    """Mean of features (N, C) over the rows of each group (N,) -> (count, C); zeros where a group has no row."""
    if compiled(features):
        return torch.from_numpy(_means(features.detach().contiguous().numpy(), groups.numpy(), count))
    sums = features.new_zeros(count, features.shape[1]).index_add_(0, groups, features)
    sizes = torch.bincount(groups, minlength=count).clamp_min(1)
    return sums / sizes[:, None].to(sums.dtype)


def group_max(features: torch.Tensor, groups: torch.Tensor, count: int) -> torch.Tensor:
    """Maximum of features (N, C) over the rows of each group (N,) -> (count, C); zeros where a group has no row."""
    spread = groups[:, None].expand_as(features)
    maxima = features.new_zeros(count, features.shape[1])
    return maxima.scatter_reduce(0, spread, features, "amax", include_self=False)


def rows_of(features: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """features (V, C), rows (N,) int64 -> (N, C)."""
    if not compiled(features):
        return features.index_select(0, rows)
    out = torch.empty((len(rows), features.shape[1]), dtype=features.dtype)
    source = features.detach().contiguous().numpy()
    in_parallel(_take, -(-len(rows) // ROWS_AT_ONCE), ROWS_AT_ONCE, source, rows.numpy(), out.numpy())
    return out


def all_finite(features: torch.Tensor) -> bool:
    """Whether there is no NaN and no infinity among features."""
    if compiled(features):
        return bool(np.isfinite(features.detach().numpy()).all())
    return bool(torch.isfinite(features).all())


@njit(cache=True, nogil=True)
def _means(features, groups, count):
    sums = np.zeros((count, features.shape[1]))
    sizes = np.zeros(count, np.int64)
    for i in range(len(features)):
        group = groups[i]
        sizes[group] += 1
        for c in range(features.shape[1]):
            sums[group, c] += features[i, c]
    for group in range(count):
        sums[group] /= max(sizes[group], 1)
    return sums.astype(np.float32)


@njit(cache=True, nogil=True)
def _take(first, last, block, source, rows, out):
    """Blocks first to last of rows."""
    for i in range(first * block, min(last * block, len(rows))):
        for c in range(out.shape[1]):
            out[i, c] = source[rows[i], c]
