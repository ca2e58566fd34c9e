"""Speed and memory of the running node on a recording, through a real ROS 2 graph.

    python benchmarks/node.py PATH/TO/rgbd_7scenes

Starts the node as a process of its own, plays the recording at several rates one after another (frames mapped, frames
lost), then asks (seconds from query to answer, resident memory).  Images are decoded before the clock starts; the
camera's process has its share of the cores.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

QUERIES = ("a chair", "the dining table", "I am tired, where can I rest?", "how many chairs are there?", "a mug")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("--rates", type=float, nargs="+", default=[10, 15, 20, 30], help="frames a second")
    args = parser.parse_args()
    os.environ["ROS_DOMAIN_ID"] = str(random.SystemRandom().randint(1, 100))
    os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"
    from omd3d_ros.ros.share import use_fast_dds_profile

    use_fast_dds_profile()
    import rclpy

    from omd3d_ros.datasets import open_source
    from omd3d_ros.ros.client import GroundQueryClient
    from omd3d_ros.ros.demo import Watcher
    from omd3d_ros.ros.play import FramePublisher, play

    frames = [f for f in open_source(args.source) if f.T_world_camera is not None]
    with running_node() as node:
        rclpy.init()
        watcher, publisher = Watcher(), FramePublisher()
        threading.Thread(target=rclpy.spin, args=(watcher,), daemon=True).start()
        publisher.wait_for_subscriber(60.0)
        before = 0
        for rate in args.rates:
            sent = play(frames, publisher, rate)
            mapped = wait_until_mapped(watcher, before + sent) - before
            before += mapped
            print(f"{rate:4g} Hz: {mapped} of {sent} frames mapped, {mapped * rate / sent:.1f} a second")
        with GroundQueryClient() as client:
            client.wait(30.0)
            seconds = []
            for query in QUERIES:
                started = time.perf_counter()
                response = client.ask(query)
                seconds.append(time.perf_counter() - started)
                print(f"  {seconds[-1]:.2f} s  {query} -> {response.answer or response.message}")
        print(
            f"query to answer: first {seconds[0]:.2f} s (encodes the scene), then median "
            f"{statistics.median(seconds[1:]):.2f} s, most {max(seconds):.2f} s"
        )
        memory = psutil.Process(node.pid).memory_info()
        print(f"resident memory of the node: {memory.rss / 1e9:.2f} GB")
    rclpy.try_shutdown()


@contextmanager
def running_node(*arguments: str) -> Iterator:
    from omd3d_ros.ros.child import NodeProcess

    with (
        tempfile.TemporaryDirectory() as folder,
        NodeProcess(["--ros-args", *arguments], Path(folder) / "node.log") as node,
    ):
        yield node


def wait_until_mapped(watcher, sent: int, timeout: float = 60.0) -> int:
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
