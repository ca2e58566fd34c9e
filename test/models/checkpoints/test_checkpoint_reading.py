"""What read_checkpoint makes of files as they are published, and what it says of files that are none."""

from __future__ import annotations

import argparse
import io
import json
import sys
import zipfile
from collections import OrderedDict
from pathlib import Path
from types import ModuleType

import pytest
import torch
from safetensors.torch import save_file

from omd3d_ros.models.checkpoints import CheckpointError, read_checkpoint

WEIGHTS = {"layer.weight": torch.arange(12.0).reshape(3, 4), "layer.bias": torch.ones(3)}


class EasyDict(dict):
    """Pickled as the original's settings are: items, and the same values as attributes."""

    def __init__(self, **items: object) -> None:
        super().__init__(items)
        self.__dict__.update(items)


@pytest.fixture(params=["ChatQformer.utils.easydict", "utils.easydict", "easydict"])
def save_published(request, monkeypatch):
    """Writes a checkpoint whose settings are of a class in a module that exists only while it writes."""

    def save(path: Path, **options: bool) -> None:
        config = EasyDict(model=EasyDict(low_resource=False, sizes=[4096, 512]), lora=EasyDict(lora_r=16))
        content = {"model": OrderedDict(WEIGHTS), "config": config, "epoch": 2, "global_step": 5426}
        parts = request.param.split(".")
        with monkeypatch.context() as patch:
            patch.setattr(EasyDict, "__module__", request.param)
            for length in range(1, len(parts) + 1):
                patch.setitem(sys.modules, ".".join(parts[:length]), module := ModuleType(parts[length - 1]))
            module.EasyDict = EasyDict  # type: ignore[attr-defined]
            torch.save(content, path, **options)

    return save


@pytest.mark.parametrize("zipped", [True, False])
def test_a_published_checkpoint_with_pickled_settings(tmp_path, save_published, zipped):
    path = tmp_path / "ckpt.pth"
    save_published(path, _use_new_zipfile_serialization=zipped)
    checkpoint = read_checkpoint(path)
    assert_same(checkpoint.tensors)
    assert checkpoint.extra == {
        "config": {"model": {"low_resource": False, "sizes": [4096, 512]}, "lora": {"lora_r": 16}},
        "epoch": 2,
        "global_step": 5426,
    }
    assert type(checkpoint.extra["config"]["model"]) is dict


def test_settings_that_are_attributes_alone(tmp_path):
    torch.save({"model": WEIGHTS, "args": argparse.Namespace(lora_r=16, seed=None)}, tmp_path / "a.pth")
    assert read_checkpoint(tmp_path / "a.pth").extra == {"args": {"lora_r": 16, "seed": None}}


@pytest.mark.parametrize("wrapped", [WEIGHTS, {"module": WEIGHTS}, {"state_dict": {"model": WEIGHTS}, "epoch": 1}])
def test_entries_that_wrap_the_state_dict(tmp_path, wrapped):
    torch.save(wrapped, tmp_path / "a.pt")
    assert_same(read_checkpoint(tmp_path / "a.pt").tensors)


def test_an_optimisers_state_is_not_kept(tmp_path):
    torch.save(
        {"net": WEIGHTS, "optimizer": {"state": {0: {"exp_avg": torch.ones(3)}}}, "epoch": 1}, tmp_path / "a.pth"
    )
    checkpoint = read_checkpoint(tmp_path / "a.pth")
    assert_same(checkpoint.tensors)
    assert checkpoint.extra == {"epoch": 1}


def test_parameters_and_half_precision(tmp_path):
    torch.save({"w": torch.nn.Parameter(torch.ones(2)), "h": torch.ones(2, dtype=torch.bfloat16)}, tmp_path / "a.bin")
    tensors = read_checkpoint(tmp_path / "a.bin").tensors
    assert not tensors["w"].requires_grad
    assert tensors["h"].dtype == torch.bfloat16


def test_tensors_are_mapped_from_the_file(tmp_path):
    """32 MB of weights are named without being read."""
    torch.save({"w": torch.zeros(1 << 23)}, tmp_path / "a.pth")
    before = resident()
    tensors = read_checkpoint(tmp_path / "a.pth").tensors
    assert resident() - before < 8 << 20
    assert tensors["w"].numel() == 1 << 23


def test_safetensors_whatever_the_suffix(tmp_path):
    save_file(WEIGHTS, tmp_path / "a.pth", metadata={"format": "pt"})
    checkpoint = read_checkpoint(tmp_path / "a.pth")
    assert_same(checkpoint.tensors)
    assert checkpoint.extra == {"format": "pt"}


