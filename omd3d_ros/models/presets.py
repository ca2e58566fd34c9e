"""Presets: one YAML file names every component; nothing else in the code makes such choices."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ..files import share_folders


class PresetError(ValueError):
    """No such preset, or one that can't be used; the message says what there is."""


@dataclass(frozen=True)
class Preset:
    """weights: folder of the model; map: arguments of VoxelMap; training: arguments of the training loop."""

    name: str
    weights: Path
    map: dict[str, Any] = field(default_factory=dict)
    model: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)


def load_preset(name: str | os.PathLike) -> Preset:
    """Read a preset by name (``nano``) or by the path of its YAML file; raises PresetError."""
    path = Path(name)
    if path.suffix not in (".yaml", ".yml"):
        known = {p.stem: p for f in reversed(share_folders("config")) for p in f.glob("*.yaml") if _is_preset(p)}
        if str(name) not in known:
            raise PresetError(f"no preset {str(name)!r}; there are: {', '.join(sorted(known)) or 'none'}")
        path = known[str(name)]
    try:
        content = yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError) as e:
        raise PresetError(f"can't read the preset {path}: {e}") from e
    if not isinstance(content, dict) or "weights" not in content:
        raise PresetError(f"{path} is not a preset: it must name its weights")
    weights = Path(os.path.expanduser(str(content["weights"])))
    if str(content["weights"]).startswith("package:"):
        weights = Path(__file__).resolve().parent / str(content["weights"]).removeprefix("package:")
    elif not weights.is_absolute():
        weights = path.parent / weights
    parts = {k: content.get(k) or {} for k in ("map", "model", "training")}
    return Preset(path.stem, weights, **parts)


def _is_preset(path: Path) -> bool:
    try:
        content = yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError):
        return False
    return isinstance(content, dict) and "weights" in content
