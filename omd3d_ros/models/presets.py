"""Presets: one YAML file, on top of another or not, names every component; no code makes such choices."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ..files import share_folders

MAP_FILE = "map.yaml"  # beside weights: the arguments of VoxelMap that they were made for


class PresetError(ValueError):
    """No such preset, or one that can't be used; the message says what there is."""


@dataclass(frozen=True)
class Preset:
    """weights: folder of the model; runtime: arguments of load_model beside it (dtype, quantization, attention);
    map: arguments of VoxelMap; training: arguments of the training loop."""

    name: str
    weights: Path
    runtime: dict[str, Any] = field(default_factory=dict)
    map: dict[str, Any] = field(default_factory=dict)
    model: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)


def load_preset(name: str | os.PathLike) -> Preset:
    """Read a preset by name (``nano``), by the path of its YAML file, or take a folder of weights as one.

    Raises PresetError.
    """
    path = Path(name)
    if (path / "config.json").is_file():
        file = path / MAP_FILE
        return Preset(path.name, path, map=_mapping(file) if file.is_file() else {})
    path = path if path.suffix in (".yaml", ".yml") else _file_of(str(name))
    content = _content(path, ())
    if "weights" not in content:
        raise PresetError(f"{path} is not a preset: it must name its weights")
    weights = Path(os.path.expanduser(str(content["weights"])))
    if str(content["weights"]).startswith("package:"):
        weights = Path(__file__).resolve().parent / str(content["weights"]).removeprefix("package:")
    elif not weights.is_absolute():
        weights = path.parent / weights
    parts = {k: content.get(k) or {} for k in ("runtime", "map", "model", "training")}
    return Preset(path.stem, weights, **parts)


def _file_of(name: str) -> Path:
    """The YAML file of a preset in a ``config`` folder."""
    known = {p.stem: p for f in reversed(share_folders("config")) for p in f.glob("*.yaml") if _is_preset(p)}
    if name not in known:
        raise PresetError(f"no preset {name!r}; there are: {', '.join(sorted(known)) or 'none'}")
    return known[name]


def _content(path: Path, seen: tuple[Path, ...]) -> dict[str, Any]:
    """What the file says, on top of the preset that it names as ``base``."""
    if path in seen:
        raise PresetError(f"{path}: presets that are each other's base")
    content = _mapping(path)
    base = content.pop("base", None)
    return content if base is None else _merged(_content(_file_of(str(base)), (*seen, path)), content)


def _mapping(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError) as e:
        raise PresetError(f"can't read the preset {path}: {e}") from e
    if not isinstance(content, dict):
        raise PresetError(f"{path} is not a preset: expected names with values")
    return content


def _merged(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    both = {k for k in changes if isinstance(changes[k], dict) and isinstance(base.get(k), dict)}
    return {**base, **changes, **{k: _merged(base[k], changes[k]) for k in both}}


def _is_preset(path: Path) -> bool:
    try:
        content = yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError):
        return False
    return isinstance(content, dict) and "weights" in content
