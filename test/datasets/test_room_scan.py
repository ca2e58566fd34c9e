"""Scans of synthetic rooms: labels hold under drift, and no two scans are alike."""

from dataclasses import replace

import numpy as np
import pytest

from omd3d_ros.datasets.room_scan import RoomScan, ScanPlan, scan_room
from omd3d_ros.datasets.rooms import Room, make_room
from omd3d_ros.datasets.rooms.variants import CAREFUL_SEEDS

SHORT = 24  # a seed that draws few frames


@pytest.fixture(scope="module")
def room() -> Room:
    return make_room(3)


@pytest.fixture(scope="module")
def scan(room: Room) -> RoomScan:
    return scan_room(room, SHORT)


def test_a_superpoint_belongs_to_one_object(scan: RoomScan) -> None:
    cloud, superpoints = scan.prepared.aligned, scan.prepared.superpoints
    assert len(scan.labels) == len(cloud) == len(superpoints)
    assert (scan.owners()[superpoints] == scan.labels).mean() > 0.85


def test_objects_are_where_the_room_has_them(room: Room, scan: RoomScan) -> None:
    T = scan.T_aligned_room
    assert np.allclose(T[:3, :3] @ T[:3, :3].T, np.eye(3), atol=1e-5)
    for id in scan.visible():
        points = scan.prepared.aligned.xyz[scan.labels == id]
        in_room = (points - T[:3, 3]) @ T[:3, :3]
        thing = room.object(id)
        assert (np.median(in_room, axis=0) > thing.low - 0.15).all(), thing
        assert (np.median(in_room, axis=0) < thing.high + 0.15).all(), thing


def test_visible_objects_have_points(scan: RoomScan) -> None:
    visible = scan.visible()
    assert visible and all(n >= 40 for n in visible.values())
    assert all((scan.labels == id).sum() >= n for id, n in visible.items())


def test_the_same_seed_scans_the_same_and_frames_are_kept_on_request(room: Room, scan: RoomScan) -> None:
    again = scan_room(room, SHORT, keep_frames=True)
    assert np.array_equal(again.prepared.aligned.xyz, scan.prepared.aligned.xyz)
    assert np.array_equal(again.labels, scan.labels)
    assert scan.frames == [] and len(again.frames) == again.plan.frames
    first = again.frames[0].T_world_camera
    assert first is not None
    camera = np.linalg.inv(again.plan.T_map_room) @ first
    assert (camera[:2, 3] > 0).all() and (camera[:2, 3] < room.size[:2]).all()


def test_a_jump_from_one_end_of_a_room_to_the_other_is_scanned_around() -> None:
    scan = scan_room(make_room(11071), 11071, keep_frames=True)  # whose camera turns about something 2.6 m away
    assert 0 < len(scan.frames) < scan.plan.frames and scan.visible()


def test_plans_differ_in_everything_a_user_may_choose() -> None:
    plans = [ScanPlan.draw(np.random.default_rng(k)) for k in range(200)]
    assert {p.recording.path for p in plans} == {"sweep", "scan", "stand", "walk", "orbit", "close"}
    assert {p.min_views for p in plans} == {1, 2, 3}
    assert {p.voxel_size for p in plans} == {0.015, 0.02, 0.025, 0.03}
    assert {p.recording.registered for p in plans} == {True, False}
    assert min(p.frames for p in plans) < 28 < 60 < max(p.frames for p in plans)
    assert min(p.max_depth for p in plans) == 3.0 and max(p.max_depth for p in plans) == 5.0


def test_a_room_that_no_recording_shows_is_an_error(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    unlucky = ScanPlan.draw(np.random.default_rng(0))
    blind = replace(unlucky.recording.sensor, near=50.0)
    unlucky = replace(unlucky, frames=1, recording=replace(unlucky.recording, sensor=blind))
    monkeypatch.setattr(ScanPlan, "draw", lambda rng: unlucky)
    with pytest.raises(RuntimeError, match="no recording of room 3"):
        scan_room(room, SHORT)


def test_seeds_of_careful_recordings_have_a_good_camera_every_second_a_perfect_one() -> None:
    rng = np.random.default_rng(0)
    plans = [ScanPlan.draw_careful(rng) for _ in range(200)]
    assert not any(p.recording.misaligned for p in plans)
    assert 0.4 < np.mean([p.exact for p in plans]) < 0.6
    drawn = [ScanPlan.draw(rng) for _ in range(200)]
    assert np.mean([p.recording.misaligned for p in drawn]) > 0.9 and not any(p.exact for p in drawn)


def test_exact_recordings_are_seen_through_without_noise() -> None:
    seed = CAREFUL_SEEDS + 40002
    scan = scan_room(make_room(seed), seed, keep_frames=True)
    assert scan.plan.exact
    holes = np.mean([(frame.depth == 0).mean() for frame in scan.frames])
    ordinary = scan_room(make_room(seed), SHORT, keep_frames=True)
    assert not ordinary.plan.exact
    assert holes < 0.3 * np.mean([(frame.depth == 0).mean() for frame in ordinary.frames])
