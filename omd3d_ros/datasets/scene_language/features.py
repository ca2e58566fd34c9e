"""Feature files of the processed sets: a vector per object, by ``scene_number``; missing ones are zeros."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from omd3d_ros.datasets.scannet.reading import AnnotationError, kind_of, read_pickled

from .records import MAX_REASONS

if TYPE_CHECKING:
    from torch import Tensor

_KEY = re.compile(r".+_\d{2,}")


def feature_key(scene_id: str, number: int) -> str:
    """``scene0011_00_07``; three digits from 100."""
    return f"{scene_id}_{number:02}"


@dataclass
class ObjectFeatures:
    """vectors: (dim,) each, as stored (half precision too), mapped from the file where that is possible.

    skipped: the first entries that were left out, with the reason, of ``num_skipped``.
    """

    path: Path
    dim: int
    vectors: dict[str, Tensor]
    skipped: dict[str, str] = field(default_factory=dict)
    num_skipped: int = 0

    def __len__(self) -> int:
        return len(self.vectors)

    def of_objects(self, scene_id: str, numbers: Sequence[int]) -> tuple[Tensor, Tensor]:
        """(K, dim) float32 of the objects with these numbers, zeros for those missing; (K,) bool, which are there.

        Raises AnnotationError for a vector with values that are not finite.
        """
        import torch

        found = torch.zeros(len(numbers), self.dim)
        there = torch.zeros(len(numbers), dtype=torch.bool)
        for row, number in enumerate(numbers):
            vector = self.vectors.get(feature_key(scene_id, number))
            if vector is not None:
                found[row], there[row] = vector, True
        finite = torch.isfinite(found).all(1)
        if not finite.all():
            number = numbers[int(finite.long().argmin())]
            raise AnnotationError(f"{self.path}: {feature_key(scene_id, number)} has values that are not finite")
        return found, there


def read_features(path: Path | str, dim: int | None = None) -> ObjectFeatures:
    """``scannet_mask3d_uni3d_feats.pt`` and the like; nothing in it is run.

    dim: what the model takes; None for whatever the file has.  Entries that are no vector, or whose key is not
    ``scene_number``, are skipped.  Raises AnnotationError where the dimension is another one, the file's vectors
    differ in it, or there is none.
    """
    import torch

    path = Path(path)
    content = read_pickled(path)
    if not isinstance(content, Mapping):
        raise AnnotationError(f"{path} must hold a dictionary of vectors, it holds a {kind_of(content)}")
    found = ObjectFeatures(path, dim or 0, {})
    for key, value in content.items():
        reason = _reason_against(key, value)
        if reason is None:
            found.vectors[key] = torch.as_tensor(value).flatten()
        else:
            found.num_skipped += 1
            if len(found.skipped) < MAX_REASONS:
                found.skipped[str(key)] = reason
    if not found.vectors:
        first = next(iter(found.skipped.values()), "it is empty")
        raise AnnotationError(f"{path} has no vector of an object: {first}")
    found.dim = _common_dim(path, found.vectors, dim)
    return found


def _reason_against(key: object, value: object) -> str | None:
    if not isinstance(key, str) or _KEY.fullmatch(key) is None:
        return f"the key {key!r} is not a scene and a number such as scene0011_00_07"
    import torch

    try:
        vector = torch.as_tensor(value)
    except (TypeError, ValueError, RuntimeError):
        return f"{key} is a {kind_of(value)}, not a vector"
    if not vector.is_floating_point() or vector.numel() == 0 or vector.numel() != max(vector.shape, default=0):
        return f"{key} must be a vector of floats, it is {tuple(vector.shape)} {vector.dtype}"
    return None


def _common_dim(path: Path, vectors: Mapping[str, Tensor], asked: int | None) -> int:
    first_key, first = next(iter(vectors.items()))
    dim = asked or len(first)
    other = next((key for key, vector in vectors.items() if len(vector) != len(first)), None)
    if other is not None:
        raise AnnotationError(
            f"{path}: {first_key} has {len(first)} numbers and {other} has {len(vectors[other])}; all must have {dim}"
        )
    if len(first) != dim:
        raise AnnotationError(f"{path}: its features have {len(first)} numbers, but {dim} are asked for")
    return dim
