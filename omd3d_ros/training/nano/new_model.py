"""A nano model before training: its sizes from the preset, its classes and words from the package."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file

from ...datasets.rooms.lexicon import NAMES
from ...models.openmaskdino3d import OpenMaskDINO3DConfig, OpenMaskDINO3DModel, OpenMaskDINO3DProcessor
from ...models.presets import Preset
from ..settings import TrainingError
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


def begin_with(model: OpenMaskDINO3DModel, folder: Path) -> list[str]:
    """Give the model the saved weights that fit it; returns the parts of which some do not.  Raises TrainingError."""
    file = folder / "model.safetensors"
    if not file.is_file():
        raise TrainingError(f"{folder} has no weights to begin with (model.safetensors)")
    saved, own = load_file(file), model.state_dict()
    fitting = {k: v.to(own[k].dtype) for k, v in saved.items() if k in own and v.shape == own[k].shape}
    model.load_state_dict(fitting, strict=False)
    model.language_model.tie_weights()
    shared = {t.data_ptr() for k, t in own.items() if k in fitting}
    return sorted({k.split(".")[0] for k, t in own.items() if k not in fitting and t.data_ptr() not in shared})
