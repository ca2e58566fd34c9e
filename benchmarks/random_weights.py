"""A model of a preset's sizes whose weights are made up while it is loaded: what runs is what weights would run.

It goes through ``from_pretrained`` as a folder does, so that types, quantization and devices are those of
``load_model``; each tensor is made on the device when loading asks for it, and the main memory never holds them all.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers.utils.logging import disable_progress_bar

from omd3d_ros.models.loading import DTYPES, WeightsError, loading_arguments
from omd3d_ros.models.memory import configured_sizes, too_large
from omd3d_ros.models.openmaskdino3d import OpenMaskDINO3DConfig, OpenMaskDINO3DModel
from omd3d_ros.models.presets import Preset, PresetError

SCALE = 0.02  # standard deviation of LLaMA's own initial weights
PARTS = ("scene", "language")
ENCODERS = ("point_encoder", "image_encoder")


@dataclass(frozen=True)
class MadeUpTensor:
    """Stands for a tensor in a file: it comes into being when it is read."""

    name: str
    shape: torch.Size
    dtype: torch.dtype
    device: torch.device

    def __getitem__(self, index: Any) -> torch.Tensor:
        """Matrices normal; vectors 1, but biases and means 0; counters 0."""
        made = torch.zeros(self.shape, dtype=self.dtype, device=self.device)
        if len(self.shape) > 1:
            made.normal_(0, SCALE)
        elif self.dtype.is_floating_point and not re.search("bias$|mean$", self.name):
            made.fill_(1)
        return made[index]


def build(
    name: str,
    config: OpenMaskDINO3DConfig,
    device: torch.device,
    dtype: str,
    quantization: str | None = None,
    attention: str | None = None,
) -> OpenMaskDINO3DModel:
    """The model in evaluation mode.  Raises WeightsError where the device has not the memory for it."""
    reason = too_large(name, configured_sizes(config), config, device, DTYPES[dtype], quantization)
    if reason:
        raise WeightsError(reason)
    disable_progress_bar()
    torch.manual_seed(0)
    with torch.device("meta"):
        shapes = OpenMaskDINO3DModel(config).state_dict()
    tensors = {
        key: MadeUpTensor(key, t.shape, DTYPES[dtype] if t.dtype.is_floating_point else t.dtype, device)
        for key, t in shapes.items()
    }
    arguments = loading_arguments(device, quantization, attention)
    model = OpenMaskDINO3DModel.from_pretrained(
        None, config=config, state_dict=tensors, dtype=DTYPES[dtype], **arguments
    )
    return model.eval()


def configuration(
    preset: Preset, objects: int, tokens: int, small: bool, adapters: bool, parts: Sequence[str]
) -> OpenMaskDINO3DConfig:
    """A preset's configuration for answers of exactly ``tokens`` tokens about up to ``objects`` objects.

    Random weights would end an answer anywhere: the end token is forbidden until then, as with the published
    ``min_new_tokens``.  adapters: keep LoRA beside the weights, rather than merged as ``convert --merge-lora`` does.
    parts: of PARTS; without ``scene`` there is no Uni3D and no DINOv2, without ``language`` a language model of one
    layer.  Raises PresetError for a preset of another kind.
    """
    settings = tiny(preset.model) if small else dict(preset.model)
    features = settings.get("object_features") or {}
    kinds = [(settings.get(part) or {}).get("type") for part in ("encoder", "segmentor")]
    if kinds != ["sparse_unet", "spformer"] or not all(name in features for name in ENCODERS):
        raise PresetError(
            f"preset {preset.name} is not of the published kind (sparse_unet, spformer, Uni3D and DINOv2): name "
            "openmaskdino3d, or a preset on top of it"
        )
    if not adapters:
        settings["lora"] = None
    if "language" not in parts:
        settings["llm"] = {**settings["llm"], "num_hidden_layers": 1}
    if "scene" not in parts:
        settings["object_features"] = {k: v for k, v in features.items() if k not in ENCODERS}
    added = max(objects - settings.get("max_objects", 100), 0)
    settings["max_objects"] = settings.get("max_objects", 100) + added
    settings["llm"] = {**settings["llm"], "vocab_size": settings["llm"]["vocab_size"] + added}
    settings |= {"max_new_tokens": tokens, "generation": {"min_new_tokens": tokens}}
    return OpenMaskDINO3DConfig(**settings)


def tiny(settings: dict[str, Any]) -> dict[str, Any]:
    """The same model for two cores and seconds: every network keeps its form, at most 2 layers and 64 channels."""
    layers = {"num_layer": 2, "num_hidden_layers": 2, "depth": 2, "blocks": 2, "block_reps": 1}
    widths = {"d_model": 64, "hidden_dim": 64, "hidden_size": 64, "intermediate_size": 64, "embed_dim": 64, "media": 16}
    counts = {"nhead": 4, "num_heads": 4, "num_attention_heads": 4, "num_key_value_heads": 2, "num_query": 40, "r": 4}
    changes = {**layers, **widths, **counts, "d_text": 64, "mlp_ratio": 2.0, "image_size": 70}
    small = {
        key: tiny(value) if isinstance(value, dict) else changes.get(key, value) for key, value in settings.items()
    }
    if "point_encoder" in small:
        sizes = {"num_group": 16, "group_size": 16, "pc_encoder_dim": 64, "out_dim": 64}
        small["point_encoder"] = {**small["point_encoder"], **sizes}
        small |= {"point_channels": 64, "image_channels": 64}
    return small
