"""Calling the action /ground: the answer as it is made, and a way to stop it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Any

import rclpy
from omd3d.action import Ground
from rclpy.action import ActionClient
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.task import Future

from omd3d_ros.ros.client import DEFAULT_ACTION, NoAnswer

CANCEL_PATIENCE = 2.0  # seconds that a node has to confirm that it stopped

# Told every feedback message: text and instances so far.
Feedback = Callable[[Ground.Feedback], None]


class GroundActionClient:
    """Ask a running node and follow its answer; has a ROS context of its own.

    >>> with GroundActionClient() as client:
    ...     print(client.ask(Ground.Goal(query="the chair by the window"), lambda f: print(f.text)).answer)
    """

    def __init__(self, action: str = DEFAULT_ACTION, node_name: str = "omd3d_stream_client") -> None:
        self._name = action
        self._context = Context()
        rclpy.init(context=self._context)
        self._node = rclpy.create_node(node_name, context=self._context)
        self._client = ActionClient(self._node, Ground, action)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self._node)

    def wait(self, timeout: float) -> None:
        """Until the action is there; raises NoAnswer."""
        if not self._client.wait_for_server(timeout):
            raise NoAnswer(
                f"no {self._name} action after {timeout:g} s: is the node running (`omd3d bringup`), with the same "
                "ROS_DOMAIN_ID?"
            )

    def ask(self, goal: Ground.Goal, on_feedback: Feedback, timeout: float = 60.0) -> Ground.Result:
        """The result, also when its ``success`` is false; raises NoAnswer after ``timeout`` seconds.

        Whatever interrupts it, such as KeyboardInterrupt, cancels the question and then comes out.
        """
        self.wait(timeout)
        until = time.monotonic() + timeout
        heard: deque[Ground.Feedback] = deque()
        sent = self._client.send_goal_async(goal, feedback_callback=lambda message: heard.append(message.feedback))
        handle = None
        try:
            handle = self._spin(sent, until)
            if not handle.accepted:
                raise NoAnswer(f"{self._name} did not accept the question")
            result = handle.get_result_async()
            while not result.done():
                self._spin_once(until)
                while heard:
                    on_feedback(heard.popleft())
            return result.result().result
        except BaseException:
            if handle is not None and handle.accepted:
                self._executor.spin_until_future_complete(handle.cancel_goal_async(), timeout_sec=CANCEL_PATIENCE)
            raise

    def _spin(self, future: Future, until: float) -> Any:
        """What the future gives."""
        while not future.done():
            self._spin_once(until)
        return future.result()

    def _spin_once(self, until: float) -> None:
        """A short step, as waiting in ROS holds back signals such as Ctrl-C."""
        if time.monotonic() > until:
            raise NoAnswer(f"{self._name} did not answer in time")
        self._executor.spin_once(timeout_sec=0.05)

    def close(self) -> None:
        self._executor.shutdown(timeout_sec=1.0)
        self._client.destroy()
        self._node.destroy_node()
        rclpy.try_shutdown(context=self._context)

    def __enter__(self) -> GroundActionClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
