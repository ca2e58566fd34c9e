"""Sparse convolution over a kernel map, differentiable, on any device and in any floating type."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

from .kernel_map import KernelMap
from .tile_convolution import affine_relu, convolve_tiles, join_rows, pack_weights


def convolve(
    features: torch.Tensor,
    kernels: torch.Tensor,
    kernel_map: KernelMap,
    plus: torch.Tensor | None = None,
    norm: nn.BatchNorm1d | None = None,
) -> torch.Tensor:
    """features (N, Cin), kernels (K, Cin, Cout) -> (V, Cout); plus (V, Cout) is added, then norm and ReLU applied."""
    if _fused(norm, features, kernels, plus):
        affine = None if norm is None else scale_and_shift(norm)
        return convolve_tiles(features, pack_weights(kernels), kernel_map.tiles, kernels.shape[2], plus, affine)
    out = _Convolution.apply(features, kernels, kernel_map)
    out = out if plus is None else out + plus
    return out if norm is None else F.relu(norm(out))


def normalise(features: torch.Tensor, norm: nn.BatchNorm1d) -> torch.Tensor:
    """Batch norm and ReLU of features (N, C)."""
    if _fused(norm, features):
        return affine_relu(features, scale_and_shift(norm))
    return F.relu(norm(features))


def join(features: torch.Tensor, others: torch.Tensor) -> torch.Tensor:
    """(V, C) and (V, C') -> (V, C + C')."""
    if compiled(features, others):
        return join_rows(features, others)
    return torch.cat([features, others], 1)


def scale_and_shift(norm: nn.BatchNorm1d) -> torch.Tensor:
    """(2, C): a batch norm in evaluation as x * scale + shift."""
    assert norm.running_mean is not None and norm.running_var is not None
    scale = norm.weight * torch.rsqrt(norm.running_var + norm.eps)
    return torch.stack([scale, norm.bias - norm.running_mean * scale]).detach()


def compiled(*tensors: torch.Tensor) -> bool:
    """Whether the kernels for CPUs can take these: float32, and no gradient is wanted."""
    if torch.is_grad_enabled() and any(t.requires_grad for t in tensors):
        return False
    return all(_for_tiles(t) for t in tensors)


def _fused(norm: nn.BatchNorm1d | None, *tensors: torch.Tensor | None) -> bool:
    """Whether the kernels for CPUs can do it all: ``compiled``, and the norm in evaluation."""
    given = [t for t in tensors if t is not None]
    if norm is None:
        return compiled(*given)
    return not norm.training and compiled(*given, norm.weight, norm.bias)


def _for_tiles(tensor: torch.Tensor) -> bool:
    return tensor.device.type == "cpu" and tensor.dtype == torch.float32


class _Convolution(torch.autograd.Function):
    """The gradient of the features is itself a convolution, by the transposed map."""

    @staticmethod
    def forward(ctx: Any, features: torch.Tensor, kernels: torch.Tensor, kernel_map: KernelMap) -> torch.Tensor:
        ctx.save_for_backward(features, kernels)
        ctx.kernel_map = kernel_map
        return _sum_of_products(features, kernels, kernel_map)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor | None, torch.Tensor | None, None]:
        features, kernels = ctx.saved_tensors
        wrt_features = wrt_kernels = None
        if ctx.needs_input_grad[0]:
            wrt_features = _sum_of_products(grad, kernels.transpose(1, 2), ctx.kernel_map.transposed())
        if ctx.needs_input_grad[1]:
            wrt_kernels = torch.stack([features[i].T @ grad[o] for i, o in ctx.kernel_map.pairs])
        return wrt_features, wrt_kernels, None


def _sum_of_products(features: torch.Tensor, kernels: torch.Tensor, kernel_map: KernelMap) -> torch.Tensor:
    """features (N, Cin), kernels (K, Cin, Cout) -> (V, Cout)."""
    if _for_tiles(features) and _for_tiles(kernels):
        return convolve_tiles(features, pack_weights(kernels), kernel_map.tiles, kernels.shape[2])
    out = features.new_zeros(kernel_map.outputs, kernels.shape[2])
    for kernel, (inputs, outputs) in zip(kernels, kernel_map.pairs, strict=True):
        out.index_add_(0, outputs, features[inputs] @ kernel)
    return out
