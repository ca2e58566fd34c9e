"""Keeping maps: what comes back, what is refused, and what a crash leaves."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from rendered_scenes import circle, look_at, render
from scipy.spatial import cKDTree

from omd3d_ros.mapping.voxel_map import MapError, VoxelMap
from omd3d_ros.types import Instance

BOX = ((0.1, -0.2, 0.25), (0.4, 0.6, 0.5), (200, 60, 30))
BALL = ((-0.4, 0.3, 0.3), 0.3, (20, 90, 220))


def small_map(**settings) -> VoxelMap:
    m = VoxelMap(**{"voxel_size": 0.03, **settings})
    for i, T in enumerate(circle(12)):
        frame = render(T, [BOX], [BALL], stamp=float(i))
        m.integrate(frame)
        m.keep_view(frame)
    return m


def test_everything_comes_back(tmp_path):
    m = small_map(max_depth=3.0, when_full="forget_oldest", max_jump=5.0)
    m.save(tmp_path / "room.npz")
    again = VoxelMap.load(tmp_path / "room.npz")
    assert again._settings() == m._settings()
    assert (again.num_frames, again.stamp, again.num_blocks) == (12, 11.0, m.num_blocks)
    np.testing.assert_allclose(again.camera_up, m.camera_up)
    m._store.voxels.changed[:] = m.version + 1  # extract all anew, as the loaded map does
    m.version += 1
    a, b = m.point_cloud(), again.point_cloud()
    for field in ("xyz", "normals", "rgb", "confidence"):
        mine, theirs = getattr(a, field), getattr(b, field)
        order, other = np.lexsort(a.xyz.T), np.lexsort(b.xyz.T)
        np.testing.assert_array_equal(mine[order], theirs[other])
    assert len(again.keyframes) == len(m.keyframes) > 1
    np.testing.assert_array_equal(again.keyframes[1].rgb(), m.keyframes[1].rgb())
    np.testing.assert_array_equal(again.keyframes[1].T_world_camera, m.keyframes[1].T_world_camera)
    again.integrate(render(circle(12)[0], [BOX], [BALL], stamp=12.0))
    assert again.num_frames == 13


def test_instances_come_back(tmp_path):
    m = small_map()
    cloud = m.point_cloud()
    mask = np.linalg.norm(cloud.xyz - BALL[0], axis=1) < BALL[1] + 0.03
    m.save(tmp_path / "room.npz", [Instance.from_mask("OBJ007", "ball", 0.75, mask, cloud.xyz)], cloud)
    again = VoxelMap.load(tmp_path / "room.npz")
    [saved] = again.instances
    new_cloud = again.point_cloud()
    back = saved.instance(new_cloud)
    assert (back.id, back.label, back.score) == ("OBJ007", "ball", 0.75)
    assert back.num_points == pytest.approx(mask.sum(), rel=0.02)
    np.testing.assert_allclose(back.center, BALL[0], atol=0.08)
    again.save(tmp_path / "again.npz")  # what was loaded is kept
    assert len(VoxelMap.load(tmp_path / "again.npz").instances) == 1
    again.reset()
    assert again.instances == []


def test_a_truncated_file_is_refused_at_any_length(tmp_path):
    file = tmp_path / "room.npz"
    small_map().save(file)
    content = file.read_bytes()
    for share in (0.0, 0.001, 0.3, 0.7, 0.99, 0.99999):
        file.write_bytes(content[: int(share * len(content))])
        with pytest.raises(MapError, match=r"room\.npz"):
            VoxelMap.load(file)


def test_a_damaged_file_is_refused(tmp_path):
    file = tmp_path / "room.npz"
    small_map().save(file)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)
    with pytest.raises(MapError, match="damaged"):
        VoxelMap.load(file)


def test_a_newer_format_is_refused_by_name(tmp_path):
    file = tmp_path / "room.npz"
    header = json.dumps({"made_by": "omd3d", "format": 99}).encode()
    np.savez(file, header=np.frombuffer(header, np.uint8))
    with pytest.raises(MapError, match=r"newer OMD3D \(map format 99"):
        VoxelMap.load(file)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        ({"a": np.zeros(3)}, "not a map written by OMD3D"),
        ({"format": np.int64(1), "coords": np.zeros((0, 3))}, "older OMD3D"),
        ({"header": np.frombuffer(b'{"made_by": "other"}', np.uint8)}, "not a map written by OMD3D"),
        ({"header": np.frombuffer(b"nonsense", np.uint8)}, "not a readable map"),
        ({"header": np.frombuffer(b'{"made_by": "omd3d", "format": 2}', np.uint8)}, "not a readable map"),
        ({"header": np.array({"made_by": "omd3d"}, object)}, "not a readable map"),  # a pickle: never read
    ],
)
def test_files_of_others_are_refused(tmp_path, content, match):
    np.savez(tmp_path / "room.npz", **content)
    with pytest.raises(MapError, match=match):
        VoxelMap.load(tmp_path / "room.npz")


KILLER = """
import os, random, signal, sys, time
from omd3d_ros.mapping.voxel_map import VoxelMap

