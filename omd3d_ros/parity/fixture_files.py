"""The files of a fixture folder: reading them, building what they describe, comparing what they list."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from ..models.checkpoints import FAMILIES, translate
from .comparison import Comparison, FixtureError, largest_error

Tensors = dict[str, torch.Tensor]
T = TypeVar("T")
M = TypeVar("M", bound=nn.Module)


def read_json(path: Path) -> Any:
    """The content of a JSON file; raises FixtureError."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FixtureError(f"{path.name} can't be read: {error}") from error


def read_settings(path: Path) -> dict[str, Any]:
    """The object in a JSON file; raises FixtureError."""
    settings = read_json(path)
    if not isinstance(settings, dict):
        raise FixtureError(f"{path.name} must hold an object of settings, not a {type(settings).__name__}")
    return settings


def read_tensors(path: Path) -> Tensors:
    """All tensors of a safetensors file; raises FixtureError."""
    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise FixtureError(f"{path.name} can't be read: {error}") from error


def require(tensors: Tensors, *names: str) -> None:
    """Raises FixtureError where some of the names are missing in ``io.safetensors``."""
    missing = [name for name in names if name not in tensors]
    if missing:
        raise FixtureError(f"io.safetensors lacks {', '.join(missing)}")


def build(kind: Callable[..., T], settings: Mapping[str, Any]) -> T:
    """A network, or its configuration, of settings of ``config.json``; raises FixtureError."""
    try:
        return kind(**settings)
    except (TypeError, ValueError) as error:
        raise FixtureError(f"config.json makes no {kind.__name__}: {error}") from error


def load_weights(module: M, weights: Tensors) -> M:
    """The module in evaluation mode with these weights, all used and none missing; raises FixtureError."""
    try:
        module.load_state_dict(weights)
    except RuntimeError as error:
        raise FixtureError(f"weights do not fit the configuration: {error}") from error
    return module.eval()


def compare_tensors(ours: Mapping[str, torch.Tensor], expected: Tensors, tolerance: float) -> list[Comparison]:
    """One comparison per expected name; what ours lacks is infinitely far off."""
    errors = {n: largest_error(ours[n], value) if n in ours else math.inf for n, value in sorted(expected.items())}
    return [Comparison(name, error, tolerance) for name, error in errors.items()]


def compare_key_list(
    path: Path, build: Callable[[], nn.Module], ours: Callable[[str], str | None] = str
) -> list[Comparison]:
    """How many names or shapes of a key list (name -> [shape, dtype]) differ from the module's; none without file.

    The module is built on the meta device, so published sizes cost no memory.  ours: the module's name for a listed
    one, None for those that it has no part in.  Raises FixtureError for a file that is no such list.
    """
    if not path.exists():
        return []
    with torch.device("meta"):
        own = {name: list(t.shape) for name, t in build().state_dict().items()}
    try:
        entries = {ours(name): _shape(entry) for name, entry in read_json(path).items()}
    except (AttributeError, KeyError, TypeError) as error:
        raise FixtureError(f"{path.name} must map each name to [shape, dtype]") from error
    listed = {name: shape for name, shape in entries.items() if name is not None}
    differing = sum(own.get(name) != listed.get(name) for name in own.keys() | listed.keys())
    return [Comparison(path.name, float(differing), 0.0)]


def names_in(family: str, place: str) -> Callable[[str], str | None]:
    """Our name, below ``place``, of a tensor of a published checkpoint; None for what is skipped or belongs elsewhere.

    A name that no rule of the family knows stays as it is.
    """

    def ours(name: str) -> str | None:
        translation = translate([name], FAMILIES[family])
        if translation.unknown:
            return name
        places = [full for used in translation.used for full in used.ours if full.startswith(place)]
        return places[0].removeprefix(place) if places else None

    return ours


def _shape(entry: Any) -> list[int]:
    """The shape in ``[shape, dtype]``, ``{"shape": ...}`` or a bare shape."""
    if isinstance(entry, dict):
        return list(entry["shape"])
    if entry and isinstance(entry[0], list):
        return list(entry[0])
    return [n for n in entry if isinstance(n, int)]
