"""``omd3d demo``: a synthetic room streamed into the running node, questions through /ground_query, pictures."""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import socket
import textwrap
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from omd3d.srv import GroundQuery
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions
from sensor_msgs.msg import PointCloud2

from omd3d_ros.datasets.rooms import Room, make_queries, make_room, stream_room, viewer_of
from omd3d_ros.ros.child import NodeProcess
from omd3d_ros.ros.client import GroundQueryClient
from omd3d_ros.ros.map_topics import LATCHED_QOS
from omd3d_ros.ros.messages import cloud_from_message
from omd3d_ros.ros.play import FramePublisher, play
from omd3d_ros.ros.share import use_fast_dds_profile
from omd3d_ros.ros.spinning import spin_until_shutdown
from omd3d_ros.sensing.messages import stamp_to_nanoseconds
from omd3d_ros.types import Answer, Frame, Instance, PointCloud

_EXAMPLES = """\
examples:
  omd3d demo
  omd3d demo --seed 12 --questions 10 --out pictures
"""
UP = np.array([0.0, 0.0, 1.0])
START_TIMEOUT = 90.0
MAP_TIMEOUT = 60.0
ANSWER_TIMEOUT = 60.0
SEEN_PIXELS = 600
MEANT_WITHIN = 0.3
_NOT_ASKED = ("follow_up", "describe", "unanswerable")  # of no one object, or nothing without the question before
# Well-known ports of the RTPS specification (DDSI-RTPS 2.2, 9.6.1.1): unicast discovery of participant 0.
RTPS_PORT, RTPS_PORTS_PER_DOMAIN, RTPS_FIRST_PARTICIPANT = 7400, 250, 10


class DemoFailed(RuntimeError):
    """Why there is nothing to show."""


@dataclass(frozen=True)
class Question:
    """What is asked, and which objects of the room it means."""

    text: str
    target_ids: tuple[int, ...]


@dataclass(frozen=True)
class Exchange:
    """One question with the service's response and the seconds that the round trip took."""

    question: Question
    response: GroundQuery.Response
    seconds: float


