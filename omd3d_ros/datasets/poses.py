"""Camera poses and time stamps as recordings keep them: text, quaternions, lost poses, stamps that stand still.

A pose that is missing, not finite or not rigid is a lost pose, None.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from omd3d_ros.sensing.transforms import matrix_from_pose, unit_quaternion
from omd3d_ros.types import rigid

FRAME_RATE = 30.0


def rows_of_numbers(text: str) -> list[np.ndarray]:
    """The numbers of each line, (n,) float64, NaN where a word is not one; blank lines and ``#`` comments left out."""
    return [np.array([_number(word) for word in words]) for words in rows_of_words(text)]


def rows_of_words(text: str) -> list[list[str]]:
    """The words of each line; blank lines and lines that begin with ``#`` left out."""
    lines = (line.split() for line in text.lstrip("\ufeff").splitlines())
    return [words for words in lines if words and not words[0].startswith("#")]


def read_text(file: Path) -> str:
    """The text of a file, "" where it is missing; bytes that are no text become marks that are no number."""
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def read_pose(file: Path) -> np.ndarray | None:
    """(4, 4) float64 from a text file of 16 numbers, or None: missing or lost."""
    rows = rows_of_numbers(read_text(file))
    return pose_of(np.concatenate(rows)) if rows else None


def pose_of(numbers: np.ndarray) -> np.ndarray | None:
    """16 numbers, row by row, as a (4, 4) rigid transform, or None where they are not one."""
    if numbers.size != 16:
        return None
    try:
        return rigid(numbers.reshape(4, 4), "pose")
    except ValueError:
        return None


def pose_from_quaternion(xyzw: np.ndarray, translation: np.ndarray) -> np.ndarray | None:
    """(4, 4) from a quaternion of any length but 0 and a translation; None where they are no pose."""
    try:
        quaternion = unit_quaternion(xyzw)
    except ValueError:
        return None
    if quaternion.shape != (4,) or not np.all(np.isfinite(translation)):
        return None
    return matrix_from_pose(translation, quaternion)


def increasing_stamps(stamps: Sequence[float | None], rate: float = FRAME_RATE) -> list[float]:
    """Stamps in seconds that strictly increase: as given where they do, with missing ones filled in between and at
    the ends at ``rate`` per second; counted from 0 at ``rate`` where they do not.
    """
    values = np.array([np.nan if s is None else s for s in stamps], np.float64)
    known = np.flatnonzero(np.isfinite(values))
    if not len(known) or np.any(np.diff(values[known]) <= 0):
        return [i / rate for i in range(len(values))]
    index = np.arange(len(values))
    filled = np.interp(index, known, values[known])
    filled += np.minimum(index - known[0], 0) / rate + np.maximum(index - known[-1], 0) / rate
    return filled.tolist()


def _number(word: str) -> float:
    try:
        return float(word.rstrip(","))
    except ValueError:
        return float("nan")
