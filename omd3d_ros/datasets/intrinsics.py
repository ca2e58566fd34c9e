"""Pinhole intrinsics together with the image size that they are for, and the cameras that follow from them.

Layouts that keep no intrinsics of their own take them from ``camera-intrinsics.txt`` (3x3, of the depth images)
beside the frames or one folder up.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from omd3d_ros.datasets.color_camera import ColorRegistration
from omd3d_ros.datasets.poses import read_text, rows_of_numbers
from omd3d_ros.datasets.sources import SourceError
from omd3d_ros.types import Camera, ColorCamera

INTRINSICS_FILE = "camera-intrinsics.txt"
Size = tuple[int, int]


@dataclass(frozen=True)
class Intrinsics:
    """Focal lengths and centre in pixels, for images of ``size`` (width, height); None: not known, the images at hand.

    Raises SourceError for a centre outside the images.
    """

    fx: float
    fy: float
    cx: float
    cy: float
    size: Size | None = None

    def __post_init__(self) -> None:
        if self.size is not None and not (0 < self.cx < self.size[0] and 0 < self.cy < self.size[1]):
            raise SourceError(
                f"the intrinsics put the image centre at ({self.cx:g}, {self.cy:g}), "
                f"outside the {self.size[0]}x{self.size[1]} images: they belong to another size"
            )

    @classmethod
    def from_matrix(cls, K: np.ndarray, size: Size | None, origin: str) -> Intrinsics:
        """From a 3x3 or 4x4 matrix; raises SourceError, with ``origin`` in it, for one that is no intrinsics."""
        if K.ndim != 2 or min(K.shape) < 3 or not np.all(np.isfinite(K[:3, :3])) or min(K[0, 0], K[1, 1]) <= 0:
            raise SourceError(f"{origin}: expected a 3x3 matrix fx 0 cx / 0 fy cy / 0 0 1")
        return cls(float(K[0, 0]), float(K[1, 1]), float(K[0, 2]), float(K[1, 2]), size)

    def sized(self, size: Size | None) -> Intrinsics:
        """The same for images of ``size``, where it was not known."""
        return self if self.size is not None else replace(self, size=size)

    def camera(self, width: int, height: int) -> Camera:
        """The camera of images of this size, larger or smaller copies of those that the intrinsics are for."""
        sx, sy = (1.0, 1.0) if self.size is None else (width / self.size[0], height / self.size[1])
        return Camera(width, height, self.fx * sx, self.fy * sy, self.cx * sx, self.cy * sy)

    def color_camera(self, width: int, height: int, T_color_depth: np.ndarray) -> ColorCamera:
        """The same for a colour camera that is not the depth camera."""
        camera = self.camera(width, height)
        return ColorCamera(width, height, camera.fx, camera.fy, camera.cx, camera.cy, None, T_color_depth)


def size_of(image: np.ndarray) -> Size:
    """(width, height) of an (H, W, ...) image."""
    return image.shape[1], image.shape[0]


def read_intrinsics(file: Path, size: Size | None = None) -> Intrinsics:
    """From a text file of a 3x3 or 4x4 matrix.  Raises SourceError."""
    rows = rows_of_numbers(read_text(file))
    if len({len(row) for row in rows}) != 1:
        raise SourceError(f"{file}: expected a 3x3 matrix fx 0 cx / 0 fy cy / 0 0 1")
    return Intrinsics.from_matrix(np.stack(rows), size, str(file))


def find_intrinsics(*folders: Path) -> Intrinsics | None:
    """From ``camera-intrinsics.txt`` in the first of the folders that has one."""
    file = next((folder / INTRINSICS_FILE for folder in folders if (folder / INTRINSICS_FILE).is_file()), None)
    return None if file is None else read_intrinsics(file)


def registered_cameras(
    intrinsics: Intrinsics | None, color: Size, depth: Size, registration: ColorRegistration | None
) -> tuple[Camera | None, ColorCamera | None]:
    """Depth and colour camera where one set of intrinsics serves both: colour is seen from where depth is.

    Images of one size need no colour camera (None); a registration file says otherwise.  None for unknown intrinsics.
    """
    if intrinsics is None:
        return None, None if registration is None else registration.camera(*color)
    depth_camera = intrinsics.camera(*depth)
    if registration is not None:
        return depth_camera, registration.camera(*color)
    if color == depth:
        return depth_camera, None
    return depth_camera, intrinsics.sized(depth).color_camera(*color, np.eye(4))
