"""Files of ``torch.save``, read without running anything that they bring along."""

from __future__ import annotations

import warnings
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import torch

from .checkpoint import CheckpointError, listed
from .pickle_globals import globals_of, is_archive, is_config, is_plain
from .pickled_arrays import array_stand_ins, is_array_part


class _Settings:
    """Stands in for a class of settings, whose objects become an OrderedDict of their items.

    torch.load fills no other kind of dict; attributes that are no items end in its ``__dict__``.
    """

    def __new__(cls, *arguments: Any) -> OrderedDict:  # type: ignore[misc]  # not an instance, on purpose
        return OrderedDict(*arguments)


def load_pickled(path: Path) -> Any:
    """The object that ``torch.save`` wrote, with stand-ins for classes of settings.  Raises CheckpointError.

    Two guards: the names that the pickle wants are read from its opcodes and checked before anything is loaded, then
    ``torch.load`` runs with ``weights_only=True``, which knows tensors and plain containers.  numpy arrays are rebuilt
    by functions of our own (``pickled_arrays``).
    """
    stored = _check_archive(path)
    try:
        names = list(dict.fromkeys(globals_of(path)))
    except Exception as e:  # any bytes may come here
        raise CheckpointError(
            f"{path}: truncated or damaged: its pickle can't be read; download it again ({_first_line(e)})"
        ) from e
    refused = [name for name in names if not (is_plain(name) or is_config(name) or is_array_part(name))]
    if refused:
        raise CheckpointError(
            f"{path}: refused, nothing was run: loading it would call {listed(refused)}. Only tensors, plain "
            "containers, numpy arrays and settings (EasyDict and the like) are read; ask for the weights alone, as "
            ".safetensors"
        )
    stand_ins: list[Any] = [_stand_in(name) for name in names if is_config(name)] + array_stand_ins(names)
    try:
        with torch.serialization.safe_globals(stand_ins), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return torch.load(path, map_location="cpu", weights_only=True, mmap=stored)
    except Exception as e:  # any bytes may come here
        raise CheckpointError(f"{path}: {_cause(e)}") from e


def _check_archive(path: Path) -> bool:
    """Whether the file is an archive whose tensors can be mapped; raises CheckpointError for other archives."""
    if not is_archive(path):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except Exception as e:  # any bytes may come here
        raise CheckpointError(
            f"{path}: truncated or damaged: the archive can't be read; download it again ({_first_line(e)})"
        ) from e
    names = [entry.filename for entry in entries]
    stored = all(entry.compress_type == zipfile.ZIP_STORED for entry in entries)
    if any(n.endswith("constants.pkl") for n in names):
        raise CheckpointError(f"{path}: refused: a TorchScript archive holds code; a checkpoint of tensors is needed")
    if not any(n == "data.pkl" or n.endswith("/data.pkl") for n in names):
        raise CheckpointError(
            f"{path}: not a checkpoint: a .zip without data.pkl (it holds {listed(names) or 'nothing'})"
        )
    return stored


def _stand_in(name: str) -> type:
    """A class that torch.load takes for ``name``; the module of that name is never imported."""
    module, _, class_name = name.rpartition(".")
    return type(class_name, (_Settings,), {"__module__": module})


def _cause(error: Exception) -> str:
    text = _first_line(error)
    if "magic number" in text or "not a ZIP archive" in text or "Unsupported operand" in text:
        return f"a pickle, but not a checkpoint as torch.save writes them by default ({text})"
    if isinstance(error, EOFError) or any(
        w in text for w in ("unexpected EOF", "PytorchStreamReader", "out of bounds")
    ):
        return f"truncated or damaged; download it again ({text})"
    return f"can't be read as tensors and plain values ({text})"


def _first_line(error: Exception) -> str:
    text = str(error).rpartition("WeightsUnpickler error:")[2]  # torch puts advice to trust the file before it
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0][:300]}" if lines else type(error).__name__
