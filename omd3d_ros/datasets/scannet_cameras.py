"""The two cameras of ScanNet recordings: intrinsics of each, and where colour is seen from.

An extrinsic takes points of a camera to the device's base frame, which usually is the colour camera.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from omd3d_ros.datasets.color_camera import ColorRegistration
from omd3d_ros.datasets.intrinsics import Intrinsics, Size
from omd3d_ros.datasets.poses import pose_of
from omd3d_ros.datasets.sources import SourceError
from omd3d_ros.types import Camera, ColorCamera

# The size of ScanNet's colour images, which resized copies of them keep the intrinsics of.
PUBLISHED_SIZE = (1296, 968)


@dataclass(frozen=True)
class ScanNetCameras:
    """color is None where colour has no camera of its own: it is registered to depth."""

    depth: Intrinsics
    color: Intrinsics | None
    T_color_depth: np.ndarray
    registration: ColorRegistration | None = None

    def of(self, color: Size, depth: Size) -> tuple[Camera, ColorCamera | None]:
        """Depth and colour camera for images of these sizes, (width, height); None: colour lies on depth's pixels."""
        depth_camera = self.depth.camera(*depth)
        if self.registration is not None:
            return depth_camera, self.registration.camera(*color)
        if self.color is None:
            same = np.allclose(self.T_color_depth, np.eye(4)) and color == depth
            return depth_camera, None if same else self.depth.sized(depth).color_camera(*color, self.T_color_depth)
        color_camera = self.color.color_camera(*color, self.T_color_depth)
        same = np.allclose(depth_camera.matrix, color_camera.matrix) and np.allclose(self.T_color_depth, np.eye(4))
        return depth_camera, None if same and color == depth else color_camera


def color_intrinsics(K: Intrinsics, images: Size | None) -> Intrinsics:
    """Colour intrinsics for images of this size, or for the published size where the images are smaller copies."""
    if images is None or (K.cx < images[0] and K.cy < images[1]):
        return K.sized(images)
    centred = abs(2 * K.cx / PUBLISHED_SIZE[0] - 1) < 0.1 and abs(2 * K.cy / PUBLISHED_SIZE[1] - 1) < 0.1
    return K.sized(PUBLISHED_SIZE if centred else images)


def color_from_depth(extrinsic_color: np.ndarray, extrinsic_depth: np.ndarray, origin: str) -> np.ndarray:
    """T_color_depth (4, 4) of two extrinsics.  Raises SourceError, with ``origin`` in it, for one that is not rigid."""
    T_base_color, T_base_depth = pose_of(extrinsic_color), pose_of(extrinsic_depth)
    if T_base_color is None or T_base_depth is None:
        raise SourceError(f"{origin}: an extrinsic is not a rigid 4x4 transform")
    return np.linalg.inv(T_base_color) @ T_base_depth
