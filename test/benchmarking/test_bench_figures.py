"""Medians, spreads, bars, and how a run is written down."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from omd3d_ros.benchmarking import machine as machine_module
from omd3d_ros.benchmarking.figures import AreaResult, Figure
from omd3d_ros.benchmarking.machine import Machine, OtherPrograms, this_machine
from omd3d_ros.benchmarking.markdown import BEGIN, END, as_markdown, put_section
from omd3d_ros.benchmarking.measuring import Samples, figure_of, timed
from omd3d_ros.benchmarking.picture import draw_figures
from omd3d_ros.benchmarking.report import as_object, as_text, number

MACHINE = Machine("A CPU", 2, 8.0, 1, "Linux x86_64", "3.11.0", "2.6.0", "0.1.0", "2026-01-02T03:04+00:00")
RESULTS = [
    AreaResult("mapping", [Figure("map a frame", 2.0, "ms", low=1.5, high=4.0, cpu=2.1, bar=33.3, note="8 frames")]),
    AreaResult("ask", skipped="no weights"),
    AreaResult("growth", failed="ValueError: no"),
]


def test_median_and_spread():
    figure = figure_of("answers", range(1, 12), "ms")
    assert (figure.low, figure.value, figure.high, figure.repeats) == (2.0, 6.0, 10.0, 11)
    with pytest.raises(ValueError, match="nothing was measured"):
        figure_of("answers", [], "ms")


def test_the_first_call_does_not_count():
    calls = []
    samples = timed(lambda: calls.append(1), 3)
    assert len(calls) == 4 and len(samples.wall) == len(samples.cpu) == 3


def test_samples_scaled_and_late():
    samples = Samples([float(ms) for ms in range(101)], [2.0] * 101)
    assert samples.figure("graph", scale=3.0).value == 150.0
    assert samples.figure("graph", scale=3.0).cpu == 6.0
    assert samples.late("graph").value == 95.0


@pytest.mark.parametrize(
    ("value", "better", "reached"),
    [(9, "lower", True), (11, "lower", False), (9, "higher", False), (11, "higher", True)],
)
def test_bars(value, better, reached):
    assert Figure("rate", value, "fps", better, bar=10.0).reached is reached


def test_no_bar_and_no_number():
    assert Figure("rate", 1.0, "fps").reached is None
    with pytest.raises(ValueError, match="finite"):
        Figure("rate", float("nan"), "fps")


def test_objects_have_what_is_known():
    run = json.loads(json.dumps(as_object(MACHINE, "omd3d bench", RESULTS, ["mapping", "ask", "growth", "stream"])))
    assert run["complete"] is False and run["machine"]["cpu"] == "A CPU" and run["command"] == "omd3d bench"
    figure = run["areas"][0]["figures"][0]
    assert {"name", "value", "unit", "better", "bar", "note", "cpu", "low", "high", "repeats"} == set(figure)
    assert run["areas"][1]["skipped"] == "no weights" and "failed" not in run["areas"][1]
    assert as_object(MACHINE, "", RESULTS, ["mapping", "ask", "growth"])["complete"] is True


def test_the_table_says_everything():
    text = as_text(MACHINE, "omd3d bench --quick", RESULTS)
    for part in ("A CPU, 2 cores", "torch 2.6.0", "omd3d bench --quick", "1.50 to 4.00", "<= 33.3 ok", "8 frames"):
        assert part in text
    assert "skipped: no weights" in text and "failed: ValueError: no" in text
    assert "other programs" not in text


def test_other_programs_are_pointed_out():
    text = as_text(MACHINE, "omd3d bench", [dataclasses.replace(RESULTS[0], others=1.25), *RESULTS[1:]])
    assert "other programs were using the cores" in text and "MAPPING  (other programs used 1.25 cores)" in text
    assert "trust CPU times and ratios" in text
    busy = dataclasses.replace(MACHINE, threads=2)  # threads that wait for a busy core spin
    assert "trust ratios, or measure with --threads 1" in as_text(busy, "", [dataclasses.replace(RESULTS[0], others=1)])
    assert "other programs" not in as_text(MACHINE, "omd3d bench", [dataclasses.replace(RESULTS[0], others=0.05)])


def test_results_are_read_as_they_were_written():
    for result in (dataclasses.replace(RESULTS[0], others=0.5), *RESULTS[1:]):
        assert AreaResult.from_object(json.loads(json.dumps(result.as_object()))) == result


def test_what_a_child_of_ours_uses_is_not_of_others(monkeypatch):
    """A machine on which half a core was used by others and a whole one by us."""
    clock = iter([100.0, 110.0])
    monkeypatch.setattr(machine_module.time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(machine_module, "_busy_seconds", iter([1000.0, 1015.0]).__next__)
    monkeypatch.setattr(machine_module, "_our_seconds", iter([5.0, 15.0]).__next__)
    assert OtherPrograms().cores() == 0.5


def test_numbers_are_readable():
    assert [number(v) for v in (1234.5, 56.78, 0.123, None)] == ["1,234", "56.8", "0.12", ""]


def test_bars_of_the_picture_are_as_long_as_their_values():
    figures = [Figure("one", 10.0, "ms"), Figure("half", 5.0, "ms"), Figure("too slow", 10.0, "s", bar=1.0)]
    image = draw_figures(MACHINE, "omd3d bench", [AreaResult("ask", figures)])
    assert image.dtype == np.uint8 and image.shape[1:] == (1280, 3)
    blue = (image == (59, 125, 216)).all(2).sum(1)
    lengths = sorted({int(n) for n in blue if n > 100})
    assert len(lengths) == 2 and abs(lengths[1] - 2 * lengths[0]) <= 2
    assert (image == (200, 60, 60)).all(2).any()


def test_a_group_has_a_scale_of_its_own():
    figures = [Figure("room", 10.0, "ms", group="a"), Figure("objects", 0.1, "ms", group="b")]
    image = draw_figures(MACHINE, "omd3d bench", [AreaResult("growth", figures)])
    blue = (image == (59, 125, 216)).all(2).sum(1)
    assert len({int(n) for n in blue if n > 100}) == 1


def test_a_machine_that_tells_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr(machine_module, "_CPU_INFO", tmp_path / "none")
    monkeypatch.setattr(machine_module, "_MEMORY_INFO", tmp_path / "none")
    monkeypatch.setattr(machine_module, "_CPU_TIMES", tmp_path / "none")
    assert OtherPrograms().cores() is None
    described = this_machine()
    assert described.cpu and described.memory_gb is None and described.cores >= 1


def test_markdown_has_a_row_for_every_figure_and_reason(tmp_path):
    section = as_markdown(MACHINE, "omd3d bench --quick", RESULTS)
    lines = section.split("\n")
    assert lines[:2] == [BEGIN, "    omd3d bench --quick"] and "A CPU, 2 cores" in section
    assert "| map a frame | 2.00 | 1.50 to 4.00 | 2.10 | ms | <= 33.3 ok | 1 | 8 frames |" in lines
    assert any(line.startswith("| **ask**") and "skipped: no weights" in line for line in lines)
    assert {line.count("|") for line in lines if line.startswith("|")} == {9}


def test_a_section_takes_the_place_of_the_one_before(tmp_path):
    file = tmp_path / "PERFORMANCE.md"
    put_section(file, f"{BEGIN}\nfirst\n{END}\n")
    assert file.read_text() == f"{BEGIN}\nfirst\n{END}\n"
    file.write_text(f"# Performance\n\n{file.read_text()}\nmore\n")
    put_section(file, f"{BEGIN}\nsecond\n{END}\n")
    assert file.read_text() == f"# Performance\n\n{BEGIN}\nsecond\n{END}\n\nmore\n"
    file.write_text("# Another\n")
    put_section(file, f"{BEGIN}\nsecond\n{END}\n")
    assert file.read_text() == f"# Another\n\n{BEGIN}\nsecond\n{END}\n"


def test_half_a_section_is_refused(tmp_path):
    file = tmp_path / "PERFORMANCE.md"
    for text in (BEGIN, END, f"{END} {BEGIN}", f"{BEGIN} {END} {BEGIN} {END}"):
        file.write_text(text)
        with pytest.raises(ValueError, match="must have"):
            put_section(file, "a section")
        assert file.read_text() == text
