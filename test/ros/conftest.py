"""A running ROS graph per test, on a domain of its own that does not leave this machine."""

from __future__ import annotations

import contextlib
import itertools
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"
os.environ.setdefault("FASTRTPS_DEFAULT_PROFILES_FILE", str(ROOT / "config" / "fastdds.xml"))

pytest.importorskip("rclpy", reason="needs ROS 2: run `make install`, or source a ROS workspace")

import box_room  # noqa: E402
import rclpy  # noqa: E402  (the environment above must come first)
from fake_grounding import FakeGrounding  # noqa: E402
from rclpy.context import Context  # noqa: E402
from rclpy.executors import ExternalShutdownException, MultiThreadedExecutor, SingleThreadedExecutor  # noqa: E402
from rclpy.node import Node  # noqa: E402
from rclpy.parameter import Parameter  # noqa: E402

from omd3d_ros.ros.node import GroundNode  # noqa: E402
from omd3d_ros.ros.play import FramePublisher  # noqa: E402

_domains = itertools.count(os.getpid() % 80)


@pytest.fixture
def domain(monkeypatch: pytest.MonkeyPatch) -> int:
    """A ROS_DOMAIN_ID of this test's own, also for the processes that it starts."""
    number = 10 + next(_domains) % 80
    monkeypatch.setenv("ROS_DOMAIN_ID", str(number))
    return number


@pytest.fixture(scope="session", autouse=True)
def compiled_kernels() -> None:
    """The first frame ever mapped waits for numba; no test should."""
    FakeGrounding().observe(box_room.frames(1)[0])


class Graph:
    """Nodes in this process, spinning in the background."""

    def __init__(self, domain: int) -> None:
        self._domain = domain
        self._others: list[Context] = []
        rclpy.init(domain_id=domain)
        self.executor = MultiThreadedExecutor(48)
        self._nodes: list[Node] = []
        self._thread = threading.Thread(target=self._spin, daemon=True)
        self._thread.start()

    def _spin(self) -> None:
        with contextlib.suppress(ExternalShutdownException):
            self.executor.spin()

    def add(self, node: Any) -> Any:
        self._nodes.append(node)
        self.executor.add_node(node)
        return node

    def ground_node(self, **parameters: Any) -> GroundNode:
        """The node under test, with a fake model and a real map."""
        overrides = [Parameter(name, value=value) for name, value in parameters.items()]
        return self.add(GroundNode(lambda p: FakeGrounding(), parameter_overrides=overrides))

    def camera(self, **arguments: Any) -> FramePublisher:
        """A camera whose topics the node under test has found."""
        camera = self.add(FramePublisher(**arguments))
        assert camera.wait_for_subscriber(10.0)
        return camera

    def stranger(self) -> Node:
        """A node as of another process: it has a participant of its own."""
        context = Context()
        rclpy.init(context=context, domain_id=self._domain)
        self._others.append(context)
        return rclpy.create_node("stranger", context=context)

    def spin_stranger(self, node: Node, until: Callable[[], Any], timeout: float = 10.0) -> None:
        """Let a stranger receive until something is true."""
        executor = SingleThreadedExecutor(context=node.context)
        executor.add_node(node)

        def check() -> Any:
            executor.spin_once(timeout_sec=0.05)
            return until()

        eventually(check, timeout)
        executor.shutdown()

    def close(self) -> None:
        for context in self._others:
            rclpy.try_shutdown(context=context)
        for node in self._nodes:
            if isinstance(node, GroundNode):
                node.stop()
        rclpy.try_shutdown()
        self._thread.join(5.0)
        self.executor.shutdown(timeout_sec=2.0)
        for node in self._nodes:
            node.destroy_node()


@pytest.fixture
def graph(domain: int) -> Iterator[Graph]:
    running = Graph(domain)
    yield running
    running.close()


def eventually(what: Callable[[], Any], timeout: float = 10.0) -> Any:
    """The first true value of ``what()``; fails the test when there is none in time."""
    deadline = time.monotonic() + timeout
    while not (value := what()):
        assert time.monotonic() < deadline, f"not true after {timeout:g} s"
        time.sleep(0.02)
    return value
