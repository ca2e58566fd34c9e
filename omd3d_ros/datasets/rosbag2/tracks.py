"""All transforms of a recording: like the node's tree, but with the whole of the past, in arrays."""

from __future__ import annotations

import logging
from array import array
from typing import Any

import numpy as np

from omd3d_ros.datasets.rosbag2.bag import TF, Bag, Stream
from omd3d_ros.sensing.messages import stamp_to_nanoseconds
from omd3d_ros.sensing.transforms import (
    StampedPose,
    Track,
    TransformTree,
    TransformUnavailable,
    interpolate,
    matrix_from_pose,
    require_within,
    unit_quaternion,
)

_log = logging.getLogger(__name__)


class RecordedTrack:
    """One frame's pose in its parent over a whole recording; 64 bytes a pose."""

    def __init__(self) -> None:
        self._stamps = array("q")
        self._poses = array("d")
        self._sorted: tuple[np.ndarray, np.ndarray] | None = None

    def add(self, pose: StampedPose) -> None:
        self._sorted = None
        self._stamps.append(pose.stamp)
        self._poses.extend(pose.translation)
        self._poses.extend(pose.quaternion)

    def at(self, stamp: int, what: str) -> np.ndarray:
        """(4, 4) at a stamp in nanoseconds; raises TransformUnavailable outside of what was recorded."""
        if not self._stamps:
            raise TransformUnavailable(f"{what} not recorded")
        stamps, poses = self._in_order()
        require_within(stamp, int(stamps[0]), int(stamps[-1]), what)
        after = int(np.searchsorted(stamps, stamp))
        if stamps[after] == stamp:
            return matrix_from_pose(poses[after, :3], poses[after, 3:])
        a, b = (StampedPose(int(stamps[i]), poses[i, :3], poses[i, 3:]) for i in (after - 1, after))
        return interpolate(a, b, stamp)

    def _in_order(self) -> tuple[np.ndarray, np.ndarray]:
        """By stamp, the last of those with the same one."""
        if self._sorted is None:
            stamps, last = np.unique(np.array(self._stamps, np.int64)[::-1], return_index=True)
            poses = np.array(self._poses, np.float64).reshape(-1, 7)
            self._sorted = stamps, poses[len(poses) - 1 - last]
        return self._sorted


class RecordedTransforms(TransformTree):
    """The tree of everything on /tf and /tf_static, at any time of the recording."""

    def __init__(self) -> None:
        super().__init__(float("inf"))

    def _new_track(self) -> Track:
        return RecordedTrack()


def read_transforms(bag: Bag) -> RecordedTransforms:
    """Read every transform of a bag; a static one holds for the whole of it, whenever it was recorded."""
    tree = RecordedTransforms()
    refused: list[str] = []
    for stream in bag.of_type(TF):
        static = stream.topic.rstrip("/").endswith("tf_static")
        for index in range(len(stream)):
            for item in _transforms(bag, stream, index, refused):
                translation, quaternion = _vector(item.transform.translation), _quaternion(item.transform.rotation)
                stamp = stamp_to_nanoseconds(item.header.stamp)
                try:
                    tree.add(item.header.frame_id, item.child_frame_id, stamp, translation, quaternion, static)
                except ValueError as error:
                    refused.append(str(error))
    if refused:
        _log.warning("%s: %d transforms are left out; the first: %s", bag.path, len(refused), refused[0])
    return tree


def read_track(bag: Bag, stream: Stream) -> tuple[RecordedTrack, str, str]:
    """The poses of an Odometry, PoseStamped or PoseWithCovarianceStamped topic, and its world and body frames.

    The body frame is "" where the type does not name it.
    """
    track = RecordedTrack()
    world = body = ""
    refused: list[str] = []
    for index in range(len(stream)):
        try:
            message = bag.read(stream, index)
            pose = getattr(message.pose, "pose", message.pose)
            translation = _vector(pose.position)
            if not np.all(np.isfinite(translation)):
                raise ValueError(f"position {translation.tolist()} is not finite")
            quaternion = unit_quaternion(_quaternion(pose.orientation))
        except ValueError as error:
            refused.append(str(error))
            continue
        track.add(StampedPose(stamp_to_nanoseconds(message.header.stamp), translation, quaternion))
        world, body = message.header.frame_id.lstrip("/"), getattr(message, "child_frame_id", "").lstrip("/")
    if refused:
        _log.warning("%s: %d poses are left out; the first: %s", stream.topic, len(refused), refused[0])
    return track, world, body


def _vector(v: Any) -> np.ndarray:
    return np.array([v.x, v.y, v.z])


def _quaternion(q: Any) -> np.ndarray:
    return np.array([q.x, q.y, q.z, q.w])


def _transforms(bag: Bag, stream: Stream, index: int, refused: list[str]) -> list[Any]:
    try:
        return bag.read(stream, index).transforms
    except ValueError as error:
        refused.append(str(error))
        return []
