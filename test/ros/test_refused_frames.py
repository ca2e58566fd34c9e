"""Frames that the map does not believe: counted per cause, logged in one line, and the next good one is mapped."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace

import box_room
import numpy as np
import pytest
from builtin_interfaces.msg import Time
from conftest import Graph, eventually
from diagnostic_msgs.msg import DiagnosticArray
from rcl_interfaces.msg import Log
from rclpy.node import Node
from rclpy.parameter import Parameter
from rosgraph_msgs.msg import Clock
from std_srvs.srv import Trigger

from omd3d_ros.ros.node import GroundNode
from omd3d_ros.ros.play import FramePublisher
from omd3d_ros.types import Camera, Frame

WALK = box_room.frames(10)


def count(node: GroundNode, name: str) -> int:
    return node.health.counts().get(name, 0)


def show(node: GroundNode, camera: FramePublisher, frame: Frame, seconds: float, name: str = "mapped") -> None:
    """Send one frame with a stamp and wait until it is counted under a name."""
    before = count(node, name)
    camera.publish(frame, Time(sec=int(seconds), nanosec=round(seconds % 1 * 1e9)))
    eventually(lambda: count(node, name) > before)


def keep_showing(node: GroundNode, camera: FramePublisher, frame: Frame, seconds: float, name: str) -> None:
    """The same view again and again, as the first may come before the camera_info that tells of its size."""
    before, stamps = count(node, name), itertools.count()

    def counted() -> bool:
        later = seconds + 0.01 * next(stamps)
        camera.publish(frame, Time(sec=int(later), nanosec=round(later % 1 * 1e9)))
        return count(node, name) > before

    eventually(counted)


def elsewhere(frame: Frame, metres: float) -> Frame:
    T = frame.T_world_camera.copy()
    T[0, 3] += metres
    return replace(frame, T_world_camera=T)


def halved(frame: Frame) -> Frame:
    """The same view by a camera of half the resolution."""
    c = frame.depth_camera
    small = Camera(c.width // 2, c.height // 2, c.fx / 2, c.fy / 2, (c.cx - 0.5) / 2, (c.cy - 0.5) / 2)
    return replace(frame, rgb=frame.rgb[::2, ::2], depth=frame.depth[::2, ::2], depth_camera=small)


@pytest.fixture
def log(graph: Graph) -> list[str]:
    """What the node logs, as it comes."""
    lines: list[str] = []
    graph.add(Node("reader")).create_subscription(Log, "/rosout", lambda m: lines.append(m.msg), 100)
    return lines


def test_jumps_are_refused_until_the_camera_is_back(graph, log):
    node = graph.ground_node()
    camera = graph.camera(depth_encoding="32FC1")
    show(node, camera, WALK[0], 100.0)
    points = node.grounding.voxel_map.point_cloud().xyz
    for i in range(1, 6):
        show(node, camera, elsewhere(WALK[i], 3.0), 100.0 + 0.1 * i, "dropped pose_jumped")
    np.testing.assert_array_equal(node.grounding.voxel_map.point_cloud().xyz, points)
    show(node, camera, WALK[6], 100.6)
    assert count(node, "mapped") == node.grounding.voxel_map.num_frames == 2
    assert count(node, "dropped pose_jumped") == 5
    refusals = eventually(lambda: [line for line in log if line.startswith("frame not mapped")])
    [line] = refusals  # one for five frames
    assert "the pose jumped 3." in line and "at most 2 m are believed" in line


def test_a_camera_that_changes_is_named_and_reset_takes_the_new_one(graph, log):
    node = graph.ground_node()
    camera = graph.camera(depth_encoding="32FC1")
    show(node, camera, WALK[0], 100.0)
    keep_showing(node, camera, halved(WALK[1]), 100.1, "dropped camera_changed")
    eventually(lambda: [line for line in log if "the depth camera changed from 160x120" in line and "reset" in line])
    keep_showing(node, camera, WALK[2], 101.0, "mapped")
    time.sleep(0.3)  # what is still on its way would be the first frame after the reset
    resetting = node.create_client(Trigger, "~/reset").call_async(Trigger.Request())
    eventually(resetting.done)
    keep_showing(node, camera, halved(WALK[3]), 102.0, "mapped")


def test_a_frame_from_the_future_of_the_machine(graph):
    node = graph.ground_node()
    camera = graph.camera(depth_encoding="32FC1")
    now = camera.get_clock().now().nanoseconds / 1e9
    show(node, camera, WALK[0], now + 3600.0, "dropped depth_in_future")
    assert count(node, "dropped color_in_future") == 1
    show(node, camera, WALK[0], now + 3.0)  # clocks of two machines may differ


def test_what_the_map_finds_wrong_by_itself_is_counted_too(graph):
    """A frame that reaches the map with a stamp past the node's check, and a map that falls over."""
    node = graph.ground_node()
    camera = graph.camera(depth_encoding="32FC1")

    def observe(frame: Frame) -> int:
        return node.grounding.voxel_map.integrate(replace(frame, stamp=frame.stamp + 1e10))

    real, node._worker._observe = node._worker._observe, observe
    show(node, camera, WALK[0], 100.0, "dropped frame_in_future")

    def fall_over(frame: Frame) -> int:
        raise RuntimeError("out of order")

    node._worker._observe = fall_over
    show(node, camera, WALK[1], 100.1, "dropped mapping_failed")
    node._worker._observe = real
    show(node, camera, WALK[2], 100.2)


