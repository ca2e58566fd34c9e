"""The intrinsics of both cameras of a bag, and how colour lies to depth."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from omd3d_ros.datasets.color_camera import ColorRegistration
from omd3d_ros.datasets.rosbag2.bag import Bag, Stream
from omd3d_ros.datasets.rosbag2.topics import CameraTopics, ImageTopic
from omd3d_ros.datasets.sources import SourceError
from omd3d_ros.sensing.calibration import camera_from_info, same_grid
from omd3d_ros.sensing.messages import BadMessage
from omd3d_ros.sensing.transforms import TransformTree, TransformUnavailable
from omd3d_ros.types import Camera, ColorCamera

_log = logging.getLogger(__name__)

AnyCamera = TypeVar("AnyCamera", bound=Camera)


class Cameras:
    """From the first usable camera_info of each camera.

    registered: colour is on depth's pixel grid.  depth_frame: what depth is in the coordinates of.
    Raises SourceError when depth has no usable calibration, or when colour's place is unknown.
    """

    def __init__(
        self,
        bag: Bag,
        topics: CameraTopics,
        tree: TransformTree,
        registration: ColorRegistration | None,
    ) -> None:
        self._registration = registration
        color_info, depth_info = _first(bag, topics.color_info), _first(bag, topics.depth_info)
        if depth_info is None:
            depth_info = _borrowed(bag, topics, color_info)
        self.depth_frame = topics.depth.frame or depth_info.header.frame_id.lstrip("/")
        if not self.depth_frame:
            _log.warning("%s: %s names no frame, so TF cannot tell its pose", bag.path, topics.depth.name)
        self._depth = _cameras(depth_info, topics.depth)
        self._color: list[ColorCamera] = []
        T_color_depth = None
        if registration is None and color_info is not None and not same_grid(color_info, depth_info):
            T_color_depth = self._find_color(bag, topics, tree, color_info)
        if T_color_depth is not None and color_info is not None:
            cameras = _cameras(color_info, topics.color)
            self._color = [ColorCamera(**vars(camera), T_color_depth=T_color_depth) for camera in cameras]
        self.registered = registration is None and not self._color

    def of_sizes(self, color: tuple[int, int], depth: tuple[int, int]) -> tuple[Camera, ColorCamera | None]:
        """For images of these sizes (width, height).  Raises ValueError when a camera_info is of another size."""
        depth_camera = _fitting(self._depth, depth, "depth")
        if self._registration is not None:
            return depth_camera, self._registration.camera(*color)
        return depth_camera, _fitting(self._color, color, "colour") if self._color else None

    def _find_color(self, bag: Bag, topics: CameraTopics, tree: TransformTree, info: Any) -> np.ndarray | None:
        """T_color_depth (4, 4), None where depth's name says that it is registered and TF says nothing else."""
        color_frame = info.header.frame_id.lstrip("/") or topics.color.frame
        try:
            return tree.lookup(color_frame, self.depth_frame, int(topics.depth.stream.stamp[0]))
        except TransformUnavailable as reason:
            if topics.depth.aligned or not color_frame:
                return None
            raise SourceError(
                f"{bag.path}: {topics.color.name} and {topics.depth.name} are different cameras and {reason}; choose a "
                "registered depth topic with --depth-topic, or say where colour is with --color-camera"
            ) from reason


def _first(bag: Bag, stream: Stream | None) -> Any | None:
    """The first camera_info that is set, or the first one; some drivers send zeros until they are calibrated."""
    messages = []
    for index in range(0 if stream is None else min(len(stream), 100)):
        assert stream is not None
        try:
            messages.append(bag.read(stream, index))
        except ValueError as error:
            _log.warning("%s", error)
            continue
        if messages[-1].k[0] > 0:
            return messages[-1]
    return messages[0] if messages else None


def _borrowed(bag: Bag, topics: CameraTopics, color_info: Any | None) -> Any:
    """Colour's calibration for depth without one: the images are taken to be registered."""
    if color_info is None:
        raise SourceError(
            f"{bag.path}: no camera_info for {topics.depth.name} in this bag, nor for {topics.color.name}"
        )
    _log.warning("%s: no camera_info for %s; taken to be registered to colour", bag.path, topics.depth.name)
    return color_info


def _cameras(info: Any, topic: ImageTopic) -> list[Camera]:
    """The intrinsics, and those without roi and binning: some drivers send whole images, or K of the binned ones."""
    whole = replace(info, binning_x=0, binning_y=0, roi=replace(info.roi, width=0, height=0))
    return [_camera(info, topic), _camera(whole, topic)]


def _camera(info: Any, topic: ImageTopic) -> Camera:
    """P for rectified images; K without distortion where their P is not set."""
    try:
        if topic.rectified and not info.p[0]:
            return replace(camera_from_info(info), distortion=None)
        return camera_from_info(info, topic.rectified)
    except BadMessage as error:
        raise SourceError(f"{topic.name}: {error}") from error


def _fitting(cameras: Sequence[AnyCamera], size: tuple[int, int], what: str) -> AnyCamera:
    for camera in cameras:
        if (camera.width, camera.height) == size:
            return camera
    first = cameras[0]
    raise ValueError(f"{what} image is {size[0]}x{size[1]} but its camera_info says {first.width}x{first.height}")
