"""map and map_updates in a real graph: who follows the updates has the node's map, and nothing is sent in vain."""

from __future__ import annotations

import time
from itertools import pairwise

import numpy as np
import pytest
from conftest import Graph, eventually
from omd3d.msg import MapUpdate
from rclpy.node import Node
from rclpy.parameter import Parameter
from rendered_scenes import circle, look_at, render
from sensor_msgs.msg import PointCloud2
from std_msgs.msg import Header
from std_srvs.srv import Trigger

from omd3d_ros.datasets import open_source
from omd3d_ros.mapping.voxel_map import VoxelMap
from omd3d_ros.ros import map_topics
from omd3d_ros.ros.map_follower import MapFollower, MissedUpdate
from omd3d_ros.ros.map_topics import LATCHED_QOS, UPDATES_QOS, update_to_message
from omd3d_ros.ros.messages import cloud_from_message
from omd3d_ros.ros.node import GroundNode
from omd3d_ros.types import PointCloud

BOX = ((0.1, -0.2, 0.25), (0.4, 0.6, 0.5), (200, 60, 30))
BALL = ((-0.4, 0.3, 0.3), 0.3, (20, 90, 220))
ROUND = circle(8)


class Listener:
    """Somebody who follows the updates, with every message kept; ``deaf`` loses what comes."""

    def __init__(self, node: Node) -> None:
        self.follower = MapFollower()
        self.updates: list[MapUpdate] = []
        self.refused: list[MissedUpdate] = []
        self.deaf = False
        self.subscription = node.create_subscription(MapUpdate, "map_updates", self._take, UPDATES_QOS)

    def _take(self, update: MapUpdate) -> None:
        if self.deaf:
            return
        self.updates.append(update)
        try:
            self.follower.take(update)
        except MissedUpdate as missed:
            self.refused.append(missed)

    def has(self, voxel_map: VoxelMap) -> bool:
        return bool(self.updates) and same_points(self.follower.cloud, voxel_map.point_cloud())


def same_points(a: PointCloud, b: PointCloud) -> bool:
    """Whether two clouds hold exactly the same points and colours, in whatever order."""
    return len(a) == len(b) and np.array_equal(_rows(a), _rows(b))


def _rows(cloud: PointCloud) -> np.ndarray:
    rows = np.concatenate([cloud.xyz, cloud.rgb], axis=1)
    return rows[np.lexsort(rows.T)]


def walk(node: GroundNode, boxes=(BOX,), rounds: int = 1) -> None:
    """The camera goes around the scene."""
    for T in ROUND * rounds:
        node.grounding.observe(render(T, boxes, [BALL]))


def in_the_box(cloud: PointCloud) -> int:
    """Points in the box's upper half."""
    center, size = np.array(BOX[0]), np.array(BOX[1])
    return int(((abs(cloud.xyz - center) < size / 2 + 0.05).all(1) & (cloud.xyz[:, 2] > 0.3)).sum())


def call(node: GroundNode, name: str) -> Trigger.Response:
    client = node.create_client(Trigger, name)
    assert client.wait_for_service(5.0)
    future = client.call_async(Trigger.Request())
    eventually(future.done)
    return future.result()


@pytest.fixture
def node(graph: Graph) -> GroundNode:
    return graph.ground_node(map_period=0.1, map_update_period=0.1)


@pytest.fixture
def listener(graph: Graph, node: GroundNode) -> Listener:
    listening = Listener(graph.add(Node("listener")))
    eventually(lambda: listening.updates)
    return listening


def test_following_the_updates_keeps_the_whole_map(node, listener, tmp_path):
    walk(node)
    eventually(lambda: listener.has(node.grounding.voxel_map))
    assert in_the_box(listener.follower.cloud) > 50
    before = len(listener.updates)
    walk(node, boxes=(), rounds=4)  # the box is taken away and seen through
    eventually(lambda: listener.has(node.grounding.voxel_map))
    assert in_the_box(listener.follower.cloud) == 0
    assert not any(u.complete for u in listener.updates[before:])

    node.set_parameters([Parameter("map_path", value=str(tmp_path / "map.npz"))])
    assert call(node, "~/save_map").success
    assert call(node, "~/reset").success
    eventually(lambda: len(listener.follower.cloud) == 0)
    assert call(node, "~/load_map").success
    eventually(lambda: listener.has(node.grounding.voxel_map))
    assert len(listener.follower.cloud) > 1000
    walk(node)
    eventually(lambda: listener.has(node.grounding.voxel_map))
    assert not listener.refused
    # A loaded map counts anew, what is published does not.  All of a map may come twice: a new subscriber shows as a
    # count and as an event, and ~/reset sends what a timer may just have sent.
    for earlier, later in pairwise(listener.updates):
        assert later.version > earlier.version or (later.complete and later.version == earlier.version)


def test_an_update_is_a_fraction_of_the_map(node, listener):
    """One more frame of one of two places that lie 10 m apart: nothing of the other is sent again."""
    away = np.array([10.0, 0.0, 0.0])
    for T in ROUND * 2:
        there = T.copy()
        there[:3, 3] += away
        node.grounding.observe(render(T, [BOX], [BALL]))
        node.grounding.observe(render(there, [BOX], [BALL]))
    eventually(lambda: listener.has(node.grounding.voxel_map))
    before = len(listener.updates)
    new = ((0.5, 0.5, 0.1), (0.2, 0.2, 0.2), (90, 200, 90))
    for _ in range(4):  # as many views as a point needs
        node.grounding.observe(render(look_at((0.0, -1.6, 1.2), (0.0, 0.0, 0.2)), [BOX, new], [BALL]))
    eventually(lambda: listener.has(node.grounding.voxel_map))
    updates = listener.updates[before:]
    whole = node.grounding.voxel_map.point_cloud()
    assert updates and not any(u.complete for u in updates)
    for update in updates:
        xyz = cloud_from_message(update.points).xyz
        assert len(xyz) < 0.5 * len(whole) and xyz[:, 0].max() < 5.0


