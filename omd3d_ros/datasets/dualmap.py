"""The layout of sequences that DualMap's users collect: ``rgb/5.png``, ``depth/5.png``, ``pose.txt``.

A line of ``pose.txt`` is a stamp in seconds and the pose, camera (x right, y down, z forward) to world, 16 numbers.
Lines belong to images by stamp where the images are named by their stamps, else by number from 0, else, when there
are fewer lines than that, by order.  Depth is uint16 millimetres, registered to colour.  The layout has no intrinsics:
they come from ``camera-intrinsics.txt``.  The world is that of the poses as given.

Jiang et al., "DualMap: Online Open-Vocabulary Semantic Mapping for Natural Language Navigation", RA-L 2025.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from omd3d_ros.datasets.color_camera import ColorRegistration, find_color_registration
from omd3d_ros.datasets.image_pairs import NUMBERED_COLOR, NUMBERED_DEPTH, first_sizes, image_pairs, numbered_files
from omd3d_ros.datasets.intrinsics import find_intrinsics, registered_cameras, size_of
from omd3d_ros.datasets.poses import increasing_stamps, pose_of, read_text, rows_of_numbers
from omd3d_ros.datasets.sources import Format, RawFrame

_SAME_STAMP = 1e-4


@dataclass(frozen=True)
class _Row:
    stamp: float | None
    T_world_camera: np.ndarray | None


_NO_ROW = _Row(None, None)


class DualMapReader:
    """The frames of one sequence, in the order of their names as numbers."""

    def __init__(self, path: Path, registration: ColorRegistration | None = None):
        self.path = path
        colors, depths = numbered_files(path / "rgb", NUMBERED_COLOR), numbered_files(path / "depth", NUMBERED_DEPTH)
        self._pairs = image_pairs(colors, depths)
        rows = [_Row(float(r[0]), pose_of(r[1:])) for r in rows_of_numbers(read_text(path / "pose.txt"))]
        self._rows = _rows_of([pair.number for pair in self._pairs], rows)
        self._stamps = increasing_stamps([row.stamp for row in self._rows])
        intrinsics = find_intrinsics(path, path.parent)
        self._intrinsics = intrinsics and intrinsics.sized(first_sizes(self._pairs, path)[1])
        self._registration = registration or find_color_registration(path)

    def __len__(self) -> int:
        return len(self._pairs)

    def read(self, index: int) -> RawFrame:
        """Raises FrameError when an image is missing or broken; a missing or lost pose is None."""
        pair = self._pairs[index]
        rgb, depth = pair.read(self.path)
        cameras = registered_cameras(self._intrinsics, size_of(rgb), size_of(depth), self._registration)
        return RawFrame(pair.name, self._stamps[index], rgb, depth, *cameras, self._rows[index].T_world_camera)


def _rows_of(numbers: list[float], rows: list[_Row]) -> list[_Row]:
    """The row of each image, ``_NO_ROW`` where there is none; numbers are sorted."""
    stamps = np.array([row.stamp for row in rows], np.float64)
    by_stamp = [np.flatnonzero(np.abs(stamps - number) < _SAME_STAMP) for number in numbers]
    if any(not number.is_integer() for number in numbers) and any(map(len, by_stamp)):
        return [rows[found[0]] if len(found) else _NO_ROW for found in by_stamp]
    by_number = all(number.is_integer() and number < len(rows) for number in numbers)
    places = [int(number) for number in numbers] if by_number else range(len(numbers))
    return [rows[place] if place < len(rows) else _NO_ROW for place in places]


FORMAT = Format(
    name="dualmap",
    looks_for="rgb/, depth/ and pose.txt (DualMap's self-collected sequences)",
    detect=lambda path: (path / "rgb").is_dir() and (path / "depth").is_dir() and (path / "pose.txt").is_file(),
    open=DualMapReader,
)
