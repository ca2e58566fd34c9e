"""Speed and memory of the running node on a recording, through a real ROS 2 graph.

    python benchmarks/node.py PATH/TO/rgbd_7scenes
    python benchmarks/node.py PATH/TO/rgbd_7scenes --stream 30 --ask 1

Starts the node as a process of its own, and a camera as another.  Without options: plays the recording at several rates
one after another (frames mapped, frames lost), then asks (seconds from query to answer, resident memory).

With --stream and --ask: how much the two disturb each other.  Three phases of --seconds each: frames without
questions, questions without frames, both; the map is emptied before a phase with frames, which go through the
recording forth and back.  Prints the images lost at the subscriber, frames mapped a second with and without
questions, the 95th percentile of the seconds from when a question was due to its answer, idle and under load, and how
many cores the node, the camera and this process, which asks and listens, keep busy.

Images are made into messages before the clock starts; camera and this process have their share of the cores.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
import rclpy
from node_camera import Camera
from node_together import QUERIES, Graph, Watching, both_at_once
from rclpy.signals import SignalHandlerOptions

from omd3d_ros.ros.child import NodeProcess
from omd3d_ros.ros.client import GroundQueryClient
from omd3d_ros.ros.share import use_fast_dds_profile


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("--rates", type=float, nargs="+", default=[10, 15, 20, 30], help="frames a second")
    parser.add_argument("--stream", type=float, metavar="HZ", help="frames a second while questions are asked")
    parser.add_argument("--ask", type=float, default=1.0, metavar="HZ", help="with --stream: questions a second")
    parser.add_argument("--seconds", type=float, default=30.0, help="with --stream: length of a phase (default 30)")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))  # and so end what was started
    os.environ["ROS_DOMAIN_ID"] = str(random.SystemRandom().randint(1, 100))
    os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"
    use_fast_dds_profile()
    with running_graph(args.source) as graph:
        if args.stream is None:
            rates_then_questions(graph, args.rates)
        else:
            both_at_once(graph, args.stream, args.ask, args.seconds)
        node = psutil.Process(graph.node_pid)
        # Pages that several processes share, such as those of torch's libraries, count in equal parts.
        memory = sum(process.memory_full_info().pss for process in [node, *node.children(recursive=True)])
        print(f"memory of the node: {memory / 1e9:.2f} GB")


@contextmanager
def running_graph(source: Path) -> Iterator[Graph]:
    with (
        tempfile.TemporaryDirectory() as folder,
        NodeProcess(["--ros-args"], Path(folder) / "node.log") as node,
        Camera(source) as camera,
        GroundQueryClient() as client,
    ):
        rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
        watcher = Watching()
        threading.Thread(target=rclpy.spin, args=(watcher,), daemon=True).start()
        client.wait(30.0)
        try:
            yield Graph(node.pid, watcher, camera, client)
        finally:
            rclpy.try_shutdown()


def rates_then_questions(graph: Graph, rates: Sequence[float]) -> None:
    before = 0
    for rate in rates:
        sent = graph.camera.play(rate, graph.camera.frames).sent
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


def wait_until_mapped(watcher: Watching, sent: int, timeout: float = 60.0) -> int:
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
