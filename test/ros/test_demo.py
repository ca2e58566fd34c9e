"""`omd3d demo` with a stand-in for the model: a real node process, real topics, pictures at the end."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import rclpy
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue

from omd3d_ros import cli
from omd3d_ros.ros import child
from omd3d_ros.ros import demo as demo_module

FAKE_NODE = (sys.executable, str(Path(__file__).with_name("fake_grounding.py")))


@pytest.fixture(autouse=True)
def restored_environment(monkeypatch: pytest.MonkeyPatch, domain: int) -> None:
    """The demo moves this process to a domain of its own."""
    monkeypatch.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")


def demo(out: Path, *more: str) -> int:
    return cli.main(["demo", "--out", str(out), "--frames", "12", "--rate", "30", *more])


def test_demo_asks_prints_and_draws(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(child, "NODE_PROGRAM", FAKE_NODE)
    assert demo(tmp_path, "--questions", "5") == 0
    printed = capsys.readouterr().out
    assert "mapped 12 of 12 frames" in printed
    assert "question" in printed and "5 answers point at exactly" in printed
    pictures = sorted(f.name for f in tmp_path.glob("*.png"))
    assert pictures == ["answer-1.png", "answer-2.png", "answer-3.png", "answer-4.png", "answer-5.png", "map.png"]
    assert cv2.imread(str(tmp_path / "answer-1.png")).std() > 10


def test_what_means_nothing_alone_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each kind in turn; what is about something absent comes last."""
    kinds = ("zero", "follow_up", "count", "describe", "situated", "unanswerable", "count")
    made = [{"query": f"{k} {i}", "type": k, "target_ids": [] if k == "zero" else [1]} for i, k in enumerate(kinds)]
    monkeypatch.setattr(demo_module, "make_queries", lambda *args, **settings: made)
    ahead = np.array([[0, 0, 1, 0], [-1, 0, 0, 0], [0, -1, 0, 0], [0, 0, 0, 1.0]])
    frames = [SimpleNamespace(T_world_camera=ahead)]
    questions = demo_module._questions(SimpleNamespace(seed=0), frames, [1], 4)
    assert [q.text for q in questions] == ["count 2", "situated 4", "count 6", "zero 0"]


def test_domain_in_use_is_not_taken(monkeypatch: pytest.MonkeyPatch, domain: int) -> None:
    from rclpy.context import Context

    context = Context()
    rclpy.init(context=context, domain_id=domain)
    node = rclpy.create_node("somebody_else", context=context)
    try:
        monkeypatch.setattr(demo_module.random.SystemRandom, "sample", lambda self, population, k: [domain, 0])
        assert demo_module.free_domain() == 0
    finally:
        node.destroy_node()
        rclpy.shutdown(context=context)


def test_demo_says_why_the_node_died(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(child, "NODE_PROGRAM", (sys.executable, "-c", "print('no weights here'); raise SystemExit(3)"))
    assert demo(tmp_path) == 1
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("omd3d: the node ended with exit code 3: no weights here")


def test_node_process_is_stopped_even_when_it_will_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stubborn = (
        "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    )
    monkeypatch.setattr(child, "NODE_PROGRAM", (sys.executable, "-c", stubborn))
    monkeypatch.setattr(child, "PATIENCE", 0.5)
    with child.NodeProcess([], tmp_path / "log") as node:
        while not (tmp_path / "log").stat().st_size:
            node.check()
    with pytest.raises(child.ChildDied):
        node.check()


def test_lost_frames_do_not_keep_the_demo_waiting(domain: int) -> None:
    rclpy.init(domain_id=domain)
    watcher = demo_module.Watcher()
    try:
        seen = []
        for mapped, waiting in ((0, 0), (0, 0), (5, 6), (11, 0), (11, 0)):
            values = [KeyValue(key="mapped", value=str(mapped)), KeyValue(key="frames waiting", value=str(waiting))]
            watcher._on_diagnostics(DiagnosticArray(status=[DiagnosticStatus(message="mapping", values=values)]))
            seen.append(watcher.idle)
        assert seen == [False, False, False, False, True]
    finally:
        watcher.destroy_node()
        rclpy.shutdown()
