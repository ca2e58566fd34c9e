"""The configuration of a published model: from its own settings, and from the shapes of its tensors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .configuration import PUBLISHED_LAYOUTS, OpenMaskDINO3DConfig

# What the original's settings are where a checkpoint says nothing.
_MODEL_DEFAULTS = {
    "max_txt_len": 64, "max_obj_num": 100, "input_dim": 1024, "img_input_dim": 1024, "pos_dim": 128,
    "add_loc": True, "bidirection": False, "add_pos_emb": False,
}  # fmt: skip
_LORA_DEFAULTS = {
    "lora_r": 16, "lora_alpha": 16, "lora_dropout": 0.05,
    "lora_target_modules": ["q_proj", "v_proj", "k_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
}  # fmt: skip
_PUBLISHED_GENERATION = {"min_new_tokens": 2, "repetition_penalty": 3.0}


def published_layout(settings: Mapping[str, Any]) -> str:
    """The token layout that the original's flags choose."""
    if settings.get("fuse_with_id"):
        location = "+location" if settings.get("add_loc") or settings.get("use_loc_add") else ""
        return f"id+point+image{location}" if settings.get("add_img_token", True) else f"id+point{location}"
    for flag in ("feat_fusion", "use_loc_add", "add_loc"):
        if settings.get(flag):
            return PUBLISHED_LAYOUTS[flag]
    return PUBLISHED_LAYOUTS["without add_loc"]


def published_config(
    settings: Mapping[str, Any],
    llm: dict[str, Any],
    categories: list[str] | None = None,
    segmentor: dict[str, Any] | None = None,
    evaluation_as_published: bool = False,
    **changes: Any,
) -> OpenMaskDINO3DConfig:
    """settings: ``{"model": ..., "lora": ...}`` as the original writes them, of which any part may be missing.

    llm: the language model's configuration, its vocabulary with ``[SEG]`` and the identifiers.  With
    ``evaluation_as_published`` greedy decoding with the original's repetition penalty and shortest answer, too.
    changes: further arguments of OpenMaskDINO3DConfig.
    """
    model = {**_MODEL_DEFAULTS, **(settings.get("model") or {})}
    lora = {**_LORA_DEFAULTS, **(settings.get("lora") or {})} if model.get("use_lora", True) else None
    features = {"point_channels": model["input_dim"], "image_channels": model["img_input_dim"]}
    arguments = {
        "categories": categories,
        "encoder": {"type": "sparse_unet", **(model.get("point_extractor") or {})},
        "segmentor": segmentor or {"type": "geometric"},
        "object_features": features,
        "mask_decoder": dict(model.get("mask_decoder") or {}),
        "llm": llm,
        "lora": None if lora is None else _lora(lora),
        "object_layout": published_layout(model),
        "location_encoding": "box",
        "normalize_features": True,
        "position_channels": model["pos_dim"] if model["add_pos_emb"] else None,
        "max_objects": model["max_obj_num"],
        "bidirectional": bool(model["bidirection"]),
        "tie_object_logits": False,
        "prompt": "published",
        "max_new_tokens": model["max_txt_len"],
        "generation": dict(_PUBLISHED_GENERATION) if evaluation_as_published else None,
        "as_published": True,
        "evaluation_as_published": evaluation_as_published,
    }
    return OpenMaskDINO3DConfig(**{**arguments, **changes})


def _lora(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The original's names as peft's."""
    return {
        "r": settings["lora_r"],
        "lora_alpha": settings["lora_alpha"],
        "lora_dropout": settings["lora_dropout"],
        "target_modules": list(settings["lora_target_modules"]),
    }
