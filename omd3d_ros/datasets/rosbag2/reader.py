"""The frames of a bag: one pair of images, its calibrations and its pose at a time."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from omd3d_ros.datasets.color_camera import ColorRegistration
from omd3d_ros.datasets.rosbag2.bag import Bag
from omd3d_ros.datasets.rosbag2.cameras import Cameras
from omd3d_ros.datasets.rosbag2.pairs import pair, stamps_of
from omd3d_ros.datasets.rosbag2.poses import find_poses
from omd3d_ros.datasets.rosbag2.topics import ImageTopic, choose
from omd3d_ros.datasets.rosbag2.tracks import read_transforms
from omd3d_ros.datasets.sources import FrameError, RawFrame
from omd3d_ros.sensing.compressed import color_from_compressed, depth_from_compressed
from omd3d_ros.sensing.images import color_from_image, depth_from_image
from omd3d_ros.sensing.messages import NANOSECONDS
from omd3d_ros.sensing.transforms import TransformUnavailable


class BagReader:
    """Frames in the order of their stamps.

    A frame's stamp is that of the image whose pixel grid it has: colour's where depth is registered to it, else
    depth's.  Poses are interpolated to that stamp, or to the other image's where the poses end before.
    topics: names for "color", "depth" and "pose", where those that are found by themselves are not the right ones.
    """

    def __init__(
        self, path: Path, registration: ColorRegistration | None = None, topics: Mapping[str, str] | None = None
    ) -> None:
        wanted = topics or {}
        self._bag = Bag(path)
        self._topics = choose(self._bag, wanted)
        self._color_stamps = stamps_of(self._topics.color.stream)
        self._depth_stamps = stamps_of(self._topics.depth.stream)
        self._pairs = pair(self._topics.color.stream, self._topics.depth.stream)
        tree = read_transforms(self._bag)
        self._cameras = Cameras(self._bag, self._topics, tree, registration)
        stamps = self._color_stamps[self._pairs[:, 0]]
        self._poses = find_poses(self._bag, tree, self._cameras.depth_frame, stamps, wanted.get("pose"))

    def __len__(self) -> int:
        return len(self._pairs)

    def read(self, index: int) -> RawFrame:
        """Raises FrameError when an image is damaged or of another size than its camera_info."""
        color, depth = (int(i) for i in self._pairs[index])
        stamps = int(self._color_stamps[color]), int(self._depth_stamps[depth])
        first, second = stamps if self._cameras.registered else stamps[::-1]
        name = f"{self._topics.color.name} at {first / NANOSECONDS:.6f}"
        rgb = self._image(self._topics.color, color, color_from_image, color_from_compressed)
        metres = self._image(self._topics.depth, depth, depth_from_image, depth_from_compressed)
        try:
            depth_camera, color_camera = self._cameras.of_sizes(rgb.shape[1::-1], metres.shape[::-1])
        except ValueError as error:
            raise FrameError(name, str(error)) from error
        return RawFrame(
            name=name,
            stamp=first / NANOSECONDS,
            rgb=rgb,
            depth=metres,
            depth_camera=depth_camera,
            color_camera=color_camera,
            T_world_camera=self._pose(first, second),
        )

    def _image(self, topic: ImageTopic, index: int, from_image: Any, from_compressed: Any) -> np.ndarray:
        try:
            message = self._bag.read(topic.stream, index)
            return (from_compressed if topic.compressed else from_image)(message)
        except ValueError as error:
            raise FrameError(f"{topic.name}, message {index}", str(error)) from error

    def _pose(self, *stamps: int) -> np.ndarray | None:
        if self._poses is None:
            return None
        for stamp in stamps:
            try:
                return self._poses.T_world_camera(stamp)
            except TransformUnavailable:
                continue
        return None
