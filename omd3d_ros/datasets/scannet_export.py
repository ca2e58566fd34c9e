"""ScanNet frames as its exporter writes them: ``color/5.jpg``, ``depth/5.png``, ``pose/5.txt``, ``intrinsic/*.txt``.

Depth is uint16 millimetres; the pose is camera to world, 4x4, "-inf" where tracking was lost.  Each camera has its
``intrinsic_*.txt`` and ``extrinsic_*.txt`` (identity where there is none); colour without intrinsics of its own
counts as registered to depth.  Frames go by number and count as 30 Hz; one without colour or depth is skipped.
The world is that of the reconstruction, z up.

Dai et al., "ScanNet: Richly-annotated 3D Reconstructions of Indoor Scenes", CVPR 2017.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from omd3d_ros.datasets.color_camera import ColorRegistration, find_color_registration
from omd3d_ros.datasets.image_pairs import NUMBERED_COLOR, NUMBERED_DEPTH, first_sizes, image_pairs, numbered_files
from omd3d_ros.datasets.intrinsics import INTRINSICS_FILE, Size, find_intrinsics, read_intrinsics, size_of
from omd3d_ros.datasets.poses import FRAME_RATE, read_pose, read_text, rows_of_numbers
from omd3d_ros.datasets.scannet_cameras import ScanNetCameras, color_from_depth, color_intrinsics
from omd3d_ros.datasets.sources import Format, RawFrame, SourceError


class ScanNetExportReader:
    """The frames of one exported scene, in the order of their numbers."""

    def __init__(self, path: Path, registration: ColorRegistration | None = None):
        self.path = path
        colors = numbered_files(path / "color", NUMBERED_COLOR)
        depths = numbered_files(path / "depth", NUMBERED_DEPTH)
        self._pairs = image_pairs(colors, depths)
        sizes = first_sizes(self._pairs, path)
        self._cameras = _read_cameras(path, *sizes, registration or find_color_registration(path))

    def __len__(self) -> int:
        return len(self._pairs)

    def read(self, index: int) -> RawFrame:
        """Raises FrameError when an image is missing or broken; a missing or lost pose is None."""
        pair = self._pairs[index]
        rgb, depth = pair.read(self.path)
        assert pair.color is not None
        return RawFrame(
            pair.name,
            pair.number / FRAME_RATE,
            rgb,
            depth,
            *self._cameras.of(size_of(rgb), size_of(depth)),
            read_pose(self.path / "pose" / f"{pair.color.stem}.txt"),
        )


def _read_cameras(
    path: Path, color_size: Size | None, depth_size: Size | None, registration: ColorRegistration | None
) -> ScanNetCameras:
    folder = path / "intrinsic"
    color_file, depth_file = folder / "intrinsic_color.txt", folder / "intrinsic_depth.txt"
    depth = read_intrinsics(depth_file) if depth_file.is_file() else find_intrinsics(path, path.parent)
    if depth is None:
        raise SourceError(f"{path}: no intrinsics; looked for {depth_file.relative_to(path)} and {INTRINSICS_FILE}")
    color = color_intrinsics(read_intrinsics(color_file), color_size) if color_file.is_file() else None
    extrinsic_color, extrinsic_depth = (_extrinsic(folder / f"extrinsic_{name}.txt") for name in ("color", "depth"))
    T_color_depth = color_from_depth(extrinsic_color, extrinsic_depth, str(folder))
    return ScanNetCameras(depth.sized(depth_size), color, T_color_depth, registration)


def _extrinsic(file: Path) -> np.ndarray:
    rows = rows_of_numbers(read_text(file))
    return np.concatenate(rows) if rows else np.eye(4)


def _is_export(path: Path) -> bool:
    has = {name: (path / name).is_dir() for name in ("color", "depth", "pose", "intrinsic")}
    return has["color"] and has["depth"] and (has["pose"] or has["intrinsic"])


FORMAT = Format(
    name="scannet-export",
    looks_for="color/, depth/, pose/, intrinsic/ (exported ScanNet)",
    detect=_is_export,
    open=ScanNetExportReader,
)