path = sys.argv[1]
m = VoxelMap.load(path)
blocks, last, got_through = m.num_blocks, m.num_frames, 0
random.seed(0)
started = time.monotonic()
m.save(path)
duration = time.monotonic() - started
for _ in range(50):
    child = os.fork()
    if child == 0:
        m.num_frames += 1
        m.save(path)
        time.sleep(60)
    time.sleep(random.uniform(0.0, 2.0) * duration)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    m = VoxelMap.load(path)
    assert m.num_blocks == blocks and m.num_frames >= last, (m.num_blocks, blocks, m.num_frames, last)
    got_through += m.num_frames > last
    last = m.num_frames
print(got_through)
"""


def test_killed_at_any_moment_leaves_a_whole_file(tmp_path):
    """A process that saves over and over is killed 50 times; every time the file is one that was saved."""
    file = tmp_path / "room.npz"
    m = small_map()
    m.save(file)
    done = subprocess.run([sys.executable, "-c", KILLER, str(file)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert 0 < int(done.stdout) < 50  # some saves got through, and some were killed in the midst
    m.save(file)
    assert [f.name for f in tmp_path.iterdir()] == ["room.npz"]  # what the killed ones left is cleaned up


def test_merging_a_shifted_and_turned_map():
    """Two halves of a scene, the second mapped in a world of its own; together they are as if mapped in one."""
    poses = circle(24)
    both, first, second = (VoxelMap(voxel_size=0.02, min_views=1) for _ in range(3))
    T_first_second = look_at((0.7, -0.4, 0.2), (2.0, 1.0, 0.5))  # any rigid transform
    for i, T in enumerate(poses):
        frame = render(T, [BOX], [BALL])
        both.integrate(frame)
        if i < 12:
            first.integrate(frame)
        else:
            frame.T_world_camera = np.linalg.inv(T_first_second) @ T
            second.integrate(frame)
            second.keep_view(frame)
    alone = len(first.point_cloud())
    first.merge(second, T_first_second)
    merged, truth = first.point_cloud(), both.point_cloud()
    assert len(truth) > 1.1 * alone
    tree = cKDTree(truth.xyz)
    off = tree.query(merged.xyz)[0]
    missed, nearest = cKDTree(merged.xyz).query(truth.xyz)
    assert np.median(off) < 0.01 and (off > 0.03).mean() < 0.03 and (missed > 0.03).mean() < 0.03
    assert np.median(abs(merged.rgb[nearest].astype(int) - truth.rgb)) <= 3
    assert first.num_frames == 24
    views = first.keyframes
    assert len(views) == len(second.keyframes) > 0
    for k in range(len(views)):  # in the world of the first map now
        assert views.visible(merged.xyz, k).sum() > 500
        assert min(abs(views[k].T_world_camera - T).max() for T in poses) < 1e-6


def test_merging_leaves_the_map_alone_when_it_cannot_be_done():
    m, other = small_map(), small_map()
    before = m.point_cloud()
    with pytest.raises(MapError, match="rigid"):
        m.merge(other, np.diag([2.0, 1, 1, 1]))
    with pytest.raises(MapError, match="rigid"):
        m.merge(other, np.diag([1.0, 1, -1, 1]))  # a reflection
    with pytest.raises(MapError, match="NaN"):
        m.merge(other, np.full((4, 4), np.nan))
    with pytest.raises(MapError, match="itself"):
        m.merge(m, np.eye(4))
    tight = small_map(max_blocks=m.num_blocks + 10)
    away = np.eye(4)
    away[0, 3] = 30
    blocks, points = tight.num_blocks, len(tight.point_cloud())
    with pytest.raises(MapError, match="max_blocks"):
        tight.merge(other, away)
    assert tight.num_blocks == blocks and len(tight.point_cloud()) == points
    np.testing.assert_array_equal(m.point_cloud().xyz, before.xyz)
