"""Every layout of recorded RGB-D: made-up samples with known contents, and the same room written in all of them."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from recorded_layouts import WRITERS, flat_wall
from scipy.spatial import cKDTree

from omd3d_ros.cli import main
from omd3d_ros.datasets import open_source
from omd3d_ros.datasets.rooms.room import make_room
from omd3d_ros.datasets.rooms.stream import stream_room
from omd3d_ros.datasets.sources import SourceError
from omd3d_ros.mapping.voxel_map import VoxelMap
from omd3d_ros.types import Frame, PointCloud

# What the sample's expected.json calls its frames and their poses.
SAMPLES = {
    "7scenes": ("7scenes/madeup_room", "frames", "pose"),
    "replica": ("Replica/room9", "frames", "c2w"),
    "scannet_export": ("scannet_export/exported/scene9001_00", "frames_in_numeric_order", "c2w"),
    "dualmap_self_collected": ("dualmap_self_collected/lab", "frames", "c2w"),
}
VOXEL = 0.02


@pytest.fixture(scope="session")
def samples(reference_fixtures: Path) -> tuple[Path, dict[str, Any]]:
    """The folder of samples and what a right reader returns for them."""
    folder = reference_fixtures / "datasets" / "rgbd"
    return folder, json.loads((folder / "expected.json").read_text())


@pytest.mark.parametrize("name", SAMPLES)
def test_sample_has_the_expected_poses_and_depth(name: str, samples: tuple[Path, dict[str, Any]]) -> None:
    folder, expected = samples
    path, frames, pose = SAMPLES[name]
    source = open_source(folder / path)
    assert len(source) == len(expected[name][frames])
    for i, truth in enumerate(expected[name][frames]):
        raw = source.raw(i)
        np.testing.assert_allclose(raw.T_world_camera, truth[pose], atol=1e-5)
        _check_probes(raw.depth, truth.get("depth", []))
        if "t" in truth:
            assert raw.stamp == pytest.approx(truth["t"], abs=1e-6)


def test_tum_sample(samples: tuple[Path, dict[str, Any]]) -> None:
    folder, expected = samples
    source = open_source(folder / "tum")
    pairs = expected["tum"]["pairs_within_0.02s"]
    assert [f.stamp for f in source] == pytest.approx([p["rgb"] for p in pairs], abs=1e-6)
    for frame, pair in zip(source, pairs, strict=True):
        assert frame.T_world_camera is not None
        np.testing.assert_allclose(frame.T_world_camera[:3, 3], pair["position"], atol=1e-9)
        x, y, z, w = pair["quat_xyzw"]
        # The camera's z axis in the world, the third column of a quaternion's matrix.
        z_axis = [2 * (x * z + y * w), 2 * (y * z - x * w), 1 - 2 * (x * x + y * y)]
        np.testing.assert_allclose(frame.T_world_camera[:3, 2], z_axis, atol=1e-3)
        _check_probes(frame.depth, pair["probes"])


@pytest.mark.parametrize("name", ["raw", "converted"])
def test_record3d_samples(name: str, samples: tuple[Path, dict[str, Any]]) -> None:
    folder, expected = samples
    source = open_source(folder / "record3d" / name)
    for i, truth in enumerate(expected["record3d"]["frames"]):
        raw = source.raw(i)
        assert raw.depth is not None
        np.testing.assert_allclose(raw.T_world_camera, truth["opencv_c2w_in_arkit_world"], atol=1e-5)
        assert raw.depth[5, 7] == pytest.approx(truth["depth_metres_v5_u7"])
        # Its low confidences are the first rows.
        assert np.count_nonzero(raw.depth == 0) == truth["low_confidence_pixels"]


def test_record3d_cameras_are_those_of_colour_scaled_to_depth(samples: tuple[Path, dict[str, Any]]) -> None:
    folder, expected = samples
    frame = open_source(folder / "record3d" / "raw")[0]
    truth = expected["record3d"]
    color, depth = frame.color_camera, frame.depth_camera
    assert color is not None
    assert (color.fx, color.cx, color.cy) == (truth["fx"], truth["cx"], truth["cy"])
    assert color.fx / depth.fx == color.cx / depth.cx == truth["rgb_over_depth"]


@pytest.mark.parametrize("as_folder", [False, True])
def test_sens_sample(as_folder: bool, reference_fixtures: Path) -> None:
    folder = reference_fixtures / "datasets" / "scannet"
    for truth in json.loads((folder / "expected.json").read_text())["sens"]:
        file = next(folder.rglob(truth["file"]))
        source = open_source(file.parent if as_folder else file)
        assert len(source) == truth["num_frames"]
        for frame, expected in zip(source, truth["frames"], strict=True):
            assert frame.stamp == pytest.approx(expected["timestamp_color_us"] * 1e-6)
            _check_probes(frame.depth, expected["depth"])
            probe = expected["color_probe"]
            np.testing.assert_allclose(frame.rgb[probe["v"], probe["u"]], probe["rgb"], atol=probe["tolerance"])
            assert expected["pose_valid"] == (frame.T_world_camera is not None)
            if frame.T_world_camera is not None:
                np.testing.assert_allclose(frame.T_world_camera, expected["camera_to_world"], atol=1e-5)
            assert frame.color_camera is not None
            np.testing.assert_allclose(frame.depth_camera.matrix, np.array(truth["intrinsic_depth"])[:3, :3], atol=1e-5)
            np.testing.assert_allclose(frame.color_camera.matrix, np.array(truth["intrinsic_color"])[:3, :3], atol=1e-5)
            assert [*frame.rgb.shape[1::-1]] == truth["color_size"]
            assert [*frame.depth.shape[::-1]] == truth["depth_size"]


def test_inspect_prints_a_sample(samples: tuple[Path, dict[str, Any]], capsys: pytest.CaptureFixture[str]) -> None:
    folder, expected = samples
    assert main(["inspect", str(folder / "Replica" / "room9"), "--json", "--probe", "5,7", "0,0"]) == 0
    described = json.loads(capsys.readouterr().out)
    assert described["format"] == "replica" and described["skipped"] == []
    for frame, truth in zip(described["frames"], expected["replica"]["frames"], strict=True):
        assert frame["probes"] == {"5,7": truth["depth"][1]["metres"], "0,0": None}
        np.testing.assert_allclose(frame["T_world_camera"], truth["c2w"], atol=1e-5)
        assert frame["color_size"] == frame["depth_size"] == [64, 48]
        assert frame["depth_intrinsics"] == [32, 32, 31.5, 23.5]


def test_folder_of_sources_names_them(samples: tuple[Path, dict[str, Any]], reference_fixtures: Path) -> None:
    folder, _ = samples
    with pytest.raises(SourceError, match=r"name one of them: room9 \(replica\)"):
        open_source(folder / "Replica")
    with pytest.raises(SourceError, match=r"exported/scene9001_00 \(scannet-export\)"):
        open_source(folder / "scannet_export")
    with pytest.raises(SourceError, match=r"scene9001_00 \(scannet-sens\)"):
        open_source(reference_fixtures / "datasets" / "scannet" / "scans")


@pytest.mark.parametrize("layout", WRITERS)
def test_layouts_are_told_apart_and_give_the_frames_back(layout: str, tmp_path: Path) -> None:
    frames = flat_wall()
    source = open_source(WRITERS[layout](tmp_path / "room", frames))
    assert source.format == layout.split()[0]
    read = list(source)
    assert len(read) == len(frames) and source.skipped == []
    assert np.all(np.diff([frame.stamp for frame in read]) > 0)
    for given, got in zip(frames, read, strict=True):
        assert given.T_world_camera is not None and got.T_world_camera is not None
        np.testing.assert_allclose(got.T_world_camera, given.T_world_camera, atol=1e-6)
        np.testing.assert_allclose(got.depth, given.depth, atol=1e-3)
        np.testing.assert_allclose(got.rgb.astype(int), given.rgb, atol=4)
        np.testing.assert_allclose(got.depth_camera.matrix, given.depth_camera.matrix, atol=1e-5)
        assert got.color_camera is None


@pytest.fixture(scope="module")
def room_frames() -> list[Frame]:
    """A few views of a room, its depth rounded to millimetres."""
    walk = stream_room(make_room(3), frames=60, width=128, height=96, noise=False)
    frames = [frame for frame, _ in islice(walk, 8)]
    for frame in frames:
        frame.depth = (np.rint(frame.depth * 1000) / 1000).astype(np.float32)
    return frames


@pytest.mark.parametrize("layout", WRITERS)
def test_a_room_gives_the_same_map_from_every_layout(layout: str, room_frames: list[Frame], tmp_path: Path) -> None:
    given = _map_of(room_frames)
    read = _map_of(list(open_source(WRITERS[layout](tmp_path / "room", room_frames))))
    assert len(read) == pytest.approx(len(given), rel=0.01)
    for one, other in ((given, read), (read, given)):
        distance, nearest = cKDTree(other.xyz).query(one.xyz)
        # Each layout rounds depth in its own way, which may add or take a point where a surface ends.
        assert np.mean(distance < VOXEL) > 0.999 and np.median(distance) < 1e-3
        assert np.abs(other.rgb[nearest].astype(int) - one.rgb).mean() < 8  # JPEG


def test_intrinsics_that_are_nowhere_are_asked_for(tmp_path: Path) -> None:
    folder = WRITERS["dualmap"](tmp_path / "lab", flat_wall())
    (folder / "camera-intrinsics.txt").unlink()
    with pytest.raises(SourceError, match=r"none of 3 frames.*put camera-intrinsics\.txt"):
        list(open_source(folder))
    depth = open_source(folder).raw(0).depth
    assert depth is not None and depth[5, 5] == 1.5


@pytest.mark.parametrize("layout", ["scannet-export", "replica", "dualmap", "record3d-converted"])
def test_missing_images_are_skipped_and_listed(layout: str, tmp_path: Path) -> None:
    folder = WRITERS[layout](tmp_path / "room", flat_wall(12))
    colors = {"scannet-export": "color/*.jpg", "replica": "results/frame*.jpg"}.get(layout, "rgb/*.png")
    depths = {"replica": "results/depth*.png"}.get(layout, "depth/*.png")
    _numbered(folder, colors, 2).unlink()
    _numbered(folder, depths, 10).unlink()
    source = open_source(folder)
    positions = [frame.T_world_camera[0, 3] for frame in source if frame.T_world_camera is not None]
    np.testing.assert_allclose(positions, [0.01 * i for i in (0, 1, 3, 4, 5, 6, 7, 8, 9, 11)], atol=1e-6)
    assert [reason for _, reason in source.skipped] == [
        "there is no colour image of this number",
        "there is no depth image of this number",
    ]


@pytest.mark.parametrize("layout", ["scannet-export", "replica", "dualmap", "record3d-converted", "tum"])
def test_depth_at_the_end_of_its_range_is_no_reading(layout: str, tmp_path: Path) -> None:
    folder = WRITERS[layout](tmp_path / "room", flat_wall())
    file = next(iter(sorted(folder.glob("results/depth*.png" if layout == "replica" else "depth/*.png"))))
    raw = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
    raw[7, 9] = 65535
    cv2.imwrite(str(file), raw)
    frame = open_source(folder)[0]
    assert frame.depth[7, 9] == 0
    assert frame.depth[7, 10] == pytest.approx(1.5, abs=1e-4)


@pytest.mark.parametrize("layout", ["replica", "dualmap", "scannet-export", "tum"])
def test_fewer_poses_than_frames_and_poses_without_frames(layout: str, tmp_path: Path) -> None:
    fewer = WRITERS[layout](tmp_path / "fewer", flat_wall(5))
    more = WRITERS[layout](tmp_path / "more", flat_wall(5))
    if layout == "scannet-export":
        (fewer / "pose" / "4.txt").unlink()
        (more / "pose" / "5.txt").write_text("1 0 0 9 0 1 0 9 0 0 1 9 0 0 0 1")
    else:
        name = {"replica": "traj.txt", "dualmap": "pose.txt", "tum": "groundtruth.txt"}[layout]
        lines = (fewer / name).read_text().splitlines()
        (fewer / name).write_text("\n".join(lines[:4]))
        (more / name).write_text("\n".join([*lines, *["9" + lines[-1][1:]] * 3]))
    posed = [frame.T_world_camera is not None for frame in open_source(fewer)]
    assert posed == [True, True, True, True, False]
    frames = list(open_source(more))
    assert len(frames) == 5
    assert frames[4].T_world_camera is not None and frames[4].T_world_camera[0, 3] == pytest.approx(0.04, abs=1e-6)


@pytest.mark.parametrize("bad", ["-inf " * 16, "nan " * 16, "2 0 0 0 0 2 0 0 0 0 2 0 0 0 0 1", "1 2 3", "lost"])
@pytest.mark.parametrize("layout", ["replica", "dualmap", "scannet-export"])
def test_pose_that_is_none(layout: str, bad: str, tmp_path: Path) -> None:
    folder = WRITERS[layout](tmp_path / "room", flat_wall())
    if layout == "scannet-export":
        (folder / "pose" / "1.txt").write_text(bad)
    else:
        file = folder / {"replica": "traj.txt", "dualmap": "pose.txt"}[layout]
        lines = file.read_text().splitlines()
        lines[1] = bad if layout == "replica" else f"1700000000.1 {bad}"
        file.write_text("\n".join(lines))
    frames = list(open_source(folder))
    assert [frame.T_world_camera is not None for frame in frames] == [True, False, True]
    assert np.all(np.diff([frame.stamp for frame in frames]) > 0)


def _check_probes(depth: np.ndarray | None, probes: list[dict[str, Any]]) -> None:
    assert depth is not None
    for probe in probes:
        assert depth[probe["v"], probe["u"]] == pytest.approx(probe["metres"] or 0, abs=1e-5)


def _map_of(frames: list[Frame]) -> PointCloud:
    voxel_map = VoxelMap(voxel_size=VOXEL, min_views=1)
    for frame in frames:
        voxel_map.integrate(frame)
    return voxel_map.point_cloud()


def _numbered(folder: Path, pattern: str, number: int) -> Path:
    return next(file for file in folder.glob(pattern) if int("".join(filter(str.isdigit, file.stem))) == number)
