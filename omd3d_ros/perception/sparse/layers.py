"""Layers with the parameter names and shapes of spconv 2, so that published weights load."""

from __future__ import annotations

import math

import torch
from torch import nn

from .tensor import SparseTensor


class SparseConvolution(nn.Module):
    """weight (outputs, k, k, k, inputs); no bias."""

    def __init__(self, inputs: int, outputs: int, kernel: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, kernel, kernel, kernel, inputs))
        bound = 1 / math.sqrt(inputs * kernel**3)
        nn.init.uniform_(self.weight, -bound, bound)


class SubmanifoldConv(SparseConvolution):
    """3x3x3, onto the same voxels."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, 3)

    def forward(
        self, x: SparseTensor, plus: torch.Tensor | None = None, norm: nn.BatchNorm1d | None = None
    ) -> SparseTensor:
        return x.submanifold(self.weight, plus, norm)


class HalvingConv(SparseConvolution):
    """2x2x2 with stride 2."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, 2)

    def forward(self, x: SparseTensor) -> SparseTensor:
        return x.halved(self.weight)


class DoublingConv(SparseConvolution):
    """The inverse of a HalvingConv."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, 2)

    def forward(self, x: SparseTensor, fine: SparseTensor) -> SparseTensor:
        return x.doubled(self.weight, fine)


class PointwiseConv(SparseConvolution):
    """1x1x1: a linear map of each voxel.

    spconv 2.3.8 reads the weight's memory as (inputs, outputs) without a transpose; ``as_published`` does too.
    """

    def __init__(self, inputs: int, outputs: int, as_published: bool = True) -> None:
        super().__init__(inputs, outputs, 1)
        self.as_published = as_published

    def forward(self, x: SparseTensor) -> SparseTensor:
        outputs, inputs = self.weight.shape[0], self.weight.shape[-1]
        if self.as_published:
            return x.pointwise(self.weight.reshape(inputs, outputs))
        return x.pointwise(self.weight.reshape(outputs, inputs).T)
