"""Sizes read off shapes: of the reference fixtures, and of the published files by their lists of names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from omd3d_ros.models.checkpoints import Checkpoint, CheckpointError, read_checkpoint
from omd3d_ros.models.checkpoints.parts import spformer_part, uni3d_part
from omd3d_ros.models.checkpoints.sizes import (
    mask_decoder_sizes,
    point_extractor_sizes,
    query_decoder_sizes,
    uni3d_sizes,
)

TOLD_BY_NO_SHAPE = {"num_group", "group_size"}


@pytest.mark.parametrize(
    ("folder", "sizes", "heads"),
    [
        ("point_extractor", point_extractor_sizes, None),
        ("spformer_query_decoder", query_decoder_sizes, "nhead"),
        ("uni3d", uni3d_sizes, "num_heads"),
        ("mask_decoder", mask_decoder_sizes, "nhead"),
    ],
)
def test_sizes_of_the_reference_networks(reference_fixtures, folder, sizes, heads):
    expected = json.loads((reference_fixtures / folder / "config.json").read_text())
    shapes = read_checkpoint(reference_fixtures / folder / "weights.safetensors").shapes
    found = sizes(shapes, expected[heads]) if heads else sizes(shapes)
    assert {k: v for k, v in found.config.items() if k in expected and k not in TOLD_BY_NO_SHAPE} == {
        k: expected[k] for k in found.config if k in expected and k not in TOLD_BY_NO_SHAPE
    }


def test_heads_that_do_not_divide_the_width_make_no_network(reference_fixtures):
    with pytest.raises(CheckpointError, match="no network has its sizes: .*num_heads"):
        uni3d_part(read_checkpoint(reference_fixtures / "uni3d" / "weights.safetensors"), heads=7)


@pytest.mark.parametrize("file", ["spformer_spf_scannet_512", "spformer_query_decoder"])
def test_spformer_as_published(reference_fixtures, file):
    """In both layouts of the sparse kernels."""
    path = {"spformer_query_decoder": "spformer_query_decoder/keys_spf_scannet_512_model.json"}.get(
        file, f"checkpoint_keys/{file}.json"
    )
    part = spformer_part(without_memory(reference_fixtures / path))
    assert {k: part.config["encoder"][k] for k in ("input_channel", "media", "blocks", "block_reps")} == {
        "input_channel": 6, "media": 32, "blocks": 5, "block_reps": 2,
    }  # fmt: skip
    decoder = part.config["segmentor"]
    assert [decoder[k] for k in ("num_layer", "num_query", "num_class", "in_channel", "d_model", "nhead")] == [
        6, 400, 18, 32, 256, 8,
    ]  # fmt: skip
    assert part.config["assumed"]["segmentor"]["nhead"] == "published value at width 256"
    assert part.tensors["encoder.input_conv.0.weight"].shape == (32, 3, 3, 3, 6)
    assert part.tensors["encoder.unet.blocks_tail.block0.i_branch.0.weight"].shape == (32, 1, 1, 1, 64)


@pytest.mark.parametrize(
    ("size", "width", "depth", "mlp", "swiglu"), [("giant", 1408, 40, 6144, False), ("large", 1024, 24, 2730, True)]
)
def test_uni3d_as_published(reference_fixtures, size, width, depth, mlp, swiglu):
    part = uni3d_part(without_memory(reference_fixtures / "checkpoint_keys" / f"uni3d_{size}.json"))
    config = part.config["point_encoder"]
    assert [config[k] for k in ("embed_dim", "depth", "swiglu", "num_heads", "pc_encoder_dim", "out_dim")] == [
        width, depth, swiglu, 16, 512, 1024,
    ]  # fmt: skip
    assert int(config["embed_dim"] * config["mlp_ratio"]) == mlp
    assert "point_encoder.visual.pos_embed" not in part.tensors


def test_heads_of_an_unpublished_width_must_be_told(reference_fixtures):
    shapes = read_checkpoint(reference_fixtures / "uni3d" / "weights.safetensors").shapes
    with pytest.raises(
        CheckpointError, match="no shape tells the heads .* 16 heads at width 1408; give those of 48 with --heads"
    ):
        uni3d_sizes(shapes)


def test_a_layer_that_is_not_whole(reference_fixtures):
    path = reference_fixtures / "checkpoint_keys" / "uni3d_giant.json"
    checkpoint = without_memory(path)
    del checkpoint.tensors["point_encoder.visual.blocks.7.mlp.fc2.bias"]
    with pytest.raises(
        CheckpointError, match=r"1 tensors .* missing: point_encoder\.visual\.blocks\.7\.mlp\.fc2\.bias"
    ):
        uni3d_part(checkpoint)


def test_a_part_of_another_model(reference_fixtures):
    with pytest.raises(CheckpointError, match="looks like a Mask3D checkpoint, not SPFormer"):
        spformer_part(without_memory(reference_fixtures / "checkpoint_keys" / "mask3d_scannet200_val.json"))


def without_memory(path: Path) -> Checkpoint:
    """A checkpoint of a list of names and shapes, whose tensors hold nothing."""
    content = json.loads(path.read_text())
    shapes = {k: v[0] if v and isinstance(v[0], list) else v for k, v in content.get("keys", content).items()}
    tensors = {name: torch.empty(shape, device="meta") for name, shape in shapes.items()}
    return Checkpoint(path, tensors)
