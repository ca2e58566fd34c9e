"""The processes and devices of a run: whatever launched them, accelerate finds out."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import torch

from .settings import TrainingError

if TYPE_CHECKING:
    from accelerate import Accelerator

PRECISIONS = ("no", "bf16")


def accelerator_of(mixed_precision: str | None = None) -> Accelerator:
    """For this process, alone or started by ``accelerate launch`` or ``torchrun``, on GPUs where there are some.

    mixed_precision: of PRECISIONS, None as accelerate is set up.

    Raises TrainingError where accelerate is not installed.
    """
    if mixed_precision not in (None, *PRECISIONS):
        raise TrainingError(f"mixed_precision must be one of {', '.join(PRECISIONS)}, got {mixed_precision!r}")
    if find_spec("accelerate") is None:
        raise TrainingError("training on prepared data needs accelerate: pip install 'omd3d[large]'")
    from accelerate import Accelerator

    # Without being told, it joins no processes that have nothing but CPUs.
    return Accelerator(cpu=not _has_device(), mixed_precision=mixed_precision)


def _has_device() -> bool:
    if hasattr(torch, "accelerator"):  # torch 2.6 and later
        return bool(torch.accelerator.is_available())
    return torch.cuda.is_available()
