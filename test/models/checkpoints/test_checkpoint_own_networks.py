"""Published checkpoints and our networks of the same size have the same tensors: none missing, none without a place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn
from transformers import Dinov2Config, Dinov2Model

from omd3d_ros.models.checkpoints import Checkpoint, apply, read_checkpoint
from omd3d_ros.models.openmaskdino3d import OpenMaskDINO3DModel
from omd3d_ros.models.openmaskdino3d.published import published_config
from omd3d_ros.perception.point_extractor import PointExtractor
from omd3d_ros.perception.spformer import QueryDecoder
from omd3d_ros.perception.uni3d.configuration import UNI3D_SIZES
from omd3d_ros.perception.uni3d.encoder import Uni3DEncoder


def dinov2(width: int, depth: int, **options: bool) -> Dinov2Model:
    return Dinov2Model(
        Dinov2Config(
            hidden_size=width, num_hidden_layers=depth, num_attention_heads=width // 64, image_size=518, **options
        )
    )


@pytest.mark.parametrize(
    ("file", "family", "place", "build"),
    [
        ("spformer_spf_scannet_512", "spformer", "encoder.", PointExtractor),
        ("spformer_spf_scannet_512", "spformer", "segmentor.", QueryDecoder),
        ("uni3d_giant", "uni3d", "point_encoder.", lambda: Uni3DEncoder(UNI3D_SIZES["giant"])),
        ("uni3d_large", "uni3d", "point_encoder.", lambda: Uni3DEncoder(UNI3D_SIZES["large"])),
        ("dinov2_large_hf", "dinov2", "image_encoder.", lambda: dinov2(1024, 24)),
        ("dinov2_giant_hf", "dinov2", "image_encoder.", lambda: dinov2(1536, 40, use_swiglu_ffn=True)),
    ],
)
def test_a_published_network(reference_fixtures, file, family, place, build: Callable[[], nn.Module]):
    with torch.device("meta"):
        module = build()
    keys = json.loads((reference_fixtures / "checkpoint_keys" / f"{file}.json").read_text())["keys"]
    checkpoint = Checkpoint(Path(file), {name: torch.empty(shape, device="meta") for name, shape in keys.items()})
    report = apply(checkpoint, module, family, prefix=place)
    assert report.missing == []
    assert sum(len(used.ours) for used in report.used) == len(module.state_dict())


def test_the_whole_model_from_what_the_original_saves_and_what_it_does_not(reference_fixtures):
    folder = reference_fixtures / "chat3d"
    saved = read_checkpoint(folder / "checkpoint.safetensors").tensors
    frozen = read_checkpoint(folder / "frozen.safetensors").tensors
    settings = json.loads((folder / "config.json").read_text())
    settings["model"]["add_pos_emb"] = True
    llm = json.loads((folder / "tiny_llm" / "config.json").read_text())
    llm["vocab_size"] = len(saved["llama_model.base_model.model.lm_head.weight"])
    with torch.device("meta"):
        model = OpenMaskDINO3DModel(published_config(settings, {**llm, "rope_scaling": None}))
    report = apply(Checkpoint(folder, saved | frozen), model, "openmaskdino3d")
    assert report.missing == []
    assert [s.foreign for s in report.skipped] == ["criterion.loss_weight"]
    assert not any(tensor.is_meta for tensor in model.state_dict().values())
    name = "layers.1.self_attn.v_proj.base_layer.weight"
    assert torch.equal(
        model.language_model.model.get_parameter(name), frozen[f"llama_model.base_model.model.model.{name}"]
    )
