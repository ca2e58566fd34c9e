"""How much frames and questions disturb each other: the part of ``benchmarks/node.py`` with --stream and --ask."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import psutil
from diagnostic_msgs.msg import DiagnosticArray
from node_camera import Camera, Played
from std_srvs.srv import Trigger

from omd3d_ros.ros.client import GroundQueryClient
from omd3d_ros.ros.demo import Watcher

QUERIES = ("a chair", "the dining table", "I am tired, where can I rest?", "how many chairs are there?", "a mug")
FIRST_QUESTION = 2.0  # seconds after the first frame
KEPT_UP = 0.98  # of the rate asked for, below which the camera is what limits


class Watching(Watcher):
    """mapped: when each of the node's diagnostics came, and how many frames were mapped by then."""

    def __init__(self) -> None:
        self.mapped: list[tuple[float, int]] = []
        super().__init__()

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        super()._on_diagnostics(message)
        self.mapped.append((time.monotonic(), self.count("mapped")))


@dataclass
class Graph:
    """The node under test and those that feed, watch and ask it."""

    node_pid: int
    watcher: Watching
    camera: Camera
    client: GroundQueryClient

    def reset(self) -> None:
        resetting = self.watcher.create_client(Trigger, "/omd3d/reset")
        done = threading.Event()
        if not resetting.wait_for_service(10.0):
            raise TimeoutError("the node has no service /omd3d/reset")
        resetting.call_async(Trigger.Request()).add_done_callback(lambda future: done.set())
        if not done.wait(10.0):
            raise TimeoutError("the node did not reset its map")
        self.watcher.destroy_client(resetting)


@dataclass(frozen=True)
class Streamed:
    """received images of the topic that lost more; mapped frames; rate: frames mapped a second while frames came."""

    played: Played
    received: int
    mapped: int
    rate: float

    @property
    def lost(self) -> int:
        return self.played.sent - self.received

    def __str__(self) -> str:
        return (
            f"{self.played.sent} sent ({self.played.late} late), {self.lost} lost at the subscriber, "
            f"{self.mapped} mapped, {self.rate:.1f} a second while they came"
        )


def both_at_once(graph: Graph, rate: float, questions: float, seconds: float) -> None:
    with emptied(graph), Cores(graph) as cores:
        alone = stream(graph, rate, seconds)
    report("frames alone", alone, cores)
    graph.client.ask(QUERIES[0], wait_for_fresh=True, omit_clouds=True)
    idle = Asker(graph.client, questions)
    with Cores(graph) as cores, idle.running():
        time.sleep(seconds)
    report("questions alone", idle, cores)
    asker = Asker(graph.client, questions, delay=FIRST_QUESTION)
    with emptied(graph), Cores(graph) as cores, asker.running():
        loaded = stream(graph, rate, seconds)
    report("frames, with questions", loaded, cores)
    print(f"questions, with frames: {asker}")
    print(
        f"lost at the subscriber {alone.lost + loaded.lost} of {alone.played.sent + loaded.played.sent}; "
        f"mapping with questions / without {loaded.rate / alone.rate:.3f}; "
        f"p95 with frames / without {asker.p95 / idle.p95:.2f}"
    )
    slowest = min(alone.played.rate, loaded.played.rate)
    if slowest < KEPT_UP * rate:
        print(f"the camera sent only {slowest:.1f} frames a second: it limits, and not the node")


def report(what: str, found: object, cores: Cores) -> None:
    print(f"{what}: {found}\n  cores in use: {cores}", flush=True)


@contextmanager
def emptied(graph: Graph) -> Iterator[None]:
    """Begin with an empty map, and end when nothing waits."""
    graph.reset()
    settle(graph.watcher)
    yield
    settle(graph.watcher)


def stream(graph: Graph, rate: float, seconds: float) -> Streamed:
    watcher = graph.watcher
    before = counted(watcher)
    first = len(watcher.mapped)
    played = graph.camera.play(rate, round(rate * seconds))
    (began, few), (ended, many) = watcher.mapped[first], watcher.mapped[-1]
    settle(watcher)
    mapped, *received = np.subtract(counted(watcher), before)
    return Streamed(played, int(min(received)), int(mapped), (many - few) / (ended - began))


def counted(watcher: Watching) -> tuple[int, int, int]:
    """Frames mapped, and images received of either topic, according to the node's diagnostics."""
    return watcher.count("mapped"), watcher.count("received depth/image"), watcher.count("received color/image")


def settle(watcher: Watching, timeout: float = 30.0) -> None:
    """Until the node's diagnostics, one a second, say the same twice about frames, and none waits."""
    names = ("mapped", "received", "frames waiting")
    last, deadline = None, time.monotonic() + timeout
    while time.monotonic() < deadline:
        time.sleep(2.5)
        now = [watcher.count(name) for name in names]
        if now == last and now[-1] == 0:
            return
        last = now


class Cores:
    """How many cores each process keeps busy inside the block: the node with the processes that it starts, the camera,
    this one, which asks and receives map and answers, and whatever else runs on the machine."""

    def __init__(self, graph: Graph) -> None:
        node = psutil.Process(graph.node_pid)
        self._processes = {"node": node}
        for number, child in enumerate(node.children(recursive=True), 1):
            self._processes[f"its process {number}"] = child
        self._processes |= {"camera": psutil.Process(graph.camera.pid), "asking": psutil.Process()}

    def __enter__(self) -> Cores:
        self._began, self._before = time.monotonic(), self._seconds()
        return self

    def __exit__(self, *error: object) -> None:
        took, after = time.monotonic() - self._began, self._seconds()
        self._busy = {name: (after[name] - used) / took for name, used in self._before.items()}

    def _seconds(self) -> dict[str, float]:
        times = {name: process.cpu_times() for name, process in self._processes.items()}
        seconds = {name: spent.user + spent.system for name, spent in times.items()}
        machine = psutil.cpu_times()
        return seconds | {"others": sum(machine) - machine.idle - machine.iowait - sum(seconds.values())}

    def __str__(self) -> str:
        return ", ".join(f"{name} {busy:.2f}" for name, busy in self._busy.items())


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
