"""Features on the voxels of a sparse grid, and what the layers of a network do with them.

``SparseTensor`` is what layers see; ``GridTensor`` computes with this package, ``SpconvTensor`` with spconv.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import nn

from .functional import convolve, join, normalise
from .voxels import Voxels


class SparseTensor(Protocol):
    """features (V, C) of the voxels indices (V, 4) int32: batch, x, y, z.

    Weights are (Cout, k, k, k, Cin), the axes of the kernel in the order of the coordinates.
    """

    @property
    def features(self) -> torch.Tensor: ...

    @property
    def indices(self) -> torch.Tensor: ...

    def with_features(self, features: torch.Tensor) -> SparseTensor:
        """Other features (V, C') on the same voxels."""

    def joined(self, other: SparseTensor) -> SparseTensor:
        """The features of both, this one's first; other on the same voxels."""

    def normalised(self, norm: nn.BatchNorm1d) -> SparseTensor:
        """Batch norm, then ReLU."""

    def pointwise(self, matrix: torch.Tensor) -> SparseTensor:
        """Features times a matrix (C, C')."""

    def submanifold(
        self, weight: torch.Tensor, plus: torch.Tensor | None = None, norm: nn.BatchNorm1d | None = None
    ) -> SparseTensor:
        """3x3x3 convolution onto the same voxels; then plus (V, Cout) is added, then norm and ReLU applied."""

    def halved(self, weight: torch.Tensor) -> SparseTensor:
        """2x2x2 convolution with stride 2 onto the coarser voxels."""

    def doubled(self, weight: torch.Tensor, fine: SparseTensor) -> SparseTensor:
        """The inverse of ``halved``: onto the voxels of the tensor that was halved."""


class GridTensor:
    """Features on ``Voxels``, any device, any floating type."""

    def __init__(self, features: torch.Tensor, voxels: Voxels) -> None:
        self.features, self.voxels = features, voxels

    @property
    def indices(self) -> torch.Tensor:
        return self.voxels.indices

    def with_features(self, features: torch.Tensor) -> GridTensor:
        return GridTensor(features, self.voxels)

    def joined(self, other: SparseTensor) -> GridTensor:
        return self.with_features(join(self.features, other.features))

    def normalised(self, norm: nn.BatchNorm1d) -> GridTensor:
        return self.with_features(normalise(self.features, norm))

    def pointwise(self, matrix: torch.Tensor) -> GridTensor:
        return self.with_features(convolve(self.features, matrix[None], self.voxels.itself))

    def submanifold(
        self, weight: torch.Tensor, plus: torch.Tensor | None = None, norm: nn.BatchNorm1d | None = None
    ) -> GridTensor:
        return self.with_features(convolve(self.features, _kernels(weight), self.voxels.neighbours, plus, norm))

    def halved(self, weight: torch.Tensor) -> GridTensor:
        halving = self.voxels.halved
        return GridTensor(convolve(self.features, _kernels(weight), halving.down), halving.coarse)

    def doubled(self, weight: torch.Tensor, fine: SparseTensor) -> GridTensor:
        assert isinstance(fine, GridTensor)
        return fine.with_features(convolve(self.features, _kernels(weight), fine.voxels.halved.up))


def _kernels(weight: torch.Tensor) -> torch.Tensor:
    """(Cout, k, k, k, Cin) -> (k * k * k, Cin, Cout)."""
    return weight.reshape(len(weight), -1, weight.shape[-1]).permute(1, 2, 0)
