"""Sparse convolution of float32 on a CPU: tile by tile, sums in cache, one thread to a tile and panel of channels.

What follows a convolution in the network (a sum with the identity branch, batch norm and ReLU in evaluation) is done
before a tile leaves the cache.  Results do not depend on the number of threads.
"""

from __future__ import annotations

import numpy as np
import torch
from numba import njit

from .microkernel import PANEL, ROWS, add_products
from .tiles import TILE, Tiles
from .workers import in_parallel

_NONE = np.empty((0, 0), np.float32)
_NOT_SCALED = np.empty((2, 0), np.float32)


def pack_weights(kernels: torch.Tensor) -> torch.Tensor:
    """kernels (K, Cin, Cout) -> (panels * K * Cin, PANEL), the last panel filled up with zeros."""
    offsets, inputs, outputs = kernels.shape
    panels = -(-outputs // PANEL)
    packed = kernels.new_zeros(panels, offsets, inputs, PANEL)
    for panel in range(panels):
        part = kernels[:, :, panel * PANEL : (panel + 1) * PANEL]
        packed[panel, :, :, : part.shape[2]] = part
    return packed.view(-1, PANEL)


def convolve_tiles(
    features: torch.Tensor,
    packed: torch.Tensor,
    tiles: Tiles,
    channels: int,
    plus: torch.Tensor | None = None,
    affine: torch.Tensor | None = None,
) -> torch.Tensor:
    """features (N, Cin), packed as by ``pack_weights`` -> (V, channels); plus (V, channels) is added to the sums, then
    affine (2, channels), scale and shift of a batch norm, is applied with a ReLU."""
    out = torch.empty((tiles.outputs, channels), dtype=torch.float32)
    panels = -(-channels // PANEL)
    in_parallel(
        _convolve,
        panels * -(-tiles.outputs // TILE),
        features.detach().contiguous().numpy(),
        packed.numpy(),
        tiles.rows,
        tiles.targets,
        tiles.bounds,
        _NONE if plus is None else plus.detach().contiguous().numpy(),
        _NOT_SCALED if affine is None else affine.numpy(),
        out.numpy(),
    )
    return out


@njit(cache=True, nogil=True)
def _convolve(first, last, source, packed, rows, targets, bounds, plus, affine, out):
    """Tasks first to last: panel by panel, tile by tile in each."""
    tiles = -(-len(out) // TILE)
    offsets = (len(bounds) - 1) // max(tiles, 1)
    inputs = source.shape[1]
    sums = np.empty((TILE + 1, PANEL), np.float32)
    for task in range(first, last):
        panel, tile = task // tiles, task % tiles
        sums[:] = 0
        for k in range(offsets):
            weights = (panel * offsets + k) * inputs
            for start in range(bounds[tile * offsets + k], bounds[tile * offsets + k + 1], ROWS):
                add_products(source, rows, packed, weights, sums, targets, start)
        _store(sums, tile * TILE, panel * PANEL, plus, affine, out)


@njit(cache=True, nogil=True)
def _store(sums, row, channel, plus, affine, out):
    size, width = min(TILE, len(out) - row), min(PANEL, out.shape[1] - channel)
    for i in range(size):
        if len(plus):
            for c in range(width):
                sums[i, c] += plus[row + i, channel + c]
        if affine.shape[1]:
            for c in range(width):
                value = sums[i, c] * affine[0, channel + c] + affine[1, channel + c]
                out[row + i, channel + c] = np.float32(0) if value < 0 else value
        else:
            for c in range(width):
                out[row + i, channel + c] = sums[i, c]


def affine_relu(features: torch.Tensor, affine: torch.Tensor) -> torch.Tensor:
    """max(features * affine[0] + affine[1], 0) of features (N, C) in one pass."""
    out = torch.empty_like(features, memory_format=torch.contiguous_format)
    source = features.detach().contiguous().numpy()
    in_parallel(_affine_relu, -(-len(out) // TILE), source, affine.numpy(), out.numpy())
    return out


@njit(cache=True, nogil=True)
def _affine_relu(first, last, source, affine, out):
    for i in range(first * TILE, min(last * TILE, len(out))):
        for c in range(out.shape[1]):
            value = source[i, c] * affine[0, c] + affine[1, c]
            out[i, c] = np.float32(0) if value < 0 else value
