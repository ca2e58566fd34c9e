"""The same convolutions by spconv (github.com/traveller59/spconv), which is the faster one on GPUs.

Imported only where it is asked for or a GPU holds the tensors, since spconv is optional and its import takes seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import spconv.pytorch as spconv
import torch
from spconv.cppconstants import CPU_ONLY_BUILD
from torch import nn
from torch.nn import functional as F

from .tensor import SparseTensor

BUILT_FOR_CUDA = not CPU_ONLY_BUILD


class SpconvTensor:
    """A spconv.SparseConvTensor and the number of times it was halved, by which spconv finds the kernel maps again."""

    def __init__(self, tensor: spconv.SparseConvTensor, level: int = 0) -> None:
        self._tensor, self._level = tensor, level

    @classmethod
    def of(cls, features: torch.Tensor, indices: torch.Tensor, extent: tuple[int, int, int]) -> SpconvTensor:
        """features (V, C) float32 of distinct voxels indices (V, 4) int32 within the extent."""
        scenes = int(indices[:, 0].max()) + 1 if len(indices) else 1
        return cls(spconv.SparseConvTensor(features, indices, list(extent), scenes))

    @property
    def features(self) -> torch.Tensor:
        return self._tensor.features

    @property
    def indices(self) -> torch.Tensor:
        return self._tensor.indices

    def with_features(self, features: torch.Tensor) -> SpconvTensor:
        return SpconvTensor(self._tensor.replace_feature(features), self._level)

    def joined(self, other: SparseTensor) -> SpconvTensor:
        return self.with_features(torch.cat([self.features, other.features], 1))

    def pointwise(self, matrix: torch.Tensor) -> SpconvTensor:
        return self.with_features(self.features @ matrix)

    def normalised(self, norm: nn.BatchNorm1d) -> SpconvTensor:
        return self.with_features(F.relu(norm(self.features)))

    def submanifold(
        self, weight: torch.Tensor, plus: torch.Tensor | None = None, norm: nn.BatchNorm1d | None = None
    ) -> SpconvTensor:
        convolved = self._convolved(spconv.SubMConv3d, f"neighbours{self._level}", weight, self._level)
        features = convolved.features if plus is None else convolved.features + plus
        return convolved.with_features(features if norm is None else F.relu(norm(features)))

    def halved(self, weight: torch.Tensor) -> SpconvTensor:
        return self._convolved(spconv.SparseConv3d, f"halved{self._level}", weight, self._level + 1, stride=2)

    def doubled(self, weight: torch.Tensor, fine: SparseTensor) -> SpconvTensor:
        return self._convolved(spconv.SparseInverseConv3d, f"halved{self._level - 1}", weight, self._level - 1)

    def _convolved(
        self, kind: type[nn.Module], key: str, weight: torch.Tensor, level: int, **stride: int
    ) -> SpconvTensor:
        with torch.device("meta"):
            layer: Any = kind(weight.shape[-1], len(weight), weight.shape[1], bias=False, indice_key=key, **stride)
        del layer.weight
        layer.weight = weight
        with _one_thread_on_cpu(weight):
            return SpconvTensor(layer(self._tensor), level)


@contextmanager
def _one_thread_on_cpu(tensor: torch.Tensor) -> Iterator[None]:
    """spconv's code for CPUs races on its sums with more than one thread."""
    threads = torch.get_num_threads()
    if tensor.device.type == "cpu":
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
