"""omd3d map --poses: recordings without poses, and with them."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from recordings import write_recording

from omd3d_ros import cli
from omd3d_ros.mapping.cloud_io import read_cloud


@pytest.fixture
def without_poses(kitchen: Path, tmp_path: Path) -> Path:
    """The kitchen's first 10 frames, their poses taken away."""
    folder = tmp_path / "frames"
    folder.mkdir()
    stems = sorted(kitchen.glob("frame-*.color.*"))[:10]
    for color in stems:
        shutil.copy(color, folder)
        shutil.copy(color.with_name(color.name.split(".")[0] + ".depth.png"), folder)
    for name in ("camera-intrinsics.txt", "color-registration-fitted.json"):
        shutil.copy(kitchen / name, folder)
    return folder


def test_no_poses_names_the_option(without_poses, tmp_path, capsys):
    assert cli.main(["map", str(without_poses), "--out", str(tmp_path / "map.ply")]) == 1
    assert "--poses odometry" in capsys.readouterr().err


def test_a_recording_without_poses_is_mapped_level(without_poses, tmp_path):
    """z is up: the table top, the largest level thing in view, makes a peak in the heights."""
    out = tmp_path / "map.ply"
    assert cli.main(["map", str(without_poses), "--out", str(out), "--poses", "odometry"]) == 0
    cloud = read_cloud(out)
    assert len(cloud) > 10_000
    height = cloud.xyz[cloud.normals[:, 2] > 0.95, 2]
    counts, edges = np.histogram(height, bins=np.arange(height.min(), height.max(), 0.02))
    near = np.abs(height - edges[np.argmax(counts)]) < 0.04
    assert near.mean() > 0.3


def test_the_world_is_that_of_the_first_given_pose(kitchen, tmp_path):
    """Tracked and given maps of the same few frames are on top of each other."""
    from scipy.spatial import cKDTree

    clouds = []
    for poses in ("given", "odometry"):
        out = tmp_path / f"{poses}.ply"
        assert cli.main(["map", str(kitchen), "--max-frames", "8", "--out", str(out), "--poses", poses]) == 0
        clouds.append(read_cloud(out).xyz)
    distance, _ = cKDTree(clouds[0]).query(clouds[1])
    assert np.median(distance) < 0.02


def test_what_cannot_be_tracked_is_said(tmp_path, capsys):
    wall = write_recording(tmp_path / "wall")
    assert cli.main(["map", str(wall), "--out", str(tmp_path / "map.ply"), "--poses", "odometry"]) == 1
    assert "none of 3 frames could be tracked" in capsys.readouterr().err
