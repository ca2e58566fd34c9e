"""A camera process, a node process and a client process, as people run them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import box_room
import cv2
import numpy as np
import pytest
from conftest import ROOT, Graph, eventually
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.node import Node
from sensor_msgs.msg import PointCloud2
from visualization_msgs.msg import MarkerArray

from omd3d_ros.ros.map_topics import LATCHED_QOS

OMD3D = [sys.executable, "-m", "omd3d_ros.cli"]
FAKE_NODE = [sys.executable, str(Path(__file__).parent / "fake_grounding.py")]
WEIGHTS = ROOT / "omd3d_ros" / "models" / "weights" / "nano"


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """30 frames of the box room as a 7-Scenes folder."""
    folder = tmp_path_factory.mktemp("box_room")
    for number, frame in enumerate(box_room.frames(30)):
        stem = folder / f"frame-{number:06d}"
        cv2.imwrite(f"{stem}.color.png", frame.rgb[:, :, ::-1])
        cv2.imwrite(f"{stem}.depth.png", np.rint(frame.depth * 1000).astype(np.uint16))
        np.savetxt(f"{stem}.pose.txt", frame.T_world_camera)
    np.savetxt(folder / "camera-intrinsics.txt", box_room.DEPTH_CAMERA.matrix)
    return folder


@contextmanager
def running(command: list[str], log: Path) -> Iterator[subprocess.Popen]:
    """The process, with its output in a file; killed at the end if it is still there."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        eventually(lambda: "ready" in log.read_text() or process.poll() is not None, 60.0)
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def omd3d(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*OMD3D, *map(str, arguments)], capture_output=True, text=True, timeout=90)


class Listener(Node):
    """Somebody who comes late and listens to everything."""

    def __init__(self) -> None:
        super().__init__("late")
        self.got: dict[str, object] = {}
        for kind, topic, qos in (
            (PointCloud2, "map", LATCHED_QOS),
            (PointCloud2, "answer_cloud", LATCHED_QOS),
            (MarkerArray, "markers", LATCHED_QOS),
            (DiagnosticArray, "/diagnostics", 10),
        ):
            self.create_subscription(kind, topic, lambda m, t=topic: self.got.__setitem__(t, m), qos)

    @property
    def mapped(self) -> int:
        status = self.got.get("/diagnostics")
        return 0 if status is None else int({v.key: v.value for v in status.status[0].values}["mapped"])


def play_ask_and_stop(command: list[str], recording: Path, graph: Graph, log: Path, query: str, stop: int) -> dict:
    """The whole story with one kind of node; returns what `omd3d query --json` printed."""
    with running(command, log) as node:
        played = omd3d("play", recording, "--rate", "10", "--quiet")
        assert played.returncode == 0 and "published 30 frames" in played.stdout, played.stderr
        listener = graph.add(Listener())
        eventually(lambda: listener.mapped >= 27, 20.0)  # best effort: a starved machine may lose a few
        asked = omd3d("query", query, "--json", "--out", log.parent)
        assert asked.returncode == 0, asked.stderr + log.read_text()
        late = graph.add(Listener())
        eventually(lambda: len(late.got) == 4)
        assert late.got["map"].width > 1000
        answer = json.loads(asked.stdout)
        assert len(late.got["markers"].markers) == 1 + 2 * len(answer["instances"])
        assert late.got["answer_cloud"].width == sum(i["num_points"] for i in answer["instances"])
        node.send_signal(stop)
        assert node.wait(15) == 0, log.read_text()
    assert "Traceback" not in log.read_text()
    return answer


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_camera_node_and_client_as_processes(recording, graph, tmp_path, stop):
    params = ROOT / "config" / "omd3d.yaml"
    command = [*FAKE_NODE, "--ros-args", "--params-file", str(params)]
    answer = play_ask_and_stop(command, recording, graph, tmp_path / "node.log", "where is the box?", stop)
    (instance,) = answer["instances"]
    np.testing.assert_allclose(instance["center"], box_room.BOX.mean(0), atol=0.06)
    assert (tmp_path / "OBJ007.ply").is_file()


@pytest.mark.skipif(not WEIGHTS.is_dir(), reason="the nano model is not in this checkout")
def test_the_real_model_in_the_node(recording, graph, tmp_path):
    """`omd3d bringup` with the shipped preset: whatever it answers must lie inside its own boxes and be well-formed."""
    answer = play_ask_and_stop(
        [*OMD3D, "bringup"], recording, graph, tmp_path / "node.log", "where is the red box?", signal.SIGINT
    )
    assert answer["answer"] and answer["frame_id"] in ("map", "")


def test_query_without_a_node(domain):
    asked = omd3d("query", "the box", "--timeout", "0.5")
    assert asked.returncode == 1
    assert asked.stderr.startswith("omd3d: no /ground_query service after 0.5 s")
    assert asked.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ("pose_source:=gps", "parameter pose_source is 'gps', expected one of tf, odometry"),
        ("up:=sideways", "parameter up is 'sideways'"),
        ("voxel_size:=5.0", "voxel_size"),
        ("voxel_size:=1", "voxel_size"),
        ("world_frame:=''", "parameter world_frame is empty"),
    ],
)
def test_wrong_parameters_end_the_node_with_one_clear_line(domain, setting, reason):
    done = subprocess.run([*FAKE_NODE, "--ros-args", "-p", setting], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert reason in done.stderr and "Traceback" not in done.stderr


def test_bringup_names_a_missing_parameter_file():
    done = omd3d("bringup", "--params", "nowhere.yaml")
    assert done.returncode == 1
    assert done.stderr == "omd3d: nowhere.yaml: no such file\n"


def test_the_shared_memory_profile_is_used_unless_the_user_has_one(monkeypatch):
    from omd3d_ros.ros.share import use_fast_dds_profile

    monkeypatch.delenv("FASTRTPS_DEFAULT_PROFILES_FILE")
    use_fast_dds_profile()
    assert Path(os.environ["FASTRTPS_DEFAULT_PROFILES_FILE"]).name == "fastdds.xml"
    monkeypatch.setenv("FASTRTPS_DEFAULT_PROFILES_FILE", "/my/own.xml")
    use_fast_dds_profile()
    assert os.environ["FASTRTPS_DEFAULT_PROFILES_FILE"] == "/my/own.xml"
