"""Training on prepared data: it learns, resumes exactly, and is the same on two processes as on one."""

from __future__ import annotations

import errno
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from published_model import a_base_model, a_reference
from safetensors.torch import load_file
from small_runs import MadeScenes, a_run, a_sample, a_scene, grounding_samples, main

from omd3d_ros.language.generation import generate
from omd3d_ros.models.openmaskdino3d import OpenMaskDINO3DProcessor
from omd3d_ros.training import checkpoints
from omd3d_ros.training.mask_loss import mask_iou
from omd3d_ros.training.schedule import generator_of
from omd3d_ros.training.settings import TrainingError
from omd3d_ros.training.training_log import read_log

EXACT = ("step", "epoch", "loss", "language", "segmentation", "token_accuracy", "mask_iou", "learning_rate")


@pytest.fixture(scope="module")
def llm(tmp_path_factory):
    return a_base_model(tmp_path_factory.mktemp("base") / "llm")


def curve(out: Path) -> list[tuple[float, ...]]:
    """What a run has logged of its steps, but for the time that they took."""
    return [tuple(row[name] for name in (*EXACT, "gradient_norm")) for row in read_log(out / "training.csv")]


def trained(out: Path, llm: Path, **choices) -> dict[str, torch.Tensor]:
    run = a_run(*a_reference(llm), out, **choices)
    run.run()
    return run.result()


def a_wide_reference(llm: Path):
    """Whose language model has weights as wide as trained ones, one token for an object and a short prompt."""
    model, processor = a_reference(llm, fuse_with_id=True)
    for name, weight in model.language_model.named_parameters():
        if weight.ndim > 1 and "lora_" not in name:
            torch.nn.init.normal_(weight.data, std=1.0 if "embed" in name else weight.shape[1] ** -0.5)
    model.config.prompt = {"before": "[", "after": "]", "question": "{}"}
    return model, OpenMaskDINO3DProcessor(processor.tokenizer, model.config)


@torch.no_grad()
def answered(model, processor, run) -> tuple[float, float]:
    """Share of the samples whose object the model names, and mean IoU of its masks, over new shuffles."""
    model.eval()
    right, iou = 0, []
    for i, sample in enumerate(run.samples.samples):
        exercise = run.maker.make(sample, run.samples.scene_of(i), generator_of("test", i))
        said = generate(exercise.scene, exercise.question, model, processor)
        right += said.ids[:2] == exercise.answer[:2].tolist()
        if said.seg:
            prediction = model.segment(said.seg[0][None], exercise.superpoints.features)
            iou.append(float(mask_iou(prediction.masks[-1], exercise.masks[:, None]).mean()))
    return right / len(run.samples), sum(iou) / len(run.samples)


def test_it_learns_what_it_is_shown(tmp_path):
    """Eight samples by heart: which object is meant, whatever its identifier, and its mask."""
    torch.manual_seed(3)
    model, processor = a_wide_reference(a_base_model(tmp_path / "llm", hidden=64))
    plain = {"feature_noise": 0.0, "box_noise": 0.0, "augment": False, "segmentation_weight": 0.1, "clip": 1.0}
    choices = {"learning_rate": 3e-3, "batch_size": 16, "warmup_epochs": 3, "checkpoint_minutes": 9.0}
    run = a_run(model, processor, tmp_path, steps=140, language="full", **choices, **plain)
    accuracy, iou = answered(model, processor, run)
    assert accuracy < 0.5 and iou < 0.5
    run.run()
    accuracy, iou = answered(model, processor, run)
    assert accuracy >= 0.875 and iou > 0.9
    first, last = (read_log(tmp_path / "training.csv")[i] for i in (0, -1))
    assert last["language"] < 0.1 * first["language"] and last["segmentation"] < 0.1 * first["segmentation"]


