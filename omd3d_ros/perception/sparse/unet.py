"""The sparse U-Net of SPFormer's form: two-sided, residual blocks with batch norm and ReLU before each convolution."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from torch import nn

from .layers import DoublingConv, HalvingConv, PointwiseConv, SubmanifoldConv
from .tensor import SparseTensor

MOMENTUM = 0.1


class ResidualBlock(nn.Module):
    """Batch norm, ReLU, 3x3x3 convolution, twice, plus the input, through a 1x1 convolution where widths differ."""

    def __init__(self, inputs: int, outputs: int, eps: float, as_published: bool) -> None:
        super().__init__()
        self.i_branch = nn.Sequential(
            nn.Identity() if inputs == outputs else PointwiseConv(inputs, outputs, as_published)
        )
        self.conv_branch = nn.Sequential(
            nn.BatchNorm1d(inputs, eps, MOMENTUM), nn.ReLU(), SubmanifoldConv(inputs, outputs),
            nn.BatchNorm1d(outputs, eps, MOMENTUM), nn.ReLU(), SubmanifoldConv(outputs, outputs),
        )  # fmt: skip

    def forward(self, x: SparseTensor) -> SparseTensor:
        norm1, _, conv1, norm2, _, conv2 = self.conv_branch
        assert isinstance(norm1, nn.BatchNorm1d)
        return conv2(conv1(x.normalised(norm1), norm=norm2), plus=self.i_branch(x).features)


class UBlock(nn.Module):
    """One level and, in ``u``, all coarser ones; widths: channels of this level and of the coarser ones."""

    def __init__(self, widths: Sequence[int], repetitions: int, eps: float, as_published: bool) -> None:
        super().__init__()
        width = widths[0]
        self.blocks = _numbered([ResidualBlock(width, width, eps, as_published) for _ in range(repetitions)])
        self.deeper = len(widths) > 1
        if self.deeper:
            below = widths[1]
            self.conv = nn.Sequential(nn.BatchNorm1d(width, eps, MOMENTUM), nn.ReLU(), HalvingConv(width, below))
            self.u = UBlock(widths[1:], repetitions, eps, as_published)
            self.deconv = nn.Sequential(nn.BatchNorm1d(below, eps, MOMENTUM), nn.ReLU(), DoublingConv(below, width))
            tail_inputs = [2 * width] + [width] * (repetitions - 1)
            self.blocks_tail = _numbered([ResidualBlock(n, width, eps, as_published) for n in tail_inputs])

    def forward(self, x: SparseTensor) -> list[SparseTensor]:
        """The output of this level, then of the coarser ones."""
        skip = self.blocks(x)
        if not self.deeper:
            return [skip]
        norm, _, halve = self.conv
        coarser = self.u(halve(skip.normalised(norm)))
        norm, _, double = self.deconv
        up = double(coarser[0].normalised(norm), skip)
        return [self.blocks_tail(skip.joined(up)), *coarser]


def _numbered(blocks: list[ResidualBlock]) -> nn.Sequential:
    return nn.Sequential(OrderedDict((f"block{i}", block) for i, block in enumerate(blocks)))
