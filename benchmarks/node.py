"""Speed and memory of the running node on a recording, through a real ROS 2 graph.

    python benchmarks/node.py PATH/TO/rgbd_7scenes
    python benchmarks/node.py PATH/TO/rgbd_7scenes --stream 30 --ask 1

Starts the node as a process of its own.  Without options: plays the recording at several rates one after another
(frames mapped, frames lost), then asks (seconds from query to answer, resident memory).

With --stream and --ask: how much the two disturb each other.  Three phases of --seconds each: frames without
questions, questions without frames, both; the map is emptied before a phase with frames, which go through the
recording forth and back.  Prints the images lost at the subscriber, frames mapped a second with and without
questions, and the 95th percentile of the seconds from when a question was due to its answer, idle and under load.

Images are decoded before the clock starts; the camera's process has its share of the cores.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil

if TYPE_CHECKING:
    from omd3d_ros.ros.client import GroundQueryClient
    from omd3d_ros.ros.demo import Watcher
    from omd3d_ros.ros.play import FramePublisher
    from omd3d_ros.types import Frame

QUERIES = ("a chair", "the dining table", "I am tired, where can I rest?", "how many chairs are there?", "a mug")
FIRST_QUESTION = 2.0  # seconds after the first frame


@dataclass
class Graph:
    """The node under test and those that feed and watch it."""

    node: Any
    watcher: Watcher
    publisher: FramePublisher
    client: GroundQueryClient

    def reset(self) -> None:
        from std_srvs.srv import Trigger

        resetting = self.watcher.create_client(Trigger, "/omd3d/reset")
        done = threading.Event()
        resetting.call_async(Trigger.Request()).add_done_callback(lambda future: done.set())
        if not done.wait(10.0):
            raise TimeoutError("the node did not reset its map")
        self.watcher.destroy_client(resetting)


@dataclass(frozen=True)
class Streamed:
    """sent frames (an image pair each); received images of the topic that lost more; mapped frames of those; rate:
    frames mapped a second while frames came."""

    sent: int
    received: int
    mapped: int
    rate: float

    @property
    def lost(self) -> int:
        return self.sent - self.received


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("--rates", type=float, nargs="+", default=[10, 15, 20, 30], help="frames a second")
    parser.add_argument("--stream", type=float, metavar="HZ", help="frames a second while questions are asked")
    parser.add_argument("--ask", type=float, default=1.0, metavar="HZ", help="with --stream: questions a second")
    parser.add_argument("--seconds", type=float, default=30.0, help="with --stream: length of a phase (default 30)")
    args = parser.parse_args()
    os.environ["ROS_DOMAIN_ID"] = str(random.SystemRandom().randint(1, 100))
    os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"
    from omd3d_ros.datasets import open_source

    frames = [f for f in open_source(args.source) if f.T_world_camera is not None]
    with running_graph() as graph:
        if args.stream is None:
            rates_then_questions(graph, frames, args.rates)
        else:
            both_at_once(graph, frames, args.stream, args.ask, args.seconds)
        memory = psutil.Process(graph.node.pid).memory_info()
        print(f"resident memory of the node: {memory.rss / 1e9:.2f} GB")


@contextmanager
def running_graph() -> Iterator[Graph]:
    from omd3d_ros.ros.share import use_fast_dds_profile

    use_fast_dds_profile()
    import rclpy

    from omd3d_ros.ros.child import NodeProcess
    from omd3d_ros.ros.client import GroundQueryClient
    from omd3d_ros.ros.demo import Watcher
    from omd3d_ros.ros.play import FramePublisher

    with (
        tempfile.TemporaryDirectory() as folder,
        NodeProcess(["--ros-args"], Path(folder) / "node.log") as node,
        GroundQueryClient() as client,
    ):
        rclpy.init()
        watcher, publisher = Watcher(), FramePublisher()
        threading.Thread(target=rclpy.spin, args=(watcher,), daemon=True).start()
        publisher.wait_for_subscriber(60.0)
        client.wait(30.0)
        try:
            yield Graph(node, watcher, publisher, client)
        finally:
            rclpy.try_shutdown()


def rates_then_questions(graph: Graph, frames: list[Frame], rates: Sequence[float]) -> None:
    from omd3d_ros.ros.play import play

    before = 0
    for rate in rates:
        sent = play(frames, graph.publisher, rate)
        mapped = wait_until_mapped(graph.watcher, before + sent) - before
        before += mapped
        print(f"{rate:4g} Hz: {mapped} of {sent} frames mapped, {mapped * rate / sent:.1f} a second")
    seconds = []
    for query in QUERIES:
        started = time.perf_counter()
        response = graph.client.ask(query)
        seconds.append(time.perf_counter() - started)
        print(f"  {seconds[-1]:.2f} s  {query} -> {response.answer or response.message}")
    print(
        f"query to answer: first {seconds[0]:.2f} s, then median {statistics.median(seconds[1:]):.2f} s, "
        f"most {max(seconds):.2f} s"
    )


def both_at_once(graph: Graph, frames: list[Frame], rate: float, questions: float, seconds: float) -> None:
    with emptied(graph):
        alone = stream(graph, frames, rate, seconds)
    print_streamed("frames alone", alone)
    graph.client.ask(QUERIES[0], wait_for_fresh=True, omit_clouds=True)
    idle = Asker(graph.client, questions)
    with idle.running():
        time.sleep(seconds)
    print(f"questions alone: {idle}")
    asker = Asker(graph.client, questions, delay=FIRST_QUESTION)
    with emptied(graph), asker.running():
        loaded = stream(graph, frames, rate, seconds)
    print_streamed("frames, with questions", loaded)
    print(f"questions, with frames: {asker}")
    print(
        f"lost at the subscriber {alone.lost + loaded.lost} of {alone.sent + loaded.sent}; "
        f"mapping with questions / without {loaded.rate / alone.rate:.3f}; "
        f"p95 with frames / without {asker.p95 / idle.p95:.2f}"
    )


@contextmanager
def emptied(graph: Graph) -> Iterator[None]:
    """Begin with an empty map, and end when nothing waits."""
    graph.reset()
    settle(graph.watcher)
    yield
    settle(graph.watcher)


def stream(graph: Graph, frames: list[Frame], rate: float, seconds: float) -> Streamed:
    """Send the frames forth and back for so long."""
    from omd3d_ros.ros.play import paced

    watcher = graph.watcher
    before = counted(watcher)
    seen, samples = watcher.counts, []
    forth_and_back = itertools.cycle([*frames, *frames[-2:0:-1]])
    sent = 0
    for frame in paced(itertools.islice(forth_and_back, round(rate * seconds)), rate):
        graph.publisher.publish(frame)
        sent += 1
        if watcher.counts is not seen:  # new diagnostics
            seen = watcher.counts
            samples.append((time.monotonic(), counted(watcher)[0]))
    settle(watcher)
    mapped, *received = np.subtract(counted(watcher), before)
    (began, first), (ended, last) = samples[0], samples[-1]
    return Streamed(sent, int(min(received)), int(mapped), (last - first) / (ended - began))


def counted(watcher: Watcher) -> tuple[int, int, int]:
    """Frames mapped, and images received of either topic, according to the node's diagnostics."""
    return watcher.count("mapped"), watcher.count("received depth/image"), watcher.count("received color/image")


