"""A tiny model of the published form with the files that its authors would have: made here, nothing is downloaded."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import Dinov2Config, Dinov2Model, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from omd3d_ros.language.identifiers import object_token
from omd3d_ros.language.prompt import SEG_TOKEN, SceneTokens
from omd3d_ros.models.openmaskdino3d import OpenMaskDINO3DModel, OpenMaskDINO3DProcessor
from omd3d_ros.models.openmaskdino3d.published import published_config
from omd3d_ros.perception.uni3d import Uni3DConfig, Uni3DEncoder

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
    torch.save({"model": {n.removeprefix("point_extractor."): t for n, t in extractor.items()}}, folder / "spf.pth")
    return folder / "ckpt.pth"


def a_scene(channels: int = 36) -> SceneTokens:
    g = torch.Generator().manual_seed(3)
    boxes = torch.rand(4, 6, generator=g) + 0.2
    return SceneTokens(torch.randn(4, channels, generator=g), boxes, torch.arange(4))


def a_uni3d(path: Path) -> Path:
    """Of the least width that is published, with as few layers as there can be; 12 features."""
    torch.manual_seed(4)
    encoder = Uni3DEncoder(Uni3DConfig(192, 1, 3, 6144 / 1408, pc_encoder_dim=32, out_dim=12))
    for name, buffer in encoder.named_buffers():
        if "running_" in name:
            torch.nn.init.uniform_(buffer, 0.5, 1.5)  # statistics that no initial value can stand in for
    torch.save({"module": {f"module.point_encoder.{n}": t for n, t in encoder.state_dict().items()}}, path)
    return path


def a_dinov2(folder: Path) -> Path:
    """24 features of patches of 14 pixels."""
    torch.manual_seed(5)
    config = Dinov2Config(hidden_size=24, num_hidden_layers=1, num_attention_heads=2, image_size=70, patch_size=14)
    Dinov2Model(config).save_pretrained(folder)
    return folder