@pytest.fixture
def simulated(graph: Graph) -> GroundNode:
    return graph.ground_node(use_sim_time=True, transform_timeout=0.2)


def test_simulated_time_that_has_not_begun_is_told(graph, simulated):
    camera = graph.camera(depth_encoding="32FC1")
    show(simulated, camera, WALK[0], 100.0, "dropped no_clock")
    messages: list[str] = []
    graph.add(Node("listener")).create_subscription(
        DiagnosticArray, "/diagnostics", lambda m: messages.extend(s.message for s in m.status), 10
    )

    def told() -> bool:
        camera.publish(WALK[0], Time(sec=100, nanosec=len(messages) + 1))
        return any("nothing" not in m and "no time has come on /clock yet" in m for m in messages)

    eventually(told)


def test_simulated_time_decides_what_is_the_future(graph, simulated):
    """At 100 s of simulated time, 3700 s is the future, though it is long past on the machine's clock."""
    camera = graph.camera(depth_encoding="32FC1")
    clock = graph.add(Node("simulator")).create_publisher(Clock, "/clock", 10)
    eventually(clock.get_subscription_count)

    def tick() -> bool:
        clock.publish(Clock(clock=Time(sec=100)))
        return simulated.get_clock().now().nanoseconds == 100_000_000_000

    eventually(tick)
    show(simulated, camera, WALK[0], 100.0)
    show(simulated, camera, WALK[1], 3700.0, "dropped depth_in_future")
    show(simulated, camera, WALK[1], 100.1)
    assert simulated.grounding.voxel_map.num_frames == 2


def test_a_map_is_not_loaded_into_a_tracked_world(graph, tmp_path):
    node = graph.ground_node(pose_source="rgbd_odometry")
    node.grounding.observe(WALK[0])
    node.set_parameters([Parameter("map_path", value=str(tmp_path / "map.npz"))])
    for name, succeeds in (("~/save_map", True), ("~/load_map", False)):
        client = node.create_client(Trigger, name)
        assert client.wait_for_service(5.0)
        future = client.call_async(Trigger.Request())
        eventually(future.done)
        assert future.result().success == succeeds
    assert "pose_source rgbd_odometry" in future.result().message and "map.npz" in future.result().message
    assert node.grounding.voxel_map.num_frames == 1
