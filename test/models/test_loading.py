"""Loading a model folder: precision, quantization, shards, and what can be wrong with it."""

from __future__ import annotations

import pytest
import torch
from published_model import a_base_model, a_reference, a_scene

from omd3d_ros.language.generation import generate
from omd3d_ros.models import memory
from omd3d_ros.models.loading import WeightsError, load_model
from omd3d_ros.models.memory import GIB, needed_bytes, tensor_sizes
from omd3d_ros.models.openmaskdino3d import OpenMaskDINO3DConfig
from omd3d_ros.models.presets import PresetError, load_preset


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A saved model of the published form with adapters, in several shards."""
    out = tmp_path_factory.mktemp("loading")
    model, processor = a_reference(a_base_model(out / "llm", hidden=128))
    model.save_pretrained(out / "model", max_shard_size="500KB")
    processor.save_pretrained(out / "model")
    return out / "model"


def states(folder, **arguments) -> torch.Tensor:
    """(L, H) hidden states of a question."""
    model, processor = load_model(folder, "cpu", **arguments)
    with torch.inference_mode():
        question = [[processor.question("what is near the table")]]
        return model([a_scene()], processor.before, processor.after, question).hidden[0].float()


def test_shards_load_as_one(folder):
    assert len(list(folder.glob("*.safetensors"))) > 1
    model, processor = load_model(folder, "cpu")
    assert generate(a_scene(), processor.question("a chair"), model, processor).ids


def test_half_precision_is_of_the_language_model_only(folder):
    model, _ = load_model(folder, "cpu", dtype="bfloat16")
    assert model.language_dtype == torch.bfloat16
    precise = ("encoder.", "mask_decoder.", "object_tokens.", "text_hidden_fcs.", "embed_tokens", "lm_head")
    kinds = {p.dtype for n, p in model.named_parameters() if any(part in n for part in precise)}
    assert kinds == {torch.float32}
    exact = states(folder)
    assert (states(folder, dtype="bfloat16") - exact).norm() < 0.02 * exact.norm()


@pytest.mark.parametrize(("quantization", "error"), [("8bit", 0.03), ("4bit", 0.2)])
def test_quantized_layers_leave_the_adapters_alone(folder, quantization, error):
    pytest.importorskip("bitsandbytes", reason="bitsandbytes (extra: quantized) is not installed")
    model, _ = load_model(folder, "cpu", dtype="bfloat16", quantization=quantization)
    layer = model.language_model.model.layers[0].self_attn.q_proj
    assert layer.base_layer.weight.dtype in (torch.int8, torch.uint8)
    assert layer.lora_A["default"].weight.is_floating_point()
    exact = states(folder)
    assert (states(folder, dtype="bfloat16", quantization=quantization) - exact).norm() < error * exact.norm()


def test_attention_kinds_agree(folder):
    torch.testing.assert_close(
        states(folder, attention="eager"), states(folder, attention="sdpa"), atol=1e-4, rtol=1e-3
    )


def test_too_little_memory_is_said_before_loading(folder, monkeypatch):
    config = OpenMaskDINO3DConfig.from_pretrained(folder)
    needed = needed_bytes(tensor_sizes(folder), config, torch.float32)
    monkeypatch.setattr(memory, "available_bytes", lambda device: needed - 1)
    monkeypatch.setattr("transformers.PreTrainedModel.from_pretrained", None)  # nothing is loaded
    with pytest.raises(WeightsError, match=rf"needs about {needed / GIB:.1f} GiB of memory on cpu, and .* are free"):
        load_model(folder, "cpu")


def test_what_a_7b_model_needs():
    """Keys and values of 32 layers, 4096 wide, for 100 objects of 4 tokens and 768 tokens of text, 2 bytes each."""
    config = OpenMaskDINO3DConfig(**load_preset("openmaskdino3d").model)
    assert memory.cache_bytes(config, torch.bfloat16) == 2 * 32 * 4096 * 1168 * 2


def test_sizes_by_the_headers(folder):
    sizes = tensor_sizes(folder)
    assert sizes["language_model.model.embed_tokens.weight"][0] == "F32"
    assert sizes["encoder.input_conv.0.weight"] == ("F32", 8 * 27 * 6)


@pytest.mark.parametrize(
    ("damage", "message"),
    [("cut", "is cut off"), ("header", "is damaged"), ("no tokenizer", "has no tokenizer.json or tokenizer.model"),
     ("no shard", "can't be loaded"), ("no config", "has no config.json")],
)  # fmt: skip
def test_damaged_folders(folder, tmp_path, damage, message):
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    shards = sorted(tmp_path.glob("*.safetensors"))
    if damage == "cut":
        shards[0].write_bytes(shards[0].read_bytes()[:-100])
    elif damage == "header":
        shards[0].write_bytes(b"\xff" * 200)
    elif damage == "no shard":
        shards[-1].unlink()
    else:
        for file in tmp_path.glob("*token*" if damage == "no tokenizer" else "config.json"):
            file.unlink()
    with pytest.raises(WeightsError, match=message):
        load_model(tmp_path, "cpu")


@pytest.mark.parametrize(
    "arguments", [{"dtype": "int3"}, {"quantization": "2bit"}, {"attention": "none"}], ids=lambda a: next(iter(a))
)
def test_unknown_settings_are_named(folder, arguments):
    with pytest.raises(WeightsError, match=f"{next(iter(arguments))} must be one of"):
        load_model(folder, "cpu", **arguments)


def test_presets_of_the_published_model_differ_in_the_language_model_only():
    vicuna, llama3 = load_preset("openmaskdino3d"), load_preset("openmaskdino3d_llama3")
    assert (vicuna.model["llm"]["hidden_size"], llama3.model["llm"]["vocab_size"]) == (4096, 128357)
    assert {k for k in vicuna.model if vicuna.model[k] != llama3.model[k]} == {"llm"}
    assert vicuna.runtime == llama3.runtime and vicuna.weights != llama3.weights


def test_a_folder_of_weights_says_which_map_they_were_made_for(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    assert load_preset(tmp_path).map == {} and load_preset(tmp_path).weights == tmp_path
    (tmp_path / "map.yaml").write_text("min_views: 3\n")
    assert load_preset(tmp_path).map == {"min_views": 3} and load_preset(tmp_path).weights == tmp_path
    (tmp_path / "map.yaml").write_text("- 3\n")
    with pytest.raises(PresetError, match="expected names with values"):
        load_preset(tmp_path)


def test_a_preset_on_top_of_itself(tmp_path, monkeypatch):
    monkeypatch.setattr("omd3d_ros.models.presets.share_folders", lambda name: [tmp_path])
    (tmp_path / "a.yaml").write_text("base: b\nweights: x\n")
    (tmp_path / "b.yaml").write_text("base: a\nweights: x\n")
    with pytest.raises(PresetError, match="each other's base"):
        load_preset("a")