def test_a_killed_run_goes_on_to_the_same_losses(llm, tmp_path, monkeypatch):
    """Killed after step 4, of which the last checkpoint knows three: exactly the curve of an unbroken run."""
    unbroken = trained(tmp_path / "unbroken", llm)
    killed = a_run(*a_reference(llm), tmp_path / "killed")
    step, save = killed._step, killed.state.save

    def until_killed(i, *rest):
        if i == 5:
            raise KeyboardInterrupt
        return step(i, *rest)

    monkeypatch.setattr(killed, "_step", until_killed)
    monkeypatch.setattr(killed.state, "save", lambda done, *rest: save(done, *rest) if done == 3 else None)
    with pytest.raises(KeyboardInterrupt):
        killed.run()
    assert len(curve(tmp_path / "killed")) == 5
    resumed = trained(tmp_path / "killed", llm)
    assert curve(tmp_path / "killed") == curve(tmp_path / "unbroken")
    assert all(torch.equal(resumed[name], tensor) for name, tensor in unbroken.items())


def test_a_process_that_is_killed_outright(llm, tmp_path):
    """SIGKILL at whatever it is doing, in the middle of writing a checkpoint or not; then the same run again."""
    script, log = Path(__file__).with_name("small_runs.py"), tmp_path / "killed" / "training.csv"
    arguments = (str(llm), str(tmp_path / "killed"), "12")
    process = subprocess.Popen([sys.executable, str(script), *arguments], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 100
    while process.poll() is None and time.monotonic() < deadline:
        if log.exists() and len(read_log(log)) >= 4:
            break
        time.sleep(0.01)
    process.kill()
    process.wait()
    main(*arguments)
    main(str(llm), str(tmp_path / "unbroken"), "12")
    assert curve(tmp_path / "killed") == curve(tmp_path / "unbroken")
    killed, unbroken = (load_file(tmp_path / n / "result.safetensors") for n in ("killed", "unbroken"))
    assert all(torch.equal(killed[name], tensor) for name, tensor in unbroken.items())


def test_two_processes_are_as_one(llm, tmp_path):
    """The same global batches, in four parts on one process and in two on each of two."""
    main(str(llm), str(tmp_path / "one"), "4")
    script = Path(__file__).with_name("small_runs.py")
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-port", "0"]
    command += ["--rdzv-backend", "c10d", "--rdzv-endpoint", "localhost:0", str(script), str(llm)]
    subprocess.run([*command, str(tmp_path / "two"), "4"], check=True, timeout=600, capture_output=True)
    for one, two in zip(curve(tmp_path / "one"), curve(tmp_path / "two"), strict=True):
        assert two == pytest.approx(one, rel=1e-5, abs=1e-5)
    one, two = (load_file(tmp_path / n / "result.safetensors") for n in ("one", "two"))
    assert max(float((one[n].float() - two[n].float()).abs().max()) for n in one) < 1e-5


def test_parts_of_a_batch_are_as_the_whole(llm, tmp_path):
    """Gradient accumulation changes how much memory a step takes and nothing else; dropout is drawn for each part."""
    for folder, micro in (("whole", 4), ("parts", 1)):
        model, processor = a_reference(llm)
        for module in model.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
        run = a_run(model, processor, tmp_path / folder, micro_batch=micro, steps=3, gradient_checkpointing=micro == 1)
        run.run()
    for whole, parts in zip(curve(tmp_path / "whole"), curve(tmp_path / "parts"), strict=True):
        assert parts == pytest.approx(whole, rel=1e-4)


def test_what_is_frozen_does_not_change_by_a_bit(llm, tmp_path):
    model, processor = a_reference(llm)
    before = {n: t.clone() for n, t in model.state_dict().items()}
    run = a_run(model, processor, tmp_path)
    run.run()
    after = run.result()
    first = processor.seg_id
    assert before.keys() == after.keys()
    learning = ("lora_", "object_tokens.", "text_hidden_fcs.", "mask_decoder.")
    for name, tensor in after.items():
        if name.endswith(("embed_tokens.weight", "lm_head.weight")):
            assert torch.equal(tensor[:first], before[name][:first])
            assert not (tensor[first:] == before[name][first:]).all(1).any(), "each new row has learned"
        elif "cross_attn_layers" in name and ".norm." in name:  # without effect as published
            assert torch.equal(tensor, before[name])
        elif any(part in name for part in learning):
            assert not torch.equal(tensor, before[name]), name
        else:
            assert torch.equal(tensor, before[name]), name


def test_the_whole_language_model_and_the_encoder_can_learn(llm, tmp_path):
    model, processor = a_reference(llm)
    before = {n: t.clone() for n, t in model.state_dict().items()}
    run = a_run(model, processor, tmp_path, language="full", train_encoder=True, steps=2)
    run.run()
    after = run.result()
    changed = {n for n, t in after.items() if not torch.equal(t, before[n])}
    assert {n for n, _ in model.named_parameters() if n.startswith("encoder.") and "weight" in n} <= changed
    assert "language_model.model.layers.0.mlp.up_proj.base_layer.weight" in changed
    assert not any("running_" in n or "num_batches" in n for n in changed), "batch norms keep their statistics"


def test_superpoint_features_that_are_not_stored_are_computed_once(llm, tmp_path, monkeypatch):
    model, processor = a_reference(llm)
    run = a_run(model, processor, tmp_path, steps=4)
    run.samples.source = MadeScenes(*(a_scene(s, features=False) for s in range(4)))
    calls = []
    forward = model.encoder.forward
    monkeypatch.setattr(model.encoder, "forward", lambda *a: calls.append(1) or forward(*a))
    run.run()
    assert len(calls) == 4, "four scenes in sixteen samples"


def test_validation_is_logged_and_changes_nothing(llm, tmp_path):
    plain = a_run(*a_reference(llm), tmp_path / "plain")
    plain.run()
    run = a_run(*a_reference(llm), tmp_path / "validated", validation_steps=2, validation_samples=3)
    run.validation = run.samples
    run.run()
    assert curve(tmp_path / "validated") == curve(tmp_path / "plain")
    assert [row["step"] for row in read_log(tmp_path / "validated" / "validation.csv")] == [1, 3, 5]


def test_a_loss_that_is_no_number_stops_the_run_and_keeps_the_last_checkpoint(llm, tmp_path, monkeypatch):
    run = a_run(*a_reference(llm), tmp_path)
    make = run.maker.make

    def broken(sample, scene, generator=None):
        exercise = make(sample, scene, generator)
        if run.state.folder.steps() == [2, 3]:
            exercise.scene.features[0] = float("nan")
        return exercise

    monkeypatch.setattr(run.maker, "make", broken)
    with pytest.raises(TrainingError, match=r"loss of step \d is nan .*made.*the checkpoint of step \d is kept"):
        run.run()
    newest = run.state.folder.newest()
    assert newest is not None and all(torch.isfinite(t).all() for t in newest.weights.values())


def test_a_full_disk_keeps_the_old_checkpoint_and_training_goes_on(llm, tmp_path, monkeypatch, caplog):
    run = a_run(*a_reference(llm), tmp_path)
    write = checkpoints._write_files

    def full_after_two(folder, checkpoint):
        write(folder, checkpoint)
        if checkpoint.step > 2:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(checkpoints, "_write_files", full_after_two)
    run.run()
    assert run.state.folder.steps() == [1, 2]
    assert len(curve(tmp_path)) == 6
    assert "No space left on device" in caplog.text and "the checkpoint of step 2 stays" in caplog.text
    assert not list((tmp_path / "checkpoints").glob(".writing-*"))


def test_another_run_in_the_same_folder_is_refused(llm, tmp_path):
    trained(tmp_path, llm, steps=1)
    with pytest.raises(TrainingError, match="another run .*learning_rate was 0.01, is 0.02"):
        trained(tmp_path, llm, steps=1, learning_rate=2e-2)
    with pytest.raises(TrainingError, match="8 samples"):
        trained(tmp_path, llm, steps=1, samples=[a_sample(prompt="another"), *grounding_samples()[1:]])


def test_a_damaged_checkpoint_is_named(llm, tmp_path):
    trained(tmp_path, llm, steps=2)
    (tmp_path / "checkpoints" / "step-00000002" / "optimizer.pt").write_bytes(b"nothing")
    with pytest.raises(TrainingError, match=r"step-00000002 can't be read .*remove it"):
        trained(tmp_path, llm, steps=2)


def test_what_does_not_fit_is_refused_before_the_first_step(llm, tmp_path, monkeypatch):
    monkeypatch.setattr("omd3d_ros.training.estimate.available_bytes", lambda device: 1000)
    with pytest.raises(TrainingError, match="beside the weights.*--micro-batch"):
        a_run(*a_reference(llm), tmp_path)
