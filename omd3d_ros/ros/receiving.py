"""What a camera sends is received on a thread, and by a ROS node, of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from rclpy.event_handler import SubscriptionEventCallbacks
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy

from omd3d_ros.ros.spinning import spin_until_shutdown

# Best effort and volatile: receives from every publisher, reliable or not.
SENSOR_QOS = QoSProfile(
    history=HistoryPolicy.KEEP_LAST,
    depth=30,  # a second of 30 Hz, for moments in which no thread of ours runs
    reliability=ReliabilityPolicy.BEST_EFFORT,
    durability=DurabilityPolicy.VOLATILE,
)


class Receiver:
    """Subscriptions and timers whose callbacks take turns on one thread and return at once.

    An executor looks at everything that its nodes have for each message that comes, with Python's interpreter lock
    held: with the services, the action and the timers of the whole node that was most of what it did.  So ``node``, of
    the name of ``owner`` and "_input", has these subscriptions alone.  Topics are named, and remapped, as ``owner``'s.
    """

    def __init__(self, owner: Node) -> None:
        self._owner = owner
        transforms = [f"{topic}:={owner.resolve_topic_name(topic)}" for topic in ("/tf", "/tf_static")]
        self.node = Node(
            f"{owner.get_name()}_input",
            context=owner.context,
            namespace=owner.get_namespace(),
            cli_args=["--ros-args", "-r", transforms[0], "-r", transforms[1]],
            use_global_arguments=False,  # those would give it the owner's name
            start_parameter_services=False,
        )
        self._executor = SingleThreadedExecutor(context=owner.context)
        self._stopped = False
        self._thread = threading.Thread(
            target=spin_until_shutdown, args=(self._executor,), name="receiving", daemon=True
        )

    def subscribe(
        self, kind: Any, topic: str, callback: Callable[[Any], None], on_incompatible_qos: Callable[[str, Any], None]
    ) -> None:
        """on_incompatible_qos: told the topic's whole name and the event."""
        name = self._owner.resolve_topic_name(topic)
        events = SubscriptionEventCallbacks(incompatible_qos=partial(on_incompatible_qos, name))
        self.node.create_subscription(kind, name, callback, SENSOR_QOS, event_callbacks=events)

    def start(self) -> None:
        """Once all is subscribed to."""
        self._executor.add_node(self.node)
        self._thread.start()

    def stop(self) -> None:
        """No callback is called any more; before the owner is destroyed.  Can be called again."""
        if self._stopped:
            return
        self._stopped = True
        self._executor.shutdown()
        self._thread.join(5.0)
        self.node.destroy_node()
