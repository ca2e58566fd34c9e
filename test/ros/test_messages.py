"""Images and clouds to arrays and back: every encoding, row padding, byte order, bad sizes."""

from __future__ import annotations

import array

import numpy as np
import pytest
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header

from omd3d_ros.ros import messages
from omd3d_ros.sensing import calibration, images
from omd3d_ros.sensing.messages import BadMessage, stamp_to_nanoseconds
from omd3d_ros.types import Camera, PointCloud

RGB = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
MILLIMETRES = np.array([[0, 1, 1000], [2500, 65535, 300]], np.uint16)


def image(pixels: np.ndarray, encoding: str, padding: int = 0, big_endian: bool = False) -> Image:
    """An Image message made byte by byte, with ``padding`` bytes of rubbish after each row."""
    rows = [row.tobytes() + b"\xaa" * padding for row in pixels]
    message = Image(height=len(pixels), width=pixels.shape[1], encoding=encoding, is_bigendian=int(big_endian))
    message.step = len(rows[0])
    message.data = array.array("B", b"".join(rows))
    return message


@pytest.mark.parametrize("padding", [0, 3])
@pytest.mark.parametrize(
    ("encoding", "pixels"),
    [
        ("rgb8", RGB),
        ("bgr8", RGB[:, :, ::-1]),
        ("rgba8", np.dstack([RGB, RGB[:, :, :1]])),
        ("bgra8", np.dstack([RGB[:, :, ::-1], RGB[:, :, :1]])),
    ],
)
def test_color_encodings(encoding, pixels, padding):
    np.testing.assert_array_equal(images.color_from_image(image(pixels, encoding, padding)), RGB)


@pytest.mark.parametrize("padding", [0, 1])
def test_mono8_becomes_grey(padding):
    rgb = images.color_from_image(image(RGB[:, :, 0], "mono8", padding))
    np.testing.assert_array_equal(rgb, np.repeat(RGB[:, :, :1], 3, axis=2))


@pytest.mark.parametrize("big_endian", [False, True])
@pytest.mark.parametrize("padding", [0, 3])
@pytest.mark.parametrize("encoding", ["16UC1", "mono16"])
def test_depth_in_millimetres(encoding, padding, big_endian):
    pixels = MILLIMETRES.astype(">u2" if big_endian else "<u2")
    depth = images.depth_from_image(image(pixels, encoding, padding, big_endian))
    assert depth.dtype == np.float32
    np.testing.assert_allclose(depth, [[0, 0.001, 1.0], [2.5, 65.535, 0.3]], rtol=1e-6)


@pytest.mark.parametrize("big_endian", [False, True])
@pytest.mark.parametrize("padding", [0, 5])
def test_depth_in_metres_keeps_nan_and_inf(padding, big_endian):
    metres = np.array([[0.5, np.nan, np.inf], [0.0, 1.25, -1.0]], ">f4" if big_endian else "<f4")
    depth = images.depth_from_image(image(metres, "32FC1", padding, big_endian))
    assert depth.dtype == np.float32 and depth.dtype.isnative
    np.testing.assert_array_equal(depth, metres)


def test_wrong_encodings_are_named_with_what_would_be_right():
    with pytest.raises(BadMessage, match="'8UC1'.*rgb8") as error:
        images.color_from_image(image(RGB[:, :, 0], "8UC1"))
    assert error.value.cause == "wrong_encoding"
    with pytest.raises(BadMessage, match="'rgb8'.*16UC1"):
        images.depth_from_image(image(RGB, "rgb8"))


def test_truncated_images_are_refused():
    short = image(RGB, "rgb8")
    short.data = short.data[:-1]
    with pytest.raises(BadMessage, match="7x5 rgb8 .* at least 105 bytes, has 104"):
        images.color_from_image(short)
    with pytest.raises(BadMessage, match="0x0"):
        images.depth_from_image(Image(encoding="16UC1"))


