"""A published checkpoint, a base language model and encoders become one model that computes the same."""

from __future__ import annotations

import pytest
import torch
from published_model import (
    HIDDEN,
    OBJECTS,
    a_base_model,
    a_dinov2,
    a_reference,
    a_scene,
    a_tokenizer,
    a_uni3d,
    published_names,
    saved,
)
from transformers import Dinov2Model

from omd3d_ros.language.generation import generate
from omd3d_ros.models.checkpoints import Checkpoint, CheckpointError, read_checkpoint
from omd3d_ros.models.openmaskdino3d import OpenMaskDINO3DConfig, OpenMaskDINO3DModel, OpenMaskDINO3DProcessor
from omd3d_ros.models.openmaskdino3d.assembly import assemble
from omd3d_ros.models.presets import load_preset


@pytest.mark.parametrize("merge", [False, True])
def test_the_assembled_model_computes_what_the_original_does(tmp_path, merge):
    llm = a_base_model(tmp_path / "llm")
    reference, its_processor = a_reference(llm)
    checkpoint = read_checkpoint(saved(reference, tmp_path))
    parts = {"spformer": tmp_path / "spf.pth"}
    model, processor, report = assemble("openmaskdino3d", checkpoint, llm, parts, torch.float32, merge)
    assert model.config.object_layout == "id point image location" and model.config.as_published
    assert not [m for m in report.missing if "object_tokens" in m.ours or "mask_decoder" in m.ours]
    model.save_pretrained(tmp_path / "model")
    processor.save_pretrained(tmp_path / "model")
    assert not list((tmp_path / "model").glob("*.bin"))
    again = OpenMaskDINO3DModel.from_pretrained(tmp_path / "model", dtype=torch.float32).eval()
    said = [
        generate(a_scene(), p.question("what is near the table"), m, p)
        for m, p in (
            (reference, its_processor),
            (model, processor),
            (again, OpenMaskDINO3DProcessor.from_pretrained(tmp_path / "model")),
        )
    ]
    for other in said[1:]:
        assert other.ids == said[0].ids
        torch.testing.assert_close(torch.stack(other.states), torch.stack(said[0].states), atol=1e-4, rtol=1e-3)
    points = torch.randint(0, 30, (200, 4), dtype=torch.int32) * torch.tensor([0, 1, 1, 1], dtype=torch.int32)
    inputs = points, torch.randn(200, 6), torch.arange(200) % 7
    features = [m.encoder(*inputs) for m in (reference, model, again)]
    masks = [
        m.segment(torch.ones(1, HIDDEN), f).masks[-1] for m, f in zip((reference, model, again), features, strict=True)
    ]
    torch.testing.assert_close(masks[1], masks[0], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(masks[2], masks[0], atol=1e-5, rtol=1e-4)


def test_statistics_that_drifted_in_training_or_the_extractors_own(tmp_path):
    llm = a_base_model(tmp_path / "llm")
    reference, _ = a_reference(llm)
    name = "encoder.output_layer.0.running_mean"
    drifted = {"point_extractor.output_layer.0.running_mean": torch.full((8,), 9.0)}
    checkpoint = read_checkpoint(saved(reference, tmp_path, **drifted))
    parts = {"spformer": tmp_path / "spf.pth"}
    as_published, *_ = assemble("openmaskdino3d", checkpoint, llm, parts, torch.float32)
    own, *_ = assemble("openmaskdino3d", checkpoint, llm, parts, torch.float32, own_statistics=True)
    assert torch.equal(as_published.state_dict()[name], torch.full((8,), 9.0))
    assert torch.equal(own.state_dict()[name], reference.state_dict()[name])


def test_a_checkpoint_without_statistics_leaves_the_extractors_own(tmp_path):
    llm = a_base_model(tmp_path / "llm")
    reference, _ = a_reference(llm)
    checkpoint = without(read_checkpoint(saved(reference, tmp_path)), "point_extractor.")
    model, *_ = assemble("openmaskdino3d", checkpoint, llm, {"spformer": tmp_path / "spf.pth"}, torch.float32)
    name = "encoder.output_layer.0.running_mean"
    assert torch.equal(model.state_dict()[name], reference.state_dict()[name])


def test_a_checkpoint_without_adapters_gets_none(tmp_path):
    llm = a_base_model(tmp_path / "llm")
    reference, _ = a_reference(llm)
    checkpoint = without(read_checkpoint(saved(reference, tmp_path)), "lora_")
    model, *_ = assemble("openmaskdino3d", checkpoint, llm, {"spformer": tmp_path / "spf.pth"}, torch.float32)
    assert model.config.lora is None and not [name for name in model.state_dict() if "lora_" in name]


def without(checkpoint: Checkpoint, part: str) -> Checkpoint:
    tensors = {name: tensor for name, tensor in checkpoint.tensors.items() if part not in name}
    return Checkpoint(checkpoint.path, tensors, checkpoint.extra)


def test_uni3d_keeps_all_of_its_file(tmp_path):
    llm = a_base_model(tmp_path / "llm")
    reference, _ = a_reference(llm)
    checkpoint = read_checkpoint(saved(reference, tmp_path))
    parts = {"spformer": tmp_path / "spf.pth", "uni3d": a_uni3d(tmp_path / "uni3d.pt")}
    model, *_ = assemble("openmaskdino3d", checkpoint, llm, parts, torch.float32)
    file = torch.load(parts["uni3d"], weights_only=True)["module"]
    for name, tensor in model.point_encoder.state_dict().items():
        assert torch.equal(tensor, file[f"module.point_encoder.{name}"]), name


@pytest.mark.parametrize("as_published", [True, False])
def test_as_published_reaches_every_part_that_has_two_modes(as_published):
    settings = load_preset("openmaskdino3d_tiny").model
    config = OpenMaskDINO3DConfig(**{**settings, "as_published": as_published, "categories": ["chair"]})
    config.segmentor = {"type": "spformer", "num_layer": 1, "num_query": 4, "d_model": 16, "nhead": 2, "hidden_dim": 16}
    config.llm = {**config.llm, "vocab_size": 120}
    model = OpenMaskDINO3DModel(config)
    modes = [module.as_published for module in model.modules() if hasattr(module, "as_published")]
    assert len(modes) >= 3 and set(modes) == {as_published}


def test_image_features_by_a_dinov2_folder(tmp_path):
    llm = a_base_model(tmp_path / "llm")
    reference, _ = a_reference(llm)
    dinov2 = Dinov2Model.from_pretrained(a_dinov2(tmp_path / "dinov2"))
    checkpoint = read_checkpoint(saved(reference, tmp_path))
    parts = {"spformer": tmp_path / "spf.pth", "dinov2": tmp_path / "dinov2"}
    model, *_ = assemble("openmaskdino3d", checkpoint, llm, parts, torch.float32)
    picture = torch.randn(1, 3, 28, 28)
    ours, theirs = (m.eval()(pixel_values=picture).last_hidden_state for m in (model.image_encoder, dinov2))
    torch.testing.assert_close(ours, theirs)


def test_chat_scene_has_identifiers_and_no_masks(tmp_path):
    llm = a_base_model(tmp_path / "llm")
    reference, _ = a_reference(llm, add_loc=False)
    wanted = ("llama_model", "object_proj", "object_img_proj")
    state = {n: t for n, t in published_names(reference.state_dict()).items() if n.startswith(wanted)}
    row = len(a_tokenizer())
    for name in [n for n in state if n.endswith(("embed_tokens.weight", "lm_head.weight"))]:
        state[name] = torch.cat([state[name][:row], state[name][row + 1 :]])
    torch.save({"model": state}, tmp_path / "chat.pth")
    model, processor, _ = assemble("chat-scene", read_checkpoint(tmp_path / "chat.pth"), llm, {}, torch.float32)
    assert model.config.object_layout == "id point image" and not model.config.segments
    assert model.config.lora["r"] == 2
    said = generate(a_scene(), processor.question("what is near"), model, processor)
    assert processor.seg_id not in said.ids and said.seg == []
    table = model.language_model.get_input_embeddings().weight
    torch.testing.assert_close(
        table[model.first_object_id :], state["llama_model.base_model.model.model.embed_tokens.weight"][-OBJECTS:]
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("no extractor", "--spformer"),
        ("other width", "trained on another base model"),
        ("no tokenizer", "no language model with a tokenizer"),
        ("wrong shape", r"object_proj.2.bias is \[7\], object_tokens.object_proj.2.bias must be \[32\]"),
        ("NaN", "NaN or infinity: object_proj.2.bias"),
        ("extra", "1 tensors are not known"),
    ],
)  # fmt: skip
def test_what_does_not_belong_together_is_refused(tmp_path, change, message):
    llm = a_base_model(tmp_path / "llm")
    reference, _ = a_reference(llm)
    extra = {
        "wrong shape": {"object_proj.2.bias": torch.zeros(7)},
        "NaN": {"object_proj.2.bias": torch.full((HIDDEN,), float("nan"))},
        "extra": {"somebody.elses": torch.zeros(3)},
    }.get(change, {})
    checkpoint = read_checkpoint(saved(reference, tmp_path, **extra))
    parts = {} if change == "no extractor" else {"spformer": tmp_path / "spf.pth"}
    if change == "other width":
        llm = a_base_model(tmp_path / "wide", 2 * HIDDEN)
    if change == "no tokenizer":
        for file in llm.glob("*token*"):
            file.unlink()
    with pytest.raises(CheckpointError, match=message):
        assemble("openmaskdino3d", checkpoint, llm, parts, torch.float32)
