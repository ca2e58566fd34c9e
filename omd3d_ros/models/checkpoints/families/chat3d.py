"""What OpenMaskDINO3D and its ancestor Chat-Scene share: a LLaMA with LoRA, projectors of object features."""

from __future__ import annotations

from ..mapping import Absence, Rule
from .places import (
    IMAGE_ENCODER,
    LANGUAGE_MODEL,
    OBJECT_TOKENS,
    POINT_ENCODER,
    POINT_EXTRACTOR,
    POSITION_PROJECTION,
    SEGMENTOR,
)

_PEFT = r"llama_model\.(?:base_model\.model\.)?"

LANGUAGE_RULES = (
    Rule(_PEFT + r"(.*\.lora_[AB]\.default\.weight)", (LANGUAGE_MODEL + r"\1",), "LoRA adapters"),
    Rule(_PEFT + r"(model\.embed_tokens\.weight|lm_head\.weight)", (LANGUAGE_MODEL + r"\1",), "token table and head"),
    Rule(_PEFT + r".*\.rotary_emb\.inv_freq", (), "", "computed from the configuration"),
    Rule(
        _PEFT + r"((?:model|lm_head)\..*)",
        (LANGUAGE_MODEL + r"\1",),
        "base language model",
        "the model here has no such weight in its language model",
    ),
)
PROJECTOR_RULES = (
    Rule(r"(object_proj\.[02]\.(?:weight|bias))", (OBJECT_TOKENS + r"\1",), "projector of 3D features"),
    Rule(
        r"(object_img_proj\.[02]\.(?:weight|bias))",
        (OBJECT_TOKENS + r"\1",),
        "projector of image features",
        "the model here has no image tokens",
    ),
    Rule(
        r"(object_loc_proj\.[02]\.(?:weight|bias))",
        (OBJECT_TOKENS + r"\1",),
        "projector of boxes",
        "the model here has no box tokens",
    ),
    Rule(
        r"pos_proj\.0\.(weight|bias)",
        (POSITION_PROJECTION + r"\1",),
        "position embedding",
        "the model here adds no position embedding",
    ),
    Rule(
        r"(pos_embedding\.gauss_B)",
        (OBJECT_TOKENS + r"\1",),
        "position embedding",
        "the model here adds no position embedding",
    ),
)
SHARED_ABSENCES = (
    Absence(
        rf"{LANGUAGE_MODEL}(?!.*\.lora_[AB]\.)(?!model\.embed_tokens\.|lm_head\.).*",
        "base language model: from --llm",
    ),
    Absence(f"{POINT_EXTRACTOR}.*", "point extractor: from --spformer"),
    Absence(f"{SEGMENTOR}.*", "instance segmentation: from --spformer"),
    Absence(f"{POINT_ENCODER}.*", "3D object features: from --uni3d"),
    Absence(f"{IMAGE_ENCODER}.*", "image features: from --dinov2"),
    Absence(
        rf"{OBJECT_TOKENS}object_img_proj\..*",
        "not saved where train_img_proj was false: then the random values of that training are lost",
    ),
)
COVERED = (LANGUAGE_MODEL, OBJECT_TOKENS)
