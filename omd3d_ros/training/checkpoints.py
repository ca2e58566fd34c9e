"""Checkpoints of a training run: whole or absent, a bounded number of them, readable without unpickling."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from .settings import TrainingError

_TORCH_WRITER = "PytorchStreamWriter"  # torch.save says so when a write fails
_WEIGHTS, _OPTIMIZER, _STATE = "weights.safetensors", "optimizer.pt", "state.json"


@dataclass
class Checkpoint:
    """After ``step`` steps: trained weights by name, the optimiser's state by the same names, and facts of the run."""

    step: int
    weights: dict[str, torch.Tensor]
    optimizer: dict[str, Any]
    run: dict[str, Any]


class CheckpointFolder:
    """``step-00001200/`` folders below ``folder``, of which the newest ``keep`` stay."""

    def __init__(self, folder: Path, keep: int) -> None:
        self.folder = folder
        self.keep = keep

    def steps(self) -> list[int]:
        """Of the checkpoints that are there, oldest first."""
        found = self.folder.glob("step-*") if self.folder.is_dir() else ()
        return sorted(int(p.name.removeprefix("step-")) for p in found if p.name.removeprefix("step-").isdigit())

    def path(self, step: int) -> Path:
        return self.folder / f"step-{step:08d}"

    def write(self, checkpoint: Checkpoint) -> None:
        """Appears whole or not at all.  Raises OSError where the disk is full; what was there stays."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for left in self.folder.glob(".writing-*"):  # of a killed run
            shutil.rmtree(left, ignore_errors=True)
        temporary = self.folder / f".writing-{os.getpid()}"
        temporary.mkdir()
        try:
            _write_files(temporary, checkpoint)
            target = self.path(checkpoint.step)
            shutil.rmtree(target, ignore_errors=True)
            temporary.replace(target)
        except SafetensorError as error:
            raise OSError(str(error)) from error
        except RuntimeError as error:
            if _TORCH_WRITER not in str(error):
                raise
            raise OSError(str(error)) from error
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        for step in self.steps()[: -self.keep]:
            shutil.rmtree(self.path(step), ignore_errors=True)

    def newest(self) -> Checkpoint | None:
        """None where there is none.  Raises TrainingError for one that can't be read."""
        steps = self.steps()
        if not steps:
            return None
        path = self.path(steps[-1])
        try:
            run = json.loads((path / _STATE).read_text(encoding="utf-8"))
            weights = load_file(path / _WEIGHTS)
            optimizer = torch.load(path / _OPTIMIZER, map_location="cpu", weights_only=True)
        except Exception as error:  # a damaged file may fail in whatever way its bytes lead to
            raise TrainingError(
                f"the checkpoint {path} can't be read ({str(error).splitlines()[0]}): remove it, and training goes on "
                "from the one before"
            ) from error
        return Checkpoint(steps[-1], weights, optimizer, run)


def _write_files(folder: Path, checkpoint: Checkpoint) -> None:
    save_file(_once_each(checkpoint.weights), folder / _WEIGHTS)
    torch.save(checkpoint.optimizer, folder / _OPTIMIZER)
    (folder / _STATE).write_text(json.dumps(checkpoint.run, indent=1) + "\n", encoding="utf-8")
    for file in folder.iterdir():
        with open(file, "rb") as f:
            os.fsync(f.fileno())  # a rename may reach the disk before the content does


def _once_each(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """A tied parameter under the first of its names: loading that one loads all."""
    own = {t.data_ptr(): name for name, t in reversed(weights.items())}
    return {name: t.contiguous() for name, t in weights.items() if own[t.data_ptr()] == name}
