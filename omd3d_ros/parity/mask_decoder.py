"""Fixture ``mask_decoder``: text queries to mask logits and scores, and the published segmentation loss."""

from __future__ import annotations

from pathlib import Path

import torch

from ..language.mask_decoder import MaskDecoder, MaskPredictions
from ..training.mask_loss import PUBLISHED_WEIGHTS, mask_iou, segmentation_losses
from .comparison import Comparison, FixtureError
from .networks import build, compare_key_list, compare_tensors, load_weights
from .reading import Tensors, read_json, read_tensors, require

TOLERANCE = 1e-5
EXACT = 0.0
_INPUTS = (".sp_feats", ".text_features", ".gt")
_ATTENTION = ".attn_mask0"
_LOSSES = "criterion."
_LOSSES_CASE = "single"


@torch.inference_mode()
def compare(folder: Path) -> list[Comparison]:
    """Every case of ``io.safetensors`` in evaluation mode, and the losses on its targets.  Raises FixtureError."""
    config = read_json(folder / "config.json")
    criterion = config.pop("criterion", {})
    decoder = build(MaskDecoder, {**config, "as_published": True})
    load_weights(decoder, read_tensors(folder / "weights.safetensors"))
    io = read_tensors(folder / "io.safetensors")
    predictions = _predictions(decoder, io)
    ours: Tensors = {}
    for case, prediction in predictions.items():
        ours |= _named(case, prediction)
    weights = tuple(criterion.get("loss_weight", PUBLISHED_WEIGHTS)[:3])
    for target in (name.removesuffix(".gt") for name in io if name.startswith(_LOSSES) and name.endswith(".gt")):
        require(io, f"{_LOSSES_CASE}.sp_feats")
        ours |= _losses(target, predictions[_LOSSES_CASE], io[f"{target}.gt"], weights)
    expected = {name: value for name, value in io.items() if not name.endswith(_INPUTS)}
    masks = {name: value for name, value in expected.items() if name.endswith(_ATTENTION)}
    numbers = {name: value for name, value in expected.items() if name not in masks}
    results = compare_tensors(ours, numbers, TOLERANCE) + compare_tensors(ours, masks, EXACT)
    return results + compare_key_list(folder / "keys_real_config.json", MaskDecoder)  # its defaults are the published


def _predictions(decoder: MaskDecoder, io: Tensors) -> dict[str, MaskPredictions]:
    cases = [name.removesuffix(".sp_feats") for name in io if name.endswith(".sp_feats")]
    if not cases:
        raise FixtureError("io.safetensors holds no case: no tensor is named <case>.sp_feats")
    require(io, *(f"{case}.text_features" for case in cases))
    return {case: decoder(io[f"{case}.text_features"], io[f"{case}.sp_feats"]) for case in cases}


def _named(case: str, out: MaskPredictions) -> Tensors:
    """By the fixture's names, ``batch.aux0.masks``; the last prediction has no ``aux``."""
    hidden = torch.zeros_like(out.masks[0], dtype=torch.bool) if out.hidden is None else out.hidden
    named = {f"{case}{_ATTENTION}": hidden, f"{case}.masks": out.masks[-1], f"{case}.scores": out.scores[-1]}
    for i, (masks, scores) in enumerate(zip(out.masks[:-1], out.scores[:-1], strict=True)):
        named |= {f"{case}.aux{i}.masks": masks, f"{case}.aux{i}.scores": scores}
    return named


def _losses(target: str, out: MaskPredictions, truth: torch.Tensor, weights: tuple[float, ...]) -> Tensors:
    truth = truth.float().expand_as(out.masks[-1])
    losses = {"iou": mask_iou(out.masks[-1], truth), **segmentation_losses(out, truth, weights)}
    return {f"{target}.{name}": value.reshape(-1) for name, value in losses.items()}
