"""Whatever a camera or TF does wrong, the node stays up, counts it and says why nothing is mapped."""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import box_room
import numpy as np
import pytest
from builtin_interfaces.msg import Time
from conftest import Graph, eventually
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from nav_msgs.msg import Odometry
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import CameraInfo, Image, PointCloud2
from tf2_msgs.msg import TFMessage

from omd3d_ros.ros.play import FramePublisher
from omd3d_ros.sensing.messages import NANOSECONDS
from omd3d_ros.sensing.transforms import quaternion_from_matrix
from omd3d_ros.types import Frame


class Camera(FramePublisher):
    """A camera whose messages a test can spoil on their way out."""

    def __init__(self) -> None:
        super().__init__(depth_encoding="32FC1")
        self._spoil: dict[object, Callable] = {}
        for publisher in (self._color, self._depth, self._color_info, self._depth_info, self._tf):
            publisher.publish = self._through(publisher, publisher.publish)

    def _through(self, publisher: object, publish: Callable) -> Callable:
        def send(message: object) -> None:
            change = self._spoil.get(publisher)
            message = message if change is None else change(copy.deepcopy(message))  # headers are shared
            if message is not None:
                publish(message)

        return send

    def spoil(self, what: str, change: Callable) -> None:
        """what: color, depth, color_info, depth_info or tf; ``change`` gives the message to send, or None."""
        self._spoil[getattr(self, f"_{what}")] = change


@pytest.fixture
def camera(graph: Graph) -> Camera:
    return graph.add(Camera())


@contextmanager
def streaming(camera: FramePublisher, frames: list[Frame] | None = None) -> Iterator[None]:
    """The camera sends frames at 20 Hz inside."""
    stop = threading.Event()
    walk = frames or box_room.frames(10)

    def send() -> None:
        i = 0
        while not stop.wait(0.05):
            camera.publish(walk[i % len(walk)])
            i += 1

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def diagnosis(graph: Graph, part: str, timeout: float = 6.0) -> DiagnosticStatus:
    """The first status on /diagnostics whose message has this part."""
    seen: list[DiagnosticStatus] = []
    listener = graph.add(Node("listener"))
    listener.create_subscription(DiagnosticArray, "/diagnostics", lambda m: seen.extend(m.status), 10)
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        for status in list(seen):
            if part in status.message:
                graph.executor.remove_node(listener)
                return status
        time.sleep(0.05)
    raise AssertionError(f"{part!r} is not in any of {sorted({s.message for s in seen})}")


def dropped(node, cause: str) -> int:
    return node.health.counts().get(f"dropped {cause}", 0)


def mapped(node) -> int:
    return node.health.counts()["mapped"]


def expect_drop(graph: Graph, camera: Camera, cause: str, message: str, **parameters) -> None:
    node = graph.ground_node(transform_timeout=0.3, **parameters)
    with streaming(camera):
        eventually(lambda: dropped(node, cause) >= 3)
        assert diagnosis(graph, message).level == DiagnosticStatus.WARN
    assert mapped(node) == 0


def test_frames_are_mapped_when_nothing_is_wrong(graph, camera):
    node = graph.ground_node()
    with streaming(camera):
        eventually(lambda: mapped(node) >= 10)
        assert diagnosis(graph, "mapping").level == DiagnosticStatus.OK
    counts = node.health.counts()
    assert not [name for name in counts if name.startswith("dropped")], counts


def test_nobody_publishes(graph):
    graph.ground_node()
    status = diagnosis(graph, "no publisher on /depth/image")
    assert "no publisher on /color/image" in status.message
    assert "no publisher on /depth/camera_info" in status.message


def test_a_topic_of_another_type(graph):
    graph.ground_node()
    node = graph.stranger()
    node.create_publisher(PointCloud2, "depth/image", 10)
    diagnosis(graph, "/depth/image carries sensor_msgs/msg/PointCloud2, expected sensor_msgs/msg/Image")


def test_a_publisher_that_sends_nothing(graph, camera):
    graph.ground_node()
    diagnosis(graph, "no message yet on /depth/image (1 publisher)")


