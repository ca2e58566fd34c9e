"""apply: all of a checkpoint into a module, or an error that says why not and a module that is as it was."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest
import torch
from torch import nn

from omd3d_ros.models.checkpoints import Checkpoint, CheckpointError, apply
from omd3d_ros.models.checkpoints.families.openmaskdino3d import WITHOUT_SAVED_STATISTICS
from omd3d_ros.models.checkpoints.mapping import Skipped, Used
from omd3d_ros.models.checkpoints.report import Missing, Report
from omd3d_ros.models.checkpoints.sparse_kernels import kernel_first, output_first

WIDTH = 4


def small_model() -> nn.Module:
    """Names as in OpenMaskDINO3DModel, a linear layer where that has a network."""
    model = nn.Module()
    model.language_model = nn.Module()
    model.language_model.model = nn.Module()
    model.language_model.model.embed_tokens = nn.Embedding(7, WIDTH)
    model.language_model.model.norm = nn.LayerNorm(WIDTH)
    model.language_model.lm_head = nn.Linear(WIDTH, 7, bias=False)
    model.encoder = nn.Module()
    model.encoder.output_layer = nn.Sequential(nn.BatchNorm1d(3))
    model.text_hidden_fcs = nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.ReLU(), nn.Linear(WIDTH, 2))
    model.mask_decoder = nn.Module()
    model.mask_decoder.lang_proj = nn.Linear(2, 3)
    return model


def small_checkpoint(**changes: torch.Tensor | None) -> Checkpoint:
    """A trained checkpoint of that model, all tensors random; changes: other tensors, None to leave one out."""
    generator = torch.Generator().manual_seed(0)
    shapes = {
        "llama_model.base_model.model.model.embed_tokens.weight": (7, WIDTH),
        "llama_model.base_model.model.lm_head.weight": (7, WIDTH),
        "text_hidden_fcs.0.0.weight": (WIDTH, WIDTH),
        "text_hidden_fcs.0.0.bias": (WIDTH,),
        "text_hidden_fcs.0.2.weight": (2, WIDTH),
        "text_hidden_fcs.0.2.bias": (2,),
        "mask_decoder.lang_proj.weight": (3, 2),
        "mask_decoder.lang_proj.bias": (3,),
        "point_extractor.output_layer.0.running_mean": (3,),
        "point_extractor.output_layer.0.running_var": (3,),
        "criterion.loss_weight": (4,),
    }
    tensors = {name: torch.rand(shape, generator=generator) for name, shape in shapes.items()}
    tensors |= {name.replace("__", "."): tensor for name, tensor in changes.items() if tensor is not None}
    left = [name for name, tensor in changes.items() if tensor is None]
    return Checkpoint(Path("ckpt.pth"), {k: v for k, v in tensors.items() if k.replace(".", "__") not in left})


def test_every_tensor_arrives_and_is_accounted_for():
    model, checkpoint = small_model(), small_checkpoint()
    report = apply(checkpoint, model, "openmaskdino3d")
    table = checkpoint.tensors["llama_model.base_model.model.model.embed_tokens.weight"]
    assert torch.equal(model.language_model.model.embed_tokens.weight, table)
    assert torch.equal(model.text_hidden_fcs[2].bias, checkpoint.tensors["text_hidden_fcs.0.2.bias"])
    assert report.counts == {"used": 10, "skipped": 1, "missing": 5}
    assert report.skipped == [Skipped("criterion.loss_weight", "weights of the training loss")]
    assert {m.ours: m.reason for m in report.missing} == {
        "language_model.model.norm.weight": "base language model: from --llm",
        "language_model.model.norm.bias": "base language model: from --llm",
        "encoder.output_layer.0.weight": "point extractor: from --spformer",
        "encoder.output_layer.0.bias": "point extractor: from --spformer",
        "encoder.output_layer.0.num_batches_tracked": "point extractor: from --spformer",
    }


def test_the_modules_dtype_is_kept_unless_told():
    model = small_model().to(torch.bfloat16)
    apply(small_checkpoint(), model, "openmaskdino3d")
    assert model.mask_decoder.lang_proj.weight.dtype == torch.bfloat16
    apply(small_checkpoint(), model, "openmaskdino3d", dtype=torch.float16)
    assert model.mask_decoder.lang_proj.weight.dtype == torch.float16
    assert model.language_model.model.norm.weight.dtype == torch.bfloat16


def test_a_model_without_memory_takes_the_tensors_themselves():
    with torch.device("meta"):
        model = small_model()
    model.mask_decoder.requires_grad_(False)
    checkpoint = small_checkpoint()
    apply(checkpoint, model, "openmaskdino3d")
    weight = model.mask_decoder.lang_proj.weight
    assert weight.data_ptr() == checkpoint.tensors["mask_decoder.lang_proj.weight"].data_ptr()
    assert not weight.requires_grad
    assert model.language_model.model.norm.weight.is_meta


def test_one_part_of_the_model_by_its_place():
    part = nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.ReLU(), nn.Linear(WIDTH, 2))
    checkpoint = Checkpoint(
        Path("ckpt.pth"), {k: v for k, v in small_checkpoint().tensors.items() if k.startswith("text_hidden_fcs")}
    )
    apply(checkpoint, part, "openmaskdino3d", prefix="text_hidden_fcs.")
    assert torch.equal(part[0].weight, checkpoint.tensors["text_hidden_fcs.0.0.weight"])


def test_saved_statistics_can_be_left_out():
    model = small_model()
    report = apply(small_checkpoint(), model, "openmaskdino3d", skip=WITHOUT_SAVED_STATISTICS)
    assert torch.equal(model.encoder.output_layer[0].running_mean, torch.zeros(3))
    assert report.counts["skipped"] == 3


@pytest.mark.parametrize(
    ("checkpoint", "message"),
    [
        (
            small_checkpoint(mask_decoder__lang_proj__bias=torch.ones(4), text_hidden_fcs__0__2__bias=torch.ones(1)),
            r"2 tensors have other shapes: "
            r"text_hidden_fcs\.0\.2\.bias is \[1\], text_hidden_fcs\.2\.bias must be \[2\]; "
            r"mask_decoder\.lang_proj\.bias is \[4\], mask_decoder\.lang_proj\.bias must be \[3\]",
        ),
        (
            small_checkpoint(mask_decoder__lang_proj__weight=None, text_hidden_fcs__0__2__bias=None),
            r"2 tensors that a checkpoint of OpenMaskDINO3D brings are missing: text_hidden_fcs\.2\.bias, mask_decoder",
        ),
        (
            small_checkpoint(scene_init_proj__weight=torch.ones(1)),
            r"1 tensors are not known of OpenMaskDINO3D.*: scene_init_proj\.weight; --allow-extra",
        ),
        (
            small_checkpoint(mask_decoder__lang_proj__bias=torch.tensor([1.0, torch.nan, 2.0])),
            r"1 tensors hold NaN or infinity: mask_decoder\.lang_proj\.bias",
        ),
        (
            small_checkpoint(text_hidden_fcs__0__2__bias=torch.tensor([-torch.inf, 0], dtype=torch.bfloat16)),
            r"1 tensors hold NaN or infinity: text_hidden_fcs\.0\.2\.bias",
        ),
    ],
    ids=["shapes", "missing", "unknown", "NaN", "infinity"],
)
def test_what_does_not_fit_is_an_error_and_changes_nothing(checkpoint, message):
    model = small_model()
    before = copy.deepcopy(model.state_dict())
    with pytest.raises(CheckpointError, match=r"ckpt\.pth: " + message):
        apply(checkpoint, model, "openmaskdino3d")
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


def test_five_missing_names_and_their_number():
    checkpoint = small_checkpoint()
    kept = {
        k: v for k, v in checkpoint.tensors.items() if k in ("mask_decoder.lang_proj.weight", "criterion.loss_weight")
    }
    with pytest.raises(CheckpointError, match="7 tensors .*embed_tokens.*, and 2 more$"):
        apply(Checkpoint(checkpoint.path, kept), small_model(), "openmaskdino3d")


def test_unknown_tensors_can_be_allowed():
    checkpoint = small_checkpoint(scene_init_proj__weight=torch.ones(1))
    report = apply(checkpoint, small_model(), "openmaskdino3d", allow_extra=True)
    assert Skipped("scene_init_proj.weight", "not known; left out as allowed") in report.skipped


def test_a_checkpoint_of_another_model():
    tensors = {"input_conv.0.weight": torch.ones(1), "decoder.cross_attn_layers.0.norm.bias": torch.ones(1)}
    with pytest.raises(CheckpointError, match="looks like an SPFormer checkpoint, not OpenMaskDINO3D.*--from spformer"):
        apply(Checkpoint(Path("spf.pth"), tensors), small_model(), "openmaskdino3d")


def test_a_checkpoint_of_nothing_known():
    with pytest.raises(CheckpointError, match=r"nothing in it is of Uni3D: fc\.weight"):
        apply(Checkpoint(Path("a.pth"), {"fc.weight": torch.ones(1)}), small_model(), "uni3d")


def test_the_gate_and_the_input_of_a_gated_mlp_come_from_one_matrix():
    model = nn.Module()
    model.encoder = nn.Module()
    model.encoder.layer = nn.ModuleList([nn.Module()])
    model.encoder.layer[0].mlp = nn.ModuleDict({n: nn.Linear(2, 3, bias=False) for n in ("gate_proj", "up_proj")})
    both = torch.arange(12.0).reshape(6, 2)
    checkpoint = Checkpoint(Path("dino"), {"encoder.layer.0.mlp.weights_in.weight": both})
    apply(checkpoint, model, "dinov2", prefix="image_encoder.")
    assert torch.equal(model.encoder.layer[0].mlp["gate_proj"].weight, both[:3])
    assert torch.equal(model.encoder.layer[0].mlp["up_proj"].weight, both[3:])


def test_kernels_of_spconv_one_are_turned():
    kernel = torch.arange(3 * 3 * 3 * 6 * 8.0).reshape(3, 3, 3, 6, 8)
    turned = output_first(kernel)
    assert turned.shape == (8, 3, 3, 3, 6)
    assert turned[5, 0, 1, 2, 4] == kernel[0, 1, 2, 4, 5]


def test_a_pointwise_kernel_means_the_same_matrix_in_both_layouts():
    """spconv multiplies features with the buffer viewed as (Cin, Cout), whichever shape it is stored in."""
    kernel = torch.arange(16.0 * 8).reshape(1, 1, 1, 16, 8)
    assert torch.equal(output_first(kernel).reshape(16, 8), kernel.reshape(16, 8))
    assert output_first(kernel).shape == (8, 1, 1, 1, 16)


def test_the_layout_is_told_by_all_kernels_of_a_file():
    assert kernel_first({"a": (3, 3, 3, 3, 8), "b": (3, 3, 3, 8, 8)})
    assert not kernel_first({"a": (3, 3, 3, 3, 8), "b": (8, 3, 3, 3, 3)})
    assert not kernel_first({"query.weight": (400, 256)})


def test_reports_of_several_files_join():
    first = Report(
        "a.pth", "openmaskdino3d", [Used("x", ("lm.x",), "head")], [Skipped("c", "loss")],
        [Missing("encoder.w", "from --spformer"), Missing("lm.y", "from --llm")],
    )  # fmt: skip
    second = Report("b.pth", "spformer", [Used("w", ("encoder.w",), "extractor")], [], [Missing("lm.x", "not in it")])
    whole = first.joined(second)
    assert whole.counts == {"used": 2, "skipped": 1, "missing": 1}
    assert whole.missing == [Missing("lm.y", "from --llm")]
    assert "a.pth (openmaskdino3d): 1 used, 1 skipped" in whole.table()
    assert "w -> encoder.w" in whole.table()
    content = json.loads(whole.to_json())
    assert content["counts"] == whole.counts
    assert content["parts"][1]["used"] == {"w": ["encoder.w"]}
