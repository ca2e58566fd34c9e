"""The boxes of scenes as attribute files give them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .records import RecordError


class SceneBoxes:
    """Boxes per scene, of proposals or of ground truth.

    attributes: scene id -> {"objects": names, "locs": (n, 6) centre and size in metres}, the form of the published
    attribute files; kind: what they are, for messages.  Raises RecordError for a scene in another form.
    """

    def __init__(self, attributes: Mapping[str, Mapping[str, Any]], kind: str) -> None:
        self._kind = kind
        self._boxes = {scene: self._read(scene, entry) for scene, entry in attributes.items()}

    def _read(self, scene: str, entry: Mapping[str, Any]) -> np.ndarray:
        """The published attribute files hold float32; the values are those, the arithmetic is double."""
        try:
            boxes = np.asarray(entry["locs"], np.float32).astype(np.float64)
        except (KeyError, TypeError, ValueError) as error:
            raise RecordError(f"{self._kind} of {scene}: 'locs' must be rows of six numbers ({error!r})") from error
        if boxes.size == 0:
            return np.zeros((0, 6))
        if boxes.ndim != 2 or boxes.shape[1] != 6:
            raise RecordError(f"{self._kind} of {scene}: 'locs' has shape {boxes.shape}; it must be (n, 6)")
        if not np.isfinite(boxes).all() or (boxes[:, 3:] < 0).any():
            raise RecordError(f"{self._kind} of {scene}: 'locs' must be finite numbers with sizes of at least 0")
        return boxes

    def of(self, scene: str) -> np.ndarray:
        """(n, 6) float64; raises RecordError for an unknown scene."""
        if scene not in self._boxes:
            raise RecordError(f"scene '{scene}' is not among the {len(self._boxes)} scenes with {self._kind}")
        return self._boxes[scene]

    def rows(self, scene: str, numbers: list[int]) -> np.ndarray:
        """(k, 6) boxes of the objects with these numbers; raises RecordError for a number that is not there."""
        boxes = self.of(scene)
        for number in numbers:
            if not 0 <= number < len(boxes):
                raise RecordError(f"{scene} has no object {number} among its {len(boxes)} {self._kind}")
        return boxes[np.asarray(numbers, np.int64)]
