"""pose_source rgbd_odometry: the node maps without a pose source, says where the camera is, and when it is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import box_room
import numpy as np
import pytest
from conftest import Graph, eventually
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import TransformStamped
from rclpy.node import Node
from std_msgs.msg import Header
from std_srvs.srv import Trigger
from tf2_msgs.msg import TFMessage

from omd3d_ros.ros.messages import transform
from omd3d_ros.ros.node import GroundNode
from omd3d_ros.ros.play import DEPTH_FRAME, STATIC_QOS, FramePublisher
from omd3d_ros.sensing.transforms import matrix_from_pose
from omd3d_ros.types import Frame

WALK = box_room.frames(10)


def unposed(frame: Frame) -> Frame:
    return replace(frame, T_world_camera=None)


def bare_wall() -> Frame:
    camera = box_room.DEPTH_CAMERA
    shape = (camera.height, camera.width)
    return Frame(np.full((*shape, 3), 90, np.uint8), np.full(shape, 0.5, np.float32), camera)


@pytest.fixture
def poses(graph: Graph) -> list[TransformStamped]:
    """Whatever comes on /tf, as it comes."""
    heard: list[TransformStamped] = []
    graph.add(Node("listener")).create_subscription(TFMessage, "/tf", lambda m: heard.extend(m.transforms), 100)
    return heard


def matrix(message: TransformStamped) -> np.ndarray:
    t, q = message.transform.translation, message.transform.rotation
    return matrix_from_pose(np.array([t.x, t.y, t.z]), np.array([q.x, q.y, q.z, q.w]))


def count(node: GroundNode, name: str) -> int:
    return node.health.counts().get(name, 0)


def show(node: GroundNode, camera: FramePublisher, frame: Frame, name: str = "mapped") -> None:
    """Send one frame and wait until it is counted under a name."""
    before = count(node, name)
    camera.publish(unposed(frame))
    eventually(lambda: count(node, name) > before)


@contextmanager
def streaming(camera: FramePublisher, frame: Frame) -> Iterator[None]:
    """The camera sends this at 20 Hz inside."""
    stop = threading.Event()

    def send() -> None:
        while not stop.wait(0.05):
            camera.publish(unposed(frame))

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def diagnosis(graph: Graph, is_it: Callable[[DiagnosticStatus], bool]) -> DiagnosticStatus:
    seen: list[DiagnosticStatus] = []
    graph.add(Node("reader")).create_subscription(DiagnosticArray, "/diagnostics", lambda m: seen.extend(m.status), 10)
    return eventually(lambda: next((s for s in list(seen) if is_it(s)), None))


@pytest.fixture
def node(graph: Graph) -> GroundNode:
    return graph.ground_node(pose_source="rgbd_odometry")


@pytest.fixture
def camera(graph: Graph, node: GroundNode) -> FramePublisher:
    return graph.camera(depth_encoding="32FC1")


def test_the_camera_is_tracked_and_told_on_tf(node, camera, poses):
    for frame in WALK:
        show(node, camera, frame)
    eventually(lambda: len(poses) == len(WALK))
    assert {(p.header.frame_id, p.child_frame_id) for p in poses} == {("map", DEPTH_FRAME)}
    first, last = (matrix(p) for p in (poses[0], poses[-1]))
    moved = np.linalg.inv(WALK[0].T_world_camera) @ WALK[-1].T_world_camera
    np.testing.assert_allclose(np.linalg.inv(first) @ last, moved, atol=0.01)
    # The first camera is the origin, and the room's up is the world's.
    np.testing.assert_allclose(first[:3, 3], 0, atol=1e-6)
    np.testing.assert_allclose(first[2, :3], WALK[0].T_world_camera[2, :3], atol=0.01)
    assert node.grounding.voxel_map.num_frames == len(WALK)


def test_the_map_is_as_with_given_poses(node, camera):
    """The box is as far from the first camera, and as high above the floor, as it is in the room."""
    for frame in WALK:
        show(node, camera, frame)
    cloud = node.grounding.voxel_map.point_cloud()
    red = cloud.xyz[(cloud.rgb[:, 0] > 150) & (cloud.rgb[:, 1] < 100)]
    floor = np.percentile(cloud.xyz[:, 2], 1)
    assert abs(red[:, 2].max() - floor - box_room.BOX[1, 2]) < 0.1  # two voxels


def test_lost_frames_are_refused_and_counted_until_the_place_is_known_again(graph, node, camera, poses):
    for frame in WALK:
        show(node, camera, frame)
    with streaming(camera, bare_wall()):
        status = diagnosis(graph, lambda s: "tracking lost" in s.message)
    assert status.level == DiagnosticStatus.WARN
    assert "go back to where the map was known" in status.message
    assert {v.key: v.value for v in status.values}["tracking"] == "lost"
    assert node.grounding.voxel_map.num_frames == len(WALK)
    assert count(node, "dropped tracking_lost") > 3
    assert len(poses) == len(WALK)
    show(node, camera, WALK[-1])
    eventually(lambda: len(poses) == len(WALK) + 1)
    np.testing.assert_allclose(matrix(poses[-1]), matrix(poses[-2]), atol=0.005)


def test_reset_forgets_the_camera_too(node, camera, poses):
    for frame in WALK[:5]:
        show(node, camera, frame)
    client = node.create_client(Trigger, "omd3d/reset")
    assert client.wait_for_service(5.0)
    future = client.call_async(Trigger.Request())
    eventually(future.done)
    show(node, camera, WALK[9])
    eventually(lambda: len(poses) == 6)
    np.testing.assert_allclose(matrix(poses[-1])[:3, 3], 0, atol=1e-6)


def test_a_bare_wall_is_no_place_to_begin(graph, node, camera):
    with streaming(camera, bare_wall()):
        status = diagnosis(graph, lambda s: "tracking has not begun" in s.message)
    assert "bare wall" in status.message
    show(node, camera, WALK[0])


def test_the_pose_of_another_frame_on_the_camera_is_told(graph, poses):
    """A driver ties the optical frame to camera_link, 2 cm behind: then camera_link is what moves in the map."""
    node = graph.ground_node(pose_source="rgbd_odometry", tracked_frame="camera_link")
    camera = graph.camera(depth_encoding="32FC1")
    driver = graph.add(Node("driver"))
    tied = np.eye(4)
    tied[2, 3] = 0.02
    publisher = driver.create_publisher(TFMessage, "/tf_static", STATIC_QOS)
    publisher.publish(TFMessage(transforms=[transform("camera_link", Header(frame_id=DEPTH_FRAME), tied)]))
    show(node, camera, WALK[0])
    eventually(lambda: poses)
    assert (poses[0].header.frame_id, poses[0].child_frame_id) == ("map", "camera_link")
    ahead = WALK[0].T_world_camera[2, 2]  # how steeply the camera looks: z of its axis in the room
    np.testing.assert_allclose(matrix(poses[0])[:3, 3], [0, -0.02 * np.sqrt(1 - ahead**2), -0.02 * ahead], atol=1e-3)


def test_no_such_pose_source(graph):
    with pytest.raises(ValueError, match="tf, odometry, rgbd_odometry"):
        graph.ground_node(pose_source="gps")
