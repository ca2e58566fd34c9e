"""Which input row meets which output row through which cell of a convolution kernel."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import torch

from .tiles import Tiles, cut_into_tiles

Pairs = list[tuple[torch.Tensor, torch.Tensor]]


@dataclass(eq=False)
class KernelMap:
    """table (V, K) int32: of each output row and kernel cell the input row, -1 for none; inputs: number of input rows.

    At most one output row meets an input row in a kernel cell, as in every convolution.
    """

    table: torch.Tensor
    inputs: int
    _transposed: KernelMap | None = field(default=None, repr=False)

    @property
    def outputs(self) -> int:
        return len(self.table)

    @cached_property
    def pairs(self) -> Pairs:
        """Per kernel cell the input rows and the output rows that meet, (P_k,) int64 each, by output row."""
        cells, outputs = torch.nonzero(self.table.T >= 0, as_tuple=True)
        inputs = self.table[outputs, cells].long()
        counts = torch.bincount(cells, minlength=self.table.shape[1]).tolist()
        return list(zip(inputs.split(counts), outputs.split(counts), strict=True))

    @cached_property
    def tiles(self) -> Tiles:
        """The pairs as the kernel for CPUs wants them."""
        return cut_into_tiles(self.table.numpy())

    def transposed(self) -> KernelMap:
        """The map from outputs to inputs, as gradients flow."""
        if self._transposed is None:
            table = self.table.new_full((self.inputs, self.table.shape[1]), -1)
            outputs, cells = torch.nonzero(self.table >= 0, as_tuple=True)
            table[self.table[outputs, cells].long(), cells] = outputs.to(table.dtype)
            self._transposed = KernelMap(table, self.outputs, self)
        return self._transposed
