"""camera_info to intrinsics, and whether two images share one pixel grid."""

from __future__ import annotations

import numpy as np

from omd3d_ros.sensing.messages import BadMessage, CameraInfoMessage
from omd3d_ros.types import Camera

DISTORTION_MODELS = ("", "plumb_bob", "rational_polynomial")
COEFFICIENTS = (4, 5, 8, 12, 14)
SAME_INTRINSICS_PIXELS = 0.01


def camera_from_info(info: CameraInfoMessage, rectified: bool = False) -> Camera:
    """Intrinsics from K and D, or from P alone when the images are rectified, of the images after roi and binning.

    Raises BadMessage when they are unset or of a lens model that is not known.
    """
    frame = info.header.frame_id or "camera"
    if rectified:
        fx, fy, cx, cy = (float(info.p[i]) for i in (0, 5, 2, 6))
    else:
        fx, fy, cx, cy = (float(info.k[i]) for i in (0, 4, 2, 5))
    if fx == 0 or fy == 0 or info.width == 0 or info.height == 0:
        raise BadMessage(
            "camera_info_zero",
            f"camera_info of {frame} is zero ({info.width}x{info.height}, fx={fx}, fy={fy}): "
            "the camera is not calibrated",
        )
    distortion = None if rectified or not any(info.d) else tuple(info.d)
    if distortion and info.distortion_model not in DISTORTION_MODELS:
        raise BadMessage(
            "camera_info_invalid",
            f"camera_info of {frame} has distortion model {info.distortion_model!r}: take rectified images (and set "
            "the parameter rectified of the node), or use plumb_bob or rational_polynomial",
        )
    if distortion and len(distortion) not in COEFFICIENTS:
        raise BadMessage(
            "camera_info_invalid",
            f"camera_info of {frame} has {len(distortion)} distortion coefficients, expected 4, 5, 8, 12 or 14",
        )
    left, top, width, height = _region(info)
    by_x, by_y = max(info.binning_x, 1), max(info.binning_y, 1)
    try:
        return Camera(
            width // by_x, height // by_y, fx / by_x, fy / by_y, (cx - left) / by_x, (cy - top) / by_y, distortion
        )
    except ValueError as error:
        raise BadMessage("camera_info_invalid", f"camera_info of {frame}: {error}") from error


def same_grid(color: CameraInfoMessage, depth: CameraInfoMessage) -> bool:
    """Whether two camera_infos say that pixel (u, v) of colour belongs to pixel (u, v) of depth."""
    same_frame = color.header.frame_id == depth.header.frame_id or not color.header.frame_id
    same_size = (color.width, color.height) == (depth.width, depth.height)
    same_region = _region(color) == _region(depth)
    return (
        same_frame and same_size and same_region and np.allclose(color.k, depth.k, rtol=0, atol=SAME_INTRINSICS_PIXELS)
    )


def _region(info: CameraInfoMessage) -> tuple[int, int, int, int]:
    """Left, top, width, height of the part of the sensor that the images show; roi of zeros: all of it."""
    roi = info.roi
    if roi.width == 0 or roi.height == 0:
        return 0, 0, info.width, info.height
    return roi.x_offset, roi.y_offset, roi.width, roi.height
