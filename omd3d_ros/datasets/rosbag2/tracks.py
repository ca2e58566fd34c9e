"""All transforms of a recording: the node's tree, with the whole of the past in it."""

from __future__ import annotations

import logging
from array import array
from typing import Any

import numpy as np

from omd3d_ros.datasets.rosbag2.bag import TF, Bag, Stream
from omd3d_ros.sensing.messages import stamp_to_nanoseconds
from omd3d_ros.sensing.transforms import (
    StampedPose,
    TransformTree,
    TransformUnavailable,
    interpolate,
    matrix_from_pose,
    require_within,
)

_log = logging.getLogger(__name__)


class RecordedTrack:
    """One frame's pose in its parent over a whole recording; 64 bytes a pose."""

    def __init__(self) -> None:
        self._stamps = array("q")
        self._poses = array("d")
        self._sorted: tuple[np.ndarray, np.ndarray] | None = None
        self.refused = 0

    def __len__(self) -> int:
        return len(self._stamps)

    def add(self, stamp: int, numbers: tuple[float, ...]) -> None:
        """Take x y z, qx qy qz qw as they were recorded; what is no pose is left out when they are read."""
        self._stamps.append(stamp)
        self._poses.extend(numbers)
        self._sorted = None

    def at(self, stamp: int, what: str) -> np.ndarray:
        """(4, 4) at a stamp in nanoseconds; raises TransformUnavailable outside of what was recorded."""
        stamps, poses = self._in_order()
        if not len(stamps):
            raise TransformUnavailable(f"{what} not recorded")
        require_within(stamp, int(stamps[0]), int(stamps[-1]), what)
        after = int(np.searchsorted(stamps, stamp))
        if stamps[after] == stamp:
            return matrix_from_pose(poses[after, :3], poses[after, 3:])
        a, b = (StampedPose(int(stamps[i]), poses[i, :3], poses[i, 3:]) for i in (after - 1, after))
        return interpolate(a, b, stamp)

    def last(self) -> StampedPose | None:
        """The newest pose."""
        stamps, poses = self._in_order()
        return StampedPose(int(stamps[-1]), poses[-1, :3], poses[-1, 3:]) if len(stamps) else None

    def _in_order(self) -> tuple[np.ndarray, np.ndarray]:
        """By stamp, with unit quaternions, the last of those with the same stamp."""
        if self._sorted is None:
            stamps, poses = np.array(self._stamps, np.int64), np.array(self._poses, np.float64).reshape(-1, 7)
            norm = np.linalg.norm(poses[:, 3:], axis=1)
            good = np.isfinite(poses).all(1) & (norm > 1e-6)
            self.refused = int(np.count_nonzero(~good))
            poses[:, 3:] /= np.where(good, norm, 1)[:, None]
            stamps, poses = stamps[good][::-1], poses[good][::-1]
            stamps, first = np.unique(stamps, return_index=True)
            self._sorted = stamps, poses[first]
        return self._sorted


def read_transforms(bag: Bag) -> TransformTree:
    """Read every transform of a bag; a static one holds for the whole of it, whenever it was recorded."""
    moving: dict[tuple[str, str], RecordedTrack] = {}
    fixed: dict[tuple[str, str], RecordedTrack] = {}
    for stream in bag.of_type(TF):
        tracks = fixed if stream.topic.rstrip("/").endswith("tf_static") else moving
        for index in range(len(stream)):
            for item in _transforms(bag, stream, index):
                edge = item.header.frame_id.lstrip("/"), item.child_frame_id.lstrip("/")
                if edge not in tracks:
                    tracks[edge] = RecordedTrack()
                p, q = item.transform.translation, item.transform.rotation
                numbers = (p.x, p.y, p.z, q.x, q.y, q.z, q.w)
                tracks[edge].add(stamp_to_nanoseconds(item.header.stamp), numbers)
    tree = TransformTree(duration=float("inf"))
    for (parent, child), track in fixed.items():
        if _usable(bag, parent, child, track) and (pose := track.last()):
            tree.add(parent, child, pose.stamp, pose.translation, pose.quaternion, static=True)
    # Of a child with two parents, the one that most of its poses are in.
    for (parent, child), track in sorted(moving.items(), key=lambda item: len(item[1])):
        if (parent, child) not in fixed and _usable(bag, parent, child, track):
            tree.put(parent, child, track)
    return tree


def read_track(bag: Bag, stream: Stream) -> tuple[RecordedTrack, str, str]:
    """The poses of an Odometry, PoseStamped or PoseWithCovarianceStamped topic, and its world and body frames.

    The body frame is "" where the type does not name it.
    """
    track = RecordedTrack()
    world = body = ""
    for index in range(len(stream)):
        try:
            message = bag.read(stream, index)
        except ValueError as error:
            _log.warning("%s", error)
            continue
        pose = getattr(message.pose, "pose", message.pose)
        p, q = pose.position, pose.orientation
        track.add(stamp_to_nanoseconds(message.header.stamp), (p.x, p.y, p.z, q.x, q.y, q.z, q.w))
        world, body = message.header.frame_id.lstrip("/"), getattr(message, "child_frame_id", "").lstrip("/")
    track.last()
    if track.refused:
        _log.warning("%s: %d poses are no poses (NaN, or a quaternion of zeros)", stream.topic, track.refused)
    return track, world, body


def _usable(bag: Bag, parent: str, child: str, track: RecordedTrack) -> bool:
    """Whether there is a pose, between two frames."""
    there = bool(parent and child and parent != child) and track.last() is not None
    if track.refused or not there:
        left_out = track.refused if there else len(track)
        _log.warning("%s: %d transforms from %r to %r are left out", bag.path, left_out, child, parent)
    return there


def _transforms(bag: Bag, stream: Stream, index: int) -> list[Any]:
    try:
        return bag.read(stream, index).transforms
    except ValueError as error:
        _log.warning("%s", error)
        return []
