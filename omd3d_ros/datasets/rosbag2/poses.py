"""Where the depth camera was at a time: from TF, or from the poses on a topic."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from omd3d_ros.datasets.rosbag2.bag import ODOMETRY, POSE_STAMPED, POSE_WITH_COVARIANCE, Bag, Stream
from omd3d_ros.datasets.rosbag2.tracks import RecordedTrack, RecordedTransforms, read_track
from omd3d_ros.datasets.sources import SourceError
from omd3d_ros.sensing.transforms import TransformUnavailable

_log = logging.getLogger(__name__)

WORLD_FRAMES = ("map", "world", "odom")
_NO_POSES_OF_A_BODY = ("goal", "initialpose", "initial_pose", "target", "setpoint")
_POSE_TYPES = (ODOMETRY, POSE_STAMPED, POSE_WITH_COVARIANCE)


class Poses(Protocol):
    def T_world_camera(self, stamp: int) -> np.ndarray:
        """(4, 4) of the depth camera at a stamp in nanoseconds; raises TransformUnavailable."""


@dataclass
class TfPoses:
    tree: RecordedTransforms
    world: str
    camera: str

    def T_world_camera(self, stamp: int) -> np.ndarray:
        return self.tree.lookup(self.world, self.camera, stamp)


@dataclass
class TopicPoses:
    """Poses of ``body``, which TF may tell the camera's place on."""

    topic: str
    track: RecordedTrack
    tree: RecordedTransforms
    body: str
    camera: str

    def T_world_camera(self, stamp: int) -> np.ndarray:
        T_world_body = self.track.at(stamp, f"pose on {self.topic}")
        return T_world_body @ self.tree.lookup(self.body, self.camera, stamp)


def find_poses(bag: Bag, tree: RecordedTransforms, camera: str, topic: str | None = None) -> Poses | None:
    """The poses on ``topic``; without one, TF, or the odometry or pose topic there is.  None: there are no poses.

    camera: the depth camera's frame.  Raises SourceError for a topic that holds no poses, or when several do.
    """
    if topic is not None:
        return _on_topic(bag, _named(bag, topic), tree, camera)
    world = world_frame(tree, camera)
    if world is not None:
        _log.info("%s: poses are those of %s in %s, from TF", bag.path, camera, world)
        return TfPoses(tree, world, camera)
    stream = _only_pose_topic(bag)
    if stream is None:
        _log.warning("%s: no poses: TF has no world frame above %r, and there is no odometry topic", bag.path, camera)
        return None
    return _on_topic(bag, stream, tree, camera)


def world_frame(tree: RecordedTransforms, camera: str) -> str | None:
    """map, world or odom, whichever comes first in this order and is above the camera; else a root that it moves in."""
    above = tree.ancestors(camera)
    for name in WORLD_FRAMES:
        if name in above[1:]:
            return name
    return above[-1] if any(tree.moves(frame) for frame in above[:-1]) else None


def _named(bag: Bag, topic: str) -> Stream:
    stream = bag.streams.get("/" + topic.lstrip("/"))
    if stream is None or stream.type not in _POSE_TYPES or not len(stream):
        raise SourceError(f"{bag.path}: no poses on {topic}; topics with poses: {_listed(bag.of_type(*_POSE_TYPES))}")
    return stream


def _only_pose_topic(bag: Bag) -> Stream | None:
    """Odometry before PoseStamped; goals, and topics with a single message, are no track."""
    for types in ((ODOMETRY,), (POSE_STAMPED, POSE_WITH_COVARIANCE)):
        streams = [s for s in bag.of_type(*types) if len(s) > 1 and not _is_a_goal(s.topic)]
        if len(streams) > 1:
            raise SourceError(
                f"{bag.path}: more than one topic with poses: {_listed(streams)}; choose one with --pose-topic TOPIC"
            )
        if streams:
            return streams[0]
    return None


def _is_a_goal(topic: str) -> bool:
    return any(word in topic.lower() for word in _NO_POSES_OF_A_BODY)


def _on_topic(bag: Bag, stream: Stream, tree: RecordedTransforms, camera: str) -> Poses | None:
    track, world, body = read_track(bag, stream)
    if not body:
        # These types do not say what they are the pose of: the base that the camera is mounted on, if TF knows one.
        body = _mount(tree, camera)
    try:
        tree.lookup(body, camera, int(stream.stamp[0]))
    except TransformUnavailable as reason:
        if body not in tree.ancestors(camera):
            _log.warning("%s: %s has poses of %s, but %s: no poses", bag.path, stream.topic, body, reason)
            return None
    _log.info("%s: poses are those of %s in %s, from %s", bag.path, body, world or "its world", stream.topic)
    return TopicPoses(stream.topic, track, tree, body, camera)


def _mount(tree: RecordedTransforms, camera: str) -> str:
    """The last frame above the camera that does not move against it."""
    mount = camera.lstrip("/")
    for frame, parent in zip(above := tree.ancestors(camera), above[1:], strict=False):
        if tree.moves(frame):
            break
        mount = parent
    return mount


def _listed(streams: list[Stream]) -> str:
    return ", ".join(f"{s.topic} ({s.type}, {len(s)} messages)" for s in streams) or "none"
