"""/ground_query and the services beside it, asked from another participant while frames flow."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import box_room
import numpy as np
import pytest
from conftest import Graph, eventually
from omd3d.srv import GroundQuery
from rclpy.parameter import Parameter
from sensor_msgs.msg import PointCloud2
from std_srvs.srv import SetBool, Trigger
from visualization_msgs.msg import Marker, MarkerArray

from omd3d_ros.ros.client import GroundQueryClient, NoAnswer
from omd3d_ros.ros.map_topics import LATCHED_QOS
from omd3d_ros.ros.messages import cloud_from_message, points_from_message
from omd3d_ros.ros.node import GroundNode


@pytest.fixture
def client(domain: int) -> Iterator[GroundQueryClient]:
    with GroundQueryClient() as asking:
        yield asking


@pytest.fixture
def node(graph: Graph) -> GroundNode:
    """With a map of the box room."""
    node = graph.ground_node(map_period=0.1)
    for frame in box_room.frames(10):
        node.grounding.observe(frame)
    return node


def call(node: GroundNode, kind: type, name: str, request: object) -> object:
    """A service of the node itself, called through the graph."""
    client = node.create_client(kind, name)
    assert client.wait_for_service(5.0)
    future = client.call_async(request)
    eventually(future.done)
    return future.result()


def test_an_answer_has_everything_in_it(node, client):
    response = client.ask("where is the box?")
    assert (response.success, response.message) == (True, "")
    assert "<OBJ007>" in response.answer
    (instance,) = response.instances
    assert (instance.id, instance.label) == ("OBJ007", "box")
    assert instance.score == pytest.approx(0.9)
    assert instance.header.frame_id == "map"
    assert instance.header.stamp == response.map_stamp
    assert response.map_stamp.sec == 1 and response.map_stamp.nanosec == pytest.approx(9e8, abs=1e3)
    assert 0 < response.latency < 5
    center, size = instance.pose.position, instance.size
    np.testing.assert_allclose([center.x, center.y, center.z], box_room.BOX.mean(0), atol=0.06)
    xyz = cloud_from_message(instance.cloud).xyz.astype(np.float64)
    low = np.array([center.x, center.y, center.z]) - np.array([size.x, size.y, size.z]) / 2
    high = np.array([center.x, center.y, center.z]) + np.array([size.x, size.y, size.z]) / 2
    assert len(xyz) > 100 and np.all(xyz >= low - 1e-5) and np.all(xyz <= high + 1e-5)
    assert np.all(cloud_from_message(instance.cloud).rgb[:, 0] > 150)


def test_omit_clouds_and_scores(node, client):
    response = client.ask("the box", omit_clouds=True)
    assert len(response.instances) == 1 and len(response.instances[0].cloud.data) == 0
    assert client.ask("the box", min_score=0.95).instances == []
    refused = client.ask("the box", min_score=float("nan"))
    assert not refused.success and "min_score" in refused.message


def test_a_query_before_any_frame_is_told_why(graph, client):
    graph.ground_node()
    response = client.ask("the box")
    assert not response.success
    assert "there is no map yet" in response.message and "no publisher on /depth/image" in response.message


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("x" * 10_000, "10000 characters"),
        ("crash", "RuntimeError: the model fell over"),
    ],
)
def test_a_query_that_cannot_be_answered_gets_a_reason(node, client, query, reason):
    response = client.ask(query)
    assert not response.success and reason in response.message
    assert client.ask("the box").success


@pytest.mark.parametrize(
    "query", ["the\tred\nbox\x07\x1b[31m", "коробка", "箱子在哪里", "📦 où est la boîte ؟", "\u202ebox\ufeff"]
)
def test_control_characters_and_other_scripts(node, client, query):
    response = client.ask(query)
    assert response.success
    assert query[:20] in response.answer


def test_twenty_queries_at_once_are_all_answered_while_frames_flow(graph, node, domain):
    camera = graph.camera()
    stop = threading.Event()
    sent = []

    def stream() -> None:
        while not stop.wait(0.1):
            camera.publish(box_room.frames(1)[0])
            sent.append(1)

    streamer = threading.Thread(target=stream)
    streamer.start()

    def ask(number: int) -> GroundQuery.Response:
        with GroundQueryClient(node_name=f"client_{number}") as client:
            return client.ask(f"{number} slow" if number % 5 == 0 else f"{number}")

    with ThreadPoolExecutor(20) as pool:
        responses = list(pool.map(ask, range(20)))
    stop.set()
    streamer.join()
    assert [r.success for r in responses] == [True] * 20
    assert all(f": {n}" in r.answer for n, r in enumerate(responses))
    eventually(lambda: node.health.counts()["mapped"] >= len(sent) - 1)


def test_more_queries_than_may_wait_are_refused(graph, domain):
    node = graph.ground_node(max_waiting_queries=2)
    for frame in box_room.frames(2):
        node.grounding.observe(frame)

    def ask(number: int) -> GroundQuery.Response:
        with GroundQueryClient(node_name=f"client_{number}") as client:
            return client.ask("slow")

    with ThreadPoolExecutor(8) as pool:
        responses = list(pool.map(ask, range(8)))
    refused = [r.message for r in responses if not r.success]
    assert 1 <= len(refused) <= 5
    assert all("2 queries are waiting already" in message for message in refused)
    assert node.health.counts()["queries refused"] == len(refused)


def test_reset_during_a_query(node, client):
    client.wait(10.0)
    resetting = node.create_client(Trigger, "~/reset")
    assert resetting.wait_for_service(10.0)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(client.ask, "slow")
        eventually(lambda: node._desk.waiting == 1)
        reset = resetting.call_async(Trigger.Request())
        eventually(reset.done)
        response = asked.result()
    assert reset.result().success
    assert not response.success and "was reset while" in response.message
    assert "there is no map yet" in client.ask("the box").message


def test_pause_save_and_load(graph, node, client, tmp_path):
    camera = graph.camera()
    assert call(node, SetBool, "~/pause", SetBool.Request(data=True)).success
    camera.publish(box_room.frames(1)[0])
    eventually(lambda: node.health.counts().get("dropped paused") == 1)
    unnamed = call(node, Trigger, "~/save_map", Trigger.Request())
    assert not unnamed.success and "map_path" in unnamed.message
    node.set_parameters([Parameter("map_path", value=str(tmp_path / "room.npz"))])
    assert call(node, Trigger, "~/save_map", Trigger.Request()).success
    assert call(node, Trigger, "~/reset", Trigger.Request()).success
    assert not client.ask("the box").success
    loaded = call(node, Trigger, "~/load_map", Trigger.Request())
    assert loaded.success, loaded.message
    assert client.ask("the box").success
    (tmp_path / "room.npz").write_bytes(b"not a map")
    broken = call(node, Trigger, "~/load_map", Trigger.Request())
    assert not broken.success and "room.npz" in broken.message
    assert client.ask("the box").success


def test_late_subscribers_get_map_markers_and_answer_cloud(graph, node, client):
    client.ask("the box")
    late = graph.stranger()
    got: dict[str, object] = {}
    for kind, topic in ((PointCloud2, "map"), (MarkerArray, "markers"), (PointCloud2, "answer_cloud")):
        late.create_subscription(kind, topic, lambda m, topic=topic: got.__setitem__(topic, m), LATCHED_QOS)
    graph.spin_stranger(late, lambda: len(got) == 3)
    assert got["map"].width > 3000 and got["map"].header.frame_id == "map"
    kinds = [(m.action, m.type, m.ns) for m in got["markers"].markers]
    assert kinds == [
        (Marker.DELETEALL, Marker.ARROW, ""),
        (Marker.ADD, Marker.CUBE, "boxes"),
        (Marker.ADD, Marker.TEXT_VIEW_FACING, "labels"),
    ]
    assert "box" in got["markers"].markers[2].text
    points = points_from_message(got["answer_cloud"])
    assert set(points["instance_id"]) == {7}


def test_the_map_is_published_again_only_when_it_changed(graph, node):
    maps: list[PointCloud2] = []
    node.create_subscription(PointCloud2, "map", maps.append, LATCHED_QOS)
    eventually(lambda: maps)
    time.sleep(0.5)
    assert len(maps) == 1
    node.grounding.observe(box_room.frames(1)[0])
    eventually(lambda: len(maps) == 2)


def test_no_service_is_one_clear_error(client):
    with pytest.raises(NoAnswer, match="no /ground_query service after 0.2 s"):
        client.ask("the box", timeout=0.2)
