"""read_checkpoint: any file or folder of weights as named tensors, told apart by what is in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open

from .checkpoint import Checkpoint, CheckpointError, listed
from .pickled import load_pickled

_INDEXES = ("model.safetensors.index.json", "pytorch_model.bin.index.json")
_SINGLES = ("model.safetensors", "pytorch_model.bin")
_WRAPPERS = ("model", "module", "state_dict", "model_state_dict", "net")
_MAX_WRAPPERS = 3


def read_checkpoint(path: str | Path) -> Checkpoint:
    """Read ``.safetensors``, what ``torch.save`` wrote (``.pth .pt .bin .ckpt``), an index of shards, or a folder.

    The tensors of ``model``, ``module`` or ``state_dict`` entries are unwrapped; plain values beside them are kept in
    ``extra``.  Nothing in the file is run.  Raises CheckpointError.
    """
    path = Path(path)
    try:
        if path.is_dir():
            return _read_folder(path)
        if path.name.endswith(".index.json"):
            return _read_shards(path)
        return _read_file(path)
    except OSError as e:
        raise CheckpointError(f"{path}: can't be read: {e.strerror or e}") from e


def _read_folder(folder: Path) -> Checkpoint:
    for name in _INDEXES:
        if (folder / name).is_file():
            return _read_shards(folder / name)
    singles = [folder / name for name in _SINGLES if (folder / name).is_file()]
    files = singles[:1] or sorted(folder.glob("*.safetensors"))
    if len(files) == 1:
        return _read_file(files[0])
    found = f"several .safetensors and no index: {listed([f.name for f in files])}" if files else "none of them"
    raise CheckpointError(f"{folder}: looked for {', '.join((*_INDEXES, *_SINGLES))} and found {found}")


def _read_shards(index: Path) -> Checkpoint:
    try:
        weight_map = json.loads(index.read_text())["weight_map"]
        shards = sorted({str(name) for name in weight_map.values()})
    except (ValueError, KeyError, TypeError, AttributeError) as e:
        raise CheckpointError(f"{index}: not an index of shards: it needs a weight_map of names to files") from e
    outside = [name for name in shards if Path(name).name != name]
    if outside:
        raise CheckpointError(f"{index}: shards must lie beside the index, and it names {listed(outside)}")
    absent = [name for name in shards if not (index.parent / name).is_file()]
    if absent:
        raise CheckpointError(f"{index}: {len(absent)} of {len(shards)} shards are missing: {listed(absent)}")
    tensors: dict[str, torch.Tensor] = {}
    for shard in shards:
        inside = _read_file(index.parent / shard).tensors
        tensors |= {name: tensor for name, tensor in inside.items() if weight_map.get(name) == shard}
    lost = [name for name in weight_map if name not in tensors]
    if lost:
        raise CheckpointError(f"{index}: the index names tensors that its shards don't hold: {listed(lost)}")
    return Checkpoint(index, tensors)


def _read_file(path: Path) -> Checkpoint:
    with open(path, "rb") as file:
        start = file.read(512)
    _refuse_other_files(path, start)
    if start[8:9] == b"{":
        return _read_safetensors(path)
    if start[:4] != b"PK\x03\x04" and start[:1] != b"\x80":
        raise CheckpointError(f"{path}: not a checkpoint: neither safetensors nor a file of torch.save")
    tensors, extra = _unwrap(path, load_pickled(path))
    return Checkpoint(path, tensors, extra)


def _refuse_other_files(path: Path, start: bytes) -> None:
    if not start:
        raise CheckpointError(f"{path}: the file is empty")
    if start.startswith(b"version https://git-lfs"):
        raise CheckpointError(f"{path}: a Git LFS pointer, not the weights themselves: fetch them with `git lfs pull`")
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype", b"<html", b"<head", b"<?xml", b"<!--")):
        raise CheckpointError(
            f"{path}: a web page (HTML), not weights: the download was answered with a page; repeat it"
        )
    if text.startswith((b"{", b"[")) and start[8:9] != b"{":
        raise CheckpointError(f"{path}: JSON text, not weights")
    if start[257:262] == b"ustar":
        raise CheckpointError(
            f"{path}: a tar file; checkpoints of torch.save from 2017 or later and safetensors are read"
        )


def _read_safetensors(path: Path) -> Checkpoint:
    try:
        with safe_open(path, "pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  not a dict
            extra = dict(file.metadata() or {})
    except (SafetensorError, ValueError, RuntimeError) as e:
        raise CheckpointError(f"{path}: truncated or damaged safetensors file; download it again ({e})") from e
    if not tensors:
        raise CheckpointError(f"{path}: holds no tensors")
    return Checkpoint(path, tensors, extra)


def _unwrap(path: Path, content: Any) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """The innermost named tensors, and the plain values met on the way to them."""
    extra: dict[str, Any] = {}
    for _ in range(_MAX_WRAPPERS):
        if not isinstance(content, Mapping):
            raise CheckpointError(f"{path}: holds no named tensors but one {type(content).__name__}")
        tensors = {str(k): v.detach() for k, v in content.items() if isinstance(v, torch.Tensor)}
        inner = [k for k in _WRAPPERS if isinstance(content.get(k), Mapping)]
        skipped = inner[:1] if not tensors else []
        others = {k: v for k, v in content.items() if not isinstance(v, torch.Tensor) and k not in skipped}
        extra |= {str(k): _plain(v) for k, v in others.items() if not _holds_tensor(v)}
        if tensors:
            return tensors, extra
        if not inner:
            names = listed([str(k) for k in content]) or "nothing"
            raise CheckpointError(
                f"{path}: holds no tensors where a model's are kept ({', '.join(_WRAPPERS)}): {names}"
            )
        content = content[inner[0]]
    raise CheckpointError(f"{path}: wrapped more than {_MAX_WRAPPERS} times in {', '.join(_WRAPPERS)}")


def _holds_tensor(value: Any) -> bool:
    """Such as an optimiser's state, which no conversion needs."""
    if isinstance(value, Mapping):
        return any(_holds_tensor(v) for v in value.values())
    if isinstance(value, (list, tuple, set)):
        return any(_holds_tensor(v) for v in value)
    return isinstance(value, torch.Tensor)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        attributes = {k: v for k, v in getattr(value, "__dict__", {}).items() if not k.startswith("_")}
        return {str(k): _plain(v) for k, v in {**attributes, **value}.items()}
    if isinstance(value, (list, tuple, set)):
        return [_plain(v) for v in value]
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)
