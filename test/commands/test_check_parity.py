"""``omd3d check-parity`` as a user meets it: a line for each fixture, exit codes, JSON, what it says of a mismatch."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from fixture_copies import copy_fixture, shift_first_number

from omd3d_ros.cli import main
from omd3d_ros.evaluation.captions import why_left_out
from omd3d_ros.parity.registry import KINDS


@pytest.fixture
def check(capsys):
    """Runs the command in this process: exit code, lines on stdout, stderr."""

    def run(*arguments: object) -> tuple[int, list[str], str]:
        code = main(["check-parity", *map(str, arguments)])
        printed = capsys.readouterr()
        return code, printed.out.splitlines(), printed.err

    return run


@pytest.fixture
def two(reference_fixtures, tmp_path) -> Path:
    """Copies of two fixtures, one of them under a name of its own."""
    copy_fixture(reference_fixtures / "mask_decoder", tmp_path / "mask_decoder_2")
    copy_fixture(reference_fixtures / "uni3d", tmp_path / "deep" / "clouds")
    return tmp_path


def test_all_reference_fixtures_pass(check, reference_fixtures, request):
    if why_left_out() is None:
        request.getfixturevalue("one_meteor")
    code, lines, _ = check(reference_fixtures)
    assert [line.split()[0] for line in lines[:-1]] == sorted(KINDS)
    assert lines[-1] == f"{len(KINDS)} of {len(KINDS)} fixtures pass"
    assert code == 0


def test_a_line_has_name_error_tolerance_and_verdict(check, two):
    code, lines, _ = check(two)
    assert code == 0
    assert [line.split()[0] for line in lines] == ["deep/clouds", "mask_decoder_2", "2"]
    name, error, word, tolerance, verdict, *_ = lines[1].split()
    assert (word, verdict) == ("tolerance", "pass")
    assert float(error) <= float(tolerance) == 1e-5


def test_one_fixture_goes_by_its_own_name(check, two):
    code, lines, _ = check(two / "mask_decoder_2")
    assert code == 0
    assert lines[0].startswith("mask_decoder_2 ") and lines[1] == "1 of 1 fixtures pass"


def test_an_altered_number_fails_and_is_named(check, two):
    """One logit of what the reference gives is off by ten times the tolerance."""
    shift_first_number(two / "mask_decoder_2" / "io.safetensors", "single.masks", by=1e-4)
    code, lines, _ = check(two)
    assert code == 1
    assert " pass  (" in lines[0] and " fail  (1 of " in lines[1]
    assert lines[1].endswith("worst: single.masks)")
    assert float(lines[1].split()[1]) == pytest.approx(1e-4, rel=0.1)
    assert lines[2] == "1 of 2 fixtures pass"


def test_verbose_lists_every_quantity(check, two):
    shift_first_number(two / "mask_decoder_2" / "io.safetensors", "single.masks", by=1e-4)
    _, lines, _ = check(two / "mask_decoder_2", "--verbose")
    quantities = [line for line in lines if line.startswith("    ")]
    assert len(quantities) > 50
    assert [line.split(":")[0].strip() for line in quantities if line.endswith("FAIL")] == ["single.masks"]


def test_json_has_every_quantity_and_no_infinity(check, two):
    """A tensor of another shape is infinitely far off."""
    shift_first_number(two / "mask_decoder_2" / "io.safetensors", "single.scores", by=math.inf)
    code, lines, _ = check(two, "--json")
    clouds, decoder = (json.loads(line, parse_constant=pytest.fail) for line in lines)
    assert code == 1
    assert (clouds["name"], clouds["kind"], clouds["passed"]) == ("deep/clouds", "uni3d", True)
    assert {q["what"] for q in clouds["quantities"]} >= {"fps_idx", "center", "embed"}
    assert (decoder["passed"], decoder["worst"], decoder["error"]) == (False, "single.scores", None)
    failing = [q for q in decoder["quantities"] if not q["passed"]]
    assert failing == [{"what": "single.scores", "error": None, "tolerance": 1e-5, "passed": False}]


@pytest.mark.parametrize("file", ["config.json", "io.safetensors", "weights.safetensors"])
@pytest.mark.parametrize("content", [None, b"", b"{\x00"], ids=["missing", "empty", "damaged"])
@pytest.mark.parametrize("kind", ["mask_decoder", "point_extractor", "spformer_query_decoder", "uni3d"])
def test_a_file_that_cannot_be_read_fails_its_fixture_alone(check, reference_fixtures, tmp_path, kind, file, content):
    copy_fixture(reference_fixtures / "eval_reason_seg", tmp_path / "eval_reason_seg")
    damaged = copy_fixture(reference_fixtures / kind, tmp_path / kind) / file
    damaged.unlink() if content is None else damaged.write_bytes(content)
    code, lines, errors = check(tmp_path)
    assert code == 1
    assert " pass  (" in lines[0]
    assert f" fail  ({file}" in lines[1]
    assert lines[2] == "1 of 2 fixtures pass"
    assert errors == ""


@pytest.mark.parametrize("content", ["[]", '{"colour": "red"}'])
@pytest.mark.parametrize("kind", ["mask_decoder", "point_extractor", "spformer_query_decoder", "uni3d", "chat3d"])
def test_settings_of_something_else_fail(check, reference_fixtures, tmp_path, kind, content):
    (copy_fixture(reference_fixtures / kind, tmp_path / kind) / "config.json").write_text(content)
    code, lines, _ = check(tmp_path)
    assert code == 1
    assert " fail  (config.json" in lines[0]


def test_no_fixtures_and_no_folder_are_errors(check, tmp_path):
    (tmp_path / "notes").mkdir()
    code, lines, error = check(tmp_path)
    assert (code, lines) == (1, []) and "no fixtures at or below it" in error
    code, lines, error = check(tmp_path / "nowhere")
    assert (code, lines) == (1, []) and "no such folder" in error
