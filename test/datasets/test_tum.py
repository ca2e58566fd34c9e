"""TUM RGB-D: which images belong together, which pose a frame has, what the text files may look like."""

from __future__ import annotations

from pathlib import Path

import pytest
from recorded_layouts import flat_wall, write_tum

from omd3d_ros.datasets import open_source
from omd3d_ros.datasets.sources import SourceError
from omd3d_ros.datasets.tum import match_stamps


def test_stamps_match_once_and_the_nearest_first() -> None:
    # 0.015 is nearer to 0.010 than to 0.000, which then has to do without.
    assert match_stamps([0.0, 0.010, 1.0], [0.015, 1.019]) == [(1, 0), (2, 1)]
    assert match_stamps([0.0], [0.021]) == []
    assert match_stamps([1_400_000_000.0], [1_400_000_000.02]) == [(0, 0)]
    assert match_stamps([], [1.0]) == []


def test_lists_may_be_unsorted_with_comments_blank_lines_and_lines_that_are_none(tmp_path: Path) -> None:
    folder = write_tum(tmp_path / "tum", flat_wall(4))
    for name in ("rgb", "depth", "groundtruth"):
        lines = (folder / f"{name}.txt").read_text().splitlines()
        (folder / f"{name}.txt").write_text(
            "\ufeff# made up\n\n" + "\r\n".join(lines[::-1]) + "\n# end\nnot-a-stamp x\n7\n"
        )
    frames = list(open_source(folder))
    assert [f.T_world_camera[0, 3] for f in frames if f.T_world_camera is not None] == pytest.approx(
        [0, 0.01, 0.02, 0.03]
    )
    assert [f.stamp for f in frames] == sorted(f.stamp for f in frames)


def test_image_without_a_partner_is_no_frame(tmp_path: Path) -> None:
    folder = write_tum(tmp_path / "tum", flat_wall(3))
    with (folder / "rgb.txt").open("a") as file:
        file.write("1400000000.015 rgb/between.png\n1400000009.0 rgb/later.png\n")
    assert len(open_source(folder)) == 3
    (folder / "depth.txt").write_text("1300000000.0 depth/x.png\n")
    with pytest.raises(SourceError, match=r"none of 5 colour and 1 depth images are within 0\.02 s"):
        open_source(folder)


def test_listed_image_that_is_not_there_is_skipped(tmp_path: Path) -> None:
    folder = write_tum(tmp_path / "tum", flat_wall(3))
    first = min((folder / "rgb").iterdir())
    first.unlink()
    source = open_source(folder)
    assert len(list(source)) == 2
    assert source.skipped == [(f"rgb/{first.name}", "is missing")]


@pytest.mark.parametrize("row", ["nan 0 0 0 0 0 1", "0 0 0 0 0 0 0", "0 0 0 inf 0 0 1", "0 0 0 0 0 1"])
def test_ground_truth_that_is_no_pose_is_left_out(row: str, tmp_path: Path) -> None:
    folder = write_tum(tmp_path / "tum", flat_wall(3))
    lines = (folder / "groundtruth.txt").read_text().splitlines()
    lines[1] = f"{lines[1].split()[0]} {row}"
    (folder / "groundtruth.txt").write_text("\n".join(lines))
    assert [f.T_world_camera is not None for f in open_source(folder)] == [True, False, True]


def test_no_ground_truth_and_ground_truth_too_far_away(tmp_path: Path) -> None:
    folder = write_tum(tmp_path / "tum", flat_wall(2))
    (folder / "groundtruth.txt").write_text("1400000000.0535 0 0 0 0 0 0 1\n")
    assert [f.T_world_camera is not None for f in open_source(folder)] == [False, False]
    (folder / "groundtruth.txt").unlink()
    assert [f.T_world_camera is not None for f in open_source(folder)] == [False, False]


@pytest.mark.parametrize("depth_first", [False, True])
def test_associations_do_without_the_lists(depth_first: bool, tmp_path: Path) -> None:
    folder = write_tum(tmp_path / "tum", flat_wall(2))
    colors, depths = (_lines(folder / f"{name}.txt") for name in ("rgb", "depth"))
    pairs = zip(depths, colors, strict=True) if depth_first else zip(colors, depths, strict=True)
    (folder / "associations.txt").write_text("\n".join(f"{a} {b}" for a, b in pairs))
    (folder / "rgb.txt").unlink()
    frames = list(open_source(folder))
    assert [f.stamp for f in frames] == pytest.approx([1_400_000_000, 1_400_000_000 + 1 / 30])
    assert frames[1].T_world_camera is not None and frames[1].T_world_camera[0, 3] == pytest.approx(0.01)


def test_without_an_intrinsics_file_the_recommended_values_are_taken(tmp_path: Path) -> None:
    folder = write_tum(tmp_path / "tum", flat_wall(1))
    (folder / "camera-intrinsics.txt").unlink()
    camera = open_source(folder)[0].depth_camera
    assert (camera.fx, camera.cx) == pytest.approx((525 * 64 / 640, 319.5 * 64 / 640))


def _lines(file: Path) -> list[str]:
    return [line for line in file.read_text().splitlines() if line and not line.startswith("#")]
