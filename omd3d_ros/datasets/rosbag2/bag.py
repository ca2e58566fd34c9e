"""A bag as one recording, whatever files it is in."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from rosbags.typesys import Stores, get_typestore

from omd3d_ros.datasets.rosbag2.files import storage_files, unpack
from omd3d_ros.datasets.rosbag2.mcap_storage import McapStorage
from omd3d_ros.datasets.rosbag2.sqlite_storage import SqliteStorage
from omd3d_ros.datasets.rosbag2.storage import Storage, Topic

IMAGE = "sensor_msgs/msg/Image"
COMPRESSED_IMAGE = "sensor_msgs/msg/CompressedImage"
CAMERA_INFO = "sensor_msgs/msg/CameraInfo"
TF = "tf2_msgs/msg/TFMessage"
ODOMETRY = "nav_msgs/msg/Odometry"
POSE_STAMPED = "geometry_msgs/msg/PoseStamped"
POSE_WITH_COVARIANCE = "geometry_msgs/msg/PoseWithCovarianceStamped"
POSE_TYPES = (ODOMETRY, POSE_STAMPED, POSE_WITH_COVARIANCE)
SMALL_TYPES = frozenset({TF, *POSE_TYPES})
TYPES = SMALL_TYPES | {IMAGE, COMPRESSED_IMAGE, CAMERA_INFO}


@dataclass
class Stream:
    """The messages of one topic in the order in which they were recorded.

    stamp (N,) int64 nanoseconds in their headers; log_time (N,) of receiving them; file (N,), place (N, 2): where.
    """

    topic: str
    type: str
    stamp: np.ndarray
    log_time: np.ndarray
    file: np.ndarray
    place: np.ndarray

    def __len__(self) -> int:
        return len(self.stamp)


class Bag:
    """The streams of a bag by topic name, and its messages; a topic of another type than ours has no messages."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._unpacked: tempfile.TemporaryDirectory | None = None
        self._storages: list[Storage] = []
        parts: dict[str, list[tuple[int, Topic]]] = {}
        for file in storage_files(path):
            storage = self._open(file)
            for topic in storage.topics:
                parts.setdefault(topic.name, []).append((len(self._storages), topic))
            self._storages.append(storage)
        self.streams = {name: _joined(name, topics) for name, topics in parts.items()}

    def of_type(self, *types: str) -> list[Stream]:
        """The streams of these types that have messages, by name."""
        return [s for _, s in sorted(self.streams.items()) if s.type in types and len(s)]

    def read(self, stream: Stream, index: int) -> Any:
        """One message, its fields as attributes.  Raises ValueError for one that is damaged."""
        storage = self._storages[stream.file[index]]
        first, second = stream.place[index]
        data = storage.read((int(first), int(second)))
        try:
            return _types().deserialize_cdr(data, stream.type)
        except Exception as error:  # rosbags raises whatever its generated code runs into
            raise ValueError(f"message {index} of {stream.topic} is damaged ({error!r})") from error

    def _open(self, file: Path) -> Storage:
        if file.suffix == ".zstd":
            if self._unpacked is None:
                self._unpacked = tempfile.TemporaryDirectory(prefix="omd3d-bag-")
            file = unpack(file, Path(self._unpacked.name))
        return SqliteStorage(file, TYPES) if file.suffix == ".db3" else McapStorage(file, TYPES, SMALL_TYPES)


def _joined(name: str, parts: list[tuple[int, Topic]]) -> Stream:
    arrays = [np.array(topic.log_time, np.int64) for _, topic in parts]
    file = np.concatenate([np.full(len(a), i, np.int32) for a, (i, _) in zip(arrays, parts, strict=True)])
    stamp = np.concatenate([np.array(topic.stamp, np.int64) for _, topic in parts])
    place = np.concatenate([np.array(topic.place, np.int64).reshape(2, -1).T for _, topic in parts])
    log_time = np.concatenate(arrays)
    order = np.argsort(log_time, kind="stable")
    return Stream(name, parts[0][1].type, stamp[order], log_time[order], file[order], place[order])


@cache
def _types() -> Any:
    return get_typestore(Stores.ROS2_JAZZY)