def settle(watcher: Watcher, timeout: float = 30.0) -> None:
    """Until the node's diagnostics, one a second, say the same twice about frames, and none waits."""
    names = ("mapped", "received", "frames waiting")
    last, deadline = None, time.monotonic() + timeout
    while time.monotonic() < deadline:
        time.sleep(2.5)
        now = [watcher.count(name) for name in names]
        if now == last and now[-1] == 0:
            return
        last = now


def print_streamed(what: str, streamed: Streamed) -> None:
    print(
        f"{what}: {streamed.sent} sent, {streamed.lost} lost at the subscriber, {streamed.mapped} mapped, "
        f"{streamed.rate:.1f} a second while they came"
    )


class Asker:
    """Asks at a steady rate; a question's time counts from when it was due, also if the one before held it up."""

    def __init__(self, client: GroundQueryClient, rate: float, delay: float = 0.0) -> None:
        self._client = client
        self._delay = delay
        self._period = 1.0 / rate
        self._stop = threading.Event()
        self.seconds: list[float] = []
        self.refusals: list[str] = []

    @contextmanager
    def running(self) -> Iterator[None]:
        thread = threading.Thread(target=self._run)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    def _run(self) -> None:
        due = time.monotonic() + self._delay
        for query in itertools.cycle(QUERIES):
            if self._stop.wait(max(0.0, due - time.monotonic())):
                return
            response = self._client.ask(query, omit_clouds=True)
            if response.success:
                self.seconds.append(time.monotonic() - due)
            else:
                self.refusals.append(response.message)
            due += self._period

    @property
    def p95(self) -> float:
        return float(np.percentile(self.seconds, 95))

    def __str__(self) -> str:
        text = f"{len(self.seconds)} answered, median {np.median(self.seconds):.3f} s, p95 {self.p95:.3f} s"
        return text + (f", {len(self.refusals)} refused ({self.refusals[0]})" if self.refusals else "")


def wait_until_mapped(watcher: Watcher, sent: int, timeout: float = 60.0) -> int:
    """Mapped frames, once all were, or nothing has changed for 5 seconds."""
    deadline = time.monotonic() + timeout
    last, since = -1, time.monotonic()
    while time.monotonic() < deadline:
        done = watcher.count("mapped")
        if done != last:
            last, since = done, time.monotonic()
        if done >= sent or time.monotonic() - since > 5.0:
            break
        time.sleep(0.02)
    return watcher.count("mapped")


if __name__ == "__main__":
    main()
