"""Incremental extraction: what changed, all that changed, and the same as from scratch."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
from rendered_scenes import circle, render

from omd3d_ros.mapping.cloud_update import CloudUpdate
from omd3d_ros.mapping.voxel_map import VoxelMap

BOX = ((0.1, -0.2, 0.25), (0.4, 0.6, 0.5), (200, 60, 30))
BALL = ((-0.4, 0.3, 0.3), 0.3, (20, 90, 220))


class Follower:
    """Keeps a cloud up to date from updates alone, as RViz or a scene would."""

    def __init__(self) -> None:
        self.points: dict[tuple, np.ndarray] = {}
        self.version = None

    def take(self, update: CloudUpdate) -> None:
        if update.complete:
            self.points = {}
        else:
            for region in map(tuple, update.regions):
                self.points.pop(region, None)
        rows = np.concatenate([update.xyz, update.normals, update.rgb, update.confidence[:, None]], 1)
        cells = update.region_of(update.xyz)
        for region in set(map(tuple, cells)):
            mine = rows[(cells == region).all(1)]
            known = self.points.get(region)
            self.points[region] = mine if known is None else np.concatenate([known, mine])
        self.version = update.version

    def rows(self) -> np.ndarray:
        return sorted_rows(np.concatenate(list(self.points.values())))


def sorted_rows(rows: np.ndarray) -> np.ndarray:
    return rows[np.lexsort(rows.T)]


def all_rows(cloud: CloudUpdate) -> np.ndarray:
    return sorted_rows(np.concatenate([cloud.xyz, cloud.normals, cloud.rgb, cloud.confidence[:, None]], 1))


def test_points_of_an_update_lie_in_its_regions():
    m = VoxelMap(voxel_size=0.03)
    m.integrate(render(circle(8)[0], [BOX]))
    before = m.point_cloud()
    m.integrate(render(circle(8)[3], [BOX]))
    update = m.point_cloud(since=before.version)
    assert not update.complete and len(update) > 100
    assert set(map(tuple, update.region_of(update.xyz))) <= set(map(tuple, update.regions))


@pytest.mark.parametrize("seed", range(3))
def test_updates_add_up_to_the_whole_map(seed):
    """Objects come, move and go while a follower sees only updates, at random moments."""
    rng = np.random.default_rng(seed)
    m, follower = VoxelMap(voxel_size=0.03), Follower()
    center = np.array([0.3, 0.0, 0.2])
    for i, T in enumerate(circle(40)):
        if i % 10 == 9:
            center = rng.uniform([-0.6, -0.6, 0.2], [0.6, 0.6, 0.4])
        m.integrate(render(T, [(center, (0.3, 0.3, 0.4), (200, 60, 30))], [BALL]))
        if rng.random() < 0.4:
            follower.take(m.point_cloud(since=follower.version))
    follower.take(m.point_cloud(since=follower.version))
    np.testing.assert_array_equal(follower.rows(), all_rows(m.point_cloud()))


def test_what_is_kept_is_what_would_be_extracted_from_scratch(tmp_path):
    m = VoxelMap(voxel_size=0.03, tolerance=0)
    for T in circle(12):
        m.integrate(render(T, [BOX], [BALL]))
        m.point_cloud()
    m.save(tmp_path / "map.npz")
    np.testing.assert_array_equal(
        all_rows(m.point_cloud()), all_rows(VoxelMap.load(tmp_path / "map.npz").point_cloud())
    )


def test_within_the_tolerance_nothing_is_extracted_anew(tmp_path):
    exact, lazy = VoxelMap(tolerance=0), VoxelMap(tolerance=0.002)
    frames = [render(T, [BOX], [BALL]) for T in circle(6)]
    for frame in frames * 20:
        exact.integrate(frame)
        lazy.integrate(frame)
    versions = exact.point_cloud().version, lazy.point_cloud().version
    for frame in frames:
        exact.integrate(frame)
        lazy.integrate(frame)
    many, few = (len(m.point_cloud(since=v).regions) for m, v in zip((exact, lazy), versions, strict=True))
    assert few < 0.3 * many
    lazy.save(tmp_path / "map.npz")
    fresh = VoxelMap.load(tmp_path / "map.npz").point_cloud().xyz
    from scipy.spatial import cKDTree

    distance = cKDTree(fresh).query(lazy.point_cloud().xyz)[0]
    assert np.quantile(distance, 0.99) < 0.004


def test_only_the_region_of_a_change_is_given():
    m = VoxelMap()
    poses = circle(10)
    for T in poses * 2:
        m.integrate(render(T, [BOX]))
    far = [render(T, [BOX]) for T in poses]
    for frame in far:
        frame.T_world_camera[:3, 3] += (30, 0, 0)
        m.integrate(frame)
    before = m.point_cloud()
    m.integrate(far[0])
    update = m.point_cloud(since=before.version)
    assert not update.complete and len(update) < 0.6 * len(before)
    assert (update.regions[:, 0] * update.region_size > 20).all()
    nothing = m.point_cloud(since=update.version)
    assert len(nothing) == 0 and len(nothing.regions) == 0 and not nothing.complete


def test_a_reset_or_an_unknown_version_gives_everything():
    m = VoxelMap()
    m.integrate(render(circle(1)[0], [BOX]))
    version = m.point_cloud().version
    m.reset()
    m.integrate(render(circle(1)[0], [BOX]))
    assert m.point_cloud(since=version).complete
    assert m.point_cloud(since=10**9).complete
    assert m.point_cloud().complete


def test_reading_while_frames_come_in():
    """Readers and a writer at once: every cloud is whole, and the last one is the map's."""
    m = VoxelMap(voxel_size=0.03)
    frames = [render(T, [BOX], [BALL]) for T in circle(12)]
    m.integrate(frames[0])
    m.point_cloud()
    stop, failures, follower = threading.Event(), [], Follower()

    def read(since):
        try:
            while not stop.is_set():
                cloud = m.point_cloud(since=follower.version) if since else m.point_cloud()
                if since:
                    follower.take(cloud)
                assert np.isfinite(cloud.xyz).all() and len(cloud.normals) == len(cloud)
                assert abs(np.linalg.norm(cloud.normals, axis=1) - 1).max(initial=0) < 1e-3
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=read, args=(since,)) for since in (False, True)]
    for thread in threads:
        thread.start()
    for frame in frames * 6:
        m.integrate(frame)
    stop.set()
    for thread in threads:
        thread.join()
    assert not failures
    follower.take(m.point_cloud(since=follower.version))
    np.testing.assert_array_equal(follower.rows(), all_rows(m.point_cloud()))


def test_reading_holds_the_voxels_only_for_a_batch_at_a_time(monkeypatch):
    """However large the map, between two batches a waiting frame gets its turn."""
    from omd3d_ros.mapping import voxel_map

    m = VoxelMap()
    frame = render(circle(1)[0], [BOX])
    for x in range(8):
        moved = render(circle(1)[0], [BOX])
        moved.T_world_camera[0, 3] += 20.0 * x
        m.integrate(moved)
    assert m.num_blocks > 10 * 100
    monkeypatch.setattr(voxel_map, "_BATCH", 100)
    batches, done = [], threading.Event()
    extracted = m._extracted

    def slow(blocks, weight):
        batches.append(time.monotonic())
        time.sleep(0.05)
        return extracted(blocks, weight)

    monkeypatch.setattr(m, "_extracted", slow)
    reader = threading.Thread(target=lambda: (m.point_cloud(), done.set()))
    reader.start()
    while len(batches) < 2:
        assert reader.is_alive()
        time.sleep(0.005)
    m.integrate(frame)
    waited_for = len(batches)
    assert not done.is_set() and waited_for <= 4
    reader.join()
    assert len(batches) > 10
