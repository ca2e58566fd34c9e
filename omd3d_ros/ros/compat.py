"""The ROS packages that have no wheel on PyPI: the real one where it is installed, a small equivalent elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

import numpy as np
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.duration import Duration
from rclpy.event_handler import SubscriptionEventCallbacks
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rclpy.subscription import Subscription
from rclpy.time import Time
from sensor_msgs.msg import Image

from omd3d_ros.sensing.images import COLOR_ENCODINGS, color_from_image
from omd3d_ros.sensing.messages import stamp_to_nanoseconds
from omd3d_ros.sensing.transforms import TransformTree, TransformUnavailable, matrix_from_pose

try:
    import tf2_ros
except ImportError:
    tf2_ros = None

try:
    import cv_bridge
except ImportError:
    cv_bridge = None

RELIABLE = ReliabilityPolicy.RELIABLE
TF_QOS = QoSProfile(depth=100, reliability=RELIABLE, durability=DurabilityPolicy.VOLATILE)
TF_STATIC_QOS = QoSProfile(depth=100, reliability=RELIABLE, durability=DurabilityPolicy.TRANSIENT_LOCAL)
IncompatibleQos = Callable[[str, Any], None]


class TransformSource(Protocol):
    def lookup(self, target: str, source: str, stamp: int) -> np.ndarray:
        """T_target_source (4, 4) at a stamp in nanoseconds; raises TransformUnavailable with the reason."""


class Tf2Source:
    """/tf and /tf_static through tf2_ros."""

    def __init__(self, node: Node, duration: float) -> None:
        self._buffer = tf2_ros.Buffer(cache_time=Duration(seconds=duration))
        self._listener = tf2_ros.TransformListener(self._buffer, node)

    def lookup(self, target: str, source: str, stamp: int) -> np.ndarray:
        try:
            found = self._buffer.lookup_transform(target, source, Time(nanoseconds=stamp)).transform
        except tf2_ros.ExtrapolationException as error:
            cause = "transform_in_future" if "into the past" in str(error) else "transform_too_old"
            raise TransformUnavailable(f"no transform from {source} to {target}: {error}", cause) from error
        except tf2_ros.TransformException as error:
            raise TransformUnavailable(f"no transform from {source} to {target}: {error}") from error
        t, q = found.translation, found.rotation
        return matrix_from_pose(np.array([t.x, t.y, t.z]), np.array([q.x, q.y, q.z, q.w]))


class TreeSource(TransformTree):
    """/tf and /tf_static through our own tree."""

    def __init__(self, node: Node, duration: float, on_incompatible_qos: IncompatibleQos) -> None:
        super().__init__(duration)
        from tf2_msgs.msg import TFMessage

        self._node = node
        group = MutuallyExclusiveCallbackGroup()

        def subscribe(topic: str, qos: QoSProfile, static: bool) -> Subscription:
            return node.create_subscription(
                TFMessage,
                topic,
                partial(self._add, static),
                qos,
                callback_group=group,
                event_callbacks=SubscriptionEventCallbacks(incompatible_qos=partial(on_incompatible_qos, topic)),
            )

        self._subscriptions = [subscribe("/tf", TF_QOS, False), subscribe("/tf_static", TF_STATIC_QOS, True)]

    def _add(self, static: bool, message: Any) -> None:
        for item in message.transforms:
            t, q = item.transform.translation, item.transform.rotation
            stamp = stamp_to_nanoseconds(item.header.stamp)
            translation, quaternion = np.array([t.x, t.y, t.z]), np.array([q.x, q.y, q.z, q.w])
            try:
                self.add(item.header.frame_id, item.child_frame_id, stamp, translation, quaternion, static)
            except ValueError as error:
                self._node.get_logger().warning(f"ignored on TF: {error}", throttle_duration_sec=1.0)


def transform_source(node: Node, duration: float, on_incompatible_qos: IncompatibleQos) -> TransformSource:
    """A listener on TF that keeps ``duration`` seconds; the callback gets the topic and the event."""
    if tf2_ros is not None:
        return Tf2Source(node, duration)
    return TreeSource(node, duration, on_incompatible_qos)


def decode_color(message: Image) -> np.ndarray:
    """(H, W, 3) uint8 RGB; Bayer, YUV and the like where cv_bridge is installed; raises BadMessage otherwise."""
    if message.encoding in COLOR_ENCODINGS or cv_bridge is None:
        return color_from_image(message)
    try:
        return np.asarray(cv_bridge.CvBridge().imgmsg_to_cv2(message, "rgb8"))
    except cv_bridge.CvBridgeError:
        return color_from_image(message)