@pytest.mark.parametrize("reliability", [ReliabilityPolicy.RELIABLE, ReliabilityPolicy.BEST_EFFORT])
def test_images_of_reliable_and_best_effort_publishers_arrive(graph, reliability):
    node = graph.ground_node()
    source = graph.stranger()
    publisher = source.create_publisher(Image, "depth/image", QoSProfile(depth=5, reliability=reliability))
    eventually(publisher.get_subscription_count)
    for i in range(5):
        message = Image()
        message.header.stamp = Time(sec=1 + i)
        publisher.publish(message)
        time.sleep(0.05)
    eventually(lambda: node.health.counts().get("received depth/image") == 5)


def test_qos_mismatch_is_reported(graph, camera):
    node = graph.ground_node(transform_timeout=0.2)
    camera.spoil("tf", lambda m: None)
    source = graph.stranger()
    best_effort = QoSProfile(depth=5, reliability=ReliabilityPolicy.BEST_EFFORT)
    source.create_publisher(TFMessage, "/tf", best_effort)
    with streaming(camera):
        eventually(lambda: dropped(node, "no_transform") >= 1)
        status = diagnosis(graph, "QoS mismatch on /tf")
    assert "RELIABILITY" in status.message


def test_volatile_static_transforms_are_a_qos_mismatch_too(graph):
    node = graph.ground_node()
    source = graph.stranger()
    source.create_publisher(TFMessage, "/tf_static", QoSProfile(depth=5, durability=DurabilityPolicy.VOLATILE))
    eventually(lambda: node.health.qos_mismatch("/tf_static") == "DURABILITY")


