"""The map on its way out: whole on ``map``, and what changed on ``map_updates``."""

from __future__ import annotations

import array
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from omd3d.msg import MapUpdate
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.clock import Clock
from rclpy.event_handler import PublisherEventCallbacks
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import PointCloud2
from std_msgs.msg import Header

from omd3d_ros.mapping.cloud_update import CloudUpdate
from omd3d_ros.mapping.voxel_map import VoxelMap
from omd3d_ros.ros.messages import CLOUD_DTYPE, cloud_to_message

# Late subscribers get the last one.
LATCHED_QOS = QoSProfile(
    history=HistoryPolicy.KEEP_LAST,
    depth=1,
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.TRANSIENT_LOCAL,
)
# Each update builds on the one before, so none may be lost on the way; 10 give a slow subscriber some seconds.
# Volatile: those of the past are of no use to late subscribers, who are sent a complete one.
UPDATES_QOS = QoSProfile(
    history=HistoryPolicy.KEEP_LAST,
    depth=10,
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.VOLATILE,
)
CLOUD_BYTES_PER_SECOND = 10e6  # of the whole cloud, while the map grows
Guard = Callable[[Callable[..., None]], Callable[..., None]]


class MapTopics:
    """Both topics of a node; nothing is computed or sent unless somebody listens or ``publish`` is called.

    get_map and get_header give the present map and the header of its messages; guard wraps callbacks.
    map_period, update_period in seconds, at least so long between two messages of a topic while the map changes.
    """

    def __init__(
        self,
        node: Node,
        get_map: Callable[[], VoxelMap],
        get_header: Callable[[], Header],
        guard: Guard,
        clock: Clock,
        map_period: float,
        update_period: float,
    ) -> None:
        self._get_map = get_map
        self._get_header = get_header
        clouds, updates = MutuallyExclusiveCallbackGroup(), MutuallyExclusiveCallbackGroup()
        self._cloud = _WholeCloud(
            node.create_publisher(
                PointCloud2, "map", LATCHED_QOS, callback_group=clouds, event_callbacks=_on_match(guard, self._welcome)
            ),
            map_period,
        )
        self._updates = _Updates(
            node.create_publisher(
                MapUpdate,
                "map_updates",
                UPDATES_QOS,
                callback_group=updates,
                event_callbacks=_on_match(guard, self._expect_newcomer),
            )
        )
        node.create_timer(map_period, guard(self._send_cloud), clouds, clock)
        node.create_timer(update_period, guard(self._send_update), updates, clock)

    def publish(self) -> int:
        """Send the whole map on both topics now; returns how many points it has."""
        voxel_map, header = self._get_map(), self._get_header()
        self._updates.send(voxel_map, header, complete=True)
        return self._cloud.send(voxel_map, header)

    def _welcome(self) -> None:
        self._cloud.send_if_changed(self._get_map(), self._get_header())

    def _send_cloud(self) -> None:
        if self._cloud.is_due():
            self._cloud.send_if_changed(self._get_map(), self._get_header())

    def _expect_newcomer(self) -> None:
        # Told at the next update: we may know of a subscriber before it knows of us.
        self._updates.newcomer = True

    def _send_update(self) -> None:
        self._updates.send_if_changed(self._get_map(), self._get_header())


class _WholeCloud:
    """Thread-safe."""

    def __init__(self, publisher: Any, period: float) -> None:
        self._publisher = publisher
        self._period = period
        self._lock = threading.Lock()
        self._sent: tuple[VoxelMap, int] | None = None
        self._due = 0.0

    def is_due(self) -> bool:
        return time.monotonic() >= self._due

    def send_if_changed(self, voxel_map: VoxelMap, header: Header) -> None:
        if self._publisher.get_subscription_count() and self._sent != (voxel_map, voxel_map.version):
            self.send(voxel_map, header)

    def send(self, voxel_map: VoxelMap, header: Header) -> int:
        """The number of points sent."""
        with self._lock:
            cloud = voxel_map.point_cloud()
            self._publisher.publish(cloud_to_message(cloud, header))
            self._sent = (voxel_map, cloud.version)
            size = len(cloud) * CLOUD_DTYPE.itemsize
            # Nine tenths: the timer ticks every period, and this must not make it miss every other one.
            self._due = time.monotonic() + max(0.9 * self._period, size / CLOUD_BYTES_PER_SECOND)
            return len(cloud)


class _Updates:
    """Thread-safe.  Versions grow for as long as the node runs, also when a loaded map begins to count anew."""

    def __init__(self, publisher: Any) -> None:
        self.newcomer = False  # somebody listens who knows nothing yet
        self._listeners = 0
        self._publisher = publisher
        self._lock = threading.Lock()
        self._map: VoxelMap | None = None
        self._map_version = 0  # of the last update, as the map counts
        self._before = 0  # what is added to that

    def send_if_changed(self, voxel_map: VoxelMap, header: Header) -> None:
        before, self._listeners = self._listeners, self._publisher.get_subscription_count()
        if not self._listeners:
            return
        # The count may grow before the event comes, and stay when one leaves as another comes.
        if self.newcomer or self._listeners > before:
            self.newcomer = False
            self.send(voxel_map, header, complete=True)
        elif voxel_map is not self._map or voxel_map.version != self._map_version:
            self.send(voxel_map, header, complete=False)

    def send(self, voxel_map: VoxelMap, header: Header, complete: bool) -> None:
        """What changed since the last call; all of it if ``complete``, and when the map can't tell any more."""
        with self._lock:
            if voxel_map is not self._map:
                self._map, self._before = voxel_map, self._before + self._map_version
                complete = True
            update = voxel_map.point_cloud(since=None if complete else self._map_version)
            if update.regions is not None and len(update.regions) == 0:
                return
            self._publisher.publish(update_to_message(update, header, self._before))
            self._map_version = update.version


def update_to_message(update: CloudUpdate, header: Header, offset: int = 0) -> MapUpdate:
    """``offset`` is added to the map's own versions."""
    message = MapUpdate(header=header, version=offset + update.version, complete=update.complete)
    message.since = 0 if update.complete else offset + update.since
    message.region_size, message.region_offset = update.region_size, update.region_offset
    if update.regions is not None:
        regions = array.array("i")
        regions.frombytes(np.ascontiguousarray(update.regions, np.int32).data.cast("B"))
        message.regions = regions
    message.points = cloud_to_message(update, header)
    return message


def _on_match(guard: Guard, newcomer: Callable[[], None]) -> PublisherEventCallbacks:
    def matched(event: Any) -> None:
        if event.total_count_change > 0:
            newcomer()

    return PublisherEventCallbacks(matched=guard(matched))