class Watcher(Node):
    """Keeps the latest map and what the node's diagnostics say.

    ``idle``: something was mapped, nothing waits, and nothing changed between the last two reports.
    """

    def __init__(self) -> None:
        super().__init__("omd3d_demo")
        self.map: PointCloud2 | None = None
        self.counts: dict[str, str] = {}
        self.idle = False
        self.status = "no diagnostics yet"
        self.create_subscription(PointCloud2, "map", self._on_map, LATCHED_QOS)
        self.create_subscription(DiagnosticArray, "/diagnostics", self._on_diagnostics, 10)

    def _on_map(self, message: PointCloud2) -> None:
        self.map = message

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            before, self.counts = self.counts, {value.key: value.value for value in status.values}
            self.status = status.message
            self.idle = self.counts == before and self.count("mapped") > 0 and self.count("frames waiting") == 0

    def node_sees_cameras(self) -> bool:
        """Whether the node runs and has found our publishers; before that, it would miss the first frames."""
        return bool(self.counts) and "no publisher" not in self.status

    def count(self, start: str) -> int:
        """Sum of the diagnostics whose name begins like this."""
        return sum(int(value) for name, value in self.counts.items() if name.startswith(start))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``omd3d demo``."""
    parser.epilog = _EXAMPLES
    parser.add_argument("--out", type=Path, default=Path("omd3d_demo"), metavar="DIR", help="default: ./omd3d_demo")
    parser.add_argument(
        "--seed", type=int, default=1000, metavar="S", help="which room (default 1000; nano was trained on lower ones)"
    )
    parser.add_argument("--frames", type=int, default=60, metavar="N", help="frames to stream (default 60)")
    parser.add_argument("--rate", type=float, default=15.0, metavar="HZ", help="frames per second (default 15)")
    parser.add_argument("--questions", type=int, default=6, metavar="N", help="how many to ask (default 6)")
    parser.add_argument("--preset", default="nano", metavar="P", help="preset name or YAML file (default nano)")


def run(args: argparse.Namespace) -> int:
    """Run it all; the node is stopped whatever happens."""
    from omd3d_ros.cli import UsageError

    if args.frames < 1 or args.questions < 1 or args.rate <= 0 or args.seed < 0:
        raise UsageError("--frames, --questions and --rate must be positive, --seed not negative")
    began = time.monotonic()
    _use_graph_of_its_own()
    args.out.mkdir(parents=True, exist_ok=True)
    log = args.out / "node.log"
    settings = ["--ros-args", "-p", f"preset:={args.preset}", "-p", "map_period:=0.5"]
    print(f"starting the node (its log: {log})")
    with _stopped_by_sigterm_too(), NodeProcess(settings, log) as node:
        room = make_room(args.seed)
        print(f"room {args.seed}: {room.kind}, {len(room.objects)} objects, camera makes {args.frames} frames")
        frames, visible = _recorded(room, args.frames)
        questions = _questions(room, frames, visible, args.questions)
        exchanges, cloud = _converse(args, node, frames, questions)
    print_table(exchanges)
    _print_verdict(room, exchanges)
    _draw(args.out, cloud, exchanges)
    print(f"pictures: {args.out / 'map.png'} and {args.out / 'answer-1.png'} to answer-{len(exchanges)}.png")
    print(f"{time.monotonic() - began:.0f} s in all")
    if not any(e.response.success for e in exchanges):
        raise DemoFailed(f"no question was answered: {exchanges[0].response.message}")
    return 0


def _use_graph_of_its_own() -> None:
    os.environ["ROS_DOMAIN_ID"] = str(free_domain())
    os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"
    use_fast_dds_profile()


def free_domain() -> int:
    """A domain id that no DDS participant on this machine uses, judged by the port that its first one would have."""
    for domain in random.SystemRandom().sample(range(1, 101), 100):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind(("", RTPS_PORT + RTPS_PORTS_PER_DOMAIN * domain + RTPS_FIRST_PARTICIPANT))
            except OSError:
                continue
        return domain
    raise DemoFailed("every ROS domain from 1 to 100 is in use on this machine")


@contextmanager
def _stopped_by_sigterm_too() -> Iterator[None]:
    """SIGTERM inside unwinds the block as Ctrl-C does, so that the node is stopped."""

    def interrupt(signum: int, frame: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _recorded(room: Room, count: int) -> tuple[list[Frame], list[int]]:
    """The frames, and the ids of the objects that they show enough of to be asked about."""
    frames = []
    pixels = np.zeros(1 + max(o.id for o in room.objects), np.int64)
    for frame, instances in stream_room(room, frames=count):
        frames.append(frame)
        pixels += np.bincount(instances.reshape(-1), minlength=len(pixels))
    return frames, [id for id in range(1, len(pixels)) if pixels[id] >= SEEN_PIXELS]


def _questions(room: Room, frames: list[Frame], visible: list[int], count: int) -> list[Question]:
    """Questions of as many kinds as there are, each kind in turn; those about something absent come last."""
    poses = [frame.T_world_camera for frame in frames if frame.T_world_camera is not None]
    viewer = viewer_of(np.mean(poses, axis=0))  # the mean place and heading
    made = make_queries(room, np.random.default_rng(room.seed), 8 * count, visible_ids=visible, viewer=viewer)
    kinds: dict[str, list[Question]] = {}
    for query in made:
        if query["type"] in _NOT_ASKED:
            continue
        question = Question(query["query"], tuple(query["target_ids"]))
        if question not in (same := kinds.setdefault(query["type"], [])):
            same.append(question)
    in_turn = [same[i] for i in range(max(map(len, kinds.values()))) for same in kinds.values() if i < len(same)]
    return sorted(in_turn[:count], key=lambda question: not question.target_ids)


def _converse(
    args: argparse.Namespace, node: NodeProcess, frames: list[Frame], questions: list[Question]
) -> tuple[list[Exchange], PointCloud]:
    """Stream, wait until all is mapped, ask; returns the answers and the map as published."""
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    watcher, publisher = Watcher(), FramePublisher()
    executor = SingleThreadedExecutor()
    executor.add_node(watcher)
    thread = threading.Thread(target=spin_until_shutdown, args=(executor,), daemon=True)
    thread.start()
    try:
        _until(lambda: publisher.wait_for_subscriber(0.5), node, START_TIMEOUT, lambda: "the node did not subscribe")
        _until(watcher.node_sees_cameras, node, START_TIMEOUT, lambda: f"the node is not ready: {watcher.status}")
        print(f"streaming {len(frames)} frames at {args.rate:g} Hz")
        sent = play(frames, publisher, args.rate)
        _until(
            lambda: watcher.idle or watcher.count("mapped") >= sent,  # idle with fewer: some were lost on the way
            node,
            MAP_TIMEOUT,
            lambda: f"{watcher.count('mapped')} of {sent} frames were mapped: {watcher.status}",
        )
        print(f"mapped {watcher.count('mapped')} of {sent} frames; asking")
        with GroundQueryClient() as client:
            exchanges = [_ask(client, node, question) for question in questions]
        stamp = max(stamp_to_nanoseconds(e.response.map_stamp) for e in exchanges)
        return exchanges, _map_of(watcher, node, stamp)
    finally:
        executor.shutdown(timeout_sec=2.0)
        thread.join(2.0)
        publisher.destroy_node()
        watcher.destroy_node()
        rclpy.try_shutdown()


def _until(condition: Callable[[], bool], node: NodeProcess, timeout: float, reason: Callable[[], str]) -> None:
    deadline = time.monotonic() + timeout
    while not condition():
        node.check()
        if time.monotonic() > deadline:
            raise DemoFailed(f"{reason()} (after {timeout:g} s; see {node.log})")
        time.sleep(0.05)


def _ask(client: GroundQueryClient, node: NodeProcess, question: Question) -> Exchange:
    started = time.monotonic()
    try:
        response = client.ask(question.text, timeout=ANSWER_TIMEOUT)
    except TimeoutError:
        node.check()
        raise
    return Exchange(question, response, time.monotonic() - started)


def _map_of(watcher: Watcher, node: NodeProcess, stamp: int) -> PointCloud:
    """The published map that is at least as new as ``stamp`` (nanoseconds)."""

    def new_enough() -> bool:
        return watcher.map is not None and stamp_to_nanoseconds(watcher.map.header.stamp) >= stamp

    _until(new_enough, node, MAP_TIMEOUT, lambda: "the node published no map on topic map")
    assert watcher.map is not None
    return cloud_from_message(watcher.map)


def print_table(exchanges: Sequence[Exchange]) -> None:
    """Question, answer, instances and time side by side, as wide as the terminal allows."""
    width = min(shutil.get_terminal_size((128, 24)).columns, 150)
    text = max(18, (width - 56) // 2)
    widths = (2, text, text, 38, 7)
    _print_row(("", "question", "answer", "instances (score, centre)", "time"), widths)
    print("  ".join("-" * w for w in widths))
    for number, exchange in enumerate(exchanges, 1):
        response = exchange.response
        answer = response.answer if response.success else f"not answered: {response.message}"
        instances = "\n".join(_instance_text(i) for i in response.instances) or "none"
        _print_row((str(number), exchange.question.text, answer, instances, f"{exchange.seconds:.2f} s"), widths)


def _print_row(cells: Sequence[str], widths: Sequence[int]) -> None:
    columns = [
        [line for part in cell.split("\n") for line in textwrap.wrap(part, width) or [""]]
        for cell, width in zip(cells, widths, strict=True)
    ]
    for i in range(max(map(len, columns))):
        line = [(c[i] if i < len(c) else "").ljust(w) for c, w in zip(columns, widths, strict=True)]
        print("  ".join(line).rstrip())


def _instance_text(instance: Any) -> str:
    p = instance.pose.position
    return f"{instance.id} {instance.label} {instance.score:.2f} ({p.x:.1f}, {p.y:.1f}, {p.z:.1f})"


def _print_verdict(room: Room, exchanges: Sequence[Exchange]) -> None:
    right = sum(_as_meant(room, e) for e in exchanges)
    print(
        f"\n{right} of {len(exchanges)} answers point at exactly the objects that were meant "
        f"(each centre within {MEANT_WITHIN:g} m of the room's ground truth)"
    )


def _as_meant(room: Room, exchange: Exchange) -> bool:
    centers = [np.array([p.x, p.y, p.z]) for p in (i.pose.position for i in exchange.response.instances)]
    targets = [room.object(id).center for id in exchange.question.target_ids]
    if not exchange.response.success or len(centers) != len(targets):
        return False
    return all(any(np.linalg.norm(c - t) < MEANT_WITHIN for c in centers) for t in targets)


def _draw(folder: Path, cloud: PointCloud, exchanges: Sequence[Exchange]) -> None:
    from omd3d_ros.pictures import draw_answer, draw_map, save_png

    save_png(folder / "map.png", draw_map(cloud, UP))
    for number, exchange in enumerate(exchanges, 1):
        shown, answer = in_the_map(cloud, exchange)
        save_png(folder / f"answer-{number}.png", draw_answer(shown, answer, UP))


def in_the_map(cloud: PointCloud, exchange: Exchange) -> tuple[PointCloud, Answer]:
    """The map with the response's instance clouds in it, and the answer with masks over that."""
    from scipy.spatial import cKDTree

    response = exchange.response
    parts = [cloud_from_message(i.cloud) for i in response.instances]
    text = response.answer if response.success else f"not answered: {response.message}"
    if not any(map(len, parts)):
        return cloud, Answer(exchange.question.text, text)
    points = np.concatenate([p.xyz for p in parts])
    distances, _ = cKDTree(points).query(cloud.xyz, distance_upper_bound=0.005)
    rest = cloud.select(~np.isfinite(distances))
    owner = np.repeat(np.arange(-1, len(parts)), [len(rest), *map(len, parts)])
    shown = PointCloud(np.concatenate([rest.xyz, points]), np.concatenate([rest.rgb, *(p.rgb for p in parts)]))
    instances = [
        Instance.from_mask(message.id, message.label, message.score, owner == number, shown.xyz)
        for number, message in enumerate(response.instances)
        if len(parts[number])
    ]
    return shown, Answer(exchange.question.text, text, instances)
