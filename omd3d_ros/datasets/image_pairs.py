"""Colour and depth images that belong together by the number in their names, in the order of numbers: 2 before 10."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from omd3d_ros.datasets.images import read_color, read_depth
from omd3d_ros.datasets.intrinsics import Size, size_of
from omd3d_ros.datasets.sources import FrameError

NUMBERED_COLOR = re.compile(r"(\d+(?:\.\d+)?)\.(?:png|jpg|jpeg)", re.IGNORECASE)
NUMBERED_DEPTH = re.compile(r"(\d+(?:\.\d+)?)\.png", re.IGNORECASE)


@dataclass(frozen=True)
class ImagePair:
    """The images of one frame; None for one that is missing.  A number may be a time stamp: it need not be whole."""

    number: float
    color: Path | None
    depth: Path | None

    def read(self, root: Path, units_per_metre: float = 1000.0) -> tuple[np.ndarray, np.ndarray]:
        """(H, W, 3) uint8 RGB and (H', W') float32 metres.  Raises FrameError for what is missing or broken."""
        if self.color is None or self.depth is None:
            there, absent = (self.depth, "colour") if self.color is None else (self.color, "depth")
            assert there is not None
            raise FrameError(str(there.relative_to(root)), f"there is no {absent} image of this number")
        return read_color(self.color, root), read_depth(self.depth, root, units_per_metre)

    @property
    def name(self) -> str:
        """For messages."""
        file = self.color or self.depth
        return "" if file is None else f"{file.parent.name}/{file.name}"


def numbered_files(folder: Path, pattern: re.Pattern[str]) -> dict[float, Path]:
    """The files of a folder whose whole name matches, by the number in the pattern's first group."""
    if not folder.is_dir():
        return {}
    matches = ((pattern.fullmatch(file.name), file) for file in sorted(folder.iterdir(), reverse=True))
    return {float(match[1]): file for match, file in matches if match}


def image_pairs(colors: dict[float, Path], depths: dict[float, Path]) -> list[ImagePair]:
    """One pair for every number that any of the two has."""
    return [ImagePair(n, colors.get(n), depths.get(n)) for n in sorted(colors.keys() | depths.keys())]


def first_sizes(pairs: list[ImagePair], root: Path) -> tuple[Size | None, Size | None]:
    """(width, height) of colour and of depth in the first frame that can be read; None where none can."""
    for pair in pairs:
        try:
            rgb, depth = pair.read(root)
        except FrameError:
            continue
        return size_of(rgb), size_of(depth)
    return None, None
