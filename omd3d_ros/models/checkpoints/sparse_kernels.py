"""Layouts of sparse 3D convolution kernels: spconv 1 and 2 write them differently."""

from __future__ import annotations

from collections.abc import Mapping

import torch


def kernel_first(shapes: Mapping[str, tuple[int, ...]]) -> bool:
    """Whether a file's kernels are ``[k, k, k, Cin, Cout]`` (spconv 1) rather than ``[Cout, k, k, k, Cin]`` (spconv 2).

    One kernel alone may be either; all together are ``[k, k, k, ...]`` only in the former layout.
    """
    kernels = [shape for shape in shapes.values() if len(shape) == 5]
    return (
        bool(kernels) and all(k[0] == k[1] == k[2] for k in kernels) and not all(k[1] == k[2] == k[3] for k in kernels)
    )


def output_first(kernel: torch.Tensor) -> torch.Tensor:
    """``[k, k, k, Cin, Cout]`` as ``[Cout, k, k, k, Cin]``, a view.

    A 1x1x1 kernel keeps its memory order, because spconv multiplies with the buffer viewed as (Cin, Cout) in both.
    """
    if kernel.shape[:3] == (1, 1, 1):
        return kernel.reshape(kernel.shape[4], 1, 1, 1, kernel.shape[3])
    return kernel.permute(4, 0, 1, 2, 3)
