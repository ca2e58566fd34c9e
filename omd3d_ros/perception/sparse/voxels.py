"""The occupied voxels of one level of a sparse grid, and the kernel maps among them and to the next coarser level."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from .block_grid import BlockGrid, build_grid, halve_grid, neighbour_rows
from .kernel_map import KernelMap

Extent = tuple[int, int, int]


class SparseGridError(ValueError):
    """Voxels that no sparse grid can hold; the message says why."""


class Voxels:
    """indices (V, 4) int32: batch, x, y, z of distinct voxels, in an order in which neighbours are close in memory.

    Maps are built when first asked for and kept.  Memory follows the number of voxels, not the extent.
    """

    def __init__(self, indices: torch.Tensor, extent: Extent, grid: BlockGrid | None = None) -> None:
        self.indices, self.extent, self._grid = indices, extent, grid

    @classmethod
    def of(cls, coords: torch.Tensor, extent: Extent) -> tuple[Voxels, torch.Tensor]:
        """coords (N, 4) int32, may repeat -> voxels, row of each coordinate (N,).

        Raises SparseGridError for coordinates that are negative or beyond the extent, and where the extent, times the
        batch, has more cells than 62 bits can count.
        """
        batches = 0
        if len(coords):
            least, largest = bounds_of(coords)
            if min(least) < 0 or any(a >= side for a, side in zip(largest[1:], extent, strict=True)):
                raise SparseGridError(f"coordinates must be from 0 to below the extent of {extent}")
            batches = largest[0] + 1
        if batches * math.prod(side + 6 for side in extent) >= 1 << 62:
            raise SparseGridError(f"an extent of {extent} voxels times {batches} scenes is too large to be numbered")
        if coords.device.type != "cpu":
            return cls.sorted(coords, extent)
        grid, rows = build_grid(coords.int().numpy(), extent)
        return cls(torch.from_numpy(grid.indices), extent, grid), torch.from_numpy(rows)

    @classmethod
    def sorted(cls, coords: torch.Tensor, extent: Extent) -> tuple[Voxels, torch.Tensor]:
        """As ``of``, by sorting and searching with torch alone: the way of devices that are not CPUs."""
        keys, rows = torch.unique(_keys(coords, extent), return_inverse=True)
        indices = torch.empty((len(keys), 4), dtype=torch.int32, device=coords.device)
        indices[rows] = coords.int()
        return cls(indices, extent), rows

    def __len__(self) -> int:
        return len(self.indices)

    @cached_property
    def neighbours(self) -> KernelMap:
        """The 3x3x3 map of these voxels onto themselves, x slowest."""
        if self._grid is not None:
            return KernelMap(torch.from_numpy(neighbour_rows(self._grid)), len(self))
        return KernelMap(_searched_neighbours(self.indices, self.extent), len(self))

    @cached_property
    def halved(self) -> Halving:
        """The next coarser level: kernel 2, stride 2, extent rounded down.

        Voxels beyond the rounded extent have no parent, and none reaches them on the way back.
        """
        x, y, z = self.extent
        extent = (x // 2, y // 2, z // 2)
        if self._grid is not None:
            grid, *tables = halve_grid(self._grid, extent)
            coarse = Voxels(torch.from_numpy(grid.indices), extent, grid)
            down, up = (torch.from_numpy(table) for table in tables)
        else:
            coarse, down, up = _halved(self.indices, extent)
        return Halving(coarse, KernelMap(down, len(self)), KernelMap(up, len(coarse)))

    @cached_property
    def itself(self) -> KernelMap:
        """The 1x1x1 map: each voxel meets itself."""
        rows = torch.from_numpy(np.arange(len(self), dtype=np.int32)).to(self.indices.device)
        return KernelMap(rows[:, None], len(self))


@dataclass
class Halving:
    """coarse: the coarser voxels; down, up: the maps to them and back, 8 cells with x slowest."""

    coarse: Voxels
    down: KernelMap
    up: KernelMap


def bounds_of(coords: torch.Tensor) -> tuple[list[int], list[int]]:
    """Least and largest of each column of coords (N, C), N at least 1."""
    columns = coords.cpu().numpy()
    return columns.min(0).tolist(), columns.max(0).tolist()


def _keys(coords: torch.Tensor, extent: Extent) -> torch.Tensor:
    """(N,) int64: number of a cell in a grid with a margin of one cell, so that neighbours never wrap around."""
    b, x, y, z = coords.long().unbind(1)
    return ((b * (extent[0] + 2) + x + 1) * (extent[1] + 2) + y + 1) * (extent[2] + 2) + z + 1


def _searched_neighbours(indices: torch.Tensor, extent: Extent) -> torch.Tensor:
    """(V, 27) int32 by binary search, on any device; indices sorted by their keys."""
    keys = _keys(indices, extent)
    steps = torch.arange(-1, 2, device=keys.device)
    row, layer = extent[2] + 2, (extent[1] + 2) * (extent[2] + 2)
    offsets = (steps[:, None, None] * layer + steps[:, None] * row + steps).reshape(-1)
    wanted = keys[:, None] + offsets
    found = torch.searchsorted(keys, wanted).clamp_max(max(len(keys) - 1, 0))
    return torch.where(keys[found] == wanted, found, -1).int() if len(keys) else wanted.int()


def _halved(indices: torch.Tensor, extent: Extent) -> tuple[Voxels, torch.Tensor, torch.Tensor]:
    """The coarser voxels and the maps down and up, as by ``halve_grid``, on any device."""
    parents = indices.clone()
    parents[:, 1:] //= 2
    limits = torch.tensor(extent, device=parents.device)
    kept = torch.nonzero((parents[:, 1:] < limits).all(1))[:, 0]
    coarse, rows = Voxels.sorted(parents[kept], extent)
    cells = ((indices[kept, 1:] & 1) * indices.new_tensor([4, 2, 1])).sum(1)
    down = indices.new_full((len(coarse), 8), -1)
    up = indices.new_full((len(indices), 8), -1)
    down[rows, cells] = kept.int()
    up[kept, cells] = rows.int()
    return coarse, down, up
