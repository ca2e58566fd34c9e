"""How synthetic rooms are recorded: camera paths, the tracker's drift, the colour camera's faults."""

from dataclasses import replace

import numpy as np
import pytest

from omd3d_ros.datasets.rooms import Room, make_room
from omd3d_ros.datasets.rooms.color_sensor import ColorModel, ColorSensor
from omd3d_ros.datasets.rooms.pose_drift import Drift
from omd3d_ros.datasets.rooms.recording import Recording
from omd3d_ros.datasets.rooms.stream import record_room
from omd3d_ros.datasets.rooms.trajectory import PATHS, camera_path, look


@pytest.fixture(scope="module")
def room() -> Room:
    return make_room(7)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("eye", [(1.3, 1.7), (0.6, 1.3)])
def test_every_path_stays_in_the_room_upright_and_smooth(room: Room, path: str, eye: tuple[float, float]) -> None:
    poses = camera_path(room.primitives, room.size, np.random.default_rng(1), 40, path, eye)
    assert len(poses) == 40
    for T in poses:
        assert np.allclose(T[:3, :3] @ T[:3, :3].T, np.eye(3), atol=1e-9)
        assert (T[:2, 3] > 0.1).all() and (T[:2, 3] < room.size[:2] - 0.1).all()
        assert T[2, 1] < -0.4, "the picture is upright"
    steps = [np.linalg.norm(b[:3, 3] - a[:3, 3]) for a, b in zip(poses, poses[1:], strict=False)]
    assert max(steps) < 0.6


def test_standing_turns_and_close_ups_stay_near_one_place(room: Room) -> None:
    travel = {
        path: np.ptp([T[:2, 3] for T in camera_path(room.primitives, room.size, np.random.default_rng(2), 40, path)], 0)
        for path in ("stand", "walk")
    }
    assert travel["stand"].max() < 0.6 < travel["walk"].max()


def test_drift_starts_at_the_truth_and_grows_with_its_size() -> None:
    true = [look(np.array([0.1 * k, 0.0, 1.5]), 0.0, -0.3) for k in range(30)]
    errors = []
    for scale in (1.0, 3.0):
        drift = Drift(0.01 * scale, np.radians(0.3) * scale, walk=1.0, jumps=2)
        reported = drift.reported(np.random.default_rng(0), true)
        assert np.allclose(reported[0], true[0])
        errors.append(np.linalg.norm([r[:3, 3] - t[:3, 3] for r, t in zip(reported, true, strict=True)], axis=1))
        assert all(np.allclose(r[:3, :3] @ r[:3, :3].T, np.eye(3), atol=1e-9) for r in reported)
    assert np.allclose(3 * errors[0], errors[1])
    assert 0.003 < errors[0].mean() < 0.08


def test_no_drift_reports_the_truth() -> None:
    true = [look(np.array([0.1 * k, 0.0, 1.5]), 0.1 * k, -0.3) for k in range(5)]
    assert np.allclose(Drift().reported(np.random.default_rng(0), true), true)


def test_corners_are_darker_by_the_vignette() -> None:
    light = np.full((120, 160, 3), 0.4, np.float32)
    still = np.zeros(2)
    plain = ColorModel(grain=0.0, wander=0.0)
    even = ColorSensor(plain, np.random.default_rng(0)).capture(light, still)
    dark = ColorSensor(replace(plain, vignette=0.5), np.random.default_rng(0)).capture(light, still)
    assert np.ptp(even) <= 1
    assert dark[0, 0, 1] < 0.8 * dark[60, 80, 1] and abs(int(dark[60, 80, 1]) - int(even[60, 80, 1])) <= 1


def test_auto_exposure_takes_back_part_of_a_change_of_light() -> None:
    plain = ColorModel(grain=0.0, wander=0.0)
    bright = []
    for auto in (0.0, 0.8):
        sensor = ColorSensor(replace(plain, auto=auto), np.random.default_rng(0))
        pictures = [sensor.capture(np.full((60, 80, 3), level, np.float32), np.zeros(2)) for level in (0.3, 0.15)]
        bright.append([p.mean() for p in pictures])
    assert bright[0][0] == bright[1][0]
    assert bright[0][1] < bright[1][1] < bright[0][0]


def test_motion_blurs_along_the_motion_only() -> None:
    light = np.zeros((120, 160, 3), np.float32)
    light[:, 80:] = 0.5
    sensor = ColorSensor(ColorModel(grain=0.0, wander=0.0), np.random.default_rng(0))
    widths = []
    for motion in ([0.0, 8.0], [8.0, 0.0]):
        row = sensor.capture(light, np.array(motion))[60, :, 1].astype(int)
        widths.append(((row > row.min() + 8) & (row < row.max() - 8)).sum())
    assert widths[0] + 2 <= widths[1]


def test_a_skewed_colour_camera_shifts_the_picture_and_not_the_depth(room: Room) -> None:
    rng = np.random.default_rng(3)
    straight = replace(Recording.plain(rng), drift=Drift())
    straight = replace(straight, color=ColorModel(grain=0.0, wander=0.0))
    skewed = replace(straight, skew=(0.0, np.radians(1.0), 0.0))
    a, b = (next(iter(record_room(room, r, np.random.default_rng(5), 1))) for r in (straight, skewed))
    assert np.array_equal(a.frame.depth, b.frame.depth)
    shift = round(a.frame.depth_camera.fx * np.tan(np.radians(1.0)))
    one, two = a.frame.rgb.astype(int), b.frame.rgb.astype(int)
    apart = {d: np.abs(one[:, 20 + d : 300 + d] - two[:, 20:300]).mean() for d in (-shift, 0, shift)}
    assert apart[shift] < 0.5 * apart[0] < apart[-shift]


def test_true_poses_come_with_the_reported_ones(room: Room) -> None:
    recording = replace(Recording.plain(np.random.default_rng(0), 160, 120), drift=Drift(0.05, 0.02))
    first, *_, last = record_room(room, recording, np.random.default_rng(1), 6)
    assert np.allclose(first.frame.T_world_camera, first.T_room_camera)
    assert last.frame.T_world_camera is not None
    assert np.linalg.norm(last.frame.T_world_camera[:3, 3] - last.T_room_camera[:3, 3]) > 0.005
