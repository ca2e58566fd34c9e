"""Which topics are taken, and what is said where that is not clear."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from rendered_scenes import CAMERA

pytest.importorskip("rosbags", reason="needs the extra bags")

from written_bags import (
    COLOR,
    DEPTH,
    PERIOD,
    START,
    BagWriter,
    assert_same,
    camera_info,
    image,
    make,
    room,
    write_images,
    write_mount,
    write_tf,
)

from omd3d_ros.datasets import open_source
from omd3d_ros.datasets.rosbag2.bag import Bag
from omd3d_ros.datasets.rosbag2.topics import choose
from omd3d_ros.datasets.sources import SourceError
from omd3d_ros.types import Frame


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    return room()


def other_camera(bag: BagWriter, frames: list[Frame], name: str) -> None:
    for i, frame in enumerate(frames):
        stamp = START + i * PERIOD
        bag.write(f"{name}/color/image_raw", image(frame.rgb[:, ::-1], "rgb8", stamp, f"{name[1:]}_optical"), stamp)
        depth = image(frame.depth[:, ::-1], "32FC1", stamp, f"{name[1:]}_optical")
        bag.write(f"{name}/aligned_depth_to_color/image_raw", depth, stamp)
        for topic in ("color", "aligned_depth_to_color"):
            info = camera_info(CAMERA, stamp, f"{name[1:]}_optical")
            bag.write(f"{name}/{topic}/camera_info", info, stamp)


DRIVERS = {
    "RealSense": [
        ("/camera/camera/color/image_raw", "rgb8", "color"),
        ("/camera/camera/aligned_depth_to_color/image_raw", "16UC1", "color"),
        ("/camera/camera/depth/image_rect_raw", "16UC1", "depth"),
        ("/camera/camera/infra1/image_rect_raw", "mono8", "infra1"),
    ],
    "ZED": [
        ("/zed/zed_node/rgb/image_rect_color", "bgra8", "left"),
        ("/zed/zed_node/depth/depth_registered", "32FC1", "left"),
        ("/zed/zed_node/left/image_rect_color", "bgra8", "left"),
        ("/zed/zed_node/right/image_rect_color", "bgra8", "right"),
        ("/zed/zed_node/confidence/confidence_map", "32FC1", "left"),
    ],
    "Azure Kinect": [
        ("/rgb/image_raw", "bgra8", "rgb"),
        ("/depth_to_rgb/image_raw", "16UC1", "rgb"),
        ("/depth/image_raw", "16UC1", "depth"),
        ("/rgb_to_depth/image_raw", "bgra8", "depth"),
        ("/ir/image_raw", "mono16", "depth"),
    ],
    "OAK": [
        ("/oak/rgb/image_raw", "bgr8", "rgb"),
        ("/oak/stereo/image_raw", "16UC1", "rgb"),
        ("/oak/left/image_raw", "mono8", "left"),
        ("/oak/right/image_raw", "mono8", "right"),
    ],
    "Orbbec": [
        ("/camera/color/image_raw", "rgb8", "color"),
        ("/camera/depth/image_raw", "16UC1", "color"),
        ("/camera/ir/image_raw", "mono16", "ir"),
    ],
    "names that say little": [
        ("/front/image", "rgb8", "front"),
        ("/front/ranges", "32FC1", "front"),
        ("/rear/image", "rgb8", "rear"),
    ],
}


@pytest.mark.parametrize("driver", DRIVERS)
def test_topics_of_drivers(tmp_path: Path, driver: str) -> None:
    """The first two of each list are meant, in whatever order they were recorded."""
    with BagWriter(tmp_path / "bag") as bag:
        for topic, encoding, frame in reversed(DRIVERS[driver]):
            kind, channels = {"32FC1": ("f4", 1), "16UC1": ("u2", 1), "mono16": ("u2", 1)}.get(encoding, ("u1", 0))
            channels = channels or {"mono8": 1, "bgra8": 4}.get(encoding, 3)
            bag.write(topic, image(np.zeros((4, 6, channels), kind), encoding, START, frame), START)
    (color, *_), (depth, *_) = DRIVERS[driver][:2]
    chosen = choose(Bag(tmp_path / "bag"), {})
    assert (chosen.color.name, chosen.depth.name) == (color, depth)


def test_cameras_in_the_middle_of_names_are_told_apart(tmp_path: Path) -> None:
    with BagWriter(tmp_path / "bag") as bag:
        for camera in ("front", "rear"):
            bag.write(f"/rgb/{camera}/image_raw", image(np.zeros((4, 6, 3), "u1"), "rgb8", START, camera), START)
            bag.write(f"/depth/{camera}/image_raw", image(np.zeros((4, 6), "u2"), "16UC1", START, camera), START)
    with pytest.raises(SourceError, match=r"/depth/front/.*/depth/rear/.*--depth-topic TOPIC"):
        choose(Bag(tmp_path / "bag"), {})
    assert choose(Bag(tmp_path / "bag"), {"depth": "depth/rear/image_raw"}).color.name == "/rgb/rear/image_raw"


def test_two_cameras_must_be_told_apart(tmp_path: Path, frames: list[Frame]) -> None:
    with BagWriter(tmp_path / "bag") as bag:
        write_images(bag, frames[:3])
        write_tf(bag, frames[:3])
        write_mount(bag)
        other_camera(bag, frames[:3], "/rear")
    with pytest.raises(SourceError, match=rf"{DEPTH}.*/rear/aligned.*--depth-topic TOPIC"):
        open_source(tmp_path / "bag")
    assert_same(open_source(tmp_path / "bag", topics={"depth": DEPTH}), frames[:3])
    assert_same(open_source(tmp_path / "bag", topics={"color": COLOR}), frames[:3])
    rear = open_source(tmp_path / "bag", topics={"color": "/rear/color/image_raw"})
    np.testing.assert_array_equal(rear[0].rgb, frames[0].rgb[:, ::-1])
    np.testing.assert_array_equal(rear[0].depth, frames[0].depth[:, ::-1])
    with pytest.raises(SourceError, match=r"no images on /front; image topics: /camera"):
        open_source(tmp_path / "bag", topics={"color": "/front"})


def test_a_second_camera_without_depth_is_passed_over(tmp_path: Path, frames: list[Frame]) -> None:
    with BagWriter(tmp_path / "bag") as bag:
        write_images(bag, frames[:3])
        write_tf(bag, frames[:3])
        write_mount(bag)
        for i, frame in enumerate(frames[:3]):
            stamp = START + i * PERIOD
            bag.write("/door/image_raw", image(frame.rgb[::-1], "rgb8", stamp, "door_optical"), stamp)
            bag.write("/camera/infra1/image_rect_raw", image(frame.rgb[:, :, 0], "mono8", stamp, "infra1"), stamp)
            raw = image(frame.depth[::-1], "32FC1", stamp, "camera_depth_optical_frame")
            bag.write("/camera/depth/image_rect_raw", raw, stamp)
    assert_same(open_source(tmp_path / "bag"), frames[:3])


def test_no_depth_names_the_images_that_are_there(tmp_path: Path, frames: list[Frame]) -> None:
    with BagWriter(tmp_path / "bag") as bag:
        bag.write(COLOR, image(frames[0].rgb, "rgb8", START), START)
        bag.write("/ir/image_raw", image(frames[0].rgb[:, :, 0], "mono8", START), START)
    with pytest.raises(SourceError, match=rf"no depth images.*{COLOR} \(rgb8, 1 messages\), /ir/image_raw \(mono8"):
        open_source(tmp_path / "bag")


def test_no_images_at_all_names_the_topics(tmp_path: Path) -> None:
    with BagWriter(tmp_path / "bag") as bag:
        bag.write("/chatter", make("std_msgs/msg/String", data="hello"), START)
    with pytest.raises(SourceError, match=r"no images in this bag; its topics: /chatter \(std_msgs/msg/String\)"):
        open_source(tmp_path / "bag")


def test_topics_are_chosen_in_bags_only(kitchen: Path) -> None:
    with pytest.raises(SourceError, match="format 7scenes"):
        open_source(kitchen, topics={"color": COLOR})
