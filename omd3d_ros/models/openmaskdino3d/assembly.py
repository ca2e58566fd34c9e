"""A model of the published form from its pieces: trained checkpoint, base language model, encoders."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import AutoConfig, PreTrainedTokenizerBase

from ...language.identifiers import object_token
from ...language.prompt import SEG_TOKEN
from ...perception.spformer import SCANNET_CLASSES
from ..checkpoints import Checkpoint, CheckpointError, Report, apply, read_checkpoint
from ..checkpoints.families.openmaskdino3d import WITHOUT_SAVED_STATISTICS
from ..checkpoints.parts import Part, spformer_part, uni3d_part
from ..checkpoints.sizes import mask_decoder_sizes
from .adapters import merge_adapters
from .base_language import model_around, read_base
from .configuration import OpenMaskDINO3DConfig
from .modeling import OpenMaskDINO3DModel
from .parts import build_image_encoder, build_point_encoder
from .processing import OpenMaskDINO3DProcessor
from .published import published_config

Progress = Callable[[str, int, int], None]
_EMBEDDINGS = ("embed_tokens.weight", "lm_head.weight")
_MAX_OBJECTS = 999


@dataclass
class _Language:
    """The base model's configuration and tokenizer, with [SEG] and the identifiers added to both."""

    config: dict[str, Any]
    tokenizer: PreTrainedTokenizerBase
    base_vocabulary: int
    objects: int


def assemble(
    family: str,
    checkpoint: Checkpoint,
    llm: Path,
    parts: Mapping[str, Path],
    dtype: torch.dtype = torch.bfloat16,
    merge_lora: bool = False,
    allow_extra: bool = False,
    own_statistics: bool = False,
    progress: Progress = lambda what, done, total: None,
) -> tuple[OpenMaskDINO3DModel, OpenMaskDINO3DProcessor, Report]:
    """family: ``openmaskdino3d`` or ``chat-scene``; llm: folder of the base language model.

    parts: ``spformer``, ``uni3d`` (files) and ``dinov2`` (a folder).  dtype: of the language model and the feature
    encoders; what makes the masks, token table and head stay float32.  merge_lora: add the adapters to the weights.
    own_statistics: keep the batch norm statistics of the SPFormer file, rather than those that drifted in training.
    Raises CheckpointError where something is missing or does not fit; nothing is dropped silently.
    """
    masks = family == "openmaskdino3d"
    files = {name: read_checkpoint(path) for name, path in parts.items()}
    networks: dict[str, Part] = {}
    if "spformer" in files:
        networks["spformer"] = spformer_part(files["spformer"], None, torch.float32, allow_extra)
    if "uni3d" in files:
        networks["uni3d"] = uni3d_part(files["uni3d"], None, dtype, allow_extra)
    if masks and "spformer" not in files and not _has(checkpoint, "input_conv.0.weight"):
        raise CheckpointError(
            f"{checkpoint.path} has no weights of the point extractor, as the original does not save them: "
            "give SPFormer's with --spformer (spf_scannet_512.pth)"
        )
    progress("checking", 0, len(files) + 2)
    language = _language(checkpoint, llm, masks)
    if not masks:
        checkpoint = _with_seg_row(checkpoint, language.base_vocabulary)
    config = _configuration(checkpoint, networks, parts.get("dinov2"), language, masks)
    processor = OpenMaskDINO3DProcessor(language.tokenizer, config)
    progress("language model", 1, len(files) + 2)
    model = model_around(llm, config, dtype)
    skip = WITHOUT_SAVED_STATISTICS if own_statistics else ()
    report = apply(checkpoint, model, family, allow_extra=allow_extra, skip=skip)
    reports = []
    for i, (name, file) in enumerate(files.items()):
        progress(name, 2 + i, len(files) + 2)
        if name == "dinov2":
            reports.append(_add_image_encoder(model, file, dtype, allow_extra))
        else:
            given = {ours for used in report.used for ours in used.ours}
            _add_part(model, networks[name], {n for n in given if ".running_" in n})
            reports.append(networks[name].report)
    if merge_lora and config.lora is not None:
        merge_adapters(model.language_model)
        model.config.lora = None
    progress("done", len(files) + 2, len(files) + 2)
    return model.eval(), processor, report.joined(*reports) if reports else report


