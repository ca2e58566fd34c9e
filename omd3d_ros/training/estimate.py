"""What a run needs of memory and time: said before the first step, and refused where it can't fit."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from ..models.memory import GIB, available_bytes
from ..models.openmaskdino3d import OpenMaskDINO3DModel
from .settings import FineTuningSettings, TrainingError

_GRADIENT_AND_MOMENTS = 3  # values of 4 bytes for each trained parameter: gradient, and AdamW's two averages
_SAVED_PER_LAYER = 18  # values of a token's width that a transformer layer keeps for its backward pass, roughly
_LOGITS = 4  # copies of the logits in the loss and its backward pass
_ANSWER_TOKENS = 32


@dataclass(frozen=True)
class MemoryEstimate:
    """In bytes, of one process: weights (already held), gradients with the optimiser's state, activations."""

    weights: int
    optimizer: int
    activations: int
    trained: int
    parameters: int

    @property
    def additional(self) -> int:
        """What the first step takes beside the weights."""
        return self.optimizer + self.activations

    def __str__(self) -> str:
        return (
            f"{self.trained / 1e6:.2f} M of {self.parameters / 1e6:.2f} M parameters learn; memory of a process: "
            f"weights {_gib(self.weights)}, gradients and optimiser {_gib(self.optimizer)}, activations about "
            f"{_gib(self.activations)}"
        )


def estimate_memory(
    model: OpenMaskDINO3DModel,
    settings: FineTuningSettings,
    micro_batch: int,
    tokens: int,
    half: bool,
    shards: int = 1,
) -> MemoryEstimate:
    """tokens: of the longest sequences; half: activations in two bytes rather than four; shards: processes that hold
    the optimiser's state between them."""
    parameters = list(model.parameters())
    trained = sum(p.numel() for p in parameters if p.requires_grad)
    width = 2 if half else 4
    llm = model.language_model.config
    tokens = min(tokens, settings.max_length) * micro_batch
    layer = tokens * llm.hidden_size * _SAVED_PER_LAYER * width
    kept = tokens * llm.hidden_size * width
    layers = llm.num_hidden_layers
    language = layers * kept + layer if settings.gradient_checkpointing else layers * layer
    logits = micro_batch * _ANSWER_TOKENS * llm.vocab_size * 4 * _LOGITS
    return MemoryEstimate(
        weights=sum(p.numel() * p.element_size() for p in parameters),
        optimizer=trained * 4 * _GRADIENT_AND_MOMENTS // shards,
        activations=language + logits,
        trained=trained,
        parameters=sum(p.numel() for p in parameters),
    )


def require_memory(estimate: MemoryEstimate, device: torch.device, processes: int = 1) -> None:
    """processes: that share the device's memory.  Raises TrainingError where the first step can't fit."""
    free = available_bytes(device) // processes
    if estimate.additional <= free:
        return
    raise TrainingError(
        f"a step needs about {_gib(estimate.additional)} of memory on {device} beside the weights, and {_gib(free)} "
        "are free for each process: use a smaller --micro-batch, --gradient-checkpointing, --mixed-precision bf16, "
        "adapters (language: lora) instead of the whole model, or more GPUs with FSDP"
    )


def time_left(seconds_a_step: float, steps: int) -> str:
    """For a person: ``0.50 s a step, 1200 steps: about 10 min``."""
    total = seconds_a_step * steps
    about = f"{total / 3600:.1f} h" if total > 5400 else f"{total / 60:.0f} min" if total > 90 else f"{total:.0f} s"
    return f"{seconds_a_step:.2f} s a step, {steps} steps: about {about}"


def _gib(count: int) -> str:
    return f"{count / GIB:.2f} GiB"
