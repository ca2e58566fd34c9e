"""Small bags made on the spot: a camera on a robot, as messages with a TF tree around them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import cv2
import numpy as np
from rendered_scenes import circle, render
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.typesys import Stores, get_typestore

from omd3d_ros.datasets.sources import RgbdSource
from omd3d_ros.sensing.transforms import matrix_from_pose, quaternion_from_matrix
from omd3d_ros.types import Camera, Frame

TYPES = get_typestore(Stores.ROS2_JAZZY)
SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND
PERIOD = SECOND // 10
OPTICAL = "camera_color_optical_frame"
# REP 103: optical x right, y down, z forward in a body with x forward, y left, z up.
T_LINK_OPTICAL = matrix_from_pose(np.zeros(3), np.array([-0.5, 0.5, -0.5, 0.5]))
T_BASE_LINK = matrix_from_pose(np.array([0.1, 0.02, 0.3]), np.array([0, 0, np.sin(0.1), np.cos(0.1)]))
T_MAP_ODOM = matrix_from_pose(np.array([1.0, -0.5, 0.0]), np.array([0, 0, np.sin(0.3), np.cos(0.3)]))
MakeImage = Callable[[Frame, int], Any]
COLOR, DEPTH = "/camera/color/image_raw", "/camera/aligned_depth_to_color/image_raw"
COLOR_INFO, DEPTH_INFO = "/camera/color/camera_info", "/camera/aligned_depth_to_color/camera_info"


def room(count: int = 12) -> list[Frame]:
    """A table-high box and a ball on a floor, seen from a circle around them."""
    boxes = [((0.0, 0.0, 0.25), (0.6, 0.4, 0.5), (200, 60, 40))]
    spheres = [((0.0, 0.0, 0.6), 0.1, (30, 90, 200))]
    return [render(T, boxes, spheres, stamp=(START + i * PERIOD) / SECOND) for i, T in enumerate(circle(count))]


class BagWriter:
    """Messages by topic; the recorder receives each 3 ms after its stamp, unless told when."""

    def __init__(self, path: Path, storage: str = "sqlite3", **options: Any) -> None:
        self.writer = Writer(path, version=9, storage_plugin=StoragePlugin[storage.upper()])
        self.connections: dict[str, Any] = {}
        for set_option in options.values():
            set_option(self.writer)

    def __enter__(self) -> BagWriter:
        self.writer.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.writer.close()

    def write(self, topic: str, message: Any, stamp: int, received: int | None = None) -> None:
        type = message.__msgtype__
        if topic not in self.connections:
            self.connections[topic] = self.writer.add_connection(topic, type, typestore=TYPES)
        data = TYPES.serialize_cdr(message, type)
        self.writer.write(self.connections[topic], stamp + 3_000_000 if received is None else received, data)


def make(type: str, **fields: Any) -> Any:
    """A message: ``make("std_msgs/msg/Header", ...)``."""
    return TYPES.types[type](**fields)


def header(stamp: int, frame: str = OPTICAL) -> Any:
    time = make("builtin_interfaces/msg/Time", sec=stamp // SECOND, nanosec=stamp % SECOND)
    return make("std_msgs/msg/Header", stamp=time, frame_id=frame)


def image(
    pixels: np.ndarray, encoding: str, stamp: int, frame: str = OPTICAL, padding: int = 0, big_endian: bool = False
) -> Any:
    """sensor_msgs/Image, with ``padding`` bytes of rubbish after each row."""
    pixels = pixels.astype(pixels.dtype.newbyteorder(">" if big_endian else "<"))
    rows = [row.tobytes() + b"\xaa" * padding for row in pixels]
    return make(
        "sensor_msgs/msg/Image",
        header=header(stamp, frame),
        height=pixels.shape[0],
        width=pixels.shape[1],
        encoding=encoding,
        is_bigendian=int(big_endian),
        step=len(rows[0]),
        data=np.frombuffer(b"".join(rows), np.uint8),
    )


def compressed(data: bytes, format: str, stamp: int, frame: str = OPTICAL) -> Any:
    fields = {"header": header(stamp, frame), "format": format, "data": np.frombuffer(data, np.uint8)}
    return make("sensor_msgs/msg/CompressedImage", **fields)


def encoded(pixels: np.ndarray, suffix: str) -> bytes:
    return cv2.imencode(suffix, pixels)[1].tobytes()


def camera_info(camera: Camera, stamp: int, frame: str = OPTICAL, **changes: Any) -> Any:
    K = np.array([camera.fx, 0, camera.cx, 0, camera.fy, camera.cy, 0, 0, 1], float)
    P = np.array([camera.fx, 0, camera.cx, 0, 0, camera.fy, camera.cy, 0, 0, 0, 1, 0], float)
    everything = {"x_offset": 0, "y_offset": 0, "height": 0, "width": 0, "do_rectify": False}
    fields = {
        "header": header(stamp, frame),
        "height": camera.height,
        "width": camera.width,
        "distortion_model": "plumb_bob",
        "d": np.zeros(5),
        "k": K,
        "r": np.eye(3).ravel(),
        "p": P,
        "binning_x": 0,
        "binning_y": 0,
        "roi": make("sensor_msgs/msg/RegionOfInterest", **everything),
    }
    return make("sensor_msgs/msg/CameraInfo", **{**fields, **changes})


def transforms(stamp: int, *items: tuple[str, str, np.ndarray]) -> Any:
    """tf2_msgs/TFMessage of (parent, child, T_parent_child)."""
    stamped = []
    for parent, child, T in items:
        placed = make("geometry_msgs/msg/Transform", translation=_xyz("Vector3", T[:3, 3]), rotation=_quaternion(T))
        fields = {"header": header(stamp, parent), "child_frame_id": child, "transform": placed}
        stamped.append(make("geometry_msgs/msg/TransformStamped", **fields))
    return make("tf2_msgs/msg/TFMessage", transforms=stamped)


def odometry(stamp: int, world: str, body: str, T: np.ndarray) -> Any:
    zero = make("geometry_msgs/msg/Twist", linear=_xyz("Vector3", np.zeros(3)), angular=_xyz("Vector3", np.zeros(3)))
    return make(
        "nav_msgs/msg/Odometry",
        header=header(stamp, world),
        child_frame_id=body,
        pose=make("geometry_msgs/msg/PoseWithCovariance", pose=_pose(T), covariance=np.zeros(36)),
        twist=make("geometry_msgs/msg/TwistWithCovariance", twist=zero, covariance=np.zeros(36)),
    )


def pose_stamped(stamp: int, world: str, T: np.ndarray) -> Any:
    return make("geometry_msgs/msg/PoseStamped", header=header(stamp, world), pose=_pose(T))


def base_of(frame: Frame) -> np.ndarray:
    """(4, 4) T_map_base of the robot whose camera took the frame."""
    return frame.T_world_camera @ np.linalg.inv(T_BASE_LINK @ T_LINK_OPTICAL)


def write_images(bag: BagWriter, frames: list[Frame], depth_delay: int = 1_000_000) -> None:
    """rgb8 and 32FC1 with their camera_infos."""
    for i, frame in enumerate(frames):
        stamp = START + i * PERIOD
        bag.write(COLOR, image(frame.rgb, "rgb8", stamp), stamp)
        bag.write(DEPTH, image(frame.depth, "32FC1", stamp + depth_delay), stamp + depth_delay)
        write_infos(bag, frame.depth_camera, stamp)


def write_infos(bag: BagWriter, camera: Camera, stamp: int) -> None:
    for topic in (COLOR_INFO, DEPTH_INFO):
        bag.write(topic, camera_info(camera, stamp), stamp)


def write_mount(bag: BagWriter, stamp: int = START) -> None:
    """The transforms that are recorded once."""
    mount = transforms(stamp, ("base_link", "camera_link", T_BASE_LINK), ("camera_link", OPTICAL, T_LINK_OPTICAL))
    bag.write("/tf_static", mount, stamp)


def write_tf(bag: BagWriter, frames: list[Frame]) -> None:
    """map -> odom -> base_link at the stamps of the colour images."""
    for i, frame in enumerate(frames):
        stamp = START + i * PERIOD
        T_odom_base = np.linalg.inv(T_MAP_ODOM) @ base_of(frame)
        bag.write("/tf", transforms(stamp, ("map", "odom", T_MAP_ODOM), ("odom", "base_link", T_odom_base)), stamp)


def write_bag(path: Path, frames: list[Frame], storage: str = "sqlite3", **options: Any) -> Path:
    """Everything that the other functions write, in one bag."""
    with BagWriter(path, storage, **options) as bag:
        write_images(bag, frames)
        write_tf(bag, frames)
        write_mount(bag, START + len(frames) * PERIOD)
    return path


def bag_of(
    path: Path,
    frames: list[Frame],
    color: MakeImage | None = None,
    depth: MakeImage | None = None,
    color_topic: str = COLOR,
    depth_topic: str = DEPTH,
) -> Path:
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


def assert_same(source: RgbdSource, frames: list[Frame]) -> None:
    """The images and poses of a source are those of the frames, depth to the millimetre."""
    assert len(source) == len(frames)
    for got, frame in zip(source, frames, strict=True):
        np.testing.assert_array_equal(got.rgb, frame.rgb)
        np.testing.assert_allclose(np.nan_to_num(got.depth), frame.depth, atol=0.0006)
        np.testing.assert_allclose(got.T_world_camera, frame.T_world_camera, atol=1e-6)


def _xyz(kind: str, values: np.ndarray) -> Any:
    return make(f"geometry_msgs/msg/{kind}", **{name: float(v) for name, v in zip("xyz", values, strict=True)})


def _quaternion(T: np.ndarray) -> Any:
    fields = {name: float(v) for name, v in zip("xyzw", quaternion_from_matrix(T), strict=True)}
    return make("geometry_msgs/msg/Quaternion", **fields)


def _pose(T: np.ndarray) -> Any:
    return make("geometry_msgs/msg/Pose", position=_xyz("Point", T[:3, 3]), orientation=_quaternion(T))
