"""The OMD3D node: camera topics and TF in; map, answers, markers and diagnostics out; questions answered."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from nav_msgs.msg import Odometry
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.clock import Clock, ClockType
from rclpy.exceptions import ParameterException
from rclpy.executors import ExternalShutdownException, MultiThreadedExecutor
from rclpy.node import Node
from rclpy.qos import qos_policy_name_from_kind
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header
from std_srvs.srv import SetBool, Trigger
from tf2_msgs.msg import TFMessage

from omd3d_ros.asking.desk import Desk
from omd3d_ros.asking.refusals import Refused
from omd3d_ros.ros.compat import TF_QOS, transform_source
from omd3d_ros.ros.diagnostics import Explainer, Input, diagnostic_array
from omd3d_ros.ros.framing import FrameBuilder, ImagePair
from omd3d_ros.ros.grounding import Grounding, load_grounding
from omd3d_ros.ros.health import Health
from omd3d_ros.ros.map_topics import MapTopics
from omd3d_ros.ros.parameters import Parameters, declare
from omd3d_ros.ros.poses import OdometryPoses, TfPoses, TrackedPoses
from omd3d_ros.ros.queries import map_header, printable
from omd3d_ros.ros.query_server import QueryServer
from omd3d_ros.ros.receiving import Receiver
from omd3d_ros.ros.spinning import spin_until_shutdown
from omd3d_ros.ros.worker import MappingWorker
from omd3d_ros.sensing.messages import NANOSECONDS, stamp_to_nanoseconds
from omd3d_ros.sensing.synchroniser import Synchroniser

INPUTS = [
    Input("color/image", "sensor_msgs/msg/Image"),
    Input("depth/image", "sensor_msgs/msg/Image"),
    Input("depth/camera_info", "sensor_msgs/msg/CameraInfo", once=True),
]
ODOMETRY = Input("odom", "nav_msgs/msg/Odometry")
POLL_PERIOD = 0.05
DIAGNOSTICS_PERIOD = 1.0
THREADS_BESIDE_QUERIES = 8
CLOCK_SKEW = 60.0  # seconds that an image may be ahead of our clock, as machines differ
REFUSED_LOG_PERIOD = 5.0  # seconds between two lines about the same cause


class GroundNode(Node):
    """``make_grounding`` turns the parameters into what maps and answers."""

    def __init__(self, make_grounding: Callable[[Parameters], Grounding], **node_arguments: Any) -> None:
        super().__init__("omd3d", **node_arguments)
        self.parameters = p = declare(self)
        self.grounding = make_grounding(p)
        self.health = Health()
        self._refusal_logged: dict[str, float] = {}
        # Timers go on while simulated time stands still, and say so.
        self._steady = Clock(clock_type=ClockType.STEADY_TIME)

        self._receiver = Receiver(self)
        transforms = transform_source(self._receiver.node, p.tf_buffer_duration, self._on_incompatible_qos)
        self._poses: TfPoses | OdometryPoses | TrackedPoses
        if p.pose_source == "odometry":
            self._poses = OdometryPoses(transforms, p.world_frame, p.tf_buffer_duration)
        elif p.pose_source == "rgbd_odometry":
            tf = self.create_publisher(TFMessage, "/tf", TF_QOS)
            self._poses = TrackedPoses(
                transforms, p.world_frame, p.tracked_frame, lambda pose: tf.publish(TFMessage(transforms=[pose]))
            )
        else:
            self._poses = TfPoses(transforms, p.world_frame)
        color_info_topic = self.resolve_topic_name("color/camera_info")
        self._frames = FrameBuilder(
            self._poses,
            transforms,
            p.registered,
            p.rectified,
            lambda: self.count_publishers(color_info_topic) > 0,
            self._now,
        )
        self._sync = Synchroniser(p.sync_tolerance, p.sync_queue_size, p.sync_max_delay)
        self._desk = Desk(self.grounding, p.max_waiting_queries, self.health.answered)
        self._worker = MappingWorker(
            self._frames.build,
            self.grounding.observe,
            self.health,
            p.frame_queue_size,
            p.transform_timeout,
            self._log_refusal,
            self._desk.wait_until_idle,
        )
        inputs = INPUTS + ([ODOMETRY] if p.pose_source == "odometry" else [])
        self._explainer = Explainer(self, self.health, inputs, p.sync_tolerance)

        self._publish()
        self._subscribe()
        self._serve()
        self._worker.start()
        self._receiver.start()
        self.get_logger().info(f"ready: preset {p.preset}, queries on {self.resolve_service_name(p.service_name)}")

    def stop(self) -> None:
        """Cancel what is being answered and end the threads; call before destroy_node."""
        self._receiver.stop()
        self._desk.close()
        self._worker.stop()
        self.grounding.close()

    def destroy_node(self) -> None:
        self._queries.destroy()
        super().destroy_node()

    def _publish(self) -> None:
        self._diagnostics = self.create_publisher(DiagnosticArray, "/diagnostics", 10)
        self.create_timer(
            DIAGNOSTICS_PERIOD, self._guarded(self._diagnose), MutuallyExclusiveCallbackGroup(), self._steady
        )
        p = self.parameters
        self._map_topics = MapTopics(
            self,
            lambda: self.grounding.voxel_map,
            self._map_header,
            self._guarded,
            self._steady,
            p.map_period,
            p.map_update_period,
        )

    def _subscribe(self) -> None:
        self._receiver.node.create_timer(POLL_PERIOD, self._guarded(self._poll), clock=self._steady)
        sources: list[tuple[Any, str, Callable[[Any], None]]] = [
            (Image, "color/image", self._on_color),
            (Image, "depth/image", self._on_depth),
            (CameraInfo, "color/camera_info", self._on_color_info),
            (CameraInfo, "depth/camera_info", self._on_depth_info),
        ]
        if isinstance(self._poses, OdometryPoses):
            sources.append((Odometry, "odom", self._poses.add))
        for kind, topic, handle in sources:
            receive = self._guarded(partial(self._receive, topic, handle))
            self._receiver.subscribe(kind, topic, receive, self._on_incompatible_qos)

    def _serve(self) -> None:
        self._queries = QueryServer(
            self,
            self._desk,
            self._require_map,
            lambda: self._poses.world_frame,
            self.parameters.service_name,
            self.parameters.action_name,
        )
        group = MutuallyExclusiveCallbackGroup()
        self.create_service(SetBool, "~/pause", self._on_pause, callback_group=group)
        for name, work in (
            ("reset", self._reset),
            ("save_map", self._save_map),
            ("load_map", self._load_map),
            ("publish_map", self._publish_map),
        ):
            self.create_service(Trigger, f"~/{name}", partial(self._on_trigger, name, work), callback_group=group)

    # What comes in: hand it on, and do no work on the thread that receives.

    def _receive(self, topic: str, handle: Callable[[Any], None], message: Any) -> None:
        self.health.received(topic)
        handle(message)

    def _on_color(self, message: Image) -> None:
        if not self._is_from_future("color", message):
            self._hand_over(self._sync.add_color(stamp_to_nanoseconds(message.header.stamp), message))

    def _on_depth(self, message: Image) -> None:
        if not self._is_from_future("depth", message):
            self._hand_over(self._sync.add_depth(stamp_to_nanoseconds(message.header.stamp), message))

    def _is_from_future(self, what: str, message: Image) -> bool:
        """Seen by the node's clock, simulated or not; beside such an image the next good ones would count as late."""
        now = self._now()
        ahead = (stamp_to_nanoseconds(message.header.stamp) - now) / NANOSECONDS
        if now == 0 or ahead <= CLOCK_SKEW:
            return False
        cause = f"{what}_in_future"
        text = f"the {what} image is from the future: its stamp is {ahead:.0f} s ahead of the node's clock"
        self.health.dropped(cause, text)
        self._log_refusal(cause, text)
        return True

    def _now(self) -> int:
        """Nanoseconds; 0 on simulated time that has not begun."""
        return self.get_clock().now().nanoseconds

    def _poll(self) -> None:
        self._hand_over(self._sync.poll())

    def _hand_over(self, pairs: list[tuple[Image, Image]]) -> None:
        for color, depth in pairs:
            self._worker.put(ImagePair(color, depth))

    def _on_color_info(self, message: CameraInfo) -> None:
        self._frames.color_info = message

    def _on_depth_info(self, message: CameraInfo) -> None:
        self._frames.depth_info = message

    def _on_incompatible_qos(self, topic: str, event: Any) -> None:
        policy = qos_policy_name_from_kind(event.last_policy_kind)
        self.health.incompatible_qos(topic, policy)
        self.get_logger().warning(f"QoS mismatch on {topic}: a publisher's {policy} does not fit")

    # What goes out.

    def _log_refusal(self, cause: str, text: str) -> None:
        now = time.monotonic()
        if now - self._refusal_logged.get(cause, -REFUSED_LOG_PERIOD) >= REFUSED_LOG_PERIOD:
            self._refusal_logged[cause] = now
            self.get_logger().warning(f"frame not mapped: {text}")

    def _map_header(self) -> Header:
        return map_header(self._poses.world_frame, self.grounding.voxel_map.stamp)

    def _diagnose(self) -> None:
        problem = self._why_nothing_maps()
        values = {
            **self.health.counts(),
            **{f"sync {name}": value for name, value in asdict(self._sync.counts).items()},
            "frames waiting": self._worker.backlog,
            "map version": self.grounding.voxel_map.version,
            **(self._poses.values() if isinstance(self._poses, TrackedPoses) else {}),
        }
        stamp = self.get_clock().now().to_msg()
        self._diagnostics.publish(diagnostic_array(self.get_fully_qualified_name(), stamp, problem, values))
        if problem is not None:
            self.get_logger().warning(f"not mapping: {problem}")

    def _why_nothing_maps(self) -> str | None:
        return self._explainer.why_nothing_maps(self._sync.counts, self._worker.paused, self._worker.backlog)

    # What is served.

    def _require_map(self) -> None:
        if self.grounding.voxel_map.num_frames == 0:
            raise Refused(f"there is no map yet: {self._why_nothing_maps() or 'the first frame is being mapped'}")

    def _on_trigger(
        self, name: str, work: Callable[[], str], request: Trigger.Request, response: Trigger.Response
    ) -> Trigger.Response:
        try:
            response.message, response.success = work(), True
        except Exception as error:
            response.message, response.success = f"{name} failed: {printable(str(error))}", False
            self.get_logger().warning(response.message)
        return response

    def _on_pause(self, request: SetBool.Request, response: SetBool.Response) -> SetBool.Response:
        self._worker.paused = request.data
        response.success, response.message = True, "mapping is paused" if request.data else "mapping goes on"
        return response

    def _reset(self) -> str:
        with self._worker.halted():
            self.grounding.reset()
            self._desk.reset()
            if isinstance(self._poses, TrackedPoses):
                self._poses.reset()
        self._map_topics.publish()
        self._queries.publish_nothing(self.grounding.voxel_map.stamp)
        return "the map is empty"

    def _save_map(self) -> str:
        path = self._map_path()
        self.grounding.save_map(path)
        return f"saved to {path}"

    def _load_map(self) -> str:
        path = self._map_path()
        if isinstance(self._poses, TrackedPoses):
            raise ValueError(
                "with pose_source rgbd_odometry the camera is tracked in a world that begins with this run, and where "
                f"{path} lies in it is not known: start the node with pose_source tf or odometry to go on with that map"
            )
        with self._worker.halted():
            self.grounding.load_map(path)
            self._desk.reset()
        self._map_topics.publish()
        return f"loaded {path}"

    def _publish_map(self) -> str:
        return f"published {self._map_topics.publish()} points"

    def _map_path(self) -> Path:
        path = self.get_parameter("map_path").value
        if not path:
            raise ValueError("no file is named: set the parameter map_path first")
        return Path(path).expanduser()

    def _guarded(self, callback: Callable[..., None]) -> Callable[..., None]:
        """An exception in a callback would end the executor and with it the node."""

        def guarded(*arguments: Any) -> None:
            try:
                callback(*arguments)
            except Exception as error:
                text = f"{type(error).__name__}: {error}"
                self.get_logger().error(text, throttle_duration_sec=1.0)

        return guarded


def main(args: list[str] | None = None, make_grounding: Callable[[Parameters], Grounding] = load_grounding) -> int:
    """Run until SIGINT or SIGTERM; returns the exit code."""
    rclpy.init(args=args)
    try:
        node = GroundNode(make_grounding)
    except (ExternalShutdownException, KeyboardInterrupt):
        return 0
    except (ParameterException, ValueError, OSError) as error:
        print(f"omd3d: {error}", file=sys.stderr)
        return 1
    # A full collection goes through the half million objects of torch, numba and the models, and for those 0.2 s no
    # thread receives an image: look at none of them again.
    gc.collect()
    gc.freeze()
    executor = MultiThreadedExecutor(node.parameters.max_waiting_queries + THREADS_BESIDE_QUERIES)
    executor.add_node(node)
    try:
        spin_until_shutdown(executor)
    except KeyboardInterrupt:
        pass
    finally:
        node.stop()
        executor.shutdown(timeout_sec=5.0)
        node.destroy_node()
        rclpy.try_shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
