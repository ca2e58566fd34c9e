"""Every published name is used or skipped for a reason; what a file is of is told from its names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from omd3d_ros.models.checkpoints import FAMILIES, CheckpointError, identify, translate
from omd3d_ros.models.checkpoints.families.openmaskdino3d import WITHOUT_SAVED_STATISTICS
from omd3d_ros.models.checkpoints.mapping import Rule

PUBLISHED = {
    "chat3d/checkpoint_keys_real_inferred.json": "openmaskdino3d",
    "checkpoint_keys/chatscene_trainable.json": "chat-scene",
    "checkpoint_keys/spformer_spf_scannet_512.json": "spformer",
    "spformer_query_decoder/keys_spf_scannet_512_model.json": "spformer",
    "checkpoint_keys/uni3d_giant.json": "uni3d",
    "checkpoint_keys/uni3d_large.json": "uni3d",
    "checkpoint_keys/dinov2_large_hf.json": "dinov2",
    "checkpoint_keys/dinov2_giant_hf.json": "dinov2",
}
OTHERS = {
    "mask3d_scannet200_val": "a Mask3D checkpoint",
    "pointgroup_m16": "a PointGroup checkpoint",
    "deva_propagation": "a DEVA checkpoint",
    "openscene_MinkUNet18A_openseg768": "an OpenScene checkpoint",
    "ulip1_pointbert": "a ULIP checkpoint with Point-BERT",
    "ulip2_pointbert_colored": "a ULIP checkpoint with Point-BERT",
}


@pytest.mark.parametrize(("file", "family"), PUBLISHED.items())
@pytest.mark.parametrize("prefix", ["", "module."])
def test_every_published_name_is_used_or_skipped_for_a_reason(reference_fixtures, file, family, prefix):
    names = [prefix + name for name in read_names(reference_fixtures / file)]
    translation = translate(names, FAMILIES[family])
    assert translation.unknown == []
    assert {u.foreign for u in translation.used} | {s.foreign for s in translation.skipped} == set(names)
    assert len(translation.used) + len(translation.skipped) == len(names)
    assert all(used.what for used in translation.used)
    assert all(skipped.reason for skipped in translation.skipped)
    assert len(translation.used) > len(names) * 0.9


@pytest.mark.parametrize(("file", "family"), PUBLISHED.items())
def test_a_published_checkpoint_is_recognised(reference_fixtures, file, family):
    kind = identify(read_names(reference_fixtures / file))
    assert kind is not None
    assert kind.family == family


@pytest.mark.parametrize(("file", "title"), OTHERS.items())
def test_checkpoints_of_other_models_are_recognised(reference_fixtures, file, title):
    kind = identify(read_names(reference_fixtures / "checkpoint_keys" / f"{file}.json"))
    assert kind is not None
    assert (kind.title, kind.family) == (title, None)


def test_names_of_nothing_known():
    assert identify(["conv1.weight", "fc.bias"]) is None


def test_the_names_of_openmaskdino3d():
    llama = "llama_model.base_model.model.model."
    assert ours("openmaskdino3d", llama + "layers.3.mlp.up_proj.lora_A.default.weight") == (
        "language_model.model.layers.3.mlp.up_proj.lora_A.default.weight",
    )
    assert ours("openmaskdino3d", llama + "embed_tokens.weight") == ("language_model.model.embed_tokens.weight",)
    assert ours("openmaskdino3d", "llama_model.base_model.model.lm_head.weight") == ("language_model.lm_head.weight",)
    assert ours("openmaskdino3d", "llama_model.model.norm.weight") == ("language_model.model.norm.weight",)
    name = "mask_decoder.ca_ffn_layers.5.net.3.bias"
    assert ours("openmaskdino3d", name) == (name,)


def test_a_module_prefix_of_data_parallel_training_falls_away():
    assert ours("spformer", "module.decoder.query.weight") == ("segmentor.query.weight",)
    assert ours("uni3d", "module.point_encoder.trans2embed.bias") == ("point_encoder.trans2embed.bias",)


def test_dinov2_inside_transformers_five():
    layer = "encoder.layer.7."
    assert ours("dinov2", layer + "attention.attention.query.bias") == (f"image_encoder.{layer}attention.q_proj.bias",)
    assert ours("dinov2", layer + "mlp.weights_in.weight") == (
        f"image_encoder.{layer}mlp.gate_proj.weight",
        f"image_encoder.{layer}mlp.up_proj.weight",
    )


def test_dinov2_where_the_model_has_the_published_names():
    name = "encoder.layer.7.attention.attention.query.bias"
    assert translate([name], FAMILIES["dinov2"], {f"image_encoder.{name}"}).used[0].ours == (f"image_encoder.{name}",)


def test_statistics_of_the_extractor_can_be_left_to_its_own_checkpoint():
    name = "point_extractor.output_layer.0.running_mean"
    assert ours("openmaskdino3d", name) == ("encoder.output_layer.0.running_mean",)
    skipped = translate([name], FAMILIES["openmaskdino3d"], skip=WITHOUT_SAVED_STATISTICS).skipped
    assert [s.foreign for s in skipped] == [name]


def test_a_part_that_the_model_does_without_is_skipped_for_a_reason():
    names = ["pos_embedding.gauss_B", "object_img_proj.0.weight"]
    skipped = translate(names, FAMILIES["openmaskdino3d"], wanted={"lm_head.weight"}).skipped
    assert {s.foreign: s.reason for s in skipped} == {
        "pos_embedding.gauss_B": "the model here adds no position embedding",
        "object_img_proj.0.weight": "the model here has no image tokens",
    }


def test_names_that_no_rule_knows_and_names_without_a_place():
    names = ["scene_init_proj.weight", "mask_decoder.out_norm.weight"]
    assert translate(names, FAMILIES["openmaskdino3d"], wanted=set()).unknown == names


def test_two_names_for_one_tensor():
    names = ["module.decoder.query.weight", "decoder.query.weight"]
    with pytest.raises(
        CheckpointError, match=r"both module\.decoder.* and decoder\.query\.weight are segmentor\.query"
    ):
        translate(names, FAMILIES["spformer"])


@pytest.mark.parametrize("family", FAMILIES.values(), ids=lambda family: family.name)
def test_every_skip_says_why(family):
    assert all(rule.reason or rule.ours for rule in family.rules)
    assert all(isinstance(rule, Rule) and (rule.what or not rule.ours) for rule in family.rules)


def ours(family: str, foreign: str) -> tuple[str, ...]:
    (used,) = translate([foreign], FAMILIES[family]).used
    return used.ours


def read_names(path: Path) -> list[str]:
    content = json.loads(path.read_text())
    keys = content.get("keys", content)
    assert isinstance(keys, Mapping)
    return list(keys)
