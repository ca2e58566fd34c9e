"""What a checkpoint is of, guessed from its names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """title: for readers; family: the one that converts it, None where none does; marks: patterns that all occur."""

    title: str
    family: str | None
    marks: tuple[str, ...]


_SPARSE_UNET = (r"input_conv\.0\.weight", r"unet\.blocks\.block0\.conv_branch\.0\.weight")
# The first whose marks are all there counts: the more special ones stand before the more general.
KINDS = (
    Kind(
        "an OpenMaskDINO3D checkpoint",
        "openmaskdino3d",
        (r"llama_model\..*", r"mask_decoder\.lang_proj\.weight", r"text_hidden_fcs\..*"),
    ),
    Kind("a Chat-Scene checkpoint", "chat-scene", (r"llama_model\..*", r"object_proj\.0\.weight")),
    Kind("a model converted by this program", None, (r"language_model\..*", r"mask_decoder\..*")),
    Kind("a PointGroup checkpoint", None, (*_SPARSE_UNET, r"offset(_linear)?\..*")),
    Kind(
        "an SPFormer checkpoint",
        "spformer",
        (r"((point_extractor|encoder)\.)?input_conv\.0\.weight", r"(decoder|segmentor)\.cross_attn_layers\.0\..*"),
    ),
    Kind("a sparse U-Net without a decoder (the point extractor of SPFormer)", "spformer", _SPARSE_UNET),
    Kind("a Mask3D checkpoint", None, (r"(model\.)?backbone\.conv0p1s1\.kernel", r"(model\.)?query_projection\..*")),
    Kind("an OpenScene checkpoint", None, (r"net3d\.conv0p1s1\.kernel",)),
    Kind("a DEVA checkpoint", None, (r"pixel_encoder\..*", r"mask_encoder\..*", r"key_proj\..*")),
    Kind(
        "a Uni3D checkpoint",
        "uni3d",
        (r"(point_encoder\.)?visual\.blocks\.0\..*", r"(point_encoder\.)?trans2embed\..*"),
    ),
    Kind("a ULIP checkpoint with Point-BERT", None, (r"point_encoder\.reduce_dim\..*", r"pc_projection")),
    Kind(
        "a DINOv2 checkpoint",
        "dinov2",
        (r"(dinov2\.)?embeddings\.mask_token", r"(dinov2\.)?encoder\.layer\.0\.layer_scale1\..*"),
    ),
    Kind(
        "a language model of the LLaMA kind",
        None,
        (r"model\.layers\.0\.self_attn\.q_proj\.weight", r"model\.embed_tokens\.weight"),
    ),
    Kind("LoRA adapters of a language model", None, (r"base_model\.model\..*\.lora_A\..*",)),
)


def identify(names: Iterable[str]) -> Kind | None:
    """The kind whose marks all occur among the names; None for none of those known."""
    text = "\n".join(name.removeprefix("module.") for name in names)
    for kind in KINDS:
        if all(re.search(rf"^(?:{mark})$", text, re.MULTILINE) for mark in kind.marks):
            return kind
    return None
