"""Frames that no map should believe: a clear error each, and the map as it was."""

from __future__ import annotations

import copy
import dataclasses
import time

import numpy as np
import pytest
from rendered_scenes import CAMERA, circle, render

from omd3d_ros.mapping.plausibility import FrameRefused
from omd3d_ros.mapping.voxel_map import MapError, VoxelMap
from omd3d_ros.types import Camera, Frame


def frame_at(stamp: float, shift: float = 0.0, **changes) -> Frame:
    frame = render(circle(1)[0], [((0, 0, 0.25), (0.4, 0.4, 0.5), (200, 60, 30))], stamp=stamp)
    frame.T_world_camera[0, 3] += shift
    return dataclasses.replace(frame, **changes)


def refused(m: VoxelMap, frame: Frame, match: str) -> None:
    before = m.point_cloud().xyz.copy(), m.version, m.num_frames, m.stamp
    with pytest.raises(MapError, match=match):
        m.integrate(frame)
    assert (m.version, m.num_frames, m.stamp) == before[1:]
    np.testing.assert_array_equal(m.point_cloud().xyz, before[0])


@pytest.fixture
def m() -> VoxelMap:
    m = VoxelMap(voxel_size=0.03)
    m.integrate(frame_at(1.0))
    return m


def test_a_pose_that_jumps_is_refused_and_the_next_good_one_is_mapped(m):
    refused(m, frame_at(1.033, shift=5.0), r"jumped 5\.0 m in 0\.033 s")
    assert m.integrate(frame_at(1.066, shift=0.02)) > 0


def test_what_was_refused_and_why_can_be_copied_as_on_the_way_between_processes():
    error = copy.copy(FrameRefused("pose_jumped", "the pose jumped"))
    assert (error.cause, str(error)) == ("pose_jumped", "the pose jumped")


def test_a_camera_that_was_carried_elsewhere_is_believed_in_the_end(m):
    stamps = 1.0 + np.arange(1, 40) / 30
    refusals = 0
    for stamp in stamps:
        try:
            m.integrate(frame_at(stamp, shift=5.0 + 0.01 * refusals))
            break
        except MapError:
            refusals += 1
    assert 5 <= refusals <= 30 and m.num_frames == 2


def test_glitches_that_disagree_are_never_believed(m):
    for i in range(1, 29):
        refused(m, frame_at(1.0 + i / 30, shift=5.0 * (1 + i % 2)), "jumped")


def test_frames_far_apart_in_time_or_without_stamps_may_be_anywhere(m):
    assert m.integrate(frame_at(3.0, shift=8.0)) > 0
    assert m.integrate(frame_at(3.0, shift=-8.0)) > 0  # the same stamp: another recording, not a jump
    assert m.integrate(frame_at(0.5, shift=20.0)) > 0


def test_max_jump_can_be_lifted():
    m = VoxelMap(voxel_size=0.03, max_jump=np.inf)
    m.integrate(frame_at(1.0))
    assert m.integrate(frame_at(1.033, shift=5.0)) > 0


def test_another_camera_is_refused(m):
    wide = Camera(160, 120, 110.0, 110.0, 79.5, 59.5)
    refused(m, frame_at(1.1, depth_camera=wide), r"camera changed from 160x120 \(fx 150\.0")
    half = Camera(80, 60, 75.0, 75.0, 39.5, 29.5)
    small = dataclasses.replace(
        frame_at(1.1), rgb=np.zeros((60, 80, 3), np.uint8), depth=np.ones((60, 80), np.float32), depth_camera=half
    )
    refused(m, small, "camera changed")
    m.reset()
    assert m.integrate(small) > 0


def test_focus_breathing_is_not_another_camera(m):
    assert m.integrate(frame_at(1.1, depth_camera=dataclasses.replace(CAMERA, fx=151.5, fy=151.5))) > 0


def test_the_future_and_nonsense_stamps_are_refused(m):
    refused(m, frame_at(time.time() + 3600), "from the future")
    refused(m, frame_at(np.nan), "stamp is nan")
    assert m.integrate(frame_at(time.time() + 1.0)) > 0  # clocks differ a little


def test_no_pose_and_poses_that_are_not_rigid(m):
    refused(m, frame_at(1.1, T_world_camera=None), "no pose")
    for bad in (np.diag([1.1, 1, 1, 1]), np.diag([-1.0, 1, 1, 1]), np.full((4, 4), np.nan), np.eye(3)):
        with pytest.raises(ValueError, match=r"T_world_camera"):
            frame_at(1.1, T_world_camera=bad)


@pytest.mark.parametrize(
    "settings",
    [
        {"voxel_size": 0.0}, {"voxel_size": -0.02}, {"voxel_size": np.nan}, {"min_depth": 2.0, "max_depth": 1.0},
        {"truncation": 0.001}, {"max_blocks": 0}, {"when_full": "explode"}, {"min_views": 0}, {"min_views": 99},
        {"tolerance": -0.001}, {"tolerance": np.nan},
        {"max_jump": 0.0}, {"max_jump": np.nan},
    ],
)  # fmt: skip
def test_settings_that_make_no_sense_are_refused(settings):
    with pytest.raises(ValueError, match=next(iter(settings)).split("_")[0]):
        VoxelMap(**settings)
