"""Where the depth camera was when an image was taken: from TF, or from an odometry topic."""

from __future__ import annotations

import threading
from typing import Protocol

import numpy as np
from nav_msgs.msg import Odometry

from omd3d_ros.ros.compat import TransformSource
from omd3d_ros.ros.messages import stamp_to_nanoseconds
from omd3d_ros.ros.transforms import PoseTrack, StampedPose, TransformUnavailable, unit_quaternion


class PoseSource(Protocol):
    @property
    def world_frame(self) -> str:
        """The frame that poses, and so the map, are in."""

    def T_world_camera(self, camera_frame: str, stamp: int) -> np.ndarray:
        """(4, 4) at a stamp in nanoseconds; raises TransformUnavailable."""


class TfPoses:
    def __init__(self, transforms: TransformSource, world_frame: str) -> None:
        self.world_frame = world_frame
        self._transforms = transforms

    def T_world_camera(self, camera_frame: str, stamp: int) -> np.ndarray:
        return self._transforms.lookup(self.world_frame, camera_frame, stamp)


class OdometryPoses:
    """nav_msgs/Odometry; from its child frame to the camera TF is asked, unless they are the same frame."""

    def __init__(self, transforms: TransformSource, world_frame: str, duration: float) -> None:
        self.world_frame = world_frame
        self._transforms = transforms
        self._track = PoseTrack(duration)
        self._child_frame = ""
        self._lock = threading.Lock()

    def add(self, message: Odometry) -> None:
        """Take one pose; its frame_id becomes the world frame.  Raises ValueError for a pose with NaN."""
        p, q = message.pose.pose.position, message.pose.pose.orientation
        translation = np.array([p.x, p.y, p.z])
        if not np.all(np.isfinite(translation)):
            raise ValueError(f"odometry position {translation.tolist()} is not finite")
        stamp = stamp_to_nanoseconds(message.header.stamp)
        pose = StampedPose(stamp, translation, unit_quaternion(np.array([q.x, q.y, q.z, q.w])))
        with self._lock:
            self._track.add(pose)
            self._child_frame = message.child_frame_id.lstrip("/")
            self.world_frame = message.header.frame_id.lstrip("/") or self.world_frame

    def T_world_camera(self, camera_frame: str, stamp: int) -> np.ndarray:
        with self._lock:
            child = self._child_frame or camera_frame
            try:
                T_world_child = self._track.at(stamp, "odometry pose")
            except TransformUnavailable as reason:
                text = f"no transform from {camera_frame} to {self.world_frame}: {reason}"
                raise TransformUnavailable(text, reason.cause) from None
        if child == camera_frame.lstrip("/"):
            return T_world_child
        return T_world_child @ self._transforms.lookup(child, camera_frame, stamp)
