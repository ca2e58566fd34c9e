"""Copies of reference fixtures that a test may change."""

from __future__ import annotations

import shutil
from pathlib import Path

from safetensors.torch import load_file, save_file


def copy_fixture(fixture: Path, folder: Path) -> Path:
    """The fixture's files and subfolders at ``folder``, writable though the originals are not."""
    for path in fixture.rglob("*"):
        if path.is_file():
            copy = folder / path.relative_to(fixture)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    return folder


def shift_first_number(file: Path, tensor: str, by: float) -> None:
    """Change one number of a tensor in a safetensors file."""
    tensors = load_file(file)
    tensors[tensor].view(-1)[0] += by
    save_file(tensors, file)
