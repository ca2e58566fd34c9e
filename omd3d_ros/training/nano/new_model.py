"""A nano model before training: its sizes from the preset, its classes and words from the package."""

from __future__ import annotations

import torch

from ...datasets.rooms.lexicon import NAMES
from ...models.openmaskdino3d import OpenMaskDINO3DConfig, OpenMaskDINO3DModel, OpenMaskDINO3DProcessor
from ...models.presets import Preset
from .vocabulary import PROMPT, program_vocabulary


def new_model(preset: Preset, seed: int) -> tuple[OpenMaskDINO3DModel, OpenMaskDINO3DProcessor]:
    """Random weights, the same for the same seed."""
    torch.manual_seed(seed)
    content = dict(preset.model)
    llm = dict(content.pop("llm"))
    tokenizer = program_vocabulary(content.get("max_objects", 100))
    ids = {f"{n}_token_id": getattr(tokenizer, f"{n}_token_id") for n in ("bos", "eos", "pad")}
    config = OpenMaskDINO3DConfig(
        categories=sorted(NAMES), llm={**llm, "vocab_size": len(tokenizer), **ids}, prompt=PROMPT, **content
    )
    return OpenMaskDINO3DModel(config), OpenMaskDINO3DProcessor(tokenizer, config)
