"""What a camera sends is received whatever else the node does, under the names that the node was given."""

from __future__ import annotations

from collections.abc import Iterator

import box_room
import pytest
import rclpy
from conftest import Graph, eventually
from fake_grounding import FakeGrounding

from omd3d_ros.ros.node import GroundNode


@pytest.fixture
def unattended(graph: Graph) -> Iterator[GroundNode]:
    """A node whose services and timers no executor looks after."""
    node = GroundNode(lambda p: FakeGrounding())
    yield node
    node.stop()
    node.destroy_node()


def test_frames_are_mapped_while_no_thread_is_left_for_anything_else(graph, unattended):
    camera = graph.camera()
    for frame in box_room.frames(5):
        camera.publish(frame)
    eventually(lambda: unattended.health.counts()["mapped"] == 5)


def test_nothing_is_received_after_stop_which_may_be_called_again(graph, unattended):
    camera = graph.camera()
    camera.publish(box_room.frames(1)[0])
    eventually(lambda: unattended.health.counts()["mapped"] == 1)
    unattended.stop()
    unattended.stop()
    eventually(lambda: camera.count_subscribers("color/image") == 0)
    assert not [name for name, _ in camera.get_node_names_and_namespaces() if name == "omd3d_input"]


def subscribed_topics(node: GroundNode, name: str) -> set[str]:
    """Of a node in the namespace /robot."""

    def told() -> set[str]:
        return {topic for topic, _ in node.get_subscriber_names_and_types_by_node(name, "/robot")}

    eventually(lambda: len(told()) >= 6)
    return told()


def test_topics_are_remapped_as_those_of_the_node(graph):
    renamed = ["-r", "/tf:=tf", "-r", "color/image:=front/rgb", "-r", "depth/image:=/lidar/depth"]
    node = graph.add(GroundNode(lambda p: FakeGrounding(), namespace="/robot", cli_args=["--ros-args", *renamed]))
    topics = subscribed_topics(node, "omd3d_input")
    assert {"/robot/tf", "/tf_static", "/robot/front/rgb", "/lidar/depth", "/robot/depth/camera_info"} <= topics
    assert "/tf" not in topics and "/robot/color/image" not in topics


def test_a_name_given_on_the_command_line_is_the_nodes_alone(domain):
    rclpy.init(
        args=["--ros-args", "-r", "__node:=eyes", "-r", "__ns:=/robot", "-r", "color/image:=rgb"], domain_id=domain
    )
    node = GroundNode(lambda p: FakeGrounding())
    try:
        assert node.get_fully_qualified_name() == "/robot/eyes"
        topics = subscribed_topics(node, "eyes_input")
        assert "/robot/rgb" in topics and "/robot/color/image" not in topics
    finally:
        node.stop()
        node.destroy_node()
        rclpy.try_shutdown()
