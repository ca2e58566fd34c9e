"""Fixture ``spformer_query_decoder``: weights, superpoint features and every prediction of SPFormer's decoder."""

from __future__ import annotations

from pathlib import Path

import torch

from ..models.checkpoints.families.places import SEGMENTOR
from ..perception.spformer import Prediction, QueryDecoder
from .comparison import Comparison, FixtureError
from .networks import build, compare_key_list, compare_tensors, load_weights, names_in
from .reading import read_json, read_tensors, require

TOLERANCE = 1e-5
_INPUTS = ("x", "batch_offsets")


def compare(folder: Path) -> list[Comparison]:
    """All predictions of the folder's ``io.safetensors``, then the published names and shapes where it lists them.

    Raises FixtureError for files that are missing, damaged or do not belong together.
    """
    decoder = build(QueryDecoder, read_json(folder / "config.json"))
    load_weights(decoder, read_tensors(folder / "weights.safetensors"))
    io = read_tensors(folder / "io.safetensors")
    require(io, *_INPUTS)
    try:
        with torch.inference_mode():
            output = decoder(io["x"], io["batch_offsets"])
    except (ValueError, RuntimeError) as error:
        raise FixtureError(f"io.safetensors: the decoder does not run on x and batch_offsets: {error}") from error
    ours = _named(output, "")
    for i, prediction in enumerate(output.auxiliary):
        ours |= _named(prediction, f"aux{i}.")
    require(io, *ours)
    results = compare_tensors(ours, {name: value for name, value in io.items() if name not in _INPUTS}, TOLERANCE)
    for path in sorted(folder.glob("keys_*.json")):
        results += compare_key_list(path, QueryDecoder, names_in("spformer", SEGMENTOR))  # the published size
    return results


def _named(prediction: Prediction, prefix: str) -> dict[str, torch.Tensor]:
    named = {f"{prefix}labels": prediction.labels, f"{prefix}scores": prediction.scores}
    return named | {f"{prefix}masks{i}": mask for i, mask in enumerate(prediction.masks)}
