"""Pickles that bring code: refused by name, and nothing of them runs."""

from __future__ import annotations

import builtins
import contextlib
import io
import os
import pickle
import random
import subprocess
import sys
from types import ModuleType

import pytest
import torch

from omd3d_ros.models.checkpoints import CheckpointError, read_checkpoint


class Call:
    """Pickled as a call of a function, as an attacker would write it."""

    def __init__(self, function: object, *arguments: object) -> None:
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("place", ["alone", "beside the weights", "among the settings"])
@pytest.mark.parametrize("form", ["zip", "legacy", "plain pickle 2", "plain pickle 4"])
def test_a_shell_command_is_refused_and_does_not_run(tmp_path, place, form):
    ran = tmp_path / "ran"
    call = Call(os.system, f"touch {ran}")
    weights = {"w": torch.ones(2)}
    content = {"alone": call, "beside the weights": {"model": weights, "config": call}}.get(
        place, {"model": weights, "config": {"deep": [{"settings": call}]}}
    )
    path = tmp_path / "evil.pth"
    if form.startswith("plain"):
        path.write_bytes(pickle.dumps(content, protocol=int(form[-1])))
    else:
        torch.save(content, path, _use_new_zipfile_serialization=form == "zip")
    with pytest.raises(CheckpointError, match=rf"refused, nothing was run.*{os.system.__module__}\.system"):
        read_checkpoint(path)
    assert not ran.exists()


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (Call(eval, "1"), r"builtins\.eval"),
        (Call(builtins.exec, "1"), r"builtins\.exec"),
        (Call(subprocess.getoutput, "true"), r"subprocess\.getoutput"),
        (Call(torch.load, "other.pth"), r"torch\.serialization\.load"),
    ],
)
def test_the_refusal_names_the_function(tmp_path, call, name):
    torch.save({"model": {"w": torch.ones(2)}, "more": call}, tmp_path / "evil.pth")
    with pytest.raises(CheckpointError, match=f"would call .*{name}"):
        read_checkpoint(tmp_path / "evil.pth")


def test_old_names_are_seen_through(tmp_path):
    (tmp_path / "evil.pth").write_bytes(b"\x80\x02c__builtin__\neval\nX\x01\x00\x00\x001\x85R.")
    with pytest.raises(CheckpointError, match=r"would call builtins\.eval"):
        read_checkpoint(tmp_path / "evil.pth")


def test_settings_never_import_the_module_that_they_name(tmp_path, monkeypatch):
    """A class of settings is known by its name; the module, which would run on import, is not looked at."""
    ran = tmp_path / "ran"
    (tmp_path / "trojan.py").write_text(f"open({str(ran)!r}, 'w')\nclass EasyDict(dict): pass\n")
    with monkeypatch.context() as patch:
        module = ModuleType("trojan")
        module.EasyDict = type("EasyDict", (dict,), {"__module__": "trojan"})  # type: ignore[attr-defined]
        patch.setitem(sys.modules, "trojan", module)
        torch.save({"model": {"w": torch.ones(2)}, "config": module.EasyDict(lora_r=16)}, tmp_path / "a.pth")
    monkeypatch.syspath_prepend(tmp_path)
    assert read_checkpoint(tmp_path / "a.pth").extra == {"config": {"lora_r": 16}}
    assert not ran.exists()


def test_a_class_that_holds_no_settings_is_refused(tmp_path):
    torch.save({"model": torch.nn.Linear(2, 2)}, tmp_path / "module.pth")
    with pytest.raises(CheckpointError, match=r"torch\.nn\.modules\.linear\.Linear"):
        read_checkpoint(tmp_path / "module.pth")


@pytest.mark.filterwarnings("ignore:.*torch.jit")
def test_torchscript_is_refused(tmp_path):
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), tmp_path / "script.pt")
    with pytest.raises(CheckpointError, match="TorchScript archive holds code"):
        read_checkpoint(tmp_path / "script.pt")


@pytest.mark.parametrize("zipped", [True, False])
def test_whatever_the_bytes_nothing_but_a_checkpoint_error(tmp_path, zipped):
    whole = io.BytesIO()
    torch.save({"model": {"w": torch.ones(2)}, "epoch": 1}, whole, _use_new_zipfile_serialization=zipped)
    generator = random.Random(0)
    for _ in range(300):
        content = bytearray(whole.getvalue())
        for _ in range(generator.choice([1, 2, 5])):
            content[generator.randrange(len(content))] = generator.randrange(256)
        (tmp_path / "damaged.pth").write_bytes(content)
        with contextlib.suppress(CheckpointError):
            read_checkpoint(tmp_path / "damaged.pth")
