"""From a Frame to what the map's kernels read: lens distortion and unusable depth taken out."""

from __future__ import annotations

import numpy as np

from ..types import Camera, ColorCamera, Frame
from .integration import View, clean_depth


class ViewMaker:
    """Keeps the undistortion tables of the cameras it has met.  min_depth, max_depth in metres."""

    def __init__(self, min_depth: float, max_depth: float) -> None:
        self._min_depth, self._max_depth = min_depth, max_depth
        self._tables: dict[Camera, tuple[np.ndarray, np.ndarray]] = {}

    def view(self, frame: Frame) -> tuple[View, int]:
        """The kernels' view of a frame that has a pose, and how many depth readings it has."""
        T = np.ascontiguousarray(frame.T_world_camera, np.float64)
        depth, rgb = self._rectified(frame)
        valid, unit, nearest, farthest, used = clean_depth(depth, self._min_depth, self._max_depth)
        color = frame.color_camera
        view = View(
            depth=valid,
            depth_unit=unit,
            nearest=nearest,
            farthest=farthest,
            rgb=rgb,
            K=_intrinsics(frame.depth_camera),
            Kc=_intrinsics(color or frame.depth_camera),
            T_world_camera=T,
            T_camera_world=np.ascontiguousarray(np.linalg.inv(T)),
            T_color_depth=np.ascontiguousarray(color.T_color_depth if isinstance(color, ColorCamera) else np.eye(4)),
        )
        return view, used

    def _rectified(self, frame: Frame) -> tuple[np.ndarray, np.ndarray]:
        """Depth and colour without lens distortion (a no-op for cameras that have none)."""
        depth, rgb = frame.depth, frame.rgb
        if frame.depth_camera.distortion is not None:
            depth = self._undistort(depth, frame.depth_camera, nearest=True)
        color_camera = frame.color_camera or frame.depth_camera
        if color_camera.distortion is not None:
            rgb = self._undistort(rgb, color_camera, nearest=False)
        return np.ascontiguousarray(depth), np.ascontiguousarray(rgb)

    def _undistort(self, image: np.ndarray, camera: Camera, nearest: bool) -> np.ndarray:
        import cv2

        if camera not in self._tables:
            K = camera.matrix
            self._tables[camera] = cv2.initUndistortRectifyMap(
                K, np.array(camera.distortion), None, K, (camera.width, camera.height), cv2.CV_32FC1
            )
        x, y = self._tables[camera]
        return cv2.remap(image, x, y, cv2.INTER_NEAREST if nearest else cv2.INTER_LINEAR)


def _intrinsics(camera: Camera) -> np.ndarray:
    return np.array([camera.fx, camera.fy, camera.cx, camera.cy])