def test_the_best_gap_is_told(graph, camera):
    def odd(message: Image) -> Image:
        nanoseconds = message.header.stamp.sec * NANOSECONDS + message.header.stamp.nanosec + 500_000_000
        message.header.stamp = Time(sec=nanoseconds // NANOSECONDS, nanosec=nanoseconds % NANOSECONDS)
        return message

    graph.ground_node(sync_tolerance=0.001)
    camera.spoil("color", odd)
    with streaming(camera):
        status = diagnosis(graph, "no matching depth image within 0.001 s")
    assert "the best gap is 0.0" in status.message and "0 pairs" in status.message


def test_no_transform(graph, camera):
    camera.spoil("tf", lambda m: None)
    expect_drop(graph, camera, "no_transform", "no transform from camera_depth_optical_frame to map")


def test_images_ahead_of_the_newest_transform(graph, camera):
    """TF stands still: frames wait, then are dropped with the time that is missing."""
    first: list[TFMessage] = []
    camera.spoil("tf", lambda m: first.append(m) or m if not first else None)
    node = graph.ground_node(transform_timeout=0.2)
    with streaming(camera):
        eventually(lambda: dropped(node, "transform_too_old") >= 3)
        diagnosis(graph, "s ahead of the newest map -> camera_depth_optical_frame on TF")


def test_a_transform_in_the_future(graph, camera):
    def later(message: TFMessage) -> TFMessage:
        message.transforms[0].header.stamp.sec += 5
        return message

    camera.spoil("tf", later)
    expect_drop(graph, camera, "transform_in_future", "s in the image's future")


def test_a_transform_that_comes_a_little_late_is_waited_for(graph, camera):
    timers: list[threading.Timer] = []
    real = camera._tf.publish

    def delayed(message: TFMessage) -> None:
        timers.append(threading.Timer(0.2, real, [message]))
        timers[-1].start()

    camera._tf.publish = delayed
    node = graph.ground_node(transform_timeout=2.0)
    assert camera.wait_for_subscriber(5.0)
    with streaming(camera):
        eventually(lambda: mapped(node) >= 10)
    for timer in timers:
        timer.join()
    assert dropped(node, "transform_too_old") == 0


def test_depth_of_zero_and_nan_is_left_out(graph, camera):
    node = graph.ground_node()
    frames = box_room.frames(4)
    for frame, hole in zip(frames, (0.0, np.nan, np.inf, -1.0), strict=True):
        frame.depth[:, :80] = hole
    with streaming(camera, frames):
        eventually(lambda: mapped(node) >= 4)
    xyz = node.grounding.voxel_map.point_cloud().xyz
    low, high = box_room.ROOM[0] - 0.1, box_room.ROOM[1] + 0.1
    assert np.all(np.isfinite(xyz)) and np.all((xyz > low) & (xyz < high))


def test_a_frame_of_all_invalid_depth(graph, camera):
    def blank(message: Image) -> Image:
        message.data = bytes(len(message.data))
        return message

    camera.spoil("depth", blank)
    expect_drop(graph, camera, "depth_all_invalid", "every pixel of a 160x120 depth image is zero, NaN or past")


def test_colour_and_depth_of_different_size(graph, camera):
    def crop(message: Image) -> Image:
        message.height //= 2
        message.data = message.data[: message.step * message.height]
        return message

    camera.spoil("color", crop)
    camera.spoil("color_info", lambda m: None)
    expect_drop(
        graph, camera, "size_mismatch", "colour is 160x60 and depth 160x120: register colour", registered="true"
    )


@pytest.mark.parametrize(("what", "encoding"), [("color", "16UC1"), ("depth", "8UC1")])
def test_wrong_encoding(graph, camera, what, encoding):
    def rename(message: Image) -> Image:
        message.encoding = encoding
        return message

    camera.spoil(what, rename)
    expect_drop(graph, camera, "wrong_encoding", f"has encoding '{encoding}', expected")


def test_truncated_data(graph, camera):
    def cut(message: Image) -> Image:
        message.data = message.data[:100]
        return message

    camera.spoil("depth", cut)
    expect_drop(graph, camera, "truncated_image", "needs at least 76800 bytes, has 100")


def test_camera_info_missing(graph, camera):
    camera.spoil("depth_info", lambda m: None)
    node = graph.ground_node(transform_timeout=0.2)
    with streaming(camera):
        eventually(lambda: dropped(node, "camera_info_missing") >= 3)
        diagnosis(graph, "no message yet on /depth/camera_info (1 publisher)")


def test_camera_info_of_zeros(graph, camera):
    def uncalibrated(message: CameraInfo) -> CameraInfo:
        return CameraInfo(header=message.header, width=message.width, height=message.height)

    camera.spoil("depth_info", uncalibrated)
    expect_drop(graph, camera, "camera_info_zero", "the camera is not calibrated")


def test_duplicate_stamps_are_mapped_once(graph, camera):
    node = graph.ground_node()
    assert camera.wait_for_subscriber(10.0)
    frame = box_room.frames(1)[0]
    for _ in range(5):
        camera.publish(frame, Time(sec=100))
        time.sleep(0.05)
    eventually(lambda: node._sync.counts.duplicate >= 8)
    eventually(lambda: mapped(node) == 1)


def test_odometry_instead_of_tf(graph, camera):
    """Camera poses from nav_msgs/Odometry; its frame_id becomes the map's."""
    node = graph.ground_node(pose_source="odometry")
    camera.spoil("tf", lambda m: None)
    diagnosis(graph, "no publisher on /odom")
    odometry = camera.create_publisher(Odometry, "odom", 10)
    eventually(odometry.get_subscription_count)
    for frame in box_room.frames(5):
        stamp = camera.get_clock().now().to_msg()
        message = Odometry(child_frame_id="camera_depth_optical_frame")
        message.header.stamp, message.header.frame_id = stamp, "odom_frame"
        p, q = message.pose.pose.position, message.pose.pose.orientation
        p.x, p.y, p.z = frame.T_world_camera[:3, 3]
        q.x, q.y, q.z, q.w = quaternion_from_matrix(frame.T_world_camera)
        odometry.publish(message)
        camera.publish(frame, stamp)
        time.sleep(0.05)
    eventually(lambda: mapped(node) == 5)
    assert node._map_header().frame_id == "odom_frame"