def test_an_update_of_the_kitchen_is_a_fraction_of_it(kitchen):
    """Frame by frame; what is sent for each of the last ten of 60 is less than half the map, by the median."""
    voxel_map, follower = VoxelMap(), MapFollower()
    version, shares = None, []
    for number, frame in enumerate(open_source(kitchen, max_frames=60)):
        voxel_map.integrate(frame)
        update = voxel_map.point_cloud(since=version)
        version = update.version
        cloud = follower.take(update_to_message(update, Header()))
        if number >= 50:
            shares.append(len(update) / len(cloud))
    assert same_points(cloud, voxel_map.point_cloud())
    assert np.median(shares) < 0.5


def test_nothing_is_computed_or_sent_while_nobody_listens(graph, node, monkeypatch):
    extracted: list[int | None] = []
    real = VoxelMap.point_cloud

    def watched(self: VoxelMap, *arguments, **named):
        extracted.append(named.get("since"))
        return real(self, *arguments, **named)

    monkeypatch.setattr(VoxelMap, "point_cloud", watched)
    walk(node)
    time.sleep(0.5)
    assert not extracted
    stranger = graph.stranger()
    listener = Listener(stranger)
    graph.spin_stranger(stranger, lambda: listener.updates)
    time.sleep(0.5)
    assert listener.updates[0].complete and extracted
    extracted.clear()
    time.sleep(0.5)
    assert not extracted  # the map stays as it is
    stranger.destroy_node()
    eventually(lambda: node.count_subscribers("map_updates") == 0)
    walk(node)
    time.sleep(0.5)
    assert not extracted


def test_who_comes_late_gets_all_of_it_first(graph, node, listener):
    walk(node)
    eventually(lambda: listener.has(node.grounding.voxel_map))
    stranger = graph.stranger()
    late = Listener(stranger)
    graph.spin_stranger(stranger, lambda: late.has(node.grounding.voxel_map))
    assert late.updates[0].complete and not late.refused
    assert listener.has(node.grounding.voxel_map)


def test_a_lost_update_is_noticed_and_publish_map_mends_it(node, listener):
    walk(node)
    eventually(lambda: listener.has(node.grounding.voxel_map))
    known = listener.follower.version
    listener.deaf = True
    walk(node, boxes=())
    time.sleep(0.5)
    listener.deaf = False
    walk(node)
    eventually(lambda: listener.refused)
    assert f"but version {known} is at hand" in str(listener.refused[0])
    assert "~/publish_map" in str(listener.refused[0])
    assert listener.follower.version == known
    answer = call(node, "~/publish_map")
    eventually(lambda: listener.has(node.grounding.voxel_map))
    assert answer.success and answer.message == f"published {len(listener.follower.cloud)} points"


def test_an_update_before_the_first_complete_one_is_refused():
    with pytest.raises(MissedUpdate, match="from version 0 of the map to 3, but there is no map at hand yet"):
        MapFollower().take(MapUpdate(version=3))


def test_points_on_both_sides_of_a_cubes_face_are_told_apart():
    """Cubes of 1 m from 0.25 on: the cube (0, 0, 0) is emptied, what is just outside stays."""
    inside = [[0.26, 0.5, 1.24], [1.24, 1.24, 0.26]]
    outside = [[0.24, 0.5, 0.5], [1.26, 0.5, 0.5], [0.5, 0.5, -0.7]]

    def message(points: list[list[float]], **fields) -> MapUpdate:
        cloud = PointCloud(np.array(points).reshape(-1, 3), np.zeros((len(points), 3)))
        points_message = map_topics.cloud_to_message(cloud, None)
        return MapUpdate(points=points_message, region_size=1.0, region_offset=0.25, **fields)

    follower = MapFollower()
    follower.take(message(inside + outside, version=1, complete=True))
    cloud = follower.take(message([[0.5, 0.5, 0.5]], version=2, since=1, regions=[0, 0, 0]))
    np.testing.assert_allclose(cloud.xyz, [*outside, [0.5, 0.5, 0.5]])
    assert len(follower.take(message([], version=3, since=2, regions=[0, 0, 0, 1, 0, 0]))) == 2


def test_a_large_map_is_published_less_often(graph, node, monkeypatch):
    """At so few bytes a second the whole cloud may come every 30 s; whoever asks for it gets it at once."""
    walk(node)
    size = 16 * len(node.grounding.voxel_map.point_cloud())
    monkeypatch.setattr(map_topics, "CLOUD_BYTES_PER_SECOND", size / 30.0)
    maps: list[PointCloud2] = []
    graph.add(Node("viewer")).create_subscription(PointCloud2, "map", maps.append, LATCHED_QOS)
    eventually(lambda: maps)
    walk(node)
    time.sleep(1.0)
    assert len(maps) == 1
    assert call(node, "~/publish_map").success
    eventually(lambda: len(maps) == 2)
    assert same_points(cloud_from_message(maps[1]), node.grounding.voxel_map.point_cloud())
    walk(node, boxes=())
    graph.add(Node("late_viewer")).create_subscription(PointCloud2, "map", maps.append, LATCHED_QOS)
    eventually(lambda: len(maps) >= 4 and same_points(cloud_from_message(maps[-1]), _now(node)))


def _now(node: GroundNode) -> PointCloud:
    return node.grounding.voxel_map.point_cloud()
