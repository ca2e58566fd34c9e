"""Reading the files of a fixture folder; what is missing or damaged is a FixtureError that names the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from .comparison import FixtureError

Tensors = dict[str, torch.Tensor]


def read_text(path: Path) -> str:
    """The content of a UTF-8 text file."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FixtureError(f"{path.name} can't be read: {error}") from error


def read_json(path: Path, kind: type = dict) -> Any:
    """The content of a JSON file whose top is a ``kind`` (dict or list)."""
    try:
        content = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise FixtureError(f"{path.name} is no JSON: {error}") from error
    if not isinstance(content, kind):
        raise FixtureError(f"{path.name} must hold a {kind.__name__}, it holds a {type(content).__name__}")
    return content


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """All arrays of an ``.npz`` file."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return {key: arrays[key] for key in arrays.files}
    except (OSError, ValueError, EOFError, AttributeError) as error:
        raise FixtureError(f"{path.name} can't be read as arrays: {error}") from error


def read_tensors(path: Path) -> Tensors:
    """All tensors of a safetensors file."""
    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise FixtureError(f"{path.name} can't be read: {error}") from error


def require(tensors: Tensors, *names: str) -> None:
    """Raises FixtureError where some of the names are missing in ``io.safetensors``."""
    missing = [name for name in names if name not in tensors]
    if missing:
        raise FixtureError(f"io.safetensors lacks {', '.join(missing)}")