@pytest.mark.parametrize("suffix", ["safetensors", "bin"])
def test_a_folder_of_shards(tmp_path, suffix):
    write_shards(tmp_path, suffix)
    assert_same(read_checkpoint(tmp_path).tensors)
    index = {"safetensors": "model.safetensors.index.json", "bin": "pytorch_model.bin.index.json"}[suffix]
    assert_same(read_checkpoint(tmp_path / index).tensors)


def test_a_shard_is_missing(tmp_path):
    write_shards(tmp_path, "safetensors")
    (tmp_path / "part-layer.bias.safetensors").unlink()
    with pytest.raises(CheckpointError, match=r"1 of 2 shards are missing: part-layer\.bias\.safetensors"):
        read_checkpoint(tmp_path)


def test_an_index_may_not_point_elsewhere(tmp_path):
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"w": "../secret.safetensors"}}))
    with pytest.raises(CheckpointError, match="must lie beside the index"):
        read_checkpoint(tmp_path)


def test_a_folder_without_weights(tmp_path):
    with pytest.raises(CheckpointError, match=r"looked for .*model\.safetensors.* found none"):
        read_checkpoint(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\n<!DOCTYPE html><html>Sign in</html>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n", "Git LFS pointer.*git lfs pull"),
        (b'{"error": "Invalid username or password."}', "JSON text"),
        (b"just some words that are no weights", "not a checkpoint"),
        (b"PK\x03\x04 and then the download stopped", "truncated"),
        (b"\x80\x02}q\x00X\x05\x00", "truncated or damaged"),
    ],
)
def test_files_that_are_no_checkpoints(tmp_path, content, message):
    (tmp_path / "a.pth").write_bytes(content)
    with pytest.raises(CheckpointError, match=f"a.pth: .*{message}"):
        read_checkpoint(tmp_path / "a.pth")


@pytest.mark.parametrize("kind", ["zip", "legacy", "safetensors"])
def test_every_cut_is_noticed(tmp_path, kind):
    whole = io.BytesIO()
    if kind == "safetensors":
        save_file(WEIGHTS, tmp_path / "whole")
        whole = io.BytesIO((tmp_path / "whole").read_bytes())
    else:
        torch.save(WEIGHTS, whole, _use_new_zipfile_serialization=kind == "zip")
    content = whole.getvalue()
    for length in range(0, len(content), 37):
        (tmp_path / "cut").write_bytes(content[:length])
        with pytest.raises(CheckpointError):
            read_checkpoint(tmp_path / "cut")


def test_a_zip_of_something_else(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.pth", "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(CheckpointError, match=r"without data\.pkl.*readme\.txt"):
        read_checkpoint(tmp_path / "a.pth")


def test_an_archive_that_somebody_compressed(tmp_path):
    torch.save(WEIGHTS, tmp_path / "stored.pth")
    with (
        zipfile.ZipFile(tmp_path / "stored.pth") as stored,
        zipfile.ZipFile(tmp_path / "small.pth", "w", zipfile.ZIP_DEFLATED) as small,
    ):
        for name in stored.namelist():
            small.writestr(name, stored.read(name))
    assert_same(read_checkpoint(tmp_path / "small.pth").tensors)


def test_no_tensors_inside(tmp_path):
    torch.save({"epoch": 3, "history": [1, 2]}, tmp_path / "a.pth")
    with pytest.raises(CheckpointError, match="holds no tensors where .*: epoch, history"):
        read_checkpoint(tmp_path / "a.pth")
    torch.save([torch.ones(2)], tmp_path / "b.pth")
    with pytest.raises(CheckpointError, match="no named tensors but one list"):
        read_checkpoint(tmp_path / "b.pth")


def test_missing_and_unreadable_files(tmp_path):
    with pytest.raises(CheckpointError, match="nowhere.pth: can't be read: No such file"):
        read_checkpoint(tmp_path / "nowhere.pth")


def assert_same(tensors: dict[str, torch.Tensor]) -> None:
    assert tensors.keys() == WEIGHTS.keys()
    assert all(torch.equal(tensors[name], WEIGHTS[name]) for name in WEIGHTS)


def write_shards(folder: Path, suffix: str) -> None:
    files = {name: f"part-{name}.{suffix}" for name in WEIGHTS}
    for name, file in files.items():
        if suffix == "bin":
            torch.save({name: WEIGHTS[name]}, folder / file)
        else:
            save_file({name: WEIGHTS[name]}, folder / file)
    index = "pytorch_model.bin.index.json" if suffix == "bin" else "model.safetensors.index.json"
    (folder / index).write_text(json.dumps({"weight_map": files}))


def resident() -> int:
    """Bytes of memory that are this process's own (not mapped from files)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("RssAnon"))
