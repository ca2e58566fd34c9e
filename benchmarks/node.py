"""Speed and memory of the running node on a recording, through a real ROS 2 graph.

    python benchmarks/node.py PATH/TO/rgbd_7scenes

Starts the node twice as a process of its own: once the recording is played at 10 Hz and questions are asked (frames
lost, seconds from query to answer, resident memory), once it is played as fast as it goes (frames mapped a second).
Images are decoded before the clock starts.
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
    parser.add_argument("--rate", type=float, default=10.0, help="of the first run, frames a second (default 10)")
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
        sent = play(frames, publisher, args.rate)
        mapped = wait_until_mapped(watcher, sent)
        print(f"{args.rate:g} Hz: {sent} frames sent, {mapped} mapped, {watcher.count('dropped')} dropped")
        with GroundQueryClient() as client:
            seconds = []
            for query in QUERIES:
                started = time.perf_counter()
                response = client.ask(query)
                seconds.append(time.perf_counter() - started)
                print(f"  {seconds[-1]:.2f} s  {query} -> {response.answer or response.message}")
        print(f"query to answer: first {seconds[0]:.2f} s (encodes the scene), then median "
              f"{statistics.median(seconds[1:]):.2f} s, most {max(seconds):.2f} s")  # fmt: skip
        memory = psutil.Process(node.pid).memory_info()
        print(f"resident memory of the node: {memory.rss / 1e9:.2f} GB")
    with running_node("-p", f"frame_queue_size:={len(frames) + 1}"):
        publisher.wait_for_subscriber(60.0)
        watcher.counts = {}
        started = time.perf_counter()
        sent = play(frames, publisher, 60.0)
        mapped = wait_until_mapped(watcher, sent)
        elapsed = time.perf_counter() - started
        print(f"flat out: {mapped} of {sent} frames mapped, at least {mapped / elapsed:.1f} frames a second")
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
    """Mapped frames, once every frame was mapped or dropped, or nothing has changed for 5 seconds."""
    deadline = time.monotonic() + timeout
    last, since = -1, time.monotonic()
    while time.monotonic() < deadline:
        done = watcher.count("mapped") + watcher.count("dropped")
        if done != last:
            last, since = done, time.monotonic()
        if done >= sent or time.monotonic() - since > 5.0:
            break
        time.sleep(0.02)
    return watcher.count("mapped")


if __name__ == "__main__":
    main()
