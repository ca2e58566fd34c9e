"""rosbag2 recordings of a colour and a depth camera, read without ROS.

    bag.Bag             a folder, .db3 or .mcap -> the messages of each topic, found by their places
    topics              which topics are colour, depth and their calibrations
    pairs               colour and depth that belong together, by the stamps in their headers
    cameras             intrinsics, and how colour lies to depth
    poses               TF, Odometry or PoseStamped -> where the camera was
    reader.BagReader    the frames

Images are read one pair at a time; only the places and stamps of messages, and the poses, are held in memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from omd3d_ros.datasets.color_camera import ColorRegistration
from omd3d_ros.datasets.rosbag2.files import SUFFIXES, is_bag
from omd3d_ros.datasets.sources import Format, FrameReader, SourceError

__all__ = ["FORMAT"]


def _open(
    path: Path, registration: ColorRegistration | None = None, topics: Mapping[str, str] | None = None
) -> FrameReader:
    try:
        from omd3d_ros.datasets.rosbag2.reader import BagReader
    except ImportError as error:
        raise SourceError(f"{path}: reading bags needs the extra bags: pip install 'omd3d[bags]' ({error})") from error
    return BagReader(path, registration, topics)


FORMAT = Format(
    name="rosbag2",
    looks_for="metadata.yaml with .db3 or .mcap files (rosbag2)",
    detect=is_bag,
    open=_open,
    suffixes=(*SUFFIXES, ".zstd"),
    takes_topics=True,
)
