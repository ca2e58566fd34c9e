"""Checkpoint: what a file of weights holds, whoever wrote it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

SAMPLE = 5


class CheckpointError(ValueError):
    """A checkpoint that can't be read or doesn't fit; the message says what was found and what would be right."""


@dataclass(frozen=True)
class Checkpoint:
    """path: where it was read from.  tensors: by the names of whoever wrote it, on the CPU, mapped from the file where
    that is possible.  extra: the plain values beside them (config, epoch) as dicts, lists, numbers and texts."""

    path: Path
    tensors: dict[str, torch.Tensor]
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        return {name: tuple(tensor.shape) for name, tensor in self.tensors.items()}


def nonfinite(tensors: dict[str, torch.Tensor]) -> list[str]:
    """Names of the tensors that hold NaN or infinity.  Takes no memory that grows with a tensor."""
    return [name for name, tensor in tensors.items() if tensor.is_floating_point() and not _finite(tensor)]


def _finite(tensor: torch.Tensor) -> bool:
    if tensor.is_meta or tensor.numel() == 0:
        return True
    if tensor.element_size() == 1:  # aminmax knows no 8-bit floats
        return all(bool(torch.isfinite(part.float()).all()) for part in tensor.detach().flatten().split(1 << 22))
    low, high = torch.aminmax(tensor.detach())  # NaN if there is one anywhere
    return bool(torch.isfinite(low) & torch.isfinite(high))


def listed(names: list[str]) -> str:
    """Up to five of the names, and how many more there are."""
    more = f", and {len(names) - SAMPLE} more" if len(names) > SAMPLE else ""
    return ", ".join(names[:SAMPLE]) + more
