"""``omd3d bench`` from the command line, its areas replaced."""

from __future__ import annotations

import json

import cv2
import pytest

from omd3d_ros.benchmarking import runner
from omd3d_ros.benchmarking.figures import Figure, Unavailable
from omd3d_ros.cli import main
from omd3d_ros.commands import bench


class Areas:
    """What each area does, in the place of the modules that measure."""

    def __init__(self) -> None:
        self.does: dict[str, object] = {}

    def import_module(self, name: str) -> Areas:
        module = Areas()
        module.does = {"now": self.does.get(name.rpartition(".")[2])}
        return module

    def measure(self, inputs: object) -> list[Figure]:
        what = self.does["now"]
        if isinstance(what, BaseException):
            raise what
        return [Figure("map a frame", 2.0, "ms", bar=33.3)]


@pytest.fixture
def areas(monkeypatch: pytest.MonkeyPatch) -> Areas:
    made = Areas()
    monkeypatch.setattr(runner, "importlib", made)
    return made


def test_all_areas_of_the_command_are_there():
    assert tuple(runner.AREAS) == bench._AREAS


def test_text_json_and_picture(areas, tmp_path, capsys):
    assert main(["bench", "--quick", "--only", "ask,mapping", "--out", str(tmp_path / "out"), "--quiet"]) == 0
    printed = capsys.readouterr()
    assert printed.out.index("MAPPING") < printed.out.index("ASK") and printed.err == ""
    assert (tmp_path / "out/bench.txt").read_text() == printed.out
    run = json.loads((tmp_path / "out/bench.json").read_text())
    assert [area["area"] for area in run["areas"]] == ["mapping", "ask"] and run["complete"]
    assert run["command"] == "omd3d bench --quick --only ask,mapping"
    assert {"cpu", "cores", "torch", "threads", "omd3d", "date"} <= set(run["machine"])
    assert cv2.imread(str(tmp_path / "out/bench.png")).shape[1] == 1280


def test_progress(areas, capsys):
    assert main(["bench", "--only", "mapping,stream"]) == 0
    assert "mapping (1 of 2)" in capsys.readouterr().err


def test_what_is_missing_is_skipped(areas, capsys):
    areas.does["asking"] = Unavailable("no weights in here")
    assert main(["bench", "--only", "mapping,ask", "--quiet"]) == 0
    assert "skipped: no weights in here" in capsys.readouterr().out


def test_a_failed_area_makes_the_exit_code_but_not_the_others_fail(areas, tmp_path, capsys):
    areas.does["mapping"] = ValueError("broken")
    assert main(["bench", "--only", "mapping,ask", "--json", str(tmp_path / "run.json"), "--quiet"]) == 1
    run = json.loads((tmp_path / "run.json").read_text())
    assert run["areas"][0]["failed"] == "ValueError: broken" and run["areas"][1]["figures"]


def test_an_interrupt_keeps_the_finished_areas(areas, tmp_path):
    areas.does["superpoints"] = KeyboardInterrupt()
    out = tmp_path / "out"
    assert main(["bench", "--only", "mapping,superpoints", "--out", str(out), "--quiet"]) == 130
    run = json.loads((out / "bench.json").read_text())
    assert [area["area"] for area in run["areas"]] == ["mapping"] and run["complete"] is False
    assert "map a frame" in (out / "bench.txt").read_text()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--only", "mapping,speed"], "got speed"),
        (["--only", ","], "got none"),
        (["--threads", "0"], "--threads must be at least 1"),
        (["no/such/folder"], "does not exist"),
    ],
)
def test_wrong_usage(options, message, capsys):
    assert main(["bench", *options]) == 2
    assert message in capsys.readouterr().err
