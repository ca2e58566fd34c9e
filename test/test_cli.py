"""The ``omd3d`` command as a user meets it: exit codes, one-line errors, JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from recordings import HEIGHT, WIDTH, truncate, write_recording

from omd3d_ros import cli
from omd3d_ros.asking.sessions import Mentioned
from omd3d_ros.commands import ask
from omd3d_ros.mapping.cloud_io import read_cloud, write_cloud
from omd3d_ros.types import Answer, Instance, PointCloud, Scene


class FakeAssistant:
    """Answers every query with the first half of the points, so that the command can be tested without a model."""

    def __init__(self) -> None:
        self.cloud = PointCloud(np.random.default_rng(0).normal(size=(200, 3)), np.full((200, 3), 90))
        self.frames = 0
        self.asked: list[tuple[str, tuple[str, ...] | None]] = []  # with the objects of the answer before

    def observe(self, frame: object) -> None:
        self.frames += 1

    def set_cloud(self, cloud: PointCloud, instances: object = None) -> None:
        self.cloud = cloud

    def scene(self) -> Scene:
        n = len(self.cloud)
        nothing = np.zeros((1, 3), np.float32)
        return Scene(
            self.cloud, np.zeros(n, np.int32), nothing, [], np.zeros((0, 1), bool), nothing, nothing, np.eye(4)
        )

    def ask(self, query: str, *, last: Mentioned | None = None) -> Answer:
        self.asked.append((query, None if last is None else last.ids))
        if not query.strip():
            raise ValueError("the query is empty")
        mask = np.arange(len(self.cloud)) < len(self.cloud) // 2
        instance = Instance.from_mask("OBJ007", "wall", 0.75, mask, self.cloud.xyz)
        return Answer(query, "It is <OBJ007>.", [instance], {"encode": 1.0, "answer": 2.0})


@pytest.fixture
def assistant(monkeypatch: pytest.MonkeyPatch) -> FakeAssistant:
    fake = FakeAssistant()
    monkeypatch.setattr(ask, "_load", lambda preset, up: fake)
    return fake


def run_cli(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "omd3d_ros", *map(str, arguments)]
    root = Path(cli.__file__).parents[1]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)


def test_help_is_instant_and_imports_nothing_heavy() -> None:
    code = (
        "import sys; from omd3d_ros.cli import main; assert main(['--help']) == 0;"
        "heavy = {'torch', 'rclpy', 'numba', 'cv2', 'transformers', 'numpy'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    started = time.monotonic()
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, cwd=Path(cli.__file__).parents[1])
    assert time.monotonic() - started < 1.5  # generous: a loaded machine; the imports above are the real check


@pytest.mark.parametrize("name", ["ask", "map", "inspect", "convert", "check-parity", "eval", "train"])
def test_every_command_has_help_with_examples(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([name, "--help"]) == 0
    assert f"omd3d {name} " in capsys.readouterr().out.split("examples:")[1]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["ask"],
        ["ask", "somewhere"],
        ["map", "somewhere"],
        ["map", "somewhere", "--out", "map.obj"],
        ["map", "cloud.ply", "--out", "map.pcd"],
        ["inspect", "somewhere", "--probe", "12"],
        ["inspect", "somewhere", "--every", "0"],
        ["ask", "somewhere", "what?", "--up", "0,0,0"],
        ["ask", "somewhere", "what?", "--up", "1,2"],
    ],
)
def test_wrong_usage_is_exit_code_2(arguments: list[str]) -> None:
    assert cli.main(arguments) == 2


def test_failures_are_one_line_and_exit_code_1(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    broken = write_recording(tmp_path / "broken")
    for file in broken.glob("*.depth.png"):
        truncate(file)
    lost = write_recording(tmp_path / "lost")
    for file in lost.glob("*.pose.txt"):
        file.unlink()
    (tmp_path / "bad.ply").write_bytes(b"ply")
    map_out = ["--out", tmp_path / "map.ply"]
    for arguments, reason in (
        (["ask", tmp_path / "missing", "q"], "no such file or folder"),
        (["ask", empty, "q"], "empty"),
        (["map", broken, *map_out], "truncated"),
        (["map", lost, *map_out], "has a pose"),
        (["ask", tmp_path / "bad.ply", "q"], "bad.ply"),
        (["inspect", tmp_path / "missing.pcd"], "no such file"),
    ):
        result = run_cli(*arguments)
        assert result.returncode == 1, arguments
        last = result.stderr.strip().splitlines()[-1]
        assert last.startswith("omd3d: ") and reason in last
        assert "Traceback" not in result.stderr
    assert not (tmp_path / "map.ply").exists()


def test_debug_shows_the_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["inspect", "missing", "--debug"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_ctrl_c_is_one_line_and_130(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from omd3d_ros.commands import inspect

    def interrupted(args: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(inspect, "run", interrupted)
    assert cli.main(["inspect", str(tmp_path)]) == 130
    assert capsys.readouterr().err == "omd3d: interrupted\n"


def test_missing_ros_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def no_ros(module: str) -> None:
        raise ModuleNotFoundError("No module named 'rclpy'", name="rclpy")

    monkeypatch.setattr(cli.importlib, "import_module", no_ros)
    assert cli.main(["play", "somewhere"]) == 1
    error = capsys.readouterr().err
    assert "needs ROS 2" in error and "make install" in error and error.count("\n") == 1


def test_inspect_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_recording(tmp_path)
    (tmp_path / "frame-000001.pose.txt").write_text("-inf " * 16)
    (tmp_path / "frame-000002.depth.png").unlink()
    assert cli.main(["inspect", str(tmp_path), "--json", "--probe", "10,20", "0,1", "999,0"]) == 0
    description = json.loads(capsys.readouterr().out)
    assert description["format"] == "7scenes"
    first, second, third = description["frames"]
    assert [f["index"] for f in description["frames"]] == [0, 1, 2]
    assert first["T_world_camera"] == np.eye(4).tolist()
    assert first["color_size"] == first["depth_size"] == [WIDTH, HEIGHT]
    assert first["depth_valid"] == pytest.approx(1 - 2 / (WIDTH * HEIGHT), abs=1e-6)
    assert first["probes"] == {"10,20": 1.5, "0,1": None, "999,0": None}
    assert second["T_world_camera"] is None and second["depth_size"] is not None
    assert third["depth_size"] is None and third["probes"]["10,20"] is None


def test_inspect_names_skipped_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_recording(tmp_path)
    truncate(tmp_path / "frame-000001.color.png")
    assert cli.main(["inspect", str(tmp_path), "--json"]) == 0
    description = json.loads(capsys.readouterr().out)
    assert len(description["frames"]) == 2
    assert description["skipped"] == [{"file": "frame-000001.color.png", "reason": "is a truncated PNG"}]


def test_inspect_for_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["inspect", str(write_recording(tmp_path)), "--probe", "10,20"]) == 0
    text = capsys.readouterr().out
    assert "7scenes: 3 frames, 3 with a pose" in text and "10,20: 1.500 m" in text


@pytest.mark.parametrize("suffix", [".ply", ".pcd", ".npz"])
def test_map_of_a_red_wall(tmp_path: Path, suffix: str, capsys: pytest.CaptureFixture[str]) -> None:
    source = write_recording(tmp_path / "frames", frames=5)
    out = tmp_path / "out" / f"map{suffix}"
    assert cli.main(["map", str(source), "--out", str(out), "--picture", str(tmp_path / "map.png")]) == 0
    assert "5 frames" in capsys.readouterr().out
    assert (tmp_path / "map.png").stat().st_size > 1000
    if suffix == ".npz":
        assert cli.main(["map", str(out), "--out", str(out := tmp_path / "again.ply")]) == 0
    cloud = read_cloud(out)
    assert np.abs(cloud.xyz[:, 2] - 1.5).max() < 0.04
    assert cloud.rgb[:, 0].mean() > 150 > 100 > cloud.rgb[:, 2].mean()


def test_ask_json(tmp_path: Path, assistant: FakeAssistant, capsys: pytest.CaptureFixture[str]) -> None:
    source = write_recording(tmp_path / "frames")
    truncate(source / "frame-000000.depth.png")
    queries = tmp_path / "queries.jsonl"
    queries.write_text('{"id": "a", "query": "the wall"}\n\n{"query": "机器人在哪里?"}\n')
    assert cli.main(["ask", str(source), "--json", "where?", "--queries", str(queries)]) == 0
    assert assistant.frames == 2
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [a["id"] for a in answers] == [1, "a", 3]
    assert answers[2]["query"] == "机器人在哪里?"
    for answer in answers:
        assert set(answer) == {"id", "query", "answer", "instances", "timing_ms", "frame_id"}
        assert set(answer["timing_ms"]) == {"map", "encode", "answer"}
        (instance,) = answer["instances"]
        assert set(instance) == {"id", "label", "score", "center", "size", "num_points"}
        assert instance["num_points"] == 100


def test_ask_writes_pictures_and_clouds(
    tmp_path: Path, assistant: FakeAssistant, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud = tmp_path / "cloud.ply"
    write_cloud(cloud, assistant.cloud)
    assert cli.main(["ask", str(cloud), "one?", "two?", "--out", str(tmp_path / "out")]) == 0
    names = sorted(f.name for f in (tmp_path / "out").iterdir())
    assert names == ["answer-1.ply", "answer-1.png", "answer-2.ply", "answer-2.png", "map.png"]
    assert len(read_cloud(tmp_path / "out" / "answer-1.ply")) == 100
    text = capsys.readouterr().out
    assert "> one?" in text and "OBJ007 wall 0.75" in text


def test_questions_are_one_conversation(tmp_path: Path, assistant: FakeAssistant) -> None:
    """Also across a question that can't be answered."""
    write_cloud(tmp_path / "cloud.ply", assistant.cloud)
    assert cli.main(["ask", str(tmp_path / "cloud.ply"), "the wall", " ", "what colour is it?", "--json"]) == 1
    assert assistant.asked == [("the wall", None), (" ", ("OBJ007",)), ("what colour is it?", ("OBJ007",))]


