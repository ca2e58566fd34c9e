"""Bags as recorders write them, and as they are found: the frames that come out and what is said about bad ones."""

from __future__ import annotations

import json
import logging
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest
from rendered_scenes import CAMERA
from scipy.spatial import cKDTree

pytest.importorskip("rosbags", reason="needs the extra bags")

from rosbags.rosbag2 import CompressionFormat, CompressionMode
from written_bags import (
    COLOR,
    COLOR_INFO,
    DEPTH,
    OPTICAL,
    PERIOD,
    SECOND,
    START,
    T_BASE_LINK,
    T_LINK_OPTICAL,
    BagWriter,
    base_of,
    camera_info,
    compressed,
    encoded,
    image,
    make,
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

from omd3d_ros.cli import main
from omd3d_ros.datasets import open_source
from omd3d_ros.datasets.sources import FrameError, SourceError
from omd3d_ros.mapping.cloud_io import read_cloud
from omd3d_ros.mapping.voxel_map import VoxelMap
from omd3d_ros.types import Frame

STORAGES = ("sqlite3", "mcap")


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    return room()


def assert_same(source, frames: list[Frame]) -> None:
    """The images and poses of a source are those of the frames, depth to the millimetre."""
    assert len(source) == len(frames)
    for got, frame in zip(source, frames, strict=True):
        np.testing.assert_array_equal(got.rgb, frame.rgb)
        np.testing.assert_allclose(np.nan_to_num(got.depth), frame.depth, atol=0.0006)
        np.testing.assert_allclose(got.T_world_camera, frame.T_world_camera, atol=1e-6)


# What a recorder writes


@pytest.mark.parametrize("storage", STORAGES)
def test_reference_bags(reference_fixtures: Path, storage: str) -> None:
    folder = reference_fixtures / "datasets" / "rosbag2"
    cases = json.loads((folder / "expected.json").read_text())
    for name, expected in cases.items():
        if expected["storage"] != storage:
            continue
        source = open_source(folder / name)
        assert source.format == "rosbag2"
        assert len(source) == len(expected["frames"])
        for got, frame in zip(source, expected["frames"], strict=True):
            assert got.stamp == pytest.approx(frame["color_stamp_ns"] / SECOND, abs=1e-6)
            np.testing.assert_allclose(got.T_world_camera, frame["map_from_optical"], atol=1e-5)
            assert got.rgb[40, 50].tolist() == frame["rgb_v40_u50"]
            for pixel in frame["depth"]:
                assert got.depth[pixel["v"], pixel["u"]] == pytest.approx(pixel["metres"] or 0)
            K, camera = expected["K"], got.depth_camera
            assert (camera.fx, camera.cx, camera.fy, camera.cy) == (K[0], K[2], K[4], K[5])
            assert camera.distortion == tuple(expected["D"])


@pytest.mark.parametrize(
    "topics",
    [
        {"color": "/camera/camera/color/image_raw/compressed"},
        {"color": "/camera/camera/color/yuv"},
        {"depth": "/camera/camera/aligned_depth_to_color/image_raw/compressedDepth"},
    ],
)
def test_other_topics_of_the_reference_bag_are_the_same_images(reference_fixtures: Path, topics) -> None:
    folder = reference_fixtures / "datasets" / "rosbag2" / "realsense_sqlite3"
    for got, raw in zip(open_source(folder, topics=topics), open_source(folder), strict=True):
        np.testing.assert_array_equal(got.depth, raw.depth)
        # JPEG and halved chrominance lose the noise of this bag's colours, not their mean; its YUV has luminances of
        # 0..255, those of cameras (and of cv_bridge) are 16..235: 1.164 (y - 16) is within 10 of y up to 175.
        np.testing.assert_allclose(got.rgb.mean((0, 1)), raw.rgb.mean((0, 1)), atol=10)


@pytest.mark.parametrize("storage", STORAGES)
def test_frames_and_map_are_those_that_were_recorded(tmp_path: Path, frames: list[Frame], storage: str) -> None:
    source = open_source(write_bag(tmp_path / "bag", frames, storage))
    assert_same(source, frames)
    direct, read = VoxelMap(), VoxelMap()
    for frame in frames:
        direct.integrate(frame)
    for frame in source:
        read.integrate(frame)
    a, b = direct.point_cloud().xyz, read.point_cloud().xyz
    assert len(a) > 1000
    assert cKDTree(a).query(b)[0].max() < direct.voxel_size
    assert cKDTree(b).query(a)[0].max() < direct.voxel_size


@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize("mode", [CompressionMode.FILE, CompressionMode.MESSAGE, CompressionMode.STORAGE])
def test_compressed_bags(tmp_path: Path, frames: list[Frame], storage: str, mode: CompressionMode) -> None:
    if (storage, mode) == ("sqlite3", CompressionMode.STORAGE):
        pytest.skip("sqlite3 has no compression of its own")
    bag = write_bag(
        tmp_path / "bag", frames, storage, compress=lambda writer: writer.set_compression(mode, CompressionFormat.ZSTD)
    )
    assert_same(open_source(bag), frames)


@pytest.mark.parametrize("storage", STORAGES)
def test_one_file_of_a_bag_is_enough(tmp_path: Path, frames: list[Frame], storage: str) -> None:
    bag = write_bag(tmp_path / "bag", frames, storage)
    (file,) = (f for f in bag.iterdir() if f.name != "metadata.yaml")
    assert_same(open_source(file), frames)


def test_frames_are_read_in_any_order(tmp_path: Path, frames: list[Frame]) -> None:
    source = open_source(write_bag(tmp_path / "bag", frames, "mcap"), every=3, max_frames=3)
    assert [source[i].stamp for i in (2, 0, 1)] == pytest.approx([frames[i].stamp for i in (6, 0, 3)])


# Images


def bag_of(path: Path, frames: list[Frame], color=None, depth=None, color_topic=COLOR, depth_topic=DEPTH) -> Path:
    """A bag whose images are made by ``color(frame, stamp)`` and ``depth(frame, stamp)``."""
    color = color or (lambda frame, stamp: image(frame.rgb, "rgb8", stamp))
    depth = depth or (lambda frame, stamp: image(frame.depth, "32FC1", stamp))
    with BagWriter(path) as bag:
        for i, frame in enumerate(frames):
            stamp = START + i * PERIOD
            bag.write(color_topic, color(frame, stamp), stamp)
            bag.write(depth_topic, depth(frame, stamp), stamp)
            write_infos(bag, frame.depth_camera, stamp)
        write_tf(bag, frames)
        write_mount(bag)
    return path


def millimetres(frame: Frame) -> np.ndarray:
    return np.rint(frame.depth * 1000).astype(np.uint16)


@pytest.mark.parametrize("big_endian", [False, True])
@pytest.mark.parametrize("encoding", ["16UC1", "mono16", "32FC1"])
def test_depth_encodings_with_padded_rows(tmp_path: Path, frames: list[Frame], encoding: str, big_endian: bool) -> None:
    def depth(frame: Frame, stamp: int):
        pixels = frame.depth if encoding == "32FC1" else millimetres(frame)
        return image(pixels, encoding, stamp, padding=6, big_endian=big_endian)

    assert_same(open_source(bag_of(tmp_path / "bag", frames[:3], depth=depth)), frames[:3])


@pytest.mark.parametrize("encoding", ["bgr8", "rgba8", "bgra8"])
def test_color_encodings_with_padded_rows(tmp_path: Path, frames: list[Frame], encoding: str) -> None:
    def color(frame: Frame, stamp: int):
        pixels = frame.rgb[:, :, ::-1] if encoding.startswith("bgr") else frame.rgb
        alpha = np.full((*pixels.shape[:2], 1), 7, np.uint8)
        return image(np.dstack([pixels, alpha]) if "a" in encoding else pixels, encoding, stamp, padding=5)

    assert_same(open_source(bag_of(tmp_path / "bag", frames[:3], color)), frames[:3])


def test_bayer_mosaic_of_flat_colours(tmp_path: Path, frames: list[Frame]) -> None:
    """Green where row + column is odd, red at even rows: the mosaic of one colour gives that colour everywhere."""
    mosaic = np.empty((120, 160), np.uint8)
    mosaic[::2, ::2], mosaic[1::2, 1::2] = 210, 30
    mosaic[::2, 1::2] = mosaic[1::2, ::2] = 90
    source = open_source(bag_of(tmp_path / "bag", frames[:2], lambda _, stamp: image(mosaic, "bayer_rggb8", stamp)))
    np.testing.assert_array_equal(source[0].rgb, np.full((120, 160, 3), (210, 90, 30)))


@pytest.mark.parametrize("encoding", ["yuv422", "yuv422_yuy2"])
def test_yuv(tmp_path: Path, frames: list[Frame], encoding: str) -> None:
    """BT.601: R = 1.164 (Y - 16) + 1.596 (V - 128), and so on; U = V = 128 is grey."""
    y, u, v = 100, 90, 200
    pixels = np.empty((120, 160, 2), np.uint8)
    luminance, chrominance = (1, 0) if encoding == "yuv422" else (0, 1)
    pixels[:, :, luminance] = y
    pixels[:, ::2, chrominance], pixels[:, 1::2, chrominance] = u, v
    source = open_source(bag_of(tmp_path / "bag", frames[:2], lambda _, stamp: image(pixels, encoding, stamp)))
    red = 1.164 * (y - 16) + 1.596 * (v - 128)
    green = 1.164 * (y - 16) - 0.813 * (v - 128) - 0.392 * (u - 128)
    blue = 1.164 * (y - 16) + 2.017 * (u - 128)
    np.testing.assert_allclose(source[0].rgb[60, 80], [red, green, blue], atol=1.5)


def inverse_depth(frame: Frame, stamp: int):
    """As compressed_depth_image_transport writes 32FC1: q = A / z + B in 16 bits, at its default parameters."""
    a, b = 100.0 * 101.0, 1 - 100.0 * 101.0 / 10.0
    q = np.zeros(frame.depth.shape, np.uint16)
    seen = frame.depth > 0
    q[seen] = np.rint(a / frame.depth[seen] + b)
    return compressed(struct.pack("<iff", 1, a, b) + encoded(q, ".png"), "32FC1; compressedDepth png", stamp)


def test_compressed_images(tmp_path: Path, frames: list[Frame]) -> None:
    def color(frame: Frame, stamp: int):
        return compressed(encoded(frame.rgb[:, :, ::-1], ".png"), "rgb8; png compressed bgr8", stamp)

    def depth(frame: Frame, stamp: int):
        data = struct.pack("<iff", 0, 0, 0) + encoded(millimetres(frame), ".png")
        return compressed(data, "16UC1; compressedDepth png", stamp)

    topics = f"{COLOR}/compressed", f"{DEPTH}/compressedDepth"
    assert_same(open_source(bag_of(tmp_path / "bag", frames[:3], color, depth, *topics)), frames[:3])


def test_inverse_depth(tmp_path: Path, frames: list[Frame]) -> None:
    """A step of q is z * z / A metres, 0.6 mm at 2.5 m."""
    bag = bag_of(tmp_path / "bag", frames[:3], depth=inverse_depth, depth_topic=f"{DEPTH}/compressedDepth")
    for got, frame in zip(open_source(bag), frames, strict=False):
        near = (frame.depth > 0) & (frame.depth < 3)
        np.testing.assert_allclose(got.depth[near], frame.depth[near], atol=0.001)
        assert np.isnan(got.depth[frame.depth == 0]).all()


def rvl(depth: np.ndarray) -> bytes:
    """The code of Wilson 2017, one number at a time."""
    groups: list[int] = []

    def number(value: int) -> None:
        while True:
            group, value = value & 7, value >> 3
            groups.append(group | 8 if value else group)
            if not value:
                return

    pixels, at, previous = depth.ravel().tolist(), 0, 0
    while at < len(pixels):
        end = next((i for i in range(at, len(pixels)) if pixels[i]), len(pixels))
        number(end - at)
        at = end
        end = next((i for i in range(at, len(pixels)) if not pixels[i]), len(pixels))
        number(end - at)
        for value in pixels[at:end]:
            delta, previous = value - previous, value
            number(2 * delta if delta >= 0 else -2 * delta - 1)
        at = end
    groups += [0] * (-len(groups) % 8)
    words = [sum(group << (28 - 4 * i) for i, group in enumerate(groups[k : k + 8])) for k in range(0, len(groups), 8)]
    return struct.pack(f"<{len(words)}I", *words)


def test_rvl_depth(tmp_path: Path, frames: list[Frame]) -> None:
    def depth(frame: Frame, stamp: int):
        data = struct.pack("<iffII", 0, 0, 0, 160, 120) + rvl(millimetres(frame))
        return compressed(data, "16UC1; compressedDepth rvl", stamp)

    bag = bag_of(tmp_path / "bag", frames[:3], depth=depth, depth_topic=f"{DEPTH}/compressedDepth")
    assert_same(open_source(bag), frames[:3])


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_cut_compressed_images_are_skipped(tmp_path: Path, frames: list[Frame], suffix: str) -> None:
    def color(frame: Frame, stamp: int):
        data = encoded(frame.rgb[:, :, ::-1], suffix)
        return compressed(data[: len(data) // 2] if stamp == START else data, f"rgb8; {suffix[1:]}", stamp)

    source = open_source(bag_of(tmp_path / "bag", frames[:3], color, color_topic=f"{COLOR}/compressed"))
    assert len(list(source)) == 2
    assert "is cut or damaged" in source.skipped[0][1]


def test_damaged_images_are_skipped_and_named(tmp_path: Path, frames: list[Frame]) -> None:
    def color(frame: Frame, stamp: int):
        message = image(frame.rgb, "rgb8", stamp)
        if stamp == START + PERIOD:
            message = image(frame.rgb[:50], "rgb8", stamp)
            message.height = 120
        return message

    source = open_source(bag_of(tmp_path / "bag", frames[:3], color))
    assert len(list(source)) == 2
    ((file, reason),) = source.skipped
    assert file == f"{COLOR}, message 1" and "needs at least 57600 bytes, has 24000" in reason


# Which topics


def other_camera(bag: BagWriter, frames: list[Frame], name: str) -> None:
    for i, frame in enumerate(frames):
        stamp = START + i * PERIOD
        bag.write(f"{name}/color/image_raw", image(frame.rgb[:, ::-1], "rgb8", stamp, f"{name[1:]}_optical"), stamp)
        depth = image(frame.depth[:, ::-1], "32FC1", stamp, f"{name[1:]}_optical")
        bag.write(f"{name}/aligned_depth_to_color/image_raw", depth, stamp)
        for topic in ("color", "aligned_depth_to_color"):
            info = camera_info(CAMERA, stamp, f"{name[1:]}_optical")
            bag.write(f"{name}/{topic}/camera_info", info, stamp)


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


# Calibration


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


# Stamps and poses


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


# Bags as they are found


def test_a_folder_without_metadata(tmp_path: Path, frames: list[Frame], caplog) -> None:
    bag = write_bag(tmp_path / "bag", frames)
    (bag / "metadata.yaml").unlink()
    assert_same(open_source(bag), frames)
    assert "no readable metadata.yaml" in caplog.text


def test_split_bags_are_one_recording(tmp_path: Path, frames: list[Frame]) -> None:
    """The second file begins in the middle; TF of the first and tf_static of the second serve both."""
    whole = tmp_path / "whole"
    whole.mkdir()
    with BagWriter(tmp_path / "a", "mcap") as bag:
        write_images(bag, frames[:6])
        write_tf(bag, frames)
    with BagWriter(tmp_path / "b", "mcap") as bag:
        for i in range(6, 12):
            stamp = START + i * PERIOD
            bag.write(COLOR, image(frames[i].rgb, "rgb8", stamp), stamp)
            bag.write(DEPTH, image(frames[i].depth, "32FC1", stamp), stamp)
        write_mount(bag)
    shutil.copy(tmp_path / "a" / "a.mcap", whole / "bag_2.mcap")
    shutil.copy(tmp_path / "b" / "b.mcap", whole / "bag_10.mcap")
    assert_same(open_source(whole), frames)


def cut(file: Path, share: float) -> None:
    data = file.read_bytes()
    file.write_bytes(data[: int(len(data) * share)])


@pytest.mark.parametrize("compressed", [False, True])
def test_a_cut_mcap_gives_what_is_before_the_cut(tmp_path: Path, frames: list[Frame], caplog, compressed: bool) -> None:
    """TF is first in this bag, so the frames that are left have poses."""

    def compress(writer) -> None:
        if compressed:
            writer.set_compression(CompressionMode.STORAGE, CompressionFormat.ZSTD)

    with BagWriter(tmp_path / "bag", "mcap", compress=compress) as bag:
        write_tf(bag, frames)
        write_mount(bag)
        write_images(bag, frames)
    cut(tmp_path / "bag" / "bag.mcap", 0.6)
    source = open_source(tmp_path / "bag")
    assert 4 <= len(source) <= 9
    assert_same(source, frames[: len(source)])
    assert "cut or damaged" in caplog.text


def test_a_cut_database_gives_what_is_before_the_cut(tmp_path: Path, frames: list[Frame], caplog) -> None:
    with BagWriter(tmp_path / "bag") as bag:
        write_tf(bag, frames)
        write_mount(bag)
        write_images(bag, frames)
    cut(tmp_path / "bag" / "bag.db3", 0.6)
    source = open_source(tmp_path / "bag")
    read = list(source)
    assert 4 <= len(read) <= 9
    for got, frame in zip(read, frames, strict=False):
        np.testing.assert_array_equal(got.rgb, frame.rgb)
        np.testing.assert_allclose(got.T_world_camera, frame.T_world_camera, atol=1e-6)
    assert "damaged or cut" in caplog.text


def test_a_damaged_chunk_is_left_out(tmp_path: Path, frames: list[Frame], caplog) -> None:
    def compress(writer) -> None:
        writer.set_compression(CompressionMode.STORAGE, CompressionFormat.ZSTD)

    noisy = [
        Frame(np.random.default_rng(i).integers(0, 256, f.rgb.shape, np.uint8), f.depth, CAMERA, None, None)
        for i, f in enumerate(frames * 3)
    ]
    with BagWriter(tmp_path / "bag", "mcap", compress=compress) as bag:
        write_images(bag, noisy)
    file = tmp_path / "bag" / "bag.mcap"
    data = bytearray(file.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 2000] = bytes(2000)
    file.write_bytes(data)
    source = open_source(file)
    assert 5 < len(list(source)) < len(noisy)
    assert "1 damaged chunks are left out" in caplog.text


@pytest.mark.parametrize("name", ["bag.mcap", "bag.db3"])
@pytest.mark.parametrize("content", [b"", b"not a bag at all, but quite long" * 100])
def test_files_that_are_no_bags(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match=name):
        open_source(tmp_path / name)


def test_metadata_without_its_files(tmp_path: Path, frames: list[Frame]) -> None:
    bag = write_bag(tmp_path / "bag", frames[:2])
    (bag / "bag.db3").unlink()
    with pytest.raises(SourceError, match=r"no file of this bag is there; looked for bag\.db3"):
        open_source(bag)


# The command line


def test_inspect_and_map(tmp_path: Path, frames: list[Frame], capsys) -> None:
    bag = str(write_bag(tmp_path / "bag", frames, "mcap"))
    assert main(["inspect", bag, "--json", "--probe", "60,80"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["format"] == "rosbag2" and len(shown["frames"]) == len(frames)
    assert shown["frames"][3]["probes"]["60,80"] == pytest.approx(float(frames[3].depth[60, 80]), abs=1e-4)
    assert main(["map", bag, "--out", str(tmp_path / "map.ply"), "--depth-topic", DEPTH]) == 0
    assert len(read_cloud(tmp_path / "map.ply")) > 1000
    assert main(["map", bag, "--out", str(tmp_path / "map.ply"), "--depth-topic", "/nothing"]) == 1
    assert "no images on /nothing" in capsys.readouterr().err
