"""Calling /ground_query: a small blocking client for scripts."""

from __future__ import annotations

from types import TracebackType
from typing import Any

import rclpy
from omd3d.srv import GroundQuery
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor

from omd3d_ros.sensing.messages import NANOSECONDS, stamp_to_nanoseconds

DEFAULT_SERVICE = "/ground_query"
DEFAULT_ACTION = "/ground"


class NoAnswer(TimeoutError):
    """The service is not there, or did not answer in time."""


class GroundQueryClient:
    """Ask a running node; has a ROS context of its own, so that any script can use it without rclpy.init().

    >>> with GroundQueryClient() as client:
    ...     print(client.ask("the chair by the window").answer)
    """

    def __init__(self, service: str = DEFAULT_SERVICE, node_name: str = "omd3d_client") -> None:
        self._context = Context()
        rclpy.init(context=self._context)
        self._node = rclpy.create_node(node_name, context=self._context)
        self._client = self._node.create_client(GroundQuery, service)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self._node)

    def wait(self, timeout: float) -> None:
        """Until the service is there; raises NoAnswer."""
        if not self._client.wait_for_service(timeout):
            raise NoAnswer(
                f"no {self._client.srv_name} service after {timeout:g} s: is the node running "
                "(`omd3d bringup`), with the same ROS_DOMAIN_ID?"
            )

    def ask(
        self,
        query: str,
        min_score: float = 0.0,
        max_instances: int = 0,
        session: str = "",
        omit_clouds: bool = False,
        timeout: float = 60.0,
        wait_for_fresh: bool = False,
        deadline: float = 0.0,
    ) -> GroundQuery.Response:
        """The response, also when its ``success`` is false; raises NoAnswer after ``timeout`` seconds.

        deadline in seconds: the node itself gives up then; 0: it does not.
        """
        self.wait(timeout)
        request = GroundQuery.Request(query=query, session=session, omit_clouds=omit_clouds)
        request.min_score, request.max_instances = float(min_score), max_instances
        request.wait_for_fresh, request.deadline = wait_for_fresh, float(deadline)
        future = self._client.call_async(request)
        self._executor.spin_until_future_complete(future, timeout_sec=timeout)
        if not future.done():
            self._client.remove_pending_request(future)
            raise NoAnswer(f"{self._client.srv_name} did not answer in {timeout:g} s")
        return future.result()

    def close(self) -> None:
        self._executor.shutdown(timeout_sec=1.0)
        self._node.destroy_node()
        rclpy.try_shutdown(context=self._context)

    def __enter__(self) -> GroundQueryClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def response_to_dict(query: str, response: GroundQuery.Response) -> dict[str, Any]:
    """The JSON form of a response, with the field names of ``omd3d ask --json``."""
    return {
        "id": None,
        "query": query,
        "answer": response.answer,
        "instances": [_instance_to_dict(i) for i in response.instances],
        "timing_ms": {"answer": round(1000 * response.latency, 1)},
        "frame_id": response.instances[0].header.frame_id if response.instances else "",
        "map_stamp": stamp_to_nanoseconds(response.map_stamp) / NANOSECONDS,
        **({} if response.success else {"error": response.message}),
    }


def _instance_to_dict(instance: Any) -> dict[str, Any]:
    center, size = instance.pose.position, instance.size
    return {
        "id": instance.id,
        "label": instance.label,
        "score": round(float(instance.score), 4),
        "center": [round(v, 4) for v in (center.x, center.y, center.z)],
        "size": [round(v, 4) for v in (size.x, size.y, size.z)],
        "num_points": instance.cloud.width * instance.cloud.height,
    }
