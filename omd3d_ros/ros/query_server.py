"""/ground_query and /ground: the same questions, the same answers, one queue."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from omd3d.action import Ground
from omd3d.srv import GroundQuery
from rclpy.action import ActionServer, CancelResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.node import Node
from rclpy.qos import HistoryPolicy, QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import PointCloud2
from std_msgs.msg import Header
from visualization_msgs.msg import MarkerArray

from omd3d_ros.asking.desk import Desk, Progress
from omd3d_ros.asking.refusals import Refused
from omd3d_ros.ros.map_topics import LATCHED_QOS
from omd3d_ros.ros.markers import answer_markers, instance_number
from omd3d_ros.ros.messages import cloud_to_message
from omd3d_ros.ros.queries import (
    Asked,
    fill_response,
    instance_message,
    labelled_cloud,
    map_header,
    no_points,
    printable,
    question_of,
)
from omd3d_ros.types import Answer, Instance, PointCloud

# Every client may keep a query waiting; none may be lost before it can be refused.
QUERY_QOS = QoSProfile(history=HistoryPolicy.KEEP_LAST, depth=1000, reliability=ReliabilityPolicy.RELIABLE)
# Feedback has all the text so far, so a slow listener may skip some.
FEEDBACK_QOS = QoSProfile(history=HistoryPolicy.KEEP_LAST, depth=10, reliability=ReliabilityPolicy.RELIABLE)
RESULT_TIMEOUT = 30  # seconds that a result, with megabytes of clouds, is kept for a client that has not asked for it

_Response = TypeVar("_Response", GroundQuery.Response, Ground.Result)


class QueryServer:
    """Answers what a node is asked, and publishes every answer as markers and a cloud.

    require_map raises Refused, with the reason, while there is nothing to ask about.
    """

    def __init__(
        self,
        node: Node,
        desk: Desk,
        require_map: Callable[[], None],
        world_frame: Callable[[], str],
        service_name: str,
        action_name: str,
    ) -> None:
        self._logger = node.get_logger()
        self._desk = desk
        self._require_map = require_map
        self._world_frame = world_frame
        self._markers = node.create_publisher(MarkerArray, "markers", LATCHED_QOS)
        self._answer_cloud = node.create_publisher(PointCloud2, "answer_cloud", LATCHED_QOS)
        group = ReentrantCallbackGroup()
        node.create_service(GroundQuery, service_name, self._on_query, qos_profile=QUERY_QOS, callback_group=group)
        self._action = ActionServer(
            node,
            Ground,
            action_name,
            self._on_goal,
            callback_group=group,
            cancel_callback=lambda goal: CancelResponse.ACCEPT,
            goal_service_qos_profile=QUERY_QOS,
            feedback_pub_qos_profile=FEEDBACK_QOS,
            result_timeout=RESULT_TIMEOUT,
        )

    def destroy(self) -> None:
        """Call before the node is destroyed, and once no goal is being executed."""
        self._action.destroy()

    def publish_nothing(self, stamp: float) -> None:
        """Take the last answer off the screen."""
        self._publish(Answer("", ""), no_points(), map_header(self._world_frame(), stamp))

    def _on_query(self, request: GroundQuery.Request, response: GroundQuery.Response) -> GroundQuery.Response:
        return self._answer(request, response)

    def _on_goal(self, goal: ServerGoalHandle) -> Ground.Result:
        def cancelled() -> bool:
            return goal.is_cancel_requested

        result = self._answer(goal.request, Ground.Result(), cancelled, self._feedback_to(goal))
        if result.success:
            goal.succeed()
        elif goal.is_cancel_requested:
            goal.canceled()
        else:
            goal.abort()
        return result

    def _feedback_to(self, goal: ServerGoalHandle) -> Progress:
        def tell(text: str, instances: list[Instance]) -> None:
            header = Header(frame_id=self._world_frame())
            boxes = [instance_message(i, no_points(), header, omit_cloud=True) for i in instances]
            goal.publish_feedback(Ground.Feedback(text=printable(text), instances=boxes))

        return tell

    def _answer(
        self,
        asked: Asked,
        response: _Response,
        cancelled: Callable[[], bool] = lambda: False,
        on_progress: Progress | None = None,
    ) -> _Response:
        start = time.monotonic()
        try:
            self._require_map()
            answer = self._desk.ask(question_of(asked), cancelled, on_progress)
            cloud, stamp = (answer.scene.cloud, answer.scene.stamp) if answer.scene else (no_points(), 0.0)
            header = map_header(self._world_frame(), stamp)
            fill_response(response, answer, cloud, header, asked.omit_clouds)
            self._publish(answer, cloud, header)
        except Exception as error:
            reason = str(error) if isinstance(error, Refused) else f"{type(error).__name__}: {error}"
            self._logger.warning(f"query not answered: {reason}")
            response = type(response)(success=False, message=printable(reason))
        response.latency = time.monotonic() - start
        return response

    def _publish(self, answer: Answer, cloud: PointCloud, header: Any) -> None:
        points, sizes = labelled_cloud(answer.instances, cloud)
        ids = np.repeat(np.array([instance_number(i.id) for i in answer.instances], np.uint32), sizes)
        self._answer_cloud.publish(cloud_to_message(points, header, ids))
        self._markers.publish(answer_markers(answer.instances, header))
