"""Fixture ``spformer_query_decoder``: weights, superpoint features and every prediction of SPFormer's decoder."""

from __future__ import annotations

from pathlib import Path

import torch

from ..models.checkpoints.families.places import SEGMENTOR
from ..perception.spformer import Prediction, QueryDecoder
from .comparison import Comparison, FixtureError, largest_error
from .fixture_files import compare_key_list, load_weights, names_in, read_json, read_tensors

TOLERANCE = 1e-5


def compare(folder: Path) -> list[Comparison]:
    """All predictions of the folder's ``io.safetensors``, then the published names and shapes where it lists them.

    Raises FixtureError for files that are missing, damaged or do not belong together.
    """
    decoder = _decoder(folder)
    io = read_tensors(folder / "io.safetensors")
    for name in ("x", "batch_offsets"):
        if name not in io:
            raise FixtureError(f"{folder / 'io.safetensors'} has no tensor {name!r}")
    try:
        with torch.inference_mode():
            output = decoder(io["x"], io["batch_offsets"])
    except (ValueError, RuntimeError) as error:
        raise FixtureError(f"{folder}: the decoder does not run on x and batch_offsets: {error}") from error
    ours = _named(output, "")
    for i, prediction in enumerate(output.auxiliary):
        ours |= _named(prediction, f"aux{i}.")
    expected = {name: value for name, value in io.items() if name not in ("x", "batch_offsets")}
    comparisons = [
        Comparison(name, largest_error(ours[name], value) if name in ours else float("inf"), TOLERANCE)
        for name, value in sorted(expected.items())
    ]
    missing = sorted(ours.keys() - expected.keys())
    if missing:
        raise FixtureError(f"{folder / 'io.safetensors'} lacks {', '.join(missing)}")
    for path in sorted(folder.glob("keys_*.json")):
        comparisons += compare_key_list(path, QueryDecoder, names_in("spformer", SEGMENTOR))  # the published size
    return comparisons


def _decoder(folder: Path) -> QueryDecoder:
    try:
        decoder = QueryDecoder(**read_json(folder / "config.json"))
    except (TypeError, ValueError) as error:
        raise FixtureError(f"{folder / 'config.json'}: no decoder can be made of it: {error}") from error
    return load_weights(decoder, read_tensors(folder / "weights.safetensors"))


def _named(prediction: Prediction, prefix: str) -> dict[str, torch.Tensor]:
    named = {f"{prefix}labels": prediction.labels, f"{prefix}scores": prediction.scores}
    return named | {f"{prefix}masks{i}": mask for i, mask in enumerate(prediction.masks)}
