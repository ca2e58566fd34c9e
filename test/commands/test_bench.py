"""``omd3d bench`` from the command line, its areas replaced."""

from __future__ import annotations

import json

import cv2
import pytest

from omd3d_ros.benchmarking import runner
from omd3d_ros.benchmarking.areas import AREAS
from omd3d_ros.benchmarking.figures import AreaResult, Figure
from omd3d_ros.benchmarking.markdown import BEGIN
from omd3d_ros.cli import main
from omd3d_ros.commands import bench


class Areas:
    """What becomes of each area, in the place of the processes that measure."""

    def __init__(self) -> None:
        self.becomes: dict[str, AreaResult | BaseException] = {}
        self.measured: list[str] = []

    def __call__(self, area, settings, limit, on_tick=None) -> AreaResult:
        self.measured.append(area)
        what = self.becomes.get(area, AreaResult(area, [Figure("map a frame", 2.0, "ms", bar=33.3)], seconds=0.25))
        if isinstance(what, BaseException):
            raise what
        return what


@pytest.fixture
def areas(monkeypatch: pytest.MonkeyPatch) -> Areas:
    made = Areas()
    monkeypatch.setattr(runner, "run_area", made)
    return made


def test_all_areas_of_the_command_are_there():
    assert tuple(AREAS) == bench._AREAS


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
    areas.becomes["stream"] = AreaResult("stream", skipped="no weights")
    assert main(["bench", "--only", "mapping,stream"]) == 0
    told = capsys.readouterr().err
    assert "mapping (1 of 2) done, 0.2 s" in told and "stream (2 of 2) skipped" in told


def test_what_is_missing_is_skipped(areas, capsys):
    areas.becomes["ask"] = AreaResult("ask", skipped="no weights in here")
    assert main(["bench", "--only", "mapping,ask", "--quiet"]) == 0
    assert "skipped: no weights in here" in capsys.readouterr().out


def test_a_failed_area_makes_the_exit_code_but_not_the_others_fail(areas, tmp_path, capsys):
    areas.becomes["mapping"] = AreaResult("mapping", failed="ValueError: broken")
    assert main(["bench", "--only", "mapping,ask", "--json", str(tmp_path / "run.json"), "--quiet"]) == 1
    run = json.loads((tmp_path / "run.json").read_text())
    assert run["areas"][0]["failed"] == "ValueError: broken" and run["areas"][1]["figures"]


def test_an_interrupt_keeps_the_finished_areas(areas, tmp_path):
    areas.becomes["superpoints"] = KeyboardInterrupt()
    out = tmp_path / "out"
    assert main(["bench", "--only", "mapping,superpoints", "--out", str(out), "--quiet"]) == 130
    run = json.loads((out / "bench.json").read_text())
    assert [area["area"] for area in run["areas"]] == ["mapping"] and run["complete"] is False
    assert "map a frame" in (out / "bench.txt").read_text()


def test_a_run_goes_on_where_another_stopped(areas, tmp_path):
    areas.becomes["superpoints"] = KeyboardInterrupt()
    out = ["--out", str(tmp_path / "out"), "--quiet"]
    assert main(["bench", "--only", "mapping,superpoints", *out]) == 130
    areas.becomes["superpoints"] = AreaResult("superpoints", failed="broken")
    assert main(["bench", "--resume", "--only", "mapping,superpoints,ask", *out]) == 1
    assert areas.measured == ["mapping", "superpoints", "superpoints", "ask"]
    del areas.becomes["superpoints"]
    assert main(["bench", "--resume", *out]) == 0
    assert areas.measured[4:] == ["superpoints", "sparse", "encode", "stream", "growth"]
    run = json.loads((tmp_path / "out/bench.json").read_text())
    assert [area["area"] for area in run["areas"]] == list(bench._AREAS) and run["complete"]
    assert run["command"] == "omd3d bench --resume"
    assert main(["bench", "--only", "mapping", *out]) == 0 and areas.measured[-1] == "mapping"


def test_a_table_in_a_markdown_file(areas, tmp_path):
    file = tmp_path / "PERFORMANCE.md"
    file.write_text("# Performance\n")
    for _ in range(2):
        assert main(["bench", "--only", "mapping", "--markdown", str(file), "--quiet"]) == 0
    text = file.read_text()
    assert text.startswith("# Performance\n") and text.count(BEGIN) == 1 and "| map a frame | 2.00 |" in text


def test_a_markdown_file_that_can_not_be_written_to_ends_a_run_before_it_begins(areas, tmp_path, capsys):
    file = tmp_path / "PERFORMANCE.md"
    file.write_text(BEGIN)
    assert main(["bench", "--only", "mapping", "--markdown", str(file)]) == 1
    assert "must have" in capsys.readouterr().err and areas.measured == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--only", "mapping,speed"], "got speed"),
        (["--only", ","], "got none"),
        (["--threads", "0"], "--threads must be at least 1"),
        (["--minutes", "0"], "--minutes must be more than 0"),
        (["--resume"], "--resume needs --out"),
        (["no/such/folder"], "does not exist"),
    ],
)
def test_wrong_usage(options, message, capsys):
    assert main(["bench", *options]) == 2
    assert message in capsys.readouterr().err


def test_a_preset_that_is_not_there(areas, capsys):
    assert main(["bench", "--preset", "no-such-preset", "--quiet"]) == 1
    assert "no-such-preset" in capsys.readouterr().err and areas.measured == []
