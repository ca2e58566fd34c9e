"""A pair of image messages, the calibrations and TF become one Frame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sensor_msgs.msg import CameraInfo, Image

from omd3d_ros.ros.compat import TransformSource, decode_color
from omd3d_ros.ros.poses import PoseSource, TrackedPoses
from omd3d_ros.sensing.calibration import camera_from_info, same_grid
from omd3d_ros.sensing.images import depth_from_image
from omd3d_ros.sensing.messages import NANOSECONDS, BadMessage, stamp_to_nanoseconds
from omd3d_ros.types import Camera, ColorCamera, Frame


class NotYet(Exception):
    """Something that the frame needs has not come yet; ``cause`` is what it is counted under if that never comes."""

    def __init__(self, cause: str, text: str) -> None:
        super().__init__(text)
        self.cause = cause


@dataclass
class ImagePair:
    color: Image
    depth: Image


class FrameBuilder:
    """Holds the latest camera_infos.  ``registered``: 'auto', 'true' or 'false', as the parameter of that name.

    now: the node's time in nanoseconds, 0 while it runs on simulated time that has not begun.
    """

    def __init__(
        self,
        poses: PoseSource,
        transforms: TransformSource,
        registered: str,
        rectified: bool,
        color_info_expected: Callable[[], bool],
        now: Callable[[], int],
    ) -> None:
        self.color_info: CameraInfo | None = None
        self.depth_info: CameraInfo | None = None
        self._poses = poses
        self._transforms = transforms
        self._registered = registered
        self._rectified = rectified
        self._color_info_expected = color_info_expected
        self._now = now

    def build(self, pair: ImagePair) -> Frame:
        """Raises NotYet while a calibration or transform is missing, BadMessage for what will never fit.

        Poses are asked before the images are decoded, since a pair may be tried many times before its pose is there.
        """
        color_info, depth_info = self.color_info, self.depth_info
        if depth_info is None:
            raise NotYet("camera_info_missing", "no camera_info of the depth camera yet")
        depth_camera = self._camera(depth_info, pair.depth, "depth")
        depth_frame = pair.depth.header.frame_id or depth_info.header.frame_id
        if not depth_frame:
            raise BadMessage("no_frame_id", "depth image and its camera_info have no frame_id, so TF cannot be asked")
        stamp = stamp_to_nanoseconds(pair.depth.header.stamp)
        if self._now() == 0:
            raise NotYet("no_clock", "use_sim_time is set, but no time has come on /clock yet")
        T_world_camera = self._poses.T_world_camera(depth_frame, stamp)
        color_camera = self._color_camera(pair, color_info, depth_info, depth_frame, stamp)
        rgb, depth = decode_color(pair.color), depth_from_image(pair.depth)
        frame = Frame(rgb, depth, depth_camera, color_camera, T_world_camera, stamp / NANOSECONDS)
        if isinstance(self._poses, TrackedPoses):
            frame.T_world_camera = self._poses.track(frame, depth_frame, stamp)
        return frame

    def _camera(self, info: CameraInfo, image: Image, what: str) -> Camera:
        camera = camera_from_info(info, self._rectified)
        if (camera.width, camera.height) != (image.width, image.height):
            raise BadMessage(
                "size_mismatch",
                f"{what} image is {image.width}x{image.height} but its camera_info says {camera.width}x{camera.height}",
            )
        return camera

    def _color_camera(
        self, pair: ImagePair, color_info: CameraInfo | None, depth_info: CameraInfo, depth_frame: str, stamp: int
    ) -> ColorCamera | None:
        """None when colour lies on depth's pixel grid."""
        if color_info is None and (
            self._registered == "false" or (self._registered == "auto" and self._color_info_expected())
        ):
            raise NotYet("camera_info_missing", "no camera_info of the colour camera yet")
        if color_info is None or self._registered == "true" or self._shares_grid(color_info, depth_info):
            _require_same_size(pair)
            return None
        camera = self._camera(color_info, pair.color, "colour")
        color_frame = color_info.header.frame_id or pair.color.header.frame_id or depth_frame
        T_color_depth = self._transforms.lookup(color_frame, depth_frame, stamp)
        return ColorCamera(
            camera.width, camera.height, camera.fx, camera.fy, camera.cx, camera.cy, camera.distortion, T_color_depth
        )

    def _shares_grid(self, color: CameraInfo, depth: CameraInfo) -> bool:
        return self._registered != "false" and same_grid(color, depth)


def _require_same_size(pair: ImagePair) -> None:
    color, depth = pair.color, pair.depth
    if (color.width, color.height) != (depth.width, depth.height):
        raise BadMessage(
            "size_mismatch",
            f"colour is {color.width}x{color.height} and depth {depth.width}x{depth.height}: register colour to depth, "
            "or publish the colour camera's own camera_info and the transform between the two cameras",
        )