def _language(checkpoint: Checkpoint, llm: Path, masks: bool) -> _Language:
    """Raises CheckpointError when checkpoint and base model do not belong together."""
    config, tokenizer = read_base(llm)
    table = next((t for name, t in checkpoint.tensors.items() if name.endswith("embed_tokens.weight")), None)
    if table is None:
        raise CheckpointError(f"{checkpoint.path} has no token table (embed_tokens.weight)")
    rows, width = table.shape
    if width != config["hidden_size"]:
        raise CheckpointError(
            f"the checkpoint's language model is {width} wide, that in {llm} is {config['hidden_size']}: "
            "it was trained on another base model"
        )
    objects = rows - len(tokenizer) - masks
    if not 0 < objects <= _MAX_OBJECTS:
        raise CheckpointError(
            f"the checkpoint's token table has {rows} rows, the tokenizer in {llm} {len(tokenizer)} tokens: "
            f"that leaves {objects} for object identifiers; it was trained with another tokenizer"
        )
    base = len(tokenizer)
    tokenizer.add_tokens([SEG_TOKEN, *(object_token(i) for i in range(objects))], special_tokens=True)
    return _Language({**config, "vocab_size": len(tokenizer)}, tokenizer, base, objects)


def _with_seg_row(checkpoint: Checkpoint, row: int) -> Checkpoint:
    """Chat-Scene knows no [SEG]: its row, which is never read or said, is put before the identifiers."""
    tensors = dict(checkpoint.tensors)
    for name, tensor in checkpoint.tensors.items():
        if name.endswith(_EMBEDDINGS):
            tensors[name] = torch.cat([tensor[:row], tensor.new_zeros(1, tensor.shape[1]), tensor[row:]])
    return Checkpoint(checkpoint.path, tensors, checkpoint.extra)


def _configuration(
    checkpoint: Checkpoint,
    networks: Mapping[str, Part],
    dinov2: Path | None,
    language: _Language,
    masks: bool,
) -> OpenMaskDINO3DConfig:
    """The original's settings where the checkpoint holds them; sizes always by the shapes of its tensors."""
    saved = checkpoint.extra.get("config") or {}
    model = dict(saved.get("model") or {})
    model["max_obj_num"] = language.objects
    for setting, name in (("input_dim", "object_proj"), ("img_input_dim", "object_img_proj"), ("pos_dim", "pos_proj")):
        weight = checkpoint.tensors.get(f"{name}.0.weight")
        if weight is not None:
            model[setting] = weight.shape[1]
    model.setdefault("add_loc", masks and _has(checkpoint, "object_loc_proj.0.weight"))
    changes: dict[str, Any] = {}
    if masks:
        sizes = mask_decoder_sizes(_below(checkpoint, "mask_decoder."), (model.get("mask_decoder") or {}).get("nhead"))
        saved_decoder = model.get("mask_decoder") or {}
        kept = {name: saved_decoder[name] for name in ("attn_mask", "activation_fn") if name in saved_decoder}
        model["mask_decoder"] = {**kept, **sizes.config}
    else:
        changes |= {"segments": False, "encoder": {"type": "none"}}
    segmentor: dict[str, Any] = {"type": "geometric"}
    categories = None
    features = {"point_channels": model.get("input_dim", 1024), "image_channels": model.get("img_input_dim", 1024)}
    if "spformer" in networks:
        spformer = networks["spformer"].config
        model["point_extractor"] = spformer["encoder"]
        changes.pop("encoder", None)
        if "segmentor" in spformer:
            segmentor = {"type": "spformer", **spformer["segmentor"]}
            categories = _category_names(segmentor.pop("num_class"))
    if "uni3d" in networks:
        features["point_encoder"] = networks["uni3d"].config["point_encoder"]
    if dinov2 is not None:
        features["image_encoder"] = _dinov2_settings(dinov2)
    _check_feature_widths(features)
    lora = _lora_settings(checkpoint, saved.get("lora") or {})
    return published_config(
        {"model": {**model, "use_lora": bool(lora)}, "lora": lora},
        language.config, categories, segmentor, object_features=features, **changes,
    )  # fmt: skip


