"""The base language model that a large model is built around, from a local folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerBase

from ..checkpoints import CheckpointError
from .adapters import add_adapters
from .configuration import OpenMaskDINO3DConfig
from .modeling import OpenMaskDINO3DModel


def read_base(llm: Path) -> tuple[dict[str, Any], PreTrainedTokenizerBase]:
    """Its configuration and tokenizer.  Raises CheckpointError."""
    try:
        config = AutoConfig.from_pretrained(llm, local_files_only=True)
        return config.to_dict(), AutoTokenizer.from_pretrained(llm, local_files_only=True)
    except (OSError, ValueError, KeyError) as error:
        raise CheckpointError(f"{llm}: no language model with a tokenizer that can be read: {error}") from error


def model_around(llm: Path, config: OpenMaskDINO3DConfig, dtype: torch.dtype) -> OpenMaskDINO3DModel:
    """The configured model with this base model in ``dtype``, token table and head in float32; all else is new.

    Uni3D and DINOv2 are left out, to be put in from their files.  A one-layer language model stands where the base
    model goes, so that no second one is ever in memory.  Raises CheckpointError.
    """
    small = OpenMaskDINO3DConfig.from_dict(config.to_dict())
    small.llm = {**config.llm, "num_hidden_layers": 1, "intermediate_size": 8, "vocab_size": config.max_objects + 8}
    small.lora = None
    features = config.object_features
    if features is not None:
        small.object_features = {k: v for k, v in features.items() if k not in ("point_encoder", "image_encoder")}
    model = OpenMaskDINO3DModel(small)
    model.config = config
    model.language_model = _base_model(llm, config, dtype)
    return model


def _base_model(llm: Path, config: OpenMaskDINO3DConfig, dtype: torch.dtype) -> Any:
    """With rows for [SEG] and the identifiers, and adapters where there are any."""
    try:
        model: Any = AutoModelForCausalLM.from_pretrained(llm, dtype=dtype, local_files_only=True)
    except (OSError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"{llm}: the language model can't be loaded: {error}") from error
    spread = float(model.get_input_embeddings().weight.detach().float().std())
    model.resize_token_embeddings(config.llm["vocab_size"], mean_resizing=False)
    for table in (model.get_input_embeddings(), model.get_output_embeddings()):
        nn.init.normal_(table.weight.data[-config.max_objects - 1 :], std=spread)  # as small as the known rows
        table.float()
    if config.lora is not None:
        add_adapters(model, config.lora)
    return model
