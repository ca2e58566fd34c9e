"""Losses of a training step: the reference's, and what each exercise counts for."""

from __future__ import annotations

import json

import pytest
import torch
from published_model import a_base_model, a_reference
from safetensors.torch import load_file
from small_runs import a_sample, a_scene

from omd3d_ros.language.prompt import SEG_TOKEN
from omd3d_ros.models.checkpoints import Checkpoint
from omd3d_ros.parity import chat3d
from omd3d_ros.training.batches import Exercise, ExerciseMaker, Superpoints
from omd3d_ros.training.mask_loss import PUBLISHED_WEIGHTS
from omd3d_ros.training.settings import FineTuningSettings
from omd3d_ros.training.training_step import TrainingStep


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return a_reference(a_base_model(tmp_path_factory.mktemp("base") / "llm"))


def a_step(model, processor, **settings):
    maker = ExerciseMaker.of(model, processor, FineTuningSettings(("scanrefer",), **settings))
    return maker, TrainingStep(model, processor.before, processor.after, PUBLISHED_WEIGHTS).eval()


@torch.no_grad()
@pytest.mark.parametrize("case", sorted(chat3d.CASES))
def test_losses_are_the_references(case, reference_fixtures):
    """The fixture's inputs: language loss as mean over answer tokens, segmentation summed over samples."""
    folder = reference_fixtures / "chat3d"
    settings, meta = (json.loads((folder / name).read_text()) for name in ("config.json", "meta.json"))
    io = load_file(folder / "io.safetensors")
    if f"{case}.loss" not in io:
        pytest.skip("the fixture does not hold this case")
    weights = load_file(folder / "checkpoint.safetensors") | load_file(folder / "frozen.safetensors")
    checkpoint = Checkpoint(folder / "checkpoint.safetensors", weights)
    model, processor = chat3d._build(folder, settings, chat3d.CASES[case], checkpoint)
    if f"{case}.lm_head_row_seg" in io:
        model.language_model.get_output_embeddings().weight[processor.seg_id] = io[f"{case}.lm_head_row_seg"]
    maker, step = a_step(model, processor)
    exercises = [
        Exercise(
            s.scene, maker.processor.question(s.question), processor.answer(SEG_TOKEN + s.answer), torch.tensor([0]),
            Superpoints(len(s.superpoints), s.superpoints), s.target[None],
        )
        for s in chat3d._samples(model, io, meta)
    ]  # fmt: skip
    sums = step(exercises)
    language = sums["language"] / sums["tokens"]
    ours = torch.stack([language + sums["segmentation"], language, sums["segmentation"]])
    torch.testing.assert_close(ours, io[f"{case}.loss"], atol=1e-4, rtol=0)


@torch.no_grad()
def test_an_exercise_counts_the_same_in_any_company(reference):
    maker, step = a_step(*reference)
    scene = a_scene()
    exercises = [maker.make(s, scene) for s in (a_sample(), a_sample(target=1, answers=["a chair near the table."]))]
    together = step(exercises)
    apart = [step([e]) for e in exercises]
    for name, value in together.items():
        assert float(value) == pytest.approx(sum(float(sums[name]) for sums in apart), rel=1e-5)


@torch.no_grad()
def test_no_mask_is_learned_where_there_is_none(reference):
    maker, step = a_step(*reference)
    sums = step([maker.make(a_sample(task="scanqa", masked=False), a_scene())])
    assert float(sums["segmentation"]) == 0.0 and float(sums["masked"]) == 0.0
    assert float(sums["language"]) > 0.0


def test_without_a_mask_the_mask_decoder_has_gradients_all_the_same(reference):
    """Zeros: processes that average gradients must have them for the same parameters."""
    model, processor = reference
    maker, step = a_step(model, processor)
    sums = step([maker.make(a_sample(masked=False), a_scene())])
    (sums["language"] + sums["segmentation"]).backward()
    assert not model.mask_decoder.lang_proj.weight.grad.any()
    model.zero_grad()


@torch.no_grad()
def test_one_query_for_each_seg(reference):
    """Two objects: one mask of both, or a mask for each."""
    model, processor = reference
    sample = a_sample(task="multi3dref", object_ids=[10, 12], proposal_ids=[3, 1], answers=["<OBJ001> <OBJ003>"])
    union = a_step(model, processor)[0].make(sample, a_scene())
    apart = a_step(model, processor, queries="objects")[0].make(sample, a_scene())
    assert union.seg.tolist() == [0] and apart.seg.tolist() == [0, 1]
    assert torch.equal(apart.masks.sum(0), union.masks[0])
    maker, step = a_step(model, processor)
    assert float(step([apart])["masked"]) == 1.0, "a sample counts once"


@torch.no_grad()
def test_half_precision_leaves_the_masks_precise(reference):
    maker, step = a_step(*reference)
    exercises = [maker.make(a_sample(), a_scene())]
    precise = step(exercises)
    with torch.autocast("cpu", torch.bfloat16):
        half = step(exercises)
    assert float(half["language"]) == pytest.approx(float(precise["language"]), rel=2e-2)
    assert half["segmentation"].dtype == torch.float32
