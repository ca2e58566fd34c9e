"""What answers wait for while a scene is being encoded: in a thread beside them, and in a process of its own.

    python benchmarks/encoding_apart.py PATH/TO/rgbd_7scenes

Maps a recording, then asks with nothing else to do, and again while the map's scene is encoded anew all the time.
Prints an answer's milliseconds by the clock and of CPU.  Two cores are enough for the two, so what the clock has over
the CPU while a scene is encoded, and not when idle, is waiting for Python's interpreter lock.
"""

from __future__ import annotations

import argparse
import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from omd3d_ros.assistant import Assistant
from omd3d_ros.datasets import open_source
from omd3d_ros.types import Frame

QUERIES = ("a chair", "the dining table", "I am tired, where can I rest?", "how many chairs are there?", "a mug")
PAUSE = 0.03  # seconds between two questions


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("--questions", type=int, default=80)
    args = parser.parse_args()
    torch.set_num_threads(1)
    frames = [frame for frame in open_source(args.source) if frame.T_world_camera is not None]
    for apart in (False, True):
        assistant = mapped(frames, apart)
        ask(assistant, 10)
        idle = ask(assistant, args.questions)
        with encoding(assistant) as done:
            busy = ask(assistant, args.questions)
        assistant.close()
        print(f"encoding in a {'process' if apart else 'thread'}:")
        print(f"  idle            {told(idle)}")
        print(f"  while encoding  {told(busy)}; {len(done)} scenes encoded", flush=True)


def mapped(frames: list[Frame], apart: bool) -> Assistant:
    assistant = Assistant.from_preset("nano", background=True, encoding_process=apart)
    for frame in frames:
        assistant.observe(frame)
    assistant.ask(QUERIES[0], wait_for_fresh=True)
    return assistant


@contextmanager
def encoding(assistant: Assistant) -> Iterator[list[float]]:
    """Encode all of the map again and again inside; the list gets the seconds of each."""
    material = assistant._material()
    stop, done = threading.Event(), list[float]()

    def encode() -> None:
        for number in itertools.count(material.map_number + 1):
            if stop.is_set():
                return
            began = time.perf_counter()
            assistant._build(replace(material, map_number=number))
            done.append(time.perf_counter() - began)

    thread = threading.Thread(target=encode)
    thread.start()
    try:
        yield done
    finally:
        stop.set()
        thread.join()


def ask(assistant: Assistant, count: int) -> np.ndarray:
    """(count, 2) seconds by the clock and of CPU of each answer."""
    spent = []
    for query in itertools.islice(itertools.cycle(QUERIES), count):
        time.sleep(PAUSE)
        clock, cpu = time.perf_counter(), time.thread_time()
        assistant.ask(query)
        spent.append((time.perf_counter() - clock, time.thread_time() - cpu))
    return np.array(spent)


def told(spent: np.ndarray) -> str:
    clock, cpu = 1e3 * spent.T
    return f"median {np.median(clock):.0f} ms, p95 {np.percentile(clock, 95):.0f} ms, of CPU {np.median(cpu):.0f} ms"


if __name__ == "__main__":
    main()