def test_one_bad_question_does_not_stop_the_others(
    tmp_path: Path, assistant: FakeAssistant, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["ask", str(write_recording(tmp_path)), "", "fine", "--json"]) == 1
    bad, good = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert bad["error"] == "the query is empty" and bad["instances"] == []
    assert good["answer"] == "It is <OBJ007>." and "error" not in good


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('{"query": "a"}\n{"id": 2}\n', "line 2"),
        ('{"query": "a"}\n\nnot json\n', "line 3"),
        ('["a"]\n', "line 1"),
        ('{"query": 5}\n', "line 1"),
        ("\n", "no queries"),
    ],
)
def test_bad_queries_file_names_the_line(tmp_path: Path, content: str, reason: str) -> None:
    file = tmp_path / "queries.jsonl"
    file.write_text(content)
    with pytest.raises(ValueError, match=reason):
        ask.read_queries(file)


def test_queries_file_that_is_not_there_or_not_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "queries.jsonl"
    assert cli.main(["ask", "somewhere", "--queries", str(file)]) == 1
    file.write_bytes(b"\xff\xfe\x00")
    assert cli.main(["ask", "somewhere", "--queries", str(file)]) == 1
    assert "UTF-8" in capsys.readouterr().err


def test_up_that_starts_with_a_minus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[object] = []

    def load(preset: str, up: object) -> FakeAssistant:
        given.append(up)
        return FakeAssistant()

    monkeypatch.setattr(ask, "_load", load)
    assert cli.main(["ask", str(write_recording(tmp_path)), "where?", "--up", "-1,0,0"]) == 0
    assert given == [(-1.0, 0.0, 0.0)]


def test_closed_pipe_is_quiet(tmp_path: Path) -> None:
    source = write_recording(tmp_path, frames=3)
    command = f"{sys.executable} -m omd3d_ros inspect {source} --json | true"
    result = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, cwd=Path(cli.__file__).parents[1], timeout=60
    )
    assert result.stderr == ""
