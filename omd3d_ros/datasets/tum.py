"""The TUM RGB-D layout: ``rgb.txt``, ``depth.txt`` ("stamp path"), ``groundtruth.txt`` ("stamp tx ty tz qx qy qz qw").

Colour and depth belong together when their stamps are nearest to each other and at most 0.02 s apart, each image once;
images without a partner are no frames.  Without one of the two lists, the pairs of ``associations.txt`` ("stamp path
stamp path") are taken as they are.  A frame has the stamp of its colour image and the pose of the ground truth nearest
to it, not interpolated, at most 0.02 s away.  Depth is uint16, 5000 a metre, registered to colour.
``camera-intrinsics.txt`` is used where it is there, else the values that the data set's authors recommend.
The world is that of the motion capture system, z up.

Sturm et al., "A Benchmark for the Evaluation of RGB-D SLAM Systems", IROS 2012.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from omd3d_ros.datasets.color_camera import ColorRegistration, find_color_registration
from omd3d_ros.datasets.images import read_color, read_depth
from omd3d_ros.datasets.intrinsics import Intrinsics, find_intrinsics, registered_cameras, size_of
from omd3d_ros.datasets.poses import pose_from_quaternion, read_text, rows_of_numbers, rows_of_words
from omd3d_ros.datasets.sources import Format, RawFrame, SourceError

_log = logging.getLogger(__name__)
# Seconds; the excess is what float64 cannot tell apart in stamps of 1.4e9 s.
MAX_DIFFERENCE = 0.02 + 1e-6
_UNITS_PER_METRE = 5000.0
_DEFAULT = Intrinsics(525.0, 525.0, 319.5, 239.5, (640, 480))


@dataclass(frozen=True)
class _Entry:
    stamp: float
    color: Path
    depth: Path


class TumReader:
    """The pairs of one sequence, in the order of time."""

    def __init__(self, path: Path, registration: ColorRegistration | None = None):
        self.path = path
        self._entries = _entries(path)
        self._trajectory = _Trajectory(read_text(path / "groundtruth.txt"))
        self._intrinsics = find_intrinsics(path, path.parent) or _DEFAULT
        self._registration = registration or find_color_registration(path)

    def __len__(self) -> int:
        return len(self._entries)

    def read(self, index: int) -> RawFrame:
        """Raises FrameError when an image is missing or broken."""
        entry = self._entries[index]
        rgb = read_color(entry.color, self.path)
        depth = read_depth(entry.depth, self.path, _UNITS_PER_METRE)
        cameras = registered_cameras(self._intrinsics, size_of(rgb), size_of(depth), self._registration)
        name = str(entry.color.relative_to(self.path))
        return RawFrame(name, entry.stamp, rgb, depth, *cameras, self._trajectory.at(entry.stamp))


class _Trajectory:
    """Poses by time; rows that are no pose are left out."""

    def __init__(self, text: str):
        poses = {}
        for row in rows_of_numbers(text):
            T = pose_from_quaternion(row[4:8], row[1:4]) if len(row) >= 8 and math.isfinite(row[0]) else None
            if T is not None:
                poses[float(row[0])] = T
        self._stamps = np.array(sorted(poses))
        self._poses = [poses[stamp] for stamp in self._stamps.tolist()]

    def at(self, stamp: float) -> np.ndarray | None:
        """The pose nearest in time, or None."""
        if not self._poses:
            return None
        nearest = int(np.abs(self._stamps - stamp).argmin())
        return self._poses[nearest] if abs(self._stamps[nearest] - stamp) <= MAX_DIFFERENCE else None


def match_stamps(a: Sequence[float], b: Sequence[float]) -> list[tuple[int, int]]:
    """Indices (i, j) of stamps in seconds, sorted, that are at most 0.02 s apart: the nearest first, each one once."""
    b_array = np.asarray(b, np.float64)
    low = np.searchsorted(b_array, np.asarray(a) - MAX_DIFFERENCE)
    high = np.searchsorted(b_array, np.asarray(a) + MAX_DIFFERENCE, side="right")
    candidates = sorted((abs(a[i] - b[j]), i, j) for i in range(len(a)) for j in range(low[i], high[i]))
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for _, i, j in candidates:
        if i not in pairs and j not in taken:
            pairs[i] = j
            taken.add(j)
    return sorted(pairs.items())


def _entries(path: Path) -> list[_Entry]:
    if not _has_lists(path):
        return _associated(path)
    colors, depths = _listed(path / "rgb.txt"), _listed(path / "depth.txt")
    pairs = match_stamps([s for s, _ in colors], [s for s, _ in depths])
    if not pairs:
        raise SourceError(
            f"{path}: none of {len(colors)} colour and {len(depths)} depth images are within 0.02 s of each other"
        )
    if len(pairs) < max(len(colors), len(depths)):
        _log.info("%s: %d colour, %d depth images, %d pairs", path, len(colors), len(depths), len(pairs))
    return [_Entry(colors[i][0], path / colors[i][1], path / depths[j][1]) for i, j in pairs]


def _listed(file: Path) -> list[tuple[float, str]]:
    """Stamps and paths of a list, sorted, the first of several with one stamp."""
    found: dict[float, str] = {}
    for words in rows_of_words(read_text(file)):
        stamp = _stamp(words[0])
        if len(words) >= 2 and stamp is not None:
            found.setdefault(stamp, words[1])
    return sorted(found.items())


def _associated(path: Path) -> list[_Entry]:
    entries: dict[float, _Entry] = {}
    for words in rows_of_words(read_text(path / "associations.txt")):
        if len(words) < 4:
            continue
        pairs = [(_stamp(words[0]), words[1]), (_stamp(words[2]), words[3])]
        (stamp, color), (_, depth) = pairs[::-1] if pairs[0][1].startswith("depth") else pairs
        if stamp is not None:
            entries.setdefault(stamp, _Entry(stamp, path / color, path / depth))
    return [entries[stamp] for stamp in sorted(entries)]


def _stamp(word: str) -> float | None:
    try:
        stamp = float(word)
    except ValueError:
        return None
    return stamp if math.isfinite(stamp) else None


def _has_lists(path: Path) -> bool:
    return (path / "rgb.txt").is_file() and (path / "depth.txt").is_file()


FORMAT = Format(
    name="tum",
    looks_for="rgb.txt and depth.txt, or associations.txt (TUM RGB-D)",
    detect=lambda path: _has_lists(path) or (path / "associations.txt").is_file(),
    open=TumReader,
)
