"""Sparse convolution of float32 on a CPU: tile by tile, sums in cache, one thread to a tile and panel of channels.

What follows a convolution in the network (a sum with the identity branch, batch norm and ReLU in evaluation) is done
before a tile leaves the cache.  Results do not depend on the number of threads.
"""

from __future__ import annotations

import numpy as np
import torch

from .tile_kernel import PANEL, affine_relu_rows, convolve_tasks, join_blocks, pack_kernels
from .tiles import TILE, Tiles
from .workers import in_parallel

_NONE = np.empty((0, 0), np.float32)
_NOT_SCALED = np.empty((2, 0), np.float32)


def pack_weights(kernels: torch.Tensor) -> torch.Tensor:
    """kernels (K, Cin, Cout) -> (panels * K * Cin, PANEL), the last panel filled up with zeros."""
    offsets, inputs, outputs = kernels.shape
    panels = -(-outputs // PANEL)
    packed = torch.empty((panels * offsets * inputs, PANEL), dtype=torch.float32)
    in_parallel(pack_kernels, panels * offsets, kernels.detach().numpy(), packed.numpy())
    return packed


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
        convolve_tasks,
        panels * -(-tiles.outputs // TILE),
        features.detach().contiguous().numpy(),
        packed.numpy(),
        tiles.rows,
        tiles.targets,
        tiles.bounds,
        TILE,
        _NONE if plus is None else plus.detach().contiguous().numpy(),
        _NOT_SCALED if affine is None else affine.numpy(),
        out.numpy(),
    )
    return out


def affine_relu(features: torch.Tensor, affine: torch.Tensor) -> torch.Tensor:
    """max(features * affine[0] + affine[1], 0) of features (N, C) in one pass."""
    out = torch.empty_like(features, memory_format=torch.contiguous_format)
    source = features.detach().contiguous().numpy()
    in_parallel(affine_relu_rows, -(-len(out) // TILE), TILE, source, affine.numpy(), out.numpy())
    return out


def join_rows(features: torch.Tensor, others: torch.Tensor) -> torch.Tensor:
    """(V, C) and (V, C') -> (V, C + C')."""
    out = torch.empty((len(features), features.shape[1] + others.shape[1]), dtype=torch.float32)
    parts = [part.detach().contiguous().numpy() for part in (features, others)]
    in_parallel(join_blocks, -(-len(out) // TILE), TILE, *parts, out.numpy())
    return out
