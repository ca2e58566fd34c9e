"""Replica as rendered for NICE-SLAM: ``results/frame000005.jpg``, ``results/depth000005.png``, ``traj.txt``.

Line n of ``traj.txt`` (from 0) is the pose of frame n: camera (x right, y down, z forward) to world, 16 numbers; a line
may be missing, then the pose is None, and lines without a frame are not looked at.  ``cam_params.json`` beside
``results`` or one folder up has the intrinsics, the image size that they are for, and the depth units of a metre; the
published values are taken without it.  Frames count as 30 Hz by number.  The world is that of the Replica mesh, z up.

Zhu et al., "NICE-SLAM: Neural Implicit Scalable Encoding for SLAM", CVPR 2022.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from pathlib import Path

from omd3d_ros.datasets.color_camera import ColorRegistration, find_color_registration
from omd3d_ros.datasets.image_pairs import image_pairs, numbered_files
from omd3d_ros.datasets.intrinsics import Intrinsics, registered_cameras, size_of
from omd3d_ros.datasets.poses import FRAME_RATE, pose_of, read_text, rows_of_numbers
from omd3d_ros.datasets.sources import Format, RawFrame, SourceError

PARAMETERS_FILE = "cam_params.json"
_COLOR = re.compile(r"frame(\d+)\.(?:jpg|jpeg|png)", re.IGNORECASE)
_DEPTH = re.compile(r"depth(\d+)\.png", re.IGNORECASE)


@dataclass(frozen=True)
class _Parameters:
    intrinsics: Intrinsics
    units_per_metre: float


_PUBLISHED = _Parameters(Intrinsics(600.0, 600.0, 599.5, 339.5, (1200, 680)), 6553.5)


class ReplicaReader:
    """The frames of one room, in the order of their numbers."""

    def __init__(self, path: Path, registration: ColorRegistration | None = None):
        self.path = path
        results = path / "results"
        self._pairs = image_pairs(numbered_files(results, _COLOR), numbered_files(results, _DEPTH))
        self._poses = [pose_of(row) for row in rows_of_numbers(read_text(path / "traj.txt"))]
        self._parameters = _find_parameters(path, path.parent)
        self._registration = registration or find_color_registration(path)

    def __len__(self) -> int:
        return len(self._pairs)

    def read(self, index: int) -> RawFrame:
        """Raises FrameError when an image is missing or broken; a missing or lost pose is None."""
        pair = self._pairs[index]
        rgb, depth = pair.read(self.path, self._parameters.units_per_metre)
        number = int(pair.number)
        cameras = registered_cameras(self._parameters.intrinsics, size_of(rgb), size_of(depth), self._registration)
        pose = self._poses[number] if number < len(self._poses) else None
        return RawFrame(pair.name, number / FRAME_RATE, rgb, depth, *cameras, pose)


def _find_parameters(*folders: Path) -> _Parameters:
    file = next((folder / PARAMETERS_FILE for folder in folders if (folder / PARAMETERS_FILE).is_file()), None)
    return _PUBLISHED if file is None else _read_parameters(file)


def _read_parameters(file: Path) -> _Parameters:
    try:
        camera = json.loads(file.read_text())["camera"]
        fx, fy, cx, cy, scale = (float(camera[key]) for key in ("fx", "fy", "cx", "cy", "scale"))
        width, height = int(camera["w"]), int(camera["h"])
    except KeyError as error:
        raise SourceError(f"{file}: missing {error}") from error
    except (OSError, TypeError, ValueError) as error:
        raise SourceError(f"{file}: expected {{'camera': {{w, h, fx, fy, cx, cy, scale}}}} ({error})") from error
    if not all(map(math.isfinite, (fx, fy, cx, cy, scale))) or min(width, height, fx, fy, scale) <= 0:
        raise SourceError(f"{file}: w, h, fx, fy and scale must be positive, got {camera}")
    return _Parameters(Intrinsics(fx, fy, cx, cy, (width, height)), scale)


FORMAT = Format(
    name="replica",
    looks_for="results/frameNNNNNN.jpg with traj.txt (Replica as rendered for NICE-SLAM)",
    detect=lambda path: bool(numbered_files(path / "results", _COLOR)),
    open=ReplicaReader,
)
