"""``omd3d convert``: what it asks for, what it refuses, and that its folder appears whole or not at all."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from omd3d_ros.cli import UsageError
from omd3d_ros.commands.convert import add_arguments, run
from omd3d_ros.models.checkpoints import Checkpoint, CheckpointError, Report
from omd3d_ros.models.checkpoints.mapping import Skipped, Used
from omd3d_ros.output_folder import new_folder
from omd3d_ros.perception.point_extractor import PointExtractor
from omd3d_ros.perception.spformer import QueryDecoder
from omd3d_ros.perception.uni3d.configuration import Uni3DConfig
from omd3d_ros.perception.uni3d.encoder import Uni3DEncoder


def convert(*arguments: object) -> int:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    parser.set_defaults(quiet=True)
    return run(parser.parse_args([str(a) for a in arguments]))


@pytest.fixture
def files(tmp_path: Path) -> SimpleNamespace:
    """A checkpoint and folders that look like a language model and a DINOv2."""
    save_file({"w": torch.ones(2)}, tmp_path / "ckpt.safetensors")
    save_file({"w": torch.ones(2)}, tmp_path / "spf.safetensors")
    for name, inside in (
        ("llm", ["config.json", "tokenizer.model", "model.safetensors"]),
        ("dinov2", ["config.json", "model.safetensors"]),
    ):
        (tmp_path / name).mkdir()
        for file in inside:
            (tmp_path / name / file).write_text("{}")
    return SimpleNamespace(
        ckpt=tmp_path / "ckpt.safetensors", spf=tmp_path / "spf.safetensors", llm=tmp_path / "llm",
        dinov2=tmp_path / "dinov2", out=tmp_path / "out",
    )  # fmt: skip


class Saved:
    """A model or processor that writes one file."""

    def __init__(self, name: str, fails: type[BaseException] | None = None) -> None:
        self.name, self.fails = name, fails

    def save_pretrained(self, folder: Path) -> None:
        (folder / self.name).write_text("{}")
        if self.fails is not None:
            raise self.fails


@pytest.fixture
def assembled(monkeypatch) -> list[tuple[Any, ...]]:
    """The arguments with which assemble was called; it gives models that write a file."""
    calls: list[tuple[Any, ...]] = []

    def assemble(*arguments: Any) -> tuple[Saved, Saved, Report]:
        calls.append(arguments)
        arguments[-1]("tensors", 1, 2)
        report = Report("ckpt", arguments[0], [Used("w", ("mask_decoder.w",), "head")], [Skipped("c", "loss")])
        return Saved("config.json"), Saved("tokenizer.json"), report

    stand_in(monkeypatch, assemble)
    return calls


def stand_in(monkeypatch: pytest.MonkeyPatch, assemble: Callable) -> None:
    module = ModuleType("omd3d_ros.models.openmaskdino3d.assembly")
    module.assemble = assemble  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)


def test_a_whole_model(files, assembled, capsys, tmp_path):
    report = tmp_path / "report.json"
    arguments = ("--from", "openmaskdino3d", files.ckpt, "--llm", files.llm, "--spformer", files.spf)
    assert convert(*arguments, "--dinov2", files.dinov2, "--merge-lora", "--out", files.out, "--report", report) == 0
    (call,) = assembled
    assert call[0] == "openmaskdino3d"
    assert isinstance(call[1], Checkpoint)
    assert call[2:7] == (
        files.llm, {"spformer": files.spf, "dinov2": files.dinov2}, torch.bfloat16, True, False,
    )  # fmt: skip
    assert sorted(p.name for p in files.out.iterdir()) == ["config.json", "tokenizer.json"]
    assert json.loads(report.read_text())["counts"] == {"used": 1, "skipped": 1, "missing": 0}
    assert "w -> mask_decoder.w" in capsys.readouterr().out


def test_chat_scene_in_another_precision(files, assembled):
    options = ("--dtype", "float16", "--allow-extra", "--out", files.out)
    assert convert("--from", "chat-scene", files.ckpt, "--llm", files.llm, *options) == 0
    assert assembled[0][0] == "chat-scene"
    assert assembled[0][4:7] == (torch.float16, False, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--from", "openmaskdino3d"), "needs --llm"),
        (("--from", "chat-scene", "--llm", "llm", "--heads", "4"), "--heads is for --from spformer and uni3d"),
        (("--from", "spformer", "--llm", "llm", "--merge-lora"), "converts that part alone; --llm, --merge-lora"),
        (("--from", "uni3d", "--heads", "0"), "--heads must be at least 1"),
        (("--from", "uni3d", "--report", "report.txt"), "written as .json"),
    ],
)
def test_wrong_usage(files, arguments, message):
    with pytest.raises(UsageError, match=message):
        convert(files.ckpt, *arguments, "--out", files.out)


def test_missing_files_are_named(files, assembled):
    with pytest.raises(ValueError, match=r"CKPT .*nowhere\.pth: there is no such file"):
        convert("--from", "uni3d", files.out.parent / "nowhere.pth", "--out", files.out)
    (files.llm / "tokenizer.model").unlink()
    with pytest.raises(ValueError, match=r"--llm .*: looked for tokenizer\.json or tokenizer\.model, and found none"):
        convert("--from", "chat-scene", files.ckpt, "--llm", files.llm, "--out", files.out)
    with pytest.raises(ValueError, match=r"--llm .*: there is no such folder"):
        convert("--from", "chat-scene", files.ckpt, "--llm", files.ckpt, "--out", files.out)
    assert not assembled


def test_a_folder_with_something_in_it_is_kept(files, assembled):
    files.out.mkdir()
    (files.out / "notes.txt").write_text("mine")
    arguments = ("--from", "chat-scene", files.ckpt, "--llm", files.llm, "--out", files.out)
    with pytest.raises(ValueError, match="is not empty; --force"):
        convert(*arguments)
    with pytest.raises(ValueError, match="holds no model"):
        convert(*arguments, "--force")
    assert [p.name for p in files.out.iterdir()] == ["notes.txt"]


def test_force_replaces_a_model(files, assembled):
    files.out.mkdir()
    for name in ("config.json", "old.safetensors"):
        (files.out / name).write_text("old")
    convert("--from", "chat-scene", files.ckpt, "--llm", files.llm, "--out", files.out, "--force")
    assert sorted(p.name for p in files.out.iterdir()) == ["config.json", "tokenizer.json"]
    assert (files.out / "config.json").read_text() == "{}"


@pytest.mark.parametrize("fails", [KeyboardInterrupt, OSError])
def test_nothing_is_left_of_an_interrupted_write(files, monkeypatch, fails):
    stand_in(monkeypatch, lambda *_: (Saved("config.json", fails), Saved("tokenizer.json"), Report("a", "b")))
    before = sorted(files.out.parent.iterdir())
    with pytest.raises(fails):
        convert("--from", "chat-scene", files.ckpt, "--llm", files.llm, "--out", files.out)
    assert sorted(files.out.parent.iterdir()) == before


def test_leftovers_of_killed_runs_are_removed(tmp_path):
    dead, alive = tmp_path / ".out-4194305-abc", tmp_path / f".out-{os.getpid()}-abc"  # the first exceeds any pid
    dead.mkdir()
    alive.mkdir()
    with new_folder(tmp_path / "out") as folder:
        (folder / "a").write_text("b")
    assert not dead.exists()
    assert alive.exists()
    assert (tmp_path / "out" / "a").read_text() == "b"


def test_uni3d_alone(reference_fixtures, tmp_path, capsys):
    source = load_file(reference_fixtures / "uni3d" / "weights.safetensors")
    published = {f"module.point_encoder.{k}": v for k, v in source.items()}
    torch.save({"module": {**published, "module.logit_scale": torch.tensor(4.6)}, "epoch": 9}, tmp_path / "uni3d.pt")
    convert("--from", "uni3d", tmp_path / "uni3d.pt", "--heads", "4", "--out", tmp_path / "out")
    config, tensors = written(tmp_path / "out")
    encoder = Uni3DEncoder(Uni3DConfig(**config["point_encoder"]))
    encoder.load_state_dict(below(tensors, "point_encoder."))
    assert torch.equal(encoder.trans2embed.weight, source["trans2embed.weight"])
    out = capsys.readouterr().out
    assert "no shape tells num_heads 4 (given), num_group 512 (published value)" in out
    assert "temperature of the contrastive training" in out


def test_spformer_alone_and_again_from_what_was_written(reference_fixtures, tmp_path):
    source = load_file(reference_fixtures / "point_extractor" / "weights.safetensors")
    decoder = load_file(reference_fixtures / "spformer_query_decoder" / "weights.safetensors")
    torch.save({"model": source | {f"decoder.{k}": v for k, v in decoder.items()}}, tmp_path / "spf.pth")
    convert("--from", "spformer", tmp_path / "spf.pth", "--heads", "4", "--out", tmp_path / "out")
    config, tensors = written(tmp_path / "out")
    extractor, segmentor = PointExtractor(**config["encoder"]), QueryDecoder(**config["segmentor"])
    extractor.load_state_dict(below(tensors, "encoder."))
    segmentor.load_state_dict(below(tensors, "segmentor."))
    assert all(torch.equal(tensor, source[name]) for name, tensor in extractor.state_dict().items())
    assert all(torch.equal(tensor, decoder[name]) for name, tensor in segmentor.state_dict().items())
    convert("--from", "spformer", tmp_path / "out", "--heads", "4", "--out", tmp_path / "again")
    again = written(tmp_path / "again")
    assert again[0] == config
    assert all(torch.equal(again[1][name], tensor) for name, tensor in tensors.items())


def written(folder: Path) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    return json.loads((folder / "config.json").read_text()), load_file(folder / "model.safetensors")


def below(tensors: dict[str, torch.Tensor], place: str) -> dict[str, torch.Tensor]:
    return {name.removeprefix(place): tensor for name, tensor in tensors.items() if name.startswith(place)}


def test_a_checkpoint_that_does_not_fit_writes_nothing(tmp_path, reference_fixtures):
    tensors = load_file(reference_fixtures / "uni3d" / "weights.safetensors")
    tensors["trans2embed.bias"] = torch.ones(7)
    save_file(tensors, tmp_path / "uni3d.safetensors")
    with pytest.raises(CheckpointError, match=r"trans2embed\.bias is \[7\], .* must be \[40\]"):
        convert("--from", "uni3d", tmp_path / "uni3d.safetensors", "--heads", "4", "--out", tmp_path / "out")
    assert [p.name for p in tmp_path.iterdir()] == ["uni3d.safetensors"]
