"""Areas in processes of their own: one that hangs, dies or says nothing is a row that says why."""

from __future__ import annotations

import os
import sys
import time

import pytest

from omd3d_ros.benchmarking import runner
from omd3d_ros.benchmarking.figures import AreaResult, Figure
from omd3d_ros.benchmarking.machine import this_machine
from omd3d_ros.benchmarking.runner import run_area, run_areas
from omd3d_ros.benchmarking.settings import Settings
from omd3d_ros.benchmarking.stored import StoredAreas

SETTINGS = Settings(quick=True)
MEASURED = AreaResult("mapping", [Figure("map a frame", 2.0, "ms", low=1.0, high=3.0)], seconds=1.5, others=0.1)


@pytest.fixture
def does(monkeypatch):
    """What the process of an area does: Python, with FILE for where its result goes."""

    def set_program(program: str) -> None:
        def command(area, settings, file):
            return [sys.executable, "-c", program.replace("FILE", repr(str(file))).replace("AREA", repr(area))]

        monkeypatch.setattr(runner, "_command", command)

    return set_program


def test_what_the_process_writes_is_the_result(does):
    does("""import json; json.dump({"area": AREA, "figures": [], "skipped": "no camera"}, open(FILE, "w"))""")
    result = run_area("mapping", SETTINGS, 60.0)
    assert (result.area, result.skipped, result.failed) == ("mapping", "no camera", "")
    assert 0 < result.seconds < 60


@pytest.mark.parametrize(
    ("program", "failed"),
    [
        ("import sys; print('first'); sys.exit('broken pipe')", "its process ended with code 1: broken pipe"),
        ("import os; os.kill(os.getpid(), 9)", "its process was ended by SIGKILL (out of memory?)"),
        ("pass", "its process ended with code 0"),
    ],
)
def test_a_process_without_a_result_has_failed(does, program, failed):
    does(program)
    assert run_area("ask", SETTINGS, 60.0).failed == failed


def test_one_that_hangs_is_ended_with_those_that_it_started(does, tmp_path):
    noted = tmp_path / "pid"
    does(
        "import subprocess, sys, time;"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(100)']);"
        f"open({str(noted)!r}, 'w').write(str(child.pid)); time.sleep(100)"
    )
    ticks: list[str] = []
    result = run_area("stream", SETTINGS, 2.0, ticks.append)
    assert result.failed == "it was not done after 2 seconds" and 2 <= result.seconds < 20
    assert set(ticks) == {"stream"} and len(ticks) >= 2
    assert not _alive(int(noted.read_text()))


def test_an_interrupt_ends_the_process(does, tmp_path):
    noted = tmp_path / "pid"
    does(f"import os, time; open({str(noted)!r}, 'w').write(str(os.getpid())); time.sleep(100)")

    def interrupt(area: str) -> None:
        if noted.exists() and noted.read_text():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_area("ask", SETTINGS, 60.0, interrupt)
    assert not _alive(int(noted.read_text()))


def test_an_area_takes_a_third_of_the_time_and_none_starts_after_it(does):
    does("""import json, time; time.sleep(5 * (AREA == "ask"));
json.dump({"area": AREA, "figures": []}, open(FILE, "w"))""")
    results = {result.area: result for result in run_areas(["ask", "mapping"], SETTINGS, 9.0)}
    assert results["ask"].failed == "it was not done after 3 seconds" and not results["mapping"].failed
    (late,) = run_areas(["mapping"], SETTINGS, 0.0)
    assert late.skipped == "no time was left of 0 seconds"


def test_a_real_area_without_weights(tmp_path):
    preset = tmp_path / "bare.yaml"
    preset.write_text("weights: none-here\n")
    result = run_area("ask", Settings(str(preset), quick=True), 300.0)
    assert "none-here" in result.skipped, result


def test_stored_areas_are_those_of_the_same_settings_machine_and_version(tmp_path):
    machine = this_machine()
    stored = StoredAreas(tmp_path, SETTINGS, machine)
    assert stored.read("mapping") is None
    stored.write(MEASURED)
    assert stored.read("mapping") == MEASURED
    assert StoredAreas(tmp_path, Settings(quick=False), machine).read("mapping") is None
    assert StoredAreas(tmp_path, SETTINGS, this_machine(threads=77)).read("mapping") is None
    (tmp_path / "mapping.json").write_text('{"made_with": ')
    assert stored.read("mapping") is None


def test_what_failed_or_was_skipped_is_measured_again(tmp_path):
    stored = StoredAreas(tmp_path, SETTINGS, this_machine())
    for result in (AreaResult("ask", failed="broken"), AreaResult("ask", skipped="no weights")):
        stored.write(result)
        assert stored.read("ask") is None


def _alive(pid: int) -> bool:
    """Whether it runs; one that is killed may take a moment to go, as a zombie where nobody reaps it."""
    for _ in range(50):
        try:
            os.kill(pid, 0)
            with open(f"/proc/{pid}/stat") as stat:
                if stat.read().rpartition(")")[2].split()[0] == "Z":
                    return False
        except (ProcessLookupError, FileNotFoundError):
            return False
        time.sleep(0.1)
    return True
