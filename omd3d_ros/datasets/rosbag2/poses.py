"""Where the depth camera was at a time: from TF, or from the poses on a topic."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from omd3d_ros.datasets.rosbag2.bag import ODOMETRY, POSE_STAMPED, POSE_TYPES, POSE_WITH_COVARIANCE, Bag, Stream
from omd3d_ros.datasets.rosbag2.tracks import RecordedTrack, read_track
from omd3d_ros.datasets.sources import SourceError
from omd3d_ros.sensing.transforms import TransformTree, TransformUnavailable

_log = logging.getLogger(__name__)

WORLD_FRAMES = ("map", "world", "odom")
_TRIED_STAMPS = 50
_NO_POSES_OF_A_BODY = ("goal", "initialpose", "initial_pose", "target", "setpoint")


class Poses(Protocol):
    def T_world_camera(self, stamp: int) -> np.ndarray:
        """(4, 4) of the depth camera at a stamp in nanoseconds; raises TransformUnavailable."""


@dataclass
class TfPoses:
    tree: TransformTree
    world: str
    camera: str

    def T_world_camera(self, stamp: int) -> np.ndarray:
        return self.tree.lookup(self.world, self.camera, stamp)


@dataclass
class TopicPoses:
    """Poses of ``body``, which TF may tell the camera's place on."""

    topic: str
    track: RecordedTrack
    tree: TransformTree
    body: str
    camera: str

    def T_world_camera(self, stamp: int) -> np.ndarray:
        T_world_body = self.track.at(stamp, f"pose on {self.topic}")
        return T_world_body @ self.tree.lookup(self.body, self.camera, stamp)


def find_poses(
    bag: Bag, tree: TransformTree, camera: str, stamps: np.ndarray, topic: str | None = None
) -> Poses | None:
    """The poses on ``topic``; without one, TF, or the odometry or pose topic there is.  None: there are no poses.

    camera: the depth camera's frame; stamps: of the images, nanoseconds.  Raises SourceError for a topic that holds no
    poses, or when several do.
    """
    if topic is not None:
        return _on_topic(bag, _named(bag, topic), tree, camera)
    world = world_frame(tree, camera, stamps)
    if world is not None:
        _log.info("%s: poses are those of %s in %s, from TF", bag.path, camera, world)
        return TfPoses(tree, world, camera)
    stream = _only_pose_topic(bag)
    if stream is None:
        _log.warning("%s: no poses: TF has no world frame above %r, and there is no odometry topic", bag.path, camera)
        return None
    return _on_topic(bag, stream, tree, camera)


def world_frame(tree: TransformTree, camera: str, stamps: np.ndarray) -> str | None:
    """map, world or odom, the first that is above the camera, else a root that it moves in; None: there is no such.

    One that is known at few of the stamps, as when localisation sent it once, gives way to the next.
    """
    above = tree.ancestors(camera)
    worlds = [name for name in WORLD_FRAMES if name in above[1:]]
    if above[-1] not in worlds and any(tree.moves(frame) for frame in above[:-1]):
        worlds.append(above[-1])
    some = stamps[:: max(len(stamps) // _TRIED_STAMPS, 1)]
    known = [sum(_is_known(tree, world, camera, int(stamp)) for stamp in some) for world in worlds]
    return next((w for w, count in zip(worlds, known, strict=True) if 2 * count >= max(known)), None)


def _is_known(tree: TransformTree, world: str, camera: str, stamp: int) -> bool:
    try:
        tree.lookup(world, camera, stamp)
    except TransformUnavailable:
        return False
    return True


def _named(bag: Bag, topic: str) -> Stream:
    stream = bag.streams.get("/" + topic.lstrip("/"))
    if stream is None or stream.type not in POSE_TYPES or not len(stream):
        raise SourceError(f"{bag.path}: no poses on {topic}; topics with poses: {_listed(bag.of_type(*POSE_TYPES))}")
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


def _on_topic(bag: Bag, stream: Stream, tree: TransformTree, camera: str) -> Poses | None:
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


def _mount(tree: TransformTree, camera: str) -> str:
    """The last frame above the camera that does not move against it."""
    mount = camera.lstrip("/")
    for frame, parent in zip(above := tree.ancestors(camera), above[1:], strict=False):
        if tree.moves(frame):
            break
        mount = parent
    return mount


def _listed(streams: list[Stream]) -> str:
    return ", ".join(f"{s.topic} ({s.type}, {len(s)} messages)" for s in streams) or "none"