def _lora_settings(checkpoint: Checkpoint, saved: Mapping[str, Any]) -> dict[str, Any]:
    """Rank and places by the tensors, alpha as saved or the published 16; empty for a checkpoint without adapters."""
    ranks, modules = set(), []
    for name, tensor in checkpoint.tensors.items():
        match = re.search(r"\.(\w+)\.lora_A\.default\.weight$", name)
        if match:
            ranks.add(tensor.shape[0])
            modules.append(match[1])
    if len(ranks) > 1:
        raise CheckpointError(f"{checkpoint.path}: adapters of ranks {sorted(ranks)}; one rank is expected")
    if not ranks:
        return {}
    return {**saved, "lora_r": ranks.pop(), "lora_target_modules": list(dict.fromkeys(modules))}


def _dinov2_settings(folder: Path) -> dict[str, Any]:
    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, KeyError) as error:
        raise CheckpointError(f"{folder}: no configuration of DINOv2 in it: {error}") from error
    if config.model_type != "dinov2":
        raise CheckpointError(f"{folder}: the model in it is {config.model_type}, not dinov2")
    return config.to_dict()


def _check_feature_widths(features: Mapping[str, Any]) -> None:
    point, image = features.get("point_encoder"), features.get("image_encoder")
    if point and point["out_dim"] != features["point_channels"]:
        raise CheckpointError(
            f"Uni3D gives {point['out_dim']} features, the model was trained on {features['point_channels']}"
        )
    if image and image["hidden_size"] != features["image_channels"]:
        raise CheckpointError(
            f"DINOv2 gives {image['hidden_size']} features, the model was trained on {features['image_channels']}: "
            "the published one is DINOv2-large"
        )


def _add_part(model: OpenMaskDINO3DModel, part: Part, kept: set[str]) -> None:
    """kept: our names of batch norm statistics that the trained checkpoint brought, and that stay."""
    if "point_encoder" in part.config:
        with torch.device("meta"):
            model.point_encoder = build_point_encoder(model.config)
    tensors = {name: tensor for name, tensor in part.tensors.items() if name not in kept}
    model.load_state_dict(tensors, strict=False, assign=True)
    _count_from_zero(model)


def _add_image_encoder(model: OpenMaskDINO3DModel, file: Checkpoint, dtype: torch.dtype, allow_extra: bool) -> Report:
    with torch.device("meta"):
        model.image_encoder = build_image_encoder(model.config)
    return apply(file, model.image_encoder, "dinov2", prefix="image_encoder.", dtype=dtype, allow_extra=allow_extra)


def _count_from_zero(model: nn.Module) -> None:
    """Counters of training steps, which files may leave out, and evaluation does not read."""
    for module in model.modules():
        for name, buffer in module.named_buffers(recurse=False):
            if buffer.is_meta and name == "num_batches_tracked":
                module.register_buffer(name, torch.zeros(buffer.shape, dtype=buffer.dtype))


def _category_names(count: int) -> list[str]:
    return list(SCANNET_CLASSES) if count == len(SCANNET_CLASSES) else [f"class {i}" for i in range(count)]


def _has(checkpoint: Checkpoint, ending: str) -> bool:
    return any(name.endswith(ending) for name in checkpoint.tensors)


def _below(checkpoint: Checkpoint, prefix: str) -> dict[str, tuple[int, ...]]:
    """Shapes of the tensors under a prefix, without it."""
    return {
        name.removeprefix("module.").removeprefix(prefix): shape
        for name, shape in checkpoint.shapes.items()
        if name.removeprefix("module.").startswith(prefix)
    }
