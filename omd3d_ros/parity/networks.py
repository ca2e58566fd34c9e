"""What fixtures of networks have in common: building, weights, tensors by name, lists of names and shapes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import nn

from ..models.checkpoints import FAMILIES, translate
from .comparison import Comparison, FixtureError, largest_error
from .reading import Tensors, read_json

T = TypeVar("T")
M = TypeVar("M", bound=nn.Module)


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
