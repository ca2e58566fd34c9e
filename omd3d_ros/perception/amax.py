"""Tensor.amax with a gradient that costs a quarter: torch's own counts ties in 64-bit integers."""

from __future__ import annotations

from typing import Any

import torch


def amax(x: torch.Tensor, dim: int) -> torch.Tensor:
    """``x.amax(dim)``; what is equally large shares the gradient, as with torch's."""
    return _Amax.apply(x, dim)


class _Amax(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, dim: int) -> torch.Tensor:
        largest = x.amax(dim)
        ctx.save_for_backward(x, largest)
        ctx.dim = dim
        return largest

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None]:
        x, largest = ctx.saved_tensors
        chosen = torch.eq(x, largest.unsqueeze(ctx.dim), out=torch.empty_like(x))
        return chosen.mul_((gradient / chosen.sum(ctx.dim)).unsqueeze(ctx.dim)), None
