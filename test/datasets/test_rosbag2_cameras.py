"""camera_info of raw, rectified, cropped and binned images, and colour that is not registered to depth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from rendered_scenes import CAMERA

pytest.importorskip("rosbags", reason="needs the extra bags")

from written_bags import (
    COLOR,
    COLOR_INFO,
    DEPTH,
    OPTICAL,
    PERIOD,
    START,
    BagWriter,
    camera_info,
    image,
    make,
    room,
    transforms,
    write_mount,
    write_tf,
)

from omd3d_ros.datasets import open_source
from omd3d_ros.datasets.sources import FrameError, SourceError
from omd3d_ros.types import Frame


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    return room()


def bag_with_infos(path: Path, frames: list[Frame], color_info, depth_info, depth_topic=DEPTH) -> Path:
    with BagWriter(path) as bag:
        for i, frame in enumerate(frames):
            stamp = START + i * PERIOD
            bag.write(COLOR, image(frame.rgb, "rgb8", stamp), stamp)
            bag.write(depth_topic, image(frame.depth, "32FC1", stamp, depth_info.header.frame_id), stamp)
        bag.write(COLOR_INFO, color_info, START)
        bag.write(f"{depth_topic.rpartition('/')[0]}/camera_info", depth_info, START)
        T_optical_depth = np.eye(4)
        T_optical_depth[0, 3] = 0.015
        bag.write("/tf_static", transforms(START, (OPTICAL, "depth_optical", T_optical_depth)), START)
        write_tf(bag, frames)
        write_mount(bag)
    return path


def test_raw_images_have_distortion_and_rectified_ones_the_projection(tmp_path: Path, frames: list[Frame]) -> None:
    P = np.array([140.0, 0, 78, 0, 0, 141.0, 58, 0, 0, 0, 1, 0])
    info = camera_info(CAMERA, START, d=np.array([0.1, -0.05, 0.001, 0.0005, 0.01]), p=P)
    source = open_source(bag_with_infos(tmp_path / "raw", frames[:2], info, info))
    assert source[0].depth_camera.distortion == (0.1, -0.05, 0.001, 0.0005, 0.01)
    assert source[0].depth_camera.fx == CAMERA.fx and source[0].color_camera is None
    topic = "/camera/aligned_depth_to_color/image_rect"
    camera = open_source(bag_with_infos(tmp_path / "rectified", frames[:2], info, info, topic))[0].depth_camera
    assert (camera.fx, camera.fy, camera.cx, camera.cy, camera.distortion) == (140, 141, 78, 58, None)


def test_depth_that_is_not_registered_has_a_color_camera_from_tf(tmp_path: Path, frames: list[Frame]) -> None:
    depth_info = camera_info(CAMERA, START, "depth_optical", k=np.array([100.0, 0, 80, 0, 100, 60, 0, 0, 1]))
    bag = bag_with_infos(tmp_path / "bag", frames[:2], camera_info(CAMERA, START), depth_info, "/camera/depth/image")
    frame = open_source(bag)[0]
    assert frame.depth_camera.fx == 100 and frame.color_camera.fx == CAMERA.fx
    np.testing.assert_allclose(frame.color_camera.T_color_depth[:3, 3], [0.015, 0, 0], atol=1e-9)
    moved = frame.T_world_camera @ np.linalg.inv(frame.color_camera.T_color_depth)
    np.testing.assert_allclose(moved, frames[0].T_world_camera, atol=1e-6)


def test_unknown_place_of_the_color_camera_is_an_error(tmp_path: Path, frames: list[Frame]) -> None:
    depth_info = camera_info(CAMERA, START, "elsewhere")
    bag = bag_with_infos(tmp_path / "bag", frames[:2], camera_info(CAMERA, START), depth_info, "/camera/depth/image")
    with pytest.raises(SourceError, match=r"different cameras.*elsewhere never seen on TF.*--color-camera"):
        open_source(bag)


def test_roi_and_binning_change_the_intrinsics(tmp_path: Path, frames: list[Frame]) -> None:
    """Images of 160x120: every second pixel of a part of 320x240 that begins at (40, 30) on the sensor."""
    region = {"x_offset": 40, "y_offset": 30, "width": 320, "height": 240, "do_rectify": False}
    changes = {"roi": make("sensor_msgs/msg/RegionOfInterest", **region), "binning_x": 2, "binning_y": 2}
    K = np.array([300.0, 0, 200, 0, 300, 150, 0, 0, 1])
    info = camera_info(CAMERA, START, width=640, height=480, k=K, **changes)
    camera = open_source(bag_with_infos(tmp_path / "bag", frames[:2], info, info))[0].depth_camera
    assert (camera.width, camera.height, camera.fx, camera.cx, camera.cy) == (160, 120, 150, 80, 60)


def test_binning_that_the_images_do_not_show_is_not_applied(tmp_path: Path, frames: list[Frame]) -> None:
    info = camera_info(CAMERA, START, binning_x=2, binning_y=2)
    assert open_source(bag_with_infos(tmp_path / "bag", frames[:2], info, info))[0].depth_camera == CAMERA


def test_fisheye_is_refused(tmp_path: Path, frames: list[Frame]) -> None:
    info = camera_info(CAMERA, START, distortion_model="equidistant", d=np.array([0.1, 0.01, 0.001, 0.0]))
    with pytest.raises(SourceError, match=r"'equidistant': take rectified images"):
        open_source(bag_with_infos(tmp_path / "bag", frames[:2], info, info))


def test_camera_info_of_another_size_is_said(tmp_path: Path, frames: list[Frame]) -> None:
    info = camera_info(CAMERA, START, width=640, height=480)
    source = open_source(bag_with_infos(tmp_path / "bag", frames[:2], info, info))
    with pytest.raises(FrameError, match="depth image is 160x120 but its camera_info says 640x480"):
        source[0]


def test_no_camera_info_is_an_error(tmp_path: Path, frames: list[Frame]) -> None:
    with BagWriter(tmp_path / "bag") as bag:
        bag.write(COLOR, image(frames[0].rgb, "rgb8", START), START)
        bag.write(DEPTH, image(frames[0].depth, "32FC1", START), START)
    with pytest.raises(SourceError, match="no camera_info"):
        open_source(tmp_path / "bag")
