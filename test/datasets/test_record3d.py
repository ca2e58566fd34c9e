"""Record3D: compressed and damaged depth, confidence, intrinsics that change, zip files."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from recorded_layouts import flat_wall, stored_lzfse, write_r3d, write_record3d, write_record3d_converted

from omd3d_ros.datasets import open_source
from omd3d_ros.datasets.sources import SourceError


def test_compressed_depth_needs_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lzfse = pytest.importorskip("lzfse", reason="the record3d extra is not installed")
    frames = flat_wall(1)
    folder = write_record3d(tmp_path / "room", frames)
    (folder / "rgbd" / "0.depth").write_bytes(lzfse.compress(frames[0].depth.tobytes()))
    np.testing.assert_array_equal(open_source(folder)[0].depth, frames[0].depth)
    monkeypatch.setitem(sys.modules, "lzfse", None)
    with pytest.raises(SourceError, match=r"0\.depth.*pip install 'omd3d\[record3d\]'"):
        list(open_source(folder))


def test_low_confidence_and_impossible_depth_are_no_readings(tmp_path: Path) -> None:
    folder = write_record3d(tmp_path / "room", flat_wall(1))
    depth = np.full(64 * 48, 1.5, "<f4")
    depth[:4] = np.nan, np.inf, -1, 0
    confidence = np.full(64 * 48, 2, np.uint8)
    confidence[4:6] = 0, 1
    (folder / "rgbd" / "0.depth").write_bytes(stored_lzfse(depth.tobytes()))
    (folder / "rgbd" / "0.conf").write_bytes(stored_lzfse(confidence.tobytes()))
    np.testing.assert_array_equal(open_source(folder)[0].depth[0, :7], [0, 0, 0, 0, 0, 1.5, 1.5])
    (folder / "rgbd" / "0.conf").unlink()
    np.testing.assert_array_equal(open_source(folder)[0].depth[0, :7], [0, 0, 0, 0, 1.5, 1.5, 1.5])


def test_broken_frames_are_skipped_and_named(tmp_path: Path) -> None:
    folder = write_record3d(tmp_path / "room", flat_wall(12))
    (folder / "rgbd" / "2.depth").write_bytes(b"")
    (folder / "rgbd" / "3.depth").write_bytes(stored_lzfse(b"\0" * 40))
    (folder / "rgbd" / "4.depth").unlink()
    (folder / "rgbd" / "10.jpg").unlink()
    source = open_source(folder)
    positions = [f.T_world_camera[0, 3] for f in source if f.T_world_camera is not None]
    assert positions == pytest.approx([0.01 * i for i in (0, 1, 5, 6, 7, 8, 9, 11)])
    assert [file for file, _ in source.skipped] == ["rgbd/2.depth", "rgbd/3.depth", "rgbd/4.depth", "rgbd/10.jpg"]


def test_poses_intrinsics_and_stamps_of_each_frame(tmp_path: Path) -> None:
    folder = write_record3d(tmp_path / "room", flat_wall(3))
    _change(
        folder,
        poses=[[0, 0, 0, 1, 0, 0, 0], [0, 0, 0, 0, 1, 1, 1]],
        perFrameIntrinsicCoeffs=[[70, 71, 31, 23]],
        frameTimestamps=[5.0, 5.0, 5.0],
        fps=60,
    )
    frames = list(open_source(folder))
    assert [f.T_world_camera is not None for f in frames] == [True, False, False]
    np.testing.assert_allclose(frames[0].T_world_camera, np.diag([1, -1, -1, 1]))
    assert [f.depth_camera.fx for f in frames] == [70, 60, 60]
    assert [f.stamp for f in frames] == pytest.approx([0, 1 / 60, 2 / 60])


def test_depth_size_that_is_not_told_is_that_of_the_colour_images_shape(tmp_path: Path) -> None:
    folder = write_record3d(tmp_path / "room", flat_wall(1))
    _change(folder, dw=None, dh=None)
    (folder / "rgbd" / "0.depth").write_bytes(stored_lzfse(np.ones(32 * 24, "<f4").tobytes()))
    (folder / "rgbd" / "0.conf").unlink()
    frame = open_source(folder)[0]
    assert frame.depth.shape == (24, 32)
    assert frame.depth_camera.fx == 30 and frame.color_camera is not None and frame.color_camera.fx == 60


@pytest.mark.parametrize("change", [{"K": None}, {"K": [1, 2]}, {"w": "x"}, {"poses": 3}])
def test_metadata_that_is_not_record3ds_is_named(change: dict[str, Any], tmp_path: Path) -> None:
    folder = write_record3d(tmp_path / "room", flat_wall(1))
    _change(folder, **change)
    with pytest.raises(SourceError, match="metadata"):
        open_source(folder)


def test_r3d_that_is_no_zip_and_zip_that_is_no_recording(tmp_path: Path) -> None:
    file = write_r3d(tmp_path, flat_wall(2))
    file.write_bytes(file.read_bytes()[:-30])
    with pytest.raises(SourceError, match=r"no whole \.r3d file"):
        open_source(file)


def test_converted_recording_without_intrinsics_asks_for_them(tmp_path: Path) -> None:
    folder = write_record3d_converted(tmp_path / "room", flat_wall(2))
    np.save(folder / "poses" / "1.npy", np.full((4, 4), np.nan))
    assert [f.T_world_camera is not None for f in open_source(folder)] == [True, False]
    (folder / "dataconfig.yaml").write_text("camera_params: {fx: 60}\n")
    with pytest.raises(SourceError, match=r"dataconfig\.yaml: expected camera_params"):
        open_source(folder)
    (folder / "dataconfig.yaml").unlink()
    with pytest.raises(SourceError, match=r"camera-intrinsics\.txt"):
        list(open_source(folder))


def _change(folder: Path, **fields: Any) -> None:
    file = folder / "metadata"
    file.write_text(json.dumps({**json.loads(file.read_text()), **fields}))
