"""Fixture ``uni3d``: coloured clouds to chosen centres and feature vectors, and names at published sizes."""

from __future__ import annotations

import dataclasses
from functools import partial
from pathlib import Path

import torch

from ..models.checkpoints import Checkpoint, CheckpointError, apply
from ..models.checkpoints.families.places import POINT_ENCODER
from ..perception.uni3d import UNI3D_SIZES, Uni3DConfig, Uni3DEncoder, farthest_points
from .comparison import Comparison, FixtureError, largest_error
from .networks import build, compare_key_list, names_in
from .reading import Tensors, read_json, read_tensors, require

TOLERANCE = 2e-5
EXACT = 0.0
_INPUTS_AND_OUTPUTS = ("xyz", "rgb", "fps_idx", "center", "embed")


@torch.no_grad()
def compare(folder: Path) -> list[Comparison]:
    """The centres and the embedding of ``io.safetensors``, and every list ``keys_*.json``.  Raises FixtureError.

    A key list is of the published size that its name holds, else of the fixture's own.
    """
    weights, io = read_tensors(folder / "weights.safetensors"), read_tensors(folder / "io.safetensors")
    require(io, *_INPUTS_AND_OUTPUTS)
    config = _config(read_json(folder / "config.json"), weights)
    encoder = _encoder(config, folder / "weights.safetensors", weights)
    chosen = farthest_points(io["xyz"], config.num_group)
    centers = io["xyz"].gather(1, chosen[..., None].expand(-1, -1, 3))
    results = [
        Comparison("fps_idx", largest_error(chosen, io["fps_idx"]), EXACT),
        Comparison("center", largest_error(centers, io["center"]), TOLERANCE),
        Comparison("embed", largest_error(_embedded(encoder, io), io["embed"]), TOLERANCE),
    ]
    for path in sorted(folder.glob("keys_*.json")):
        size = next((size for name, size in UNI3D_SIZES.items() if name in path.stem), config)
        results += compare_key_list(path, partial(Uni3DEncoder, size), names_in("uni3d", POINT_ENCODER))
    return results


def _config(entries: dict, weights: Tensors) -> Uni3DConfig:
    """Settings that the encoder has no use for are passed over; the form of the blocks shows in the weights."""
    known = {field.name for field in dataclasses.fields(Uni3DConfig)}
    swiglu = any(name.endswith(".mlp.fc1_g.weight") for name in weights)
    return build(Uni3DConfig, {name: entries[name] for name in known & entries.keys()} | {"swiglu": swiglu})


def _encoder(config: Uni3DConfig, path: Path, weights: Tensors) -> Uni3DEncoder:
    encoder = Uni3DEncoder(config).eval()
    try:
        apply(Checkpoint(path, weights), encoder, "uni3d", prefix=POINT_ENCODER)
    except CheckpointError as error:
        raise FixtureError(str(error)) from error
    return encoder


def _embedded(encoder: Uni3DEncoder, io: Tensors) -> torch.Tensor:
    try:
        return encoder(io["xyz"], io["rgb"])
    except ValueError as error:
        raise FixtureError(f"io.safetensors: {error}") from error
