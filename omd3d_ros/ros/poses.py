"""Where the depth camera was when an image was taken: from TF, an odometry topic, or the images themselves."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

import numpy as np
from builtin_interfaces.msg import Time
from geometry_msgs.msg import TransformStamped
from nav_msgs.msg import Odometry
from std_msgs.msg import Header

from omd3d_ros.mapping.tracking.odometry import RgbdOdometry, compile_kernels, level_pose
from omd3d_ros.ros.compat import TransformSource
from omd3d_ros.ros.messages import transform
from omd3d_ros.sensing.messages import NANOSECONDS, BadMessage, stamp_to_nanoseconds
from omd3d_ros.sensing.transforms import PoseTrack, StampedPose, TransformUnavailable, unit_quaternion
from omd3d_ros.types import Frame


class PoseSource(Protocol):
    @property
    def world_frame(self) -> str:
        """The frame that poses, and so the map, are in."""

    def T_world_camera(self, camera_frame: str, stamp: int) -> np.ndarray | None:
        """(4, 4) at a stamp in nanoseconds, None: only the images tell; raises TransformUnavailable."""


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


class TrackedPoses:
    """The camera is tracked through the frames in the order in which they come; every pose goes out as a transform.

    The first frame's camera is the world's origin, with z up as its surfaces tell (see ``level_pose``).
    tracked_frame: the frame whose pose in the world is published; empty: the depth images' own.  Where a driver
    publishes transforms of the camera, name the root of those (such as camera_link): a frame has one parent on TF.
    """

    def __init__(
        self,
        transforms: TransformSource,
        world_frame: str,
        tracked_frame: str,
        publish: Callable[[TransformStamped], None],
    ) -> None:
        self.world_frame = world_frame
        self._transforms = transforms
        self._tracked_frame = tracked_frame.lstrip("/")
        self._publish = publish
        self._odometry = RgbdOdometry(level_pose)
        compile_kernels()

    def T_world_camera(self, camera_frame: str, stamp: int) -> np.ndarray | None:
        """None, since ``track`` tells; raises TransformUnavailable while the camera's place on its mount is unknown."""
        self._T_camera_tracked(camera_frame, stamp)
        return None

    def track(self, frame: Frame, camera_frame: str, stamp: int) -> np.ndarray:
        """(4, 4) T_world_camera of the next frame, published with its stamp (nanoseconds).

        Raises BadMessage when the images do not tell.
        """
        tracked = self._odometry.track(frame)
        if tracked.T_world_camera is None:
            if self._odometry.num_keyframes == 0:
                raise BadMessage("tracking_not_begun", f"tracking has not begun: {tracked.reason}; show it more")
            raise BadMessage(
                "tracking_lost",
                f"tracking lost: {tracked.reason}; go back to where the map was known, or call ~/reset",
            )
        T_camera_tracked = self._T_camera_tracked(camera_frame, stamp)
        time = Time(sec=stamp // NANOSECONDS, nanosec=stamp % NANOSECONDS)
        child = Header(stamp=time, frame_id=self._tracked_frame or camera_frame)
        self._publish(transform(self.world_frame, child, tracked.T_world_camera @ T_camera_tracked))
        return tracked.T_world_camera

    def reset(self) -> None:
        """Forget what was seen; the next frame defines the world.  Not while a frame is being tracked."""
        self._odometry.reset()

    def values(self) -> dict[str, object]:
        """For diagnostics."""
        begun = self._odometry.num_keyframes > 0
        state = "lost" if self._odometry.lost else "tracking" if begun else "not begun"
        return {"tracking": state, "tracking keyframes": self._odometry.num_keyframes}

    def _T_camera_tracked(self, camera_frame: str, stamp: int) -> np.ndarray:
        if self._tracked_frame in ("", camera_frame.lstrip("/")):
            return np.eye(4)
        return self._transforms.lookup(camera_frame, self._tracked_frame, stamp)