@pytest.mark.parametrize("encoding", ["rgb8", "bgr8"])
def test_color_round_trip(encoding):
    message = messages.color_to_image(RGB, encoding, Header())
    assert (message.width, message.height, message.step, message.encoding) == (7, 5, 21, encoding)
    np.testing.assert_array_equal(images.color_from_image(message), RGB)


def test_depth_round_trips():
    depth = np.array([[0.5, np.nan, np.inf], [0.0, 1.2344, 70.0]], np.float32)
    np.testing.assert_array_equal(images.depth_from_image(messages.depth_to_image(depth, "32FC1", Header())), depth)
    millimetres = images.depth_from_image(messages.depth_to_image(depth, "16UC1", Header()))
    np.testing.assert_allclose(millimetres, [[0.5, 0, 0], [0, 1.234, 0]], rtol=1e-6)


@pytest.mark.parametrize("distortion", [None, (0.1, -0.2, 0.001, 0.002, 0.05), (0.1,) * 8])
def test_camera_round_trip(distortion):
    camera = Camera(640, 480, 525.0, 526.0, 319.5, 239.5, distortion)
    assert calibration.camera_from_info(messages.camera_to_info(camera, Header())) == camera


def test_rectified_uses_the_projection_matrix():
    info = messages.camera_to_info(Camera(640, 480, 525.0, 526.0, 319.5, 239.5, (0.1, 0, 0, 0, 0)), Header())
    info.p = [500.0, 0.0, 320.0, 0.0, 0.0, 501.0, 240.0, 0.0, 0.0, 0.0, 1.0, 0.0]
    assert calibration.camera_from_info(info, rectified=True) == Camera(640, 480, 500.0, 501.0, 320.0, 240.0)


def test_unusable_calibrations_are_named():
    with pytest.raises(BadMessage, match="not calibrated") as error:
        calibration.camera_from_info(CameraInfo(width=640, height=480))
    assert error.value.cause == "camera_info_zero"
    info = messages.camera_to_info(Camera(640, 480, 525.0, 526.0, 319.5, 239.5, (0.1, 0, 0, 0)), Header())
    info.distortion_model = "equidistant"
    with pytest.raises(BadMessage, match="'equidistant'"):
        calibration.camera_from_info(info)
    info.k[0] = float("nan")
    info.distortion_model = "plumb_bob"
    with pytest.raises(BadMessage, match="finite"):
        calibration.camera_from_info(info)


def test_cloud_round_trip_and_its_layout():
    rng = np.random.default_rng(1)
    cloud = PointCloud(rng.normal(size=(100, 3)), rng.integers(0, 256, (100, 3)))
    message = messages.cloud_to_message(cloud, Header(frame_id="map"))
    assert (message.point_step, message.row_step, len(message.data)) == (16, 1600, 1600)
    back = messages.cloud_from_message(message)
    np.testing.assert_array_equal(back.xyz, cloud.xyz)
    np.testing.assert_array_equal(back.rgb, cloud.rgb)


def test_cloud_with_instance_ids():
    cloud = PointCloud(np.zeros((2, 3)), [[255, 0, 1], [2, 3, 4]])
    message = messages.cloud_to_message(cloud, Header(), np.array([7, 4_000_000_000]))
    points = messages.points_from_message(message)
    assert points["instance_id"].tolist() == [7, 4_000_000_000]
    assert points["rgb"].view("<u4").tolist() == [0xFF0001, 0x020304]
    assert message.point_step == 20


def test_empty_cloud():
    message = messages.cloud_to_message(PointCloud(np.empty((0, 3)), np.empty((0, 3))), Header())
    assert message.width == 0 and len(messages.cloud_from_message(message)) == 0


def test_stamps():
    assert stamp_to_nanoseconds(messages.stamp_from_seconds(12.5)) == 12_500_000_000
    assert stamp_to_nanoseconds(messages.stamp_from_seconds(float("nan"))) == 0
