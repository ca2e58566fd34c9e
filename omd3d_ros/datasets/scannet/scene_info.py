"""``<scene>.txt``: lines ``key = value`` about a scan, above all its axis alignment."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from .reading import AnnotationError, read_text


@dataclass(frozen=True)
class SceneInfo:
    """T_aligned_raw: (4, 4) float64, takes points of the raw scan to axis-aligned ones; identity where the file has
    none (test scans), which ``has_axis_alignment`` tells.  values: every line's value as text."""

    T_aligned_raw: np.ndarray = field(default_factory=lambda: np.eye(4))
    has_axis_alignment: bool = False
    values: dict[str, str] = field(default_factory=dict)

    @property
    def scene_type(self) -> str | None:
        return self.values.get("sceneType")


def read_scene_info(path: Path | str) -> SceneInfo:
    """Raises AnnotationError for a file that is not there or whose alignment is no 4x4 transform."""
    pairs = [line.partition("=") for line in read_text(Path(path)).splitlines() if "=" in line]
    values = {key.strip(): value.strip() for key, _, value in pairs}
    if "axisAlignment" not in values:
        return SceneInfo(values=values)
    return SceneInfo(_alignment(f"{path}", values["axisAlignment"]), True, values)


def align(points: np.ndarray, T_aligned_raw: np.ndarray) -> np.ndarray:
    """(N, 3) float32 points of the raw scan in the aligned frame."""
    T = np.asarray(T_aligned_raw, np.float64)
    return (np.asarray(points, np.float64) @ T[:3, :3].T + T[:3, 3]).astype(np.float32)


def _alignment(where: str, text: str) -> np.ndarray:
    try:
        T = np.array(text.split(), np.float64).reshape(4, 4)
    except ValueError as error:
        raise AnnotationError(f"{where}: axisAlignment must be 16 numbers, row by row, got {text[:120]!r}") from error
    if not np.isfinite(T).all() or not np.allclose(T[3], (0, 0, 0, 1)):
        raise AnnotationError(f"{where}: axisAlignment must be a finite transform with the last row 0 0 0 1")
    return T
