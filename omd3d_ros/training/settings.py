"""What a fine-tuning run does: every choice beside the model and the data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

PUBLISHED_RATE = 5e-6  # per sample of the global batch
_CHOICES = {"language": ("lora", "full"), "targets": ("truth", "proposals"), "queries": ("union", "objects")}


class TrainingError(ValueError):
    """The run can't start or go on; the message says what to change."""


@dataclass(frozen=True)
class FineTuningSettings:
    """Defaults are the published ones where there is one.  Raises TrainingError for values that make no sense.

    tags: tasks to train on, concatenated and shuffled; epochs over them, or steps where that is given.
    batch_size: samples of one step over all processes and accumulated parts, so that a run is the same on any number
    of processes; micro_batch: samples that one process computes at once (None: its whole share).
    learning_rate: None: 5e-6 times batch_size; warmup_epochs: it rises linearly, then falls as a cosine to a
    hundredth.  weight_decay: not of 1-D parameters.  clip: largest gradient norm.

    language: ``lora``: adapters and the token rows of [SEG] and identifiers; ``full``: the whole language model.
    lora: arguments of peft's LoraConfig for a model that has no adapters yet.
    train_encoder: the scene encoder too (its batch norms keep their statistics); stored superpoint features are then
    not used.
    targets: masks of the true objects, or as published of the matched proposals.  queries: one [SEG] for the union of
    the objects, as published, or one for each.
    loss_weights: of BCE, Dice and score; segmentation_weight: of their sum over the batch beside the language loss.
    augment: turns and mirrors about z; feature_noise: relative, of the objects' features; box_noise in metres.
    max_length: tokens of a sequence, what is beyond is cut.

    checkpoint_minutes between checkpoints, of which keep_checkpoints stay; validation_steps between validations on the
    first validation_samples of the split.
    """

    tags: tuple[str, ...]
    epochs: float = 3.0
    steps: int | None = None
    batch_size: int = 8
    micro_batch: int | None = None
    learning_rate: float | None = None
    warmup_epochs: float = 0.1
    weight_decay: float = 0.02
    clip: float = 5.0
    seed: int = 42
    language: str = "lora"
    lora: dict[str, Any] | None = None
    train_encoder: bool = False
    targets: str = "truth"
    queries: str = "union"
    loss_weights: tuple[float, ...] = (1.0, 1.0, 0.5)
    segmentation_weight: float = 1.0
    augment: bool = True
    feature_noise: float = 0.1
    box_noise: float = 0.02
    max_length: int = 768
    gradient_checkpointing: bool = False
    checkpoint_minutes: float = 10.0
    keep_checkpoints: int = 2
    validation_steps: int = 500
    validation_samples: int = 64

    def __post_init__(self) -> None:
        for name, known in _CHOICES.items():
            if getattr(self, name) not in known:
                raise TrainingError(f"{name} must be one of {', '.join(known)}, got {getattr(self, name)!r}")
        for name in ("epochs", "batch_size", "clip", "max_length", "keep_checkpoints"):
            if not getattr(self, name) > 0:
                raise TrainingError(f"{name} must be above 0, got {getattr(self, name)}")
        for name in ("steps", "micro_batch", "learning_rate"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise TrainingError(f"{name} must be above 0, got {value}")
        if not self.tags:
            raise TrainingError("name at least one tag to train on, such as --tags scanrefer#scanqa")
        if len(self.loss_weights) != 3:
            raise TrainingError(f"loss_weights are three, of BCE, Dice and score; got {self.loss_weights}")

    @property
    def rate(self) -> float:
        """The highest learning rate."""
        return PUBLISHED_RATE * self.batch_size if self.learning_rate is None else self.learning_rate

    def total_steps(self, samples: int) -> int:
        """Steps of the whole run over that many samples."""
        return self.steps or max(1, round(self.epochs * samples / self.batch_size))

    def warmup_steps(self, samples: int) -> int:
        """At most a fifth of the run."""
        return min(round(self.warmup_epochs * samples / self.batch_size), self.total_steps(samples) // 5)


def settings_of(choices: Mapping[str, Any], tags: tuple[str, ...]) -> FineTuningSettings:
    """choices: by name, as a preset's ``training`` has them; raises TrainingError for one that there is not."""
    known = {f.name for f in fields(FineTuningSettings)} - {"tags"}
    unknown = sorted(choices.keys() - known)
    if unknown:
        raise TrainingError(f"training has no {', '.join(unknown)}; there are: {', '.join(sorted(known))}")
    values: dict[str, Any] = {}
    for field in fields(FineTuningSettings):
        if field.name in choices:
            values[field.name] = _of_type(field.name, str(field.type), choices[field.name])
    return FineTuningSettings(tags, **values)


def _of_type(name: str, kind: str, value: Any) -> Any:
    """The value as the field's type has it: YAML reads 1e-3 as text.  Raises TrainingError."""
    if value is None and "None" in kind:
        return None
    expected: dict[str, Any] = {
        "bool": bool,
        "int": int,
        "float": (int, float, str),
        "str": str,
        "dict": dict,
        "tuple": (list, tuple),
    }
    key = re.split(r"\W", kind)[0]
    try:
        if not isinstance(value, expected[key]) or (isinstance(value, bool) and key != "bool"):
            raise ValueError
        return float(value) if key == "float" else tuple(map(float, value)) if key == "tuple" else value
    except ValueError as error:
        raise TrainingError(f"{name} must be of type {key}, got {value!r}") from error
