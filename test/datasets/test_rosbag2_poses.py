"""Stamps, pairs and poses."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
from rendered_scenes import CAMERA

pytest.importorskip("rosbags", reason="needs the extra bags")

from written_bags import (
    COLOR,
    DEPTH,
    OPTICAL,
    PERIOD,
    SECOND,
    START,
    T_BASE_LINK,
    T_LINK_OPTICAL,
    BagWriter,
    assert_same,
    base_of,
    image,
    odometry,
    pose_stamped,
    room,
    transforms,
    write_bag,
    write_images,
    write_infos,
    write_mount,
    write_tf,
)

from omd3d_ros.datasets import open_source
from omd3d_ros.datasets.sources import SourceError
from omd3d_ros.types import Frame


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    return room()


def test_pairs_are_made_by_header_stamps(tmp_path: Path, frames: list[Frame]) -> None:
    """Depth is received 0.15 s late and in the wrong order, its second image is lost, one comes 50 ms off."""
    with BagWriter(tmp_path / "bag") as bag:
        for i, frame in enumerate(frames[:6]):
            stamp = START + i * PERIOD
            bag.write(COLOR, image(frame.rgb, "rgb8", stamp), stamp)
        for i in (5, 3, 2, 0, 4):
            stamp = START + i * PERIOD + (50_000_000 if i == 4 else 8_000_000)
            received = stamp + 150_000_000 + (5 - i) * SECOND
            bag.write(DEPTH, image(frames[i].depth, "32FC1", stamp), stamp, received)
        write_infos(bag, CAMERA, START)
        write_tf(bag, frames[:6])
        write_mount(bag)
    assert_same(open_source(tmp_path / "bag"), [frames[i] for i in (0, 2, 3, 5)])


def test_nothing_to_pair_tells_the_nearest(tmp_path: Path, frames: list[Frame]) -> None:
    with BagWriter(tmp_path / "bag") as bag:
        write_images(bag, frames[:3], depth_delay=40_000_000)
    with pytest.raises(SourceError, match=r"within 0.02 s.*nearest are 0.040 s apart"):
        open_source(tmp_path / "bag")


def test_headers_without_stamps_fall_back_to_the_times_of_recording(
    tmp_path: Path, frames: list[Frame], caplog
) -> None:
    with BagWriter(tmp_path / "bag") as bag:
        for i, frame in enumerate(frames[:3]):
            bag.write(COLOR, image(frame.rgb, "rgb8", 0), 0, START + i * PERIOD)
            bag.write(DEPTH, image(frame.depth, "32FC1", 0), 0, START + i * PERIOD + 1000)
        write_infos(bag, CAMERA, START)
    assert [frame.stamp for frame in open_source(tmp_path / "bag")] == pytest.approx([f.stamp for f in frames[:3]])
    assert "headers have no stamps" in caplog.text


def test_poses_are_interpolated(tmp_path: Path, frames: list[Frame]) -> None:
    """TF at 0 and 0.2 s, images at 0, 0.1, 0.2 s: the second pose is half way; past the end there is none."""
    ends = [np.eye(4), np.eye(4)]
    ends[1][:2, :2], ends[1][:2, 3] = [[0, -1], [1, 0]], [1, 2]
    with BagWriter(tmp_path / "bag") as bag:
        write_images(bag, frames[:4])
        write_mount(bag)
        for i, T in enumerate(ends):
            stamp = START + 2 * i * PERIOD
            bag.write("/tf", transforms(stamp, ("world", "base_link", T)), stamp)
    source = open_source(tmp_path / "bag")
    half = np.eye(4)
    half[:2, :2], half[:2, 3] = np.array([[1, -1], [1, 1]]) * np.sqrt(0.5), [0.5, 1]
    np.testing.assert_allclose(source[1].T_world_camera, half @ T_BASE_LINK @ T_LINK_OPTICAL, atol=1e-9)
    assert source[3].T_world_camera is None


def test_the_map_frame_comes_before_odom(tmp_path: Path, frames: list[Frame], caplog) -> None:
    caplog.set_level(logging.INFO, "omd3d_ros.datasets")
    open_source(write_bag(tmp_path / "bag", frames[:3]))
    assert f"poses are those of {OPTICAL} in map, from TF" in caplog.text


def test_a_map_frame_that_was_sent_once_gives_way_to_odom(tmp_path: Path, frames: list[Frame]) -> None:
    with BagWriter(tmp_path / "bag") as bag:
        write_images(bag, frames)
        write_mount(bag)
        bag.write("/tf", transforms(START, ("map", "odom", np.eye(4))), START)
        for i, frame in enumerate(frames):
            stamp = START + i * PERIOD
            bag.write("/tf", transforms(stamp, ("odom", "base_link", base_of(frame))), stamp)
    assert_same(open_source(tmp_path / "bag"), frames)


def test_no_tf_means_no_poses(tmp_path: Path, frames: list[Frame], caplog) -> None:
    with BagWriter(tmp_path / "bag") as bag:
        write_images(bag, frames[:3])
        write_mount(bag)
    assert [frame.T_world_camera for frame in open_source(tmp_path / "bag")] == [None] * 3
    assert "no poses" in caplog.text


@pytest.mark.parametrize("kind", ["Odometry of the base", "PoseStamped of the mount", "PoseStamped of the camera"])
def test_poses_from_a_topic(tmp_path: Path, frames: list[Frame], kind: str) -> None:
    with BagWriter(tmp_path / "bag") as bag:
        write_images(bag, frames[:3])
        if not kind.endswith("camera"):
            write_mount(bag)
        for i, frame in enumerate(frames[:3]):
            stamp = START + i * PERIOD
            if kind.startswith("Odometry"):
                bag.write("/odom", odometry(stamp, "odom", "base_link", base_of(frame)), stamp)
            else:
                T = frame.T_world_camera if kind.endswith("camera") else base_of(frame)
                bag.write("/slam/pose", pose_stamped(stamp, "map", T), stamp)
        bag.write("/goal_pose", pose_stamped(START, "map", np.eye(4)), START)
    assert_same(open_source(tmp_path / "bag"), frames[:3])


def test_a_pose_topic_may_be_named(tmp_path: Path, frames: list[Frame]) -> None:
    with BagWriter(tmp_path / "bag") as bag:
        write_images(bag, frames[:3])
        write_mount(bag)
        for i, frame in enumerate(frames[:3]):
            stamp = START + i * PERIOD
            bag.write("/wheels", odometry(stamp, "odom", "base_link", np.eye(4)), stamp)
            bag.write("/visual", odometry(stamp, "odom", "base_link", base_of(frame)), stamp)
    with pytest.raises(SourceError, match=r"/visual.*/wheels.*--pose-topic TOPIC"):
        open_source(tmp_path / "bag")
    assert_same(open_source(tmp_path / "bag", topics={"pose": "/visual"}), frames[:3])
    with pytest.raises(SourceError, match=r"no poses on /gps; topics with poses: /visual"):
        open_source(tmp_path / "bag", topics={"pose": "/gps"})
