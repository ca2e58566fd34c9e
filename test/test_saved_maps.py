"""Saved maps on the command line: told what they hold, merged, and written so that other programs read them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from recordings import HEIGHT, RED_RGB, WIDTH, write_recording

from omd3d_ros import cli
from omd3d_ros.commands.recording import map_all, rigid_transform
from omd3d_ros.mapping.cloud_io import read_cloud
from omd3d_ros.mapping.map_file import FORMAT, read_map
from omd3d_ros.mapping.voxel_map import VoxelMap
from omd3d_ros.types import Camera, Frame, Instance

FOCAL_LENGTH = 60.0  # pixels


@pytest.fixture
def wall(tmp_path: Path) -> Path:
    """The map of a red wall 1.5 m away, from 5 frames."""
    source = write_recording(tmp_path / "frames", frames=5)
    K = [[FOCAL_LENGTH, 0, (WIDTH - 1) / 2], [0, FOCAL_LENGTH, (HEIGHT - 1) / 2], [0, 0, 1]]
    np.savetxt(source / "camera-intrinsics.txt", K)
    assert cli.main(["map", str(source), "--out", str(tmp_path / "wall.npz"), "--min-views", "1"]) == 0
    return tmp_path / "wall.npz"


def described(path: Path, capsys: pytest.CaptureFixture[str]) -> dict:
    capsys.readouterr()
    assert cli.main(["inspect", str(path), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_inspect_a_map(wall, capsys):
    told = described(wall, capsys)
    assert (told["format"], told["map_format"], told["frames"]) == ("omd3d-map", FORMAT, [])
    assert (told["mapped_frames"], told["voxel_size"], told["instances"]) == (5, 0.02, [])
    assert told["blocks"] == VoxelMap.load(wall).num_blocks
    # From the first pixel's centre to the last one's, and the camera comes 4 cm along.  At the border of an image the
    # last ray that looks for blocks may lie half of its spacing inside: 0.4 blocks of 8 cm on each side.
    width, height = (WIDTH - 1) / FOCAL_LENGTH * 1.5 + 0.04, (HEIGHT - 1) / FOCAL_LENGTH * 1.5
    assert told["high"][0] - told["low"][0] == pytest.approx(width, abs=0.08)
    assert told["high"][1] - told["low"][1] == pytest.approx(height, abs=0.08)
    assert told["low"][2] == pytest.approx(1.5, abs=0.02)
    assert told["square_metres"] == pytest.approx(told["points"] * 0.02**2, abs=0.005)
    assert told["square_metres"] == pytest.approx(width * height, rel=0.15)


def test_inspect_names_the_instances_of_a_map(wall, capsys):
    voxels = VoxelMap.load(wall)
    cloud = voxels.point_cloud()
    left = cloud.xyz[:, 0] < np.median(cloud.xyz[:, 0])
    voxels.save(wall, [Instance.from_mask("OBJ003", "left half", 0.5, left, cloud.xyz)], cloud)
    [told] = described(wall, capsys)["instances"]
    assert (told["id"], told["label"], told["score"]) == ("OBJ003", "left half", 0.5)
    assert told["num_points"] >= left.sum()  # whole voxels are kept
    np.testing.assert_allclose(told["center"], (cloud.xyz[left].min(0) + cloud.xyz[left].max(0)) / 2, atol=0.02)
    assert cli.main(["inspect", str(wall)]) == 0
    text = capsys.readouterr().out
    assert "5 frames, voxels of 0.02 m" in text and "points x voxel_size^2" in text and "OBJ003 left half 0.50" in text


def test_inspect_an_empty_map_and_what_is_none(tmp_path, capsys):
    VoxelMap().save(tmp_path / "empty.npz")
    told = described(tmp_path / "empty.npz", capsys)
    assert (told["points"], told["low"], told["square_metres"]) == (0, None, 0)
    assert cli.main(["inspect", str(tmp_path / "empty.npz")]) == 0
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    assert cli.main(["inspect", str(tmp_path / "other.npz")]) == 1
    assert "not a map written by OMD3D" in capsys.readouterr().err


def test_the_file_is_documented_field_by_field(wall):
    page = (Path(__file__).parents[1] / "docs" / "map_file.md").read_text()
    header, arrays = read_map(wall)
    names = [*header, *header["settings"], *(f"state.{name}" for name in header["state"]), *arrays]
    assert [name for name in names if name != "state" and f"`{name}`" not in page] == []
    assert f"this page is format {FORMAT}" in page


@pytest.mark.parametrize("as_file", [False, True])
def test_merge_with_a_transform(wall, tmp_path, as_file):
    """The same wall again, turned by 90 degrees about y and put at x = -2: its plane is then x = 1.5 - 2."""
    transform = "-2,0,0,0,0.70710678,0,0.70710678"
    if as_file:
        transform = str(tmp_path / "transform.txt")
        np.savetxt(transform, [[0, 0, 1, -2], [0, 1, 0, 0], [-1, 0, 0, 0], [0, 0, 0, 1]])
    out = tmp_path / "both.ply"
    assert cli.main(["map", str(wall), "--merge", str(wall), "--transform", transform, "--out", str(out)]) == 0
    xyz, alone = read_cloud(out).xyz, VoxelMap.load(wall).point_cloud().xyz
    first = abs(xyz[:, 2] - 1.5) < 0.04
    np.testing.assert_allclose(xyz[~first, 0], -0.5, atol=0.04)
    assert first.sum() == len(alone)
    assert (~first).sum() == pytest.approx(len(alone), rel=0.15)


def test_merge_without_a_transform_is_the_same_world(wall, tmp_path):
    out = tmp_path / "both.npz"
    assert cli.main(["map", str(wall), "--merge", str(wall), "--out", str(out)]) == 0
    both, alone = VoxelMap.load(out), VoxelMap.load(wall)
    assert both.num_frames == 10 and both.num_blocks == alone.num_blocks


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--merge", "other.npz", "--transform", "1,2,3"], "seven numbers"),
        (["--merge", "other.npz", "--transform", "0,0,0,0,0,0,2"], "unit quaternion"),
        (["--merge", "other.npz", "--transform", "-1,0,0,0,0,nan,1"], "seven numbers"),
        (["--merge", "other.npz", "--transform", "absent.txt"], "neither"),
        (["--transform", "0,0,0,0,0,0,1"], "there is none"),
        (["--min-views", "2"], "--min-views is for new maps"),
        (["--when-full", "burst"], "forget_oldest"),
    ],
)
def test_wrong_arguments(wall, tmp_path, capsys, arguments, reason):
    assert cli.main(["map", str(wall), "--out", str(tmp_path / "out.ply"), *arguments]) == 2
    assert reason in capsys.readouterr().err
    assert not (tmp_path / "out.ply").exists()


def test_a_matrix_that_is_not_rigid_or_not_4x4(wall, tmp_path, capsys):
    file, out = tmp_path / "T.txt", ["--out", str(tmp_path / "out.ply")]
    for matrix, code, reason in ((np.eye(3), 2, "4x4"), (2 * np.eye(4), 1, "rigid")):
        np.savetxt(file, matrix)
        assert cli.main(["map", str(wall), "--merge", str(wall), "--transform", str(file), *out]) == code
        assert reason in capsys.readouterr().err


def test_a_rotation_is_x_y_z_w():
    """A quarter turn about z takes x to y."""
    T = rigid_transform("1,2,3,0,0,0.70710678,0.70710678")
    np.testing.assert_allclose(T @ [1, 0, 0, 1], [1, 3, 3, 1], atol=1e-6)


def test_settings_of_a_new_map(tmp_path):
    source, out = write_recording(tmp_path / "frames", frames=5), tmp_path / "map.npz"
    settings = ["--min-views", "3", "--max-blocks", "20", "--when-full", "forget_oldest", "--voxel-size", "0.03"]
    assert cli.main(["map", str(source), "--out", str(out), *settings]) == 0
    voxels = VoxelMap.load(out)
    assert (voxels.min_views, voxels.max_blocks, voxels.when_full, voxels.voxel_size) == (3, 20, "forget_oldest", 0.03)
    assert voxels.num_blocks <= 20


def test_frames_that_the_map_does_not_believe_are_left_out(caplog):
    """The third of five frames, 0.1 s apart, lies 5 m away."""
    camera = Camera(64, 48, 60.0, 60.0, 31.5, 23.5)
    frames = []
    for i in range(5):
        T = np.eye(4)
        T[0, 3] = 5.0 if i == 2 else 0.0
        frames.append(Frame(np.zeros((48, 64, 3), np.uint8), np.ones((48, 64), np.float32), camera, None, T, 0.1 * i))
    voxels = VoxelMap()
    map_all(frames, voxels.integrate)
    assert voxels.num_frames == 4
    assert "1 frames were not believed and left out; the first: the pose jumped 5.0 m" in caplog.text


def test_open3d_reads_the_cloud_with_colours_and_normals(wall, tmp_path):
    open3d = pytest.importorskip("open3d", reason="needs Open3D: pip install omd3d[open3d]")
    out = tmp_path / "wall.ply"
    assert cli.main(["map", str(wall), "--out", str(out)]) == 0
    cloud = VoxelMap.load(wall).point_cloud()
    read = open3d.io.read_point_cloud(str(out))
    np.testing.assert_allclose(np.asarray(read.points), cloud.xyz, atol=1e-6)
    np.testing.assert_allclose(np.asarray(read.colors) * 255, cloud.rgb, atol=0.51)
    np.testing.assert_allclose(np.asarray(read.normals), cloud.normals, atol=1e-6)
    assert np.median(cloud.rgb, axis=0).tolist() == pytest.approx(RED_RGB, abs=2)
    assert np.abs(cloud.normals[:, 2] + 1).max() < 0.05  # towards the camera
