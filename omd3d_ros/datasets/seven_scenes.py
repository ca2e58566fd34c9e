"""The 7-Scenes layout: ``frame-NNNNNN.{color.png|jpg, depth.png, pose.txt}``, in the folder itself or in ``seq-NN``.

Depth is uint16 millimetres, 0 and 65535 mean no reading; the pose is the depth camera to the world, 4x4, metres.
``camera-intrinsics.txt`` (3x3 of the depth camera) beside the frames or one folder up is used where it is there,
and so is a colour registration (see ``color_camera``); without one, colour counts as registered to depth.
The layout has no time stamps: frames count as 30 Hz by their number, sequences follow each other.

Shotton et al., "Scene Coordinate Regression Forests for Camera Relocalization in RGB-D Images", CVPR 2013.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from omd3d_ros.datasets.color_camera import ColorRegistration, find_color_registration
from omd3d_ros.datasets.images import read_color, read_depth
from omd3d_ros.datasets.intrinsics import find_intrinsics
from omd3d_ros.datasets.sources import Format, FrameError, RawFrame
from omd3d_ros.types import Camera

_COLOR_NAME = re.compile(r"frame-(\d+)\.color\.(png|jpg|jpeg)")
_FRAME_RATE = 30.0
# The data set's own intrinsics for its 640x480 depth camera.
_DEFAULT_WIDTH, _DEFAULT_FOCAL, _DEFAULT_CENTRE = 640, 585.0, (320.0, 240.0)


@dataclass(frozen=True)
class _Entry:
    color: Path
    stamp: float

    def sibling(self, kind: str) -> Path:
        return self.color.with_name(f"{self.color.name.split('.')[0]}.{kind}")


class SevenScenesReader:
    """Frames of all sequences under one folder, in the order of sequence and frame number."""

    def __init__(self, path: Path, registration: ColorRegistration | None = None):
        self.path = path
        self._entries: list[_Entry] = []
        start = 0.0
        for folder in _sequences(path):
            numbered = _numbered_colors(folder)
            first = numbered[0][0] if start else 0
            self._entries += [_Entry(file, start + (number - first) / _FRAME_RATE) for number, file in numbered]
            start = self._entries[-1].stamp + 1.0
        folders = (self._entries[0].color.parent, path, path.parent)
        self._intrinsics = find_intrinsics(*folders)
        self._registration = registration or find_color_registration(*folders[:2])

    def __len__(self) -> int:
        return len(self._entries)

    def read(self, index: int) -> RawFrame:
        """Raises FrameError when an image is broken or a pose is not a pose; a missing or lost pose is None."""
        entry = self._entries[index]
        rgb = read_color(entry.color, self.path)
        depth_file = entry.sibling("depth.png")
        depth = read_depth(depth_file, self.path) if depth_file.is_file() else None
        registration = self._registration
        return RawFrame(
            name=str(entry.color.relative_to(self.path)),
            stamp=entry.stamp,
            rgb=rgb,
            depth=depth,
            depth_camera=None if depth is None else self._depth_camera(*depth.shape[::-1]),
            color_camera=None if registration is None else registration.camera(rgb.shape[1], rgb.shape[0]),
            T_world_camera=_read_pose(entry.sibling("pose.txt"), self.path),
        )

    def _depth_camera(self, width: int, height: int) -> Camera:
        if self._intrinsics is None:
            scale = width / _DEFAULT_WIDTH
            cx, cy = _DEFAULT_CENTRE
            return Camera(width, height, _DEFAULT_FOCAL * scale, _DEFAULT_FOCAL * scale, cx * scale, cy * scale)
        return self._intrinsics.sized((width, height)).camera(width, height)


def _sequences(path: Path) -> list[Path]:
    folders = [path, *sorted(p for p in path.glob("seq-*") if p.is_dir())]
    return [folder for folder in folders if _numbered_colors(folder)]


def _numbered_colors(folder: Path) -> list[tuple[int, Path]]:
    matches = ((_COLOR_NAME.fullmatch(file.name), file) for file in folder.iterdir())
    return sorted((int(match[1]), file) for match, file in matches if match)


def _read_pose(file: Path, root: Path) -> np.ndarray | None:
    """(4, 4) float64, or None for a missing, unreadable or non-finite one, which is how recorders mark lost poses."""
    T = _numbers(file) if file.is_file() else None
    if T is None or not np.all(np.isfinite(T)):
        return None
    if T.size != 16:
        raise FrameError(str(file.relative_to(root)), f"a pose has 16 numbers, this file {T.size}")
    return T.reshape(4, 4)


def _numbers(file: Path) -> np.ndarray | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            numbers = np.loadtxt(file, dtype=np.float64, ndmin=2, comments=None)
    except (ValueError, OSError):
        return None
    return numbers if numbers.size else None


FORMAT = Format(
    name="7scenes",
    looks_for="frame-NNNNNN.color.png or .jpg (7-Scenes), also in seq-NN folders",
    detect=lambda path: bool(_sequences(path)),
    open=SevenScenesReader,
)
