"""Exported rooms: the promised files, readable back, resumable."""

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from omd3d_ros.datasets.rooms import export_rooms
from omd3d_ros.datasets.rooms.export import add_arguments, run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    (only,) = export_rooms(4, 1, tmp_path_factory.mktemp("rooms"), 4, 160, 120, progress=False)
    return only


def test_layout(folder: Path) -> None:
    assert folder.name == "room-000004"
    names = {p.name for p in folder.iterdir()}
    expected = {
        f"frame-{i:06d}.{end}" for i in range(4) for end in ("color.jpg", "depth.png", "pose.txt", "instance.png")
    }
    assert names == expected | {"camera-intrinsics.txt", "ground_truth.json"}
    assert np.loadtxt(folder / "camera-intrinsics.txt").shape == (3, 3)
    assert np.loadtxt(folder / "frame-000000.pose.txt").shape == (4, 4)
    depth = cv2.imread(str(folder / "frame-000000.depth.png"), cv2.IMREAD_UNCHANGED)
    instances = cv2.imread(str(folder / "frame-000000.instance.png"), cv2.IMREAD_UNCHANGED)
    assert depth.dtype == np.uint16 and instances.dtype == np.uint16 and depth.shape == instances.shape == (120, 160)
    assert 400 < np.median(depth[depth > 0]) < 6000


def test_ground_truth(folder: Path) -> None:
    truth = json.loads((folder / "ground_truth.json").read_text())
    assert truth["seed"] == 4 and truth["up"] == [0.0, 0.0, 1.0]
    ids = {o["id"] for o in truth["objects"]}
    assert all({"id", "category", "color", "center", "size", "on"} <= set(o) for o in truth["objects"])
    assert truth["queries"] and all(set(q["target_ids"]) <= ids for q in truth["queries"])


def test_finished_rooms_are_skipped_and_unfinished_ones_written(tmp_path: Path) -> None:
    first, second = export_rooms(0, 2, tmp_path, 2, 64, 48, progress=False)
    stamp = (first / "ground_truth.json").stat().st_mtime_ns
    (second / "ground_truth.json").unlink()
    (second / "frame-000001.depth.png").unlink()
    export_rooms(0, 2, tmp_path, 2, 64, 48, progress=False)
    assert (first / "ground_truth.json").stat().st_mtime_ns == stamp
    assert (second / "ground_truth.json").exists() and (second / "frame-000001.depth.png").exists()


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    options = ["--seed", "2", "--count", "1", "--out", str(tmp_path), "--frames", "1", "--size", "64x48"]
    assert run(parser.parse_args(options)) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "room-000002")
    assert run(parser.parse_args([*options, "--count", "0"])) == 2
    with pytest.raises(SystemExit):
        parser.parse_args(["--out", str(tmp_path), "--size", "big"])


def test_an_unwritable_place_is_one_line_and_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "taken").write_text("a file")
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    assert run(parser.parse_args(["--out", str(tmp_path / "taken"), "--frames", "1", "--size", "64x48"])) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "taken" in error
