"""A published checkpoint, a base language model and encoders become one model that computes the same."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import Dinov2Config, Dinov2Model, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from omd3d_ros.language.generation import generate
from omd3d_ros.language.prompt import SEG_TOKEN, SceneTokens, object_token
from omd3d_ros.models.checkpoints import CheckpointError, read_checkpoint
from omd3d_ros.models.openmaskdino3d import OpenMaskDINO3DModel, OpenMaskDINO3DProcessor
from omd3d_ros.models.openmaskdino3d.assembly import assemble
from omd3d_ros.models.openmaskdino3d.published import published_config

OBJECTS = 5
WORDS = "a chair table the is near USER ASSISTANT : . [ ] what".split()  # noqa: SIM905 - reads better
HIDDEN = 32


def a_tokenizer() -> PreTrainedTokenizerFast:
    vocabulary = ["<unk>", "<s>", "</s>", *WORDS]
    backend = Tokenizer(models.WordLevel({w: i for i, w in enumerate(vocabulary)}, unk_token="<unk>"))
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    return PreTrainedTokenizerFast(tokenizer_object=backend, unk_token="<unk>", bos_token="<s>", eos_token="</s>")


def a_base_model(folder: Path, hidden: int = HIDDEN) -> Path:
    tokenizer = a_tokenizer()
    config = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=hidden, intermediate_size=2 * hidden, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=4, tie_word_embeddings=False, bos_token_id=1, eos_token_id=2,
    )  # fmt: skip
    torch.manual_seed(1)
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def settings(**model) -> dict:
    sizes = {"media": 8, "num_layer": 1, "d_model": 32, "d_text": 16, "nhead": 4, "hidden_dim": 24}
    extractor = {"blocks": 2, "block_reps": 1, "media": 8}
    return {
        "model": {
            "max_obj_num": OBJECTS, "input_dim": 12, "img_input_dim": 24, "mask_decoder": sizes, "max_txt_len": 6,
            "point_extractor": extractor, **model,
        },
        "lora": {"lora_r": 2, "lora_alpha": 8},
    }  # fmt: skip


def a_reference(llm: Path, **model) -> tuple[OpenMaskDINO3DModel, OpenMaskDINO3DProcessor]:
    """The model as its authors would have it, all of it at hand."""
    tokenizer = a_tokenizer()
    tokenizer.add_tokens([SEG_TOKEN, *map(object_token, range(OBJECTS))], special_tokens=True)
    base = LlamaForCausalLM.from_pretrained(llm)
    config = published_config(settings(**model), {**base.config.to_dict(), "vocab_size": len(tokenizer)})
    torch.manual_seed(2)
    reference = OpenMaskDINO3DModel(config).eval()
    base.resize_token_embeddings(len(tokenizer), mean_resizing=False)
    own = reference.language_model.state_dict()
    for name, tensor in base.state_dict().items():
        owner = name.replace("_proj.weight", "_proj.base_layer.weight")
        own[owner if owner in own else name].copy_(tensor)
    for name, tensor in reference.state_dict().items():
        if "lora_B" in name:
            torch.nn.init.normal_(tensor, std=0.2)  # peft begins with zeros, which change nothing
        if "running_mean" in name:
            torch.nn.init.normal_(tensor, std=0.1)
    return reference, OpenMaskDINO3DProcessor(tokenizer, config)


def published_names(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    renamed = {}
    for name, tensor in state.items():
        for ours, theirs in (
            ("language_model.", "llama_model.base_model.model."),
            ("encoder.", "point_extractor."),
            ("object_tokens.pos_proj.", "pos_proj.0."),
            ("object_tokens.", ""),
            ("text_hidden_fcs.", "text_hidden_fcs.0."),
        ):
            if name.startswith(ours):
                name = theirs + name.removeprefix(ours)
                break
        renamed[name] = tensor
    return renamed


def saved(reference: OpenMaskDINO3DModel, folder: Path, **extra) -> Path:
    """What the original saves: trained parameters and buffers, and its settings as a pickled EasyDict."""
    state = published_names(reference.state_dict())
    buffers = {n for n, _ in reference.named_buffers()}
    frozen = ("base_layer", "layernorm", ".norm.weight")
    extractor = {n: t for n, t in state.items() if n.startswith("point_extractor.")}
    trained = {
        n: t
        for n, t in state.items()
        if n not in extractor and not (n.startswith("llama") and any(f in n for f in frozen))
    }
    statistics = {n: t for n, t in extractor.items() if n.replace("point_extractor.", "encoder.") in buffers}
    module = types.ModuleType("easydict")
    module.EasyDict = type("EasyDict", (dict,), {"__module__": "easydict"})
    sys.modules["easydict"] = module
    try:
        config = module.EasyDict({k: module.EasyDict(v) for k, v in settings().items()})
        torch.save({"model": {**trained, **statistics, **extra}, "config": config, "epoch": 2}, folder / "ckpt.pth")
    finally:
        del sys.modules["easydict"]
    torch.save({"net": {n.removeprefix("point_extractor."): t for n, t in extractor.items()}}, folder / "spf.pth")
    return folder / "ckpt.pth"


def a_scene(channels: int = 36) -> SceneTokens:
    g = torch.Generator().manual_seed(3)
    boxes = torch.rand(4, 6, generator=g) + 0.2
    return SceneTokens(torch.randn(4, channels, generator=g), boxes, torch.arange(4))


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


def test_image_features_by_a_dinov2_folder(tmp_path):
    llm = a_base_model(tmp_path / "llm")
    reference, _ = a_reference(llm)
    config = Dinov2Config(hidden_size=24, num_hidden_layers=1, num_attention_heads=2, image_size=28, patch_size=14)
    dinov2 = Dinov2Model(config)
    dinov2.save_pretrained(tmp_path / "dinov2")
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
