"""Fixture ``mask_decoder``: text queries to mask logits and scores, and the published segmentation loss."""

from __future__ import annotations

from pathlib import Path

import torch

from ..language.mask_decoder import MaskDecoder, MaskPredictions
from ..training.mask_loss import mask_iou, segmentation_losses
from .comparison import Comparison, largest_error
from .fixture_files import Tensors, compare_key_list, load_weights, read_json, read_tensors

TOLERANCE = 1e-5
EXACT = 0.0
_TARGET_CASE = "single"


@torch.inference_mode()
def compare(folder: Path) -> list[Comparison]:
    """Every case of ``io.safetensors`` in evaluation mode, and the losses on its targets."""
    config = read_json(folder / "config.json")
    criterion = config.pop("criterion", {})
    model = load_weights(MaskDecoder(**config, as_published=True), read_tensors(folder / "weights.safetensors"))
    io = read_tensors(folder / "io.safetensors")
    results: list[Comparison] = []
    predictions: dict[str, MaskPredictions] = {}
    for case in sorted(name.removesuffix(".sp_feats") for name in io if name.endswith(".sp_feats")):
        predictions[case] = model(io[f"{case}.text_features"], io[f"{case}.sp_feats"])
        results += _case(case, predictions[case], io)
    weights = tuple(criterion.get("loss_weight", (1.0, 1.0, 0.5))[:3])
    for target in sorted(name.removesuffix(".gt") for name in io if name.startswith("criterion.") and ".gt" in name):
        results += _losses(target, predictions[_TARGET_CASE], io, weights)
    return results + compare_key_list(folder / "keys_real_config.json", MaskDecoder)  # its defaults are the published


def _case(case: str, out: MaskPredictions, io: Tensors) -> list[Comparison]:
    last = len(out.masks) - 1
    results = []
    for i, (masks, scores) in enumerate(zip(out.masks, out.scores, strict=True)):
        prefix = case if i == last else f"{case}.aux{i}"
        for name, ours in ((f"{prefix}.masks", masks), (f"{prefix}.scores", scores)):
            if name in io:
                results.append(Comparison(name, largest_error(ours, io[name]), TOLERANCE))
    name = f"{case}.attn_mask0"
    if name in io:
        hidden = torch.zeros_like(out.masks[0], dtype=torch.bool) if out.hidden is None else out.hidden
        results.append(Comparison(name, largest_error(hidden, io[name]), EXACT))
    return results


def _losses(target: str, out: MaskPredictions, io: Tensors, weights: tuple[float, ...]) -> list[Comparison]:
    truth = io[f"{target}.gt"].float().expand_as(out.masks[-1])
    ours = {"iou": mask_iou(out.masks[-1], truth), **segmentation_losses(out, truth, weights)}
    return [
        Comparison(f"{target}.{name}", largest_error(value.reshape(-1), io[f"{target}.{name}"]), TOLERANCE)
        for name, value in ours.items()
        if f"{target}.{name}" in io
    ]
