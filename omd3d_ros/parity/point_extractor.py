"""Fixture ``point_extractor``: voxelisation, sparse U-Net and pooling over superpoints."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import torch

from ..perception.point_extractor import ExtractorError, PointExtractor, Trace
from .comparison import Comparison, FixtureError, largest_error
from .networks import build, compare_key_list, load_weights
from .reading import Tensors, read_json, read_tensors, require

TOLERANCE = 1e-5
PUBLISHED = {"blocks": 5, "media": 32}
_INPUTS = ("coords", "feats", "superpoints")
_OUTPUTS = ("p2v_map", "voxel_coords", "voxel_feats", "spatial_shape", "input_conv_out", "unet_out", "sp_feats")


def compare(folder: Path) -> list[Comparison]:
    """Every quantity of the folder; raises FixtureError."""
    config = read_json(folder / "config.json")
    io = read_tensors(folder / "io.safetensors")
    require(io, *_INPUTS, *_OUTPUTS)
    weights = read_tensors(folder / "weights.safetensors")
    extractor = load_weights(build(PointExtractor, config), weights)
    maximum = folder / "io_max.safetensors"
    with torch.no_grad():
        comparisons = [*_compared(_traced(extractor, io), io)]
        if maximum.exists():
            expected = read_tensors(maximum).get("sp_feats_max")
            if expected is None:
                raise FixtureError("io_max.safetensors lacks sp_feats_max")
            extractor = load_weights(build(PointExtractor, {**config, "pool": "max"}), weights)
            comparisons.append(_near("sp_feats_max", _traced(extractor, io).superpoint_features, expected))
    keys = folder / "keys_real_config.json"
    return comparisons + compare_key_list(keys, lambda: build(PointExtractor, {**config, **PUBLISHED}))


def _traced(extractor: PointExtractor, io: Tensors) -> Trace:
    try:
        return extractor.trace(io["coords"], io["feats"], io["superpoints"])
    except ExtractorError as error:
        raise FixtureError(f"io.safetensors: {error}") from error


def _compared(trace: Trace, io: Tensors) -> Iterator[Comparison]:
    yield _equal("p2v_map", trace.point_to_voxel, io["p2v_map"])
    yield _equal("voxel_coords", trace.voxel_coords, io["voxel_coords"])
    yield _near("voxel_feats", trace.voxel_features, io["voxel_feats"])
    yield _equal("spatial_shape", torch.tensor(trace.spatial_shape), io["spatial_shape"])
    yield _near("input_conv_out", trace.input_conv, io["input_conv_out"])
    for number in sorted(int(name[5:-6]) for name in io if re.fullmatch(r"level\d+_feats", name)):
        expected = io.get(f"level{number}_indices")
        if expected is None or number >= len(trace.levels):
            raise FixtureError(f"level{number}_feats of io.safetensors has no indices, or is beyond the U-Net's blocks")
        yield from _of_level(f"level{number}", *trace.levels[number], expected, io[f"level{number}_feats"])
    yield _near("unet_out", trace.unet, io["unet_out"])
    yield _near("sp_feats", trace.superpoint_features, io["sp_feats"])


def _of_level(
    name: str, indices: torch.Tensor, features: torch.Tensor, expected: torch.Tensor, expected_features: torch.Tensor
) -> Iterator[Comparison]:
    """Rows are matched by index."""
    ours, theirs = _by_index(indices), _by_index(expected)
    yield _equal(f"{name}_indices", indices[ours], expected[theirs])
    yield _near(f"{name}_feats", features[ours], expected_features[theirs])


def _by_index(indices: torch.Tensor) -> torch.Tensor:
    """The order of the rows by batch, x, y, z."""
    order = torch.arange(len(indices))
    for column in (3, 2, 1, 0):
        order = order[torch.argsort(indices[order, column], stable=True)]
    return order


def _near(what: str, ours: torch.Tensor, reference: torch.Tensor) -> Comparison:
    return Comparison(what, largest_error(ours, reference), TOLERANCE)


def _equal(what: str, ours: torch.Tensor, reference: torch.Tensor) -> Comparison:
    return Comparison(what, largest_error(ours, reference), 0.0)
