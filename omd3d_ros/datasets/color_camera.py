"""Where the colour camera sits when colour is not registered to depth: a small JSON file beside the frames.

    {"fx": 526.0, "fy": 526.0, "cx": 323.1, "cy": 237.0, "t_depth_to_color_m": [-0.0336, 0.0038, 0.0]}

A point in the colour camera is ``R_depth_to_color`` (3x3, optional) times the point in the depth camera plus
``t_depth_to_color_m``; or give ``T_color_depth`` (4x4) instead.  Optional: ``width`` and ``height`` of the images that
the intrinsics are for (default: the images as they are), ``distortion`` in OpenCV order.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from omd3d_ros.datasets.sources import SourceError
from omd3d_ros.types import ColorCamera

FILE_NAMES = ("color-registration.json", "color-registration-fitted.json", "color-camera.json")


@dataclass(frozen=True)
class ColorRegistration:
    """The contents of such a file; intrinsics are scaled to the size of the images that they are used with."""

    fx: float
    fy: float
    cx: float
    cy: float
    T_color_depth: np.ndarray
    size: tuple[int, int] | None = None
    distortion: tuple[float, ...] | None = None

    def camera(self, width: int, height: int) -> ColorCamera:
        """The colour camera for images of this size."""
        sx, sy = (1.0, 1.0) if self.size is None else (width / self.size[0], height / self.size[1])
        return ColorCamera(
            width,
            height,
            self.fx * sx,
            self.fy * sy,
            self.cx * sx,
            self.cy * sy,
            self.distortion,
            self.T_color_depth,
        )


def find_color_registration(*folders: Path) -> ColorRegistration | None:
    """The registration in the first of the folders that has one of FILE_NAMES."""
    for folder in folders:
        for name in FILE_NAMES:
            if (folder / name).is_file():
                return read_color_registration(folder / name)
    return None


def read_color_registration(path: Path) -> ColorRegistration:
    """Read one file.  Raises SourceError that names the file and the field."""
    try:
        fields = json.loads(path.read_text())
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise SourceError(f"{path}: not a readable JSON file ({error})") from error
    if not isinstance(fields, dict):
        raise SourceError(f"{path}: expected a JSON object with fx, fy, cx, cy")
    if missing := [k for k in ("fx", "fy", "cx", "cy") if k not in fields]:
        raise SourceError(f"{path}: missing {', '.join(missing)}")
    try:
        size = (int(fields["width"]), int(fields["height"])) if "width" in fields and "height" in fields else None
        registration = ColorRegistration(
            fx=float(fields["fx"]),
            fy=float(fields["fy"]),
            cx=float(fields["cx"]),
            cy=float(fields["cy"]),
            T_color_depth=_transform(fields),
            size=size,
            distortion=tuple(float(d) for d in fields["distortion"]) if fields.get("distortion") else None,
        )
        registration.camera(*(size or (640, 480)))
    except (TypeError, ValueError) as error:
        raise SourceError(f"{path}: {error}") from error
    return registration


def _transform(fields: dict[str, Any]) -> np.ndarray:
    if "T_color_depth" in fields:
        return np.array(fields["T_color_depth"], dtype=np.float64)
    T = np.eye(4)
    R = fields.get("R_depth_to_color", "identity")
    if not (isinstance(R, str) and R == "identity"):
        T[:3, :3] = np.array(R, dtype=np.float64)
    T[:3, 3] = np.array(fields.get("t_depth_to_color_m", (0, 0, 0)), dtype=np.float64)
    return T
