"""Keyframes of walls and boxes whose visibility is plain arithmetic, and of the real kitchen."""

from __future__ import annotations

import dataclasses
import time

import cv2
import numpy as np
import pytest

from omd3d_ros.datasets import open_source
from omd3d_ros.mapping.keyframes import Keyframes
from omd3d_ros.types import Camera, ColorCamera, Frame

CAMERA = Camera(320, 240, 300.0, 300.0, 160.0, 120.0)
NOISE = np.random.default_rng(0).integers(0, 256, (240, 320, 3)).astype(np.uint8)


def wall(distance=2.0, x=0.0, rgb=NOISE, stamp=0.0, camera=CAMERA, **changes) -> Frame:
    """The plane z = 4 as seen square on from ``distance`` metres, the camera shifted by x."""
    T = np.eye(4)
    T[:3, 3] = x, 0.0, 4.0 - distance
    depth = np.full((camera.height, camera.width), distance, np.float32)
    return Frame(rgb, depth, camera, T_world_camera=T, stamp=stamp, **changes)


def width(distance: float) -> float:
    """Metres of the wall across the image."""
    return distance * CAMERA.width / CAMERA.fx


def stamps(keyframes: Keyframes) -> list[float]:
    return [frame.stamp for frame in keyframes.frames()]


def test_a_view_is_kept_once_and_a_new_place_is_kept_too():
    keyframes = Keyframes()
    assert keyframes.consider(wall())
    assert not keyframes.consider(wall(stamp=1.0))
    assert keyframes.consider(wall(x=width(2.0), stamp=2.0))
    assert stamps(keyframes) == [0.0, 2.0]


def test_the_cells_of_a_wall_are_the_cells_that_it_lies_in():
    """Samples lie at pixels 2, 6, ... 318 by 2, ... 238: x = (u - 160) / 300 * 2, y = (v - 120) / 300 * 2, z = 4."""
    keyframes = Keyframes(cell_size=0.1)
    keyframes.consider(wall(2.0))
    columns = {int(np.floor((u - 160) / 300 * 2 / 0.1)) for u in range(2, 320, 4)}
    rows = {int(np.floor((v - 120) / 300 * 2 / 0.1)) for v in range(2, 240, 4)}
    assert len(keyframes[0].cells) == len(set(keyframes[0].cells)) == len(columns) * len(rows)
    assert keyframes[0].quality.max() == pytest.approx(1 / 2.0**2, rel=0.01)  # straight ahead
    slant = np.sqrt(1 + (152 / 300) ** 2 + (112 / 300) ** 2)  # of the ray to the sample that sees a corner cell best
    assert keyframes[0].quality.min() == pytest.approx(1 / 2.0**2 / slant, rel=0.02)


@pytest.mark.parametrize(("nearer", "kept"), [(1.5, True), (3.0, False)])
def test_a_view_is_kept_again_from_less_than_half_the_distance(nearer, kept):
    """Pixels on the wall go with 1 / distance^2: (4 / 1.5)^2 is 7 times, (4 / 3)^2 is 1.8; four times are asked for."""
    keyframes = Keyframes()
    keyframes.consider(wall(4.0))
    assert keyframes.consider(wall(nearer)) is kept


def test_a_blurred_view_makes_way_for_a_sharp_one():
    keyframes = Keyframes()
    for step in range(1, 6):
        keyframes.consider(wall(x=10.0 * step, stamp=step))
    blurred = cv2.GaussianBlur(NOISE, (0, 0), 3.0)
    assert keyframes.consider(wall(rgb=blurred, stamp=8.0))
    assert keyframes.consider(wall(stamp=9.0))
    assert not keyframes.consider(wall(rgb=blurred, stamp=10.0))


@pytest.mark.parametrize("depth", [0.0, np.nan, np.inf, 0.05, 30.0])
def test_frames_without_usable_depth_are_not_kept(depth):
    frame = wall()
    assert not Keyframes().consider(dataclasses.replace(frame, depth=np.full_like(frame.depth, depth)))


def test_a_frame_without_a_pose_is_not_kept():
    assert not Keyframes().consider(dataclasses.replace(wall(), T_world_camera=None))


def test_holes_in_the_depth_do_no_harm():
    frame = wall()
    depth = frame.depth.copy()
    depth[:, :100] = np.nan
    depth[:, 300:] = np.inf
    keyframes = Keyframes()
    assert keyframes.consider(dataclasses.replace(frame, depth=depth))
    xyz = np.array([[-0.9, 0, 4], [0, 0, 4], [0.95, 0, 4]])  # columns 25, 160 and 302
    assert keyframes.visible(xyz, 0).tolist() == [False, True, False]
    assert np.isin(keyframes[0].depth()[:, :100], 0).all()


def test_of_three_overlapping_views_the_middle_one_goes():
    """Each is shifted by half an image: the left half of the middle one is seen by the first, the right by the last."""
    keyframes = Keyframes(max_keyframes=2)
    for k in range(3):
        keyframes.consider(wall(x=k * width(2.0) / 2, stamp=float(k)))
    assert stamps(keyframes) == [0.0, 2.0]
    assert keyframes.ids.tolist() == [0, 2]


def test_a_full_set_does_not_grow_and_does_not_swap_equals():
    keyframes = Keyframes(max_keyframes=3)
    kept = [keyframes.consider(wall(x=10.0 * k, stamp=float(k))) for k in range(8)]
    assert kept == [True] * 3 + [False] * 5
    assert stamps(keyframes) == [0.0, 1.0, 2.0]


def test_points_behind_a_box_are_hidden():
    """A box of 0.4 m at one metre before the camera hides the wall's middle 0.8 m, two metres away."""
    frame = wall(2.0)
    depth = frame.depth.copy()
    depth[60:180, 100:220] = 1.0  # 120 pixels at 1 m: 0.4 m
    keyframes = Keyframes()
    keyframes.consider(dataclasses.replace(frame, depth=depth))
    xyz = np.array(
        [
            [0.0, 0.0, 3.0],  # on the box
            [0.35, 0.0, 4.0],  # the wall behind it: within 0.4 m
            [0.45, 0.0, 4.0],  # the wall beside it
            [1.2, 0.0, 4.0],  # beyond the image: 2 * 160 / 300 = 1.07 m
            [0.6, 0.0, 3.0],  # in the air before the wall
            [0.0, 0.0, 1.0],  # behind the camera
        ]
    )
    assert keyframes.visible(xyz, 0).tolist() == [True, False, True, False, False, False]


def test_the_tolerance_grows_with_range():
    """3 cm plus half a centimetre times the range squared: 3.5 cm at one metre, 7.5 cm at three."""
    near, far = Keyframes(), Keyframes()
    near.consider(wall(1.0))
    far.consider(wall(3.0))
    assert near.visible(np.array([[0, 0, 4.030], [0, 0, 4.045]]), 0).tolist() == [True, False]
    assert far.visible(np.array([[0, 0, 4.070], [0, 0, 4.085]]), 0).tolist() == [True, False]


def test_colour_from_another_camera():
    """Its image is 0.2 m to the right of depth's: at 2 m with f = 400, x = 0.1 lands at (0.1 - 0.2) / 2 * 400 + 160."""
    T = np.eye(4)
    T[0, 3] = -0.2
    color = ColorCamera(320, 240, 400.0, 400.0, 160.0, 120.0, T_color_depth=T)
    keyframes = Keyframes()
    keyframes.consider(wall(2.0, color_camera=color))
    xyz = np.array([[0.1, 0.0, 4.0], [-0.59, 0.0, 4.0], [-0.62, 0.0, 4.0]])
    np.testing.assert_allclose(keyframes.pixels(xyz[:2], 0), [[140, 120], [2, 120]], atol=1e-3)
    assert keyframes.visible(xyz, 0).tolist() == [True, True, False]  # -0.62: column -4


def test_the_best_views_are_those_with_the_most_pixels():
    keyframes = Keyframes()
    for number, distance in enumerate((3.5, 1.5, 0.6)):
        assert keyframes.consider(wall(distance, stamp=float(number)))
    keyframes.consider(wall(x=9.0))
    xyz = np.array([[0.0, 0.0, 4.0], [0.01, 0.0, 4.0], [9.0, 0.0, 4.0]])
    assert keyframes.best_views(np.array([True, True, False]), xyz, 5).tolist() == [2, 1, 0]
    assert keyframes.best_views(np.array([0, 1]), xyz, 2).tolist() == [2, 1]
    assert keyframes.best_views(np.array([2]), xyz, 5).tolist() == [3]
    # From 0.6 m the image is 0.64 m wide and shows one point, 1 / 0.36 = 2.8; from 1.5 m all, near 9 / 2.25 = 4; from
    # 3.5 m all, 9 / 12.25 = 0.7.
    line = np.array([[x, 0.0, 4.0] for x in (-0.6, -0.5, -0.4, -0.35, 0.0, 0.35, 0.4, 0.5, 0.6)])
    assert keyframes.best_views(np.ones(9, bool), line, 3).tolist() == [1, 2, 0]


def test_frames_come_back_as_they_were():
    smooth = cv2.resize(NOISE[:4, :4], (320, 240), interpolation=cv2.INTER_LINEAR)
    frame = wall(rgb=smooth, stamp=7.5)
    frame.depth += np.linspace(0, 0.3, 320, dtype=np.float32)
    keyframes = Keyframes()
    keyframes.consider(frame)
    (back,) = keyframes.frames()
    assert np.abs(back.rgb.astype(int) - smooth).mean() < 2
    np.testing.assert_allclose(back.depth, frame.depth, atol=0.00051)
    np.testing.assert_array_equal(back.T_world_camera, frame.T_world_camera)
    assert (back.stamp, back.depth_camera, back.color_camera) == (7.5, CAMERA, None)


def test_lens_distortion_is_taken_out():
    """A bright spot is drawn where a distorting lens shows a point; the kept picture has it where a pinhole would."""
    camera = dataclasses.replace(CAMERA, distortion=(-0.3, 0.1, 0.0, 0.0))
    point = np.array([[0.7, 0.4, 4.0]])
    seen, _ = cv2.projectPoints(
        point - [0, 0, 2.0], np.zeros(3), np.zeros(3), camera.matrix, np.array(camera.distortion)
    )
    rgb = np.zeros((240, 320, 3), np.uint8)
    cv2.circle(rgb, tuple(int(c) for c in np.round(seen.ravel())), 3, (255, 255, 255), -1)
    keyframes = Keyframes()
    keyframes.consider(wall(2.0, rgb=rgb, camera=camera))
    v, u = np.nonzero(keyframes[0].rgb()[:, :, 1] > 128)
    expected = [0.7 / 2 * 300 + 160, 0.4 / 2 * 300 + 120]
    assert np.linalg.norm(seen.ravel() - expected) > 5
    np.testing.assert_allclose([u.mean(), v.mean()], expected, atol=1.0)
    np.testing.assert_allclose(keyframes.pixels(point, 0)[0], expected, atol=0.01)


def filled() -> Keyframes:
    keyframes = Keyframes(max_keyframes=3)
    T = np.eye(4)
    T[0, 3] = -0.05
    color = ColorCamera(320, 240, 280.0, 290.0, 150.0, 110.0, T_color_depth=T)
    keyframes.consider(wall(2.0, stamp=1.0))
    keyframes.consider(wall(2.0, x=width(2.0), stamp=2.0, color_camera=color))
    return keyframes


def test_arrays_hold_everything(tmp_path):
    keyframes = filled()
    np.savez(tmp_path / "map.npz", **keyframes.to_arrays())
    with np.load(tmp_path / "map.npz", allow_pickle=False) as file:
        back = Keyframes.from_arrays(dict(file))
    for old, new in zip(keyframes.frames(), back.frames(), strict=True):
        np.testing.assert_array_equal(new.rgb, old.rgb)
        np.testing.assert_array_equal(new.depth, old.depth)
        np.testing.assert_array_equal(new.T_world_camera, old.T_world_camera)
        assert (new.stamp, new.depth_camera, new.color_camera) == (old.stamp, old.depth_camera, old.color_camera)
    np.testing.assert_array_equal(list(back.frames())[1].color_camera.T_color_depth[0], [1, 0, 0, -0.05])
    assert not back.consider(wall(2.0))
    assert back.consider(wall(2.0, x=-width(2.0)))
    assert back.ids.tolist() == [0, 1, 2]
    assert back.max_keyframes == 3


def test_an_empty_set_is_kept_as_well():
    assert len(Keyframes.from_arrays(Keyframes().to_arrays())) == 0


@pytest.mark.parametrize("name", ["settings", "numbers", "poses", "sizes", "jpeg", "png", "cells", "quality"])
def test_arrays_that_are_cut_or_missing_are_refused(name):
    arrays = filled().to_arrays()
    cut = arrays | {name: arrays[name][:-1]}
    with pytest.raises(ValueError, match="not the arrays of keyframes"):
        Keyframes.from_arrays(cut)
    del arrays[name]
    with pytest.raises(ValueError, match="not the arrays of keyframes"):
        Keyframes.from_arrays(arrays)


def test_moved_to_another_world():
    """A quarter turn about z and a shift; the points move along, so the same ones are seen at the same pixels."""
    T = np.array([[0, -1, 0, 5], [1, 0, 0, -3], [0, 0, 1, 0.5], [0, 0, 0, 1]], float)
    keyframes = filled()
    xyz = np.random.default_rng(1).uniform([-1, -1, 3.9], [3, 1, 4.1], (500, 3))
    there = xyz @ T[:3, :3].T + T[:3, 3]
    moved = keyframes.transformed(T)
    for k in range(2):
        assert 10 < keyframes.visible(xyz, k).sum() < 490
        np.testing.assert_allclose(moved.pixels(there, k), keyframes.pixels(xyz, k), atol=0.01)
    frame = wall(2.0)
    assert not moved.consider(dataclasses.replace(frame, T_world_camera=T @ frame.T_world_camera))
    assert moved.consider(frame)
    with pytest.raises(ValueError, match="rigid"):
        keyframes.transformed(np.diag([2.0, 2.0, 2.0, 1.0]))


def test_two_sets_become_one():
    one, other = filled(), Keyframes()
    other.consider(wall(2.0, stamp=3.0))
    other.consider(wall(2.0, x=-width(2.0), stamp=4.0))
    assert one.extend(other) == 1
    assert stamps(one) == [1.0, 2.0, 4.0]
    assert one.ids.tolist() == [0, 1, 2]


def test_reset_forgets_the_views_but_not_the_ids():
    keyframes = filled()
    keyframes.reset()
    assert len(keyframes) == 0
    assert keyframes.consider(wall(2.0))
    assert keyframes.ids.tolist() == [2]


def test_bytes_are_those_of_the_arrays():
    keyframes = filled()
    images_and_cells = sum(keyframes.to_arrays()[name].nbytes for name in ("jpeg", "png", "cells", "quality"))
    assert images_and_cells < keyframes.num_bytes() < images_and_cells + 100_000


@pytest.mark.parametrize(
    "settings",
    [{"max_keyframes": 0}, {"min_gain": 0}, {"cell_size": -1}, {"min_depth": 5.0}, {"jpeg_quality": 101}],
)
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        Keyframes(**settings)


def seen_by(frame: Frame, xyz: np.ndarray) -> np.ndarray:
    """(N,) which points a frame sees, by a plain projection and comparison with its depth."""
    T, K = np.linalg.inv(frame.T_world_camera), frame.depth_camera
    points = xyz @ T[:3, :3].T + T[:3, 3]
    with np.errstate(divide="ignore", invalid="ignore"):
        u = np.round(points[:, 0] / points[:, 2] * K.fx + K.cx)
        v = np.round(points[:, 1] / points[:, 2] * K.fy + K.cy)
    inside = (points[:, 2] > 0) & (u >= 0) & (u < K.width) & (v >= 0) & (v < K.height)
    reading = frame.depth[v[inside].astype(int), u[inside].astype(int)]
    z = points[inside, 2]
    inside[inside] = (reading > 0) & (abs(reading - z) < 0.03 + 0.005 * z**2)
    return inside


def test_the_kitchen_is_covered_and_deciding_is_cheap(kitchen):
    """Of the points that the 125 frames see, a point per 2 cm, hindsight could cover 95.4 % with 32 views."""
    frames = [f for f in open_source(kitchen) if f.T_world_camera is not None]
    xyz = np.concatenate([points_of(frame) for frame in frames])
    _, first = np.unique(np.floor(xyz / 0.02).astype(int), axis=0, return_index=True)
    xyz = xyz[first]
    by_all = np.any([seen_by(f, xyz) for f in frames], axis=0)
    for most, least_coverage in ((32, 0.93), (64, 0.96)):
        keyframes = Keyframes(max_keyframes=most)
        refusals = []
        for frame in frames:
            started = time.perf_counter()
            if not keyframes.consider(frame):
                refusals.append(time.perf_counter() - started)
        assert len(keyframes) <= most
        assert np.median(refusals) < 0.002
        kept = set(stamps(keyframes))
        by_kept = np.any([seen_by(f, xyz) for f in frames if f.stamp in kept], axis=0)
        assert by_kept.sum() >= least_coverage * by_all.sum()
        by_keyframes = np.any([keyframes.visible(xyz, k) for k in range(len(keyframes))], axis=0)
        assert np.mean(by_keyframes != by_kept) < 0.02  # colour's view is another, and depth in whole millimetres


def points_of(frame: Frame) -> np.ndarray:
    """(N, 3) world points of every 8th pixel both ways, up to 4 m."""
    v, u = np.mgrid[4 : frame.depth.shape[0] : 8, 4 : frame.depth.shape[1] : 8]
    z, K = frame.depth[v, u], frame.depth_camera
    xyz = np.stack([(u - K.cx) / K.fx * z, (v - K.cy) / K.fy * z, z], -1)[(z > 0.2) & (z < 4.0)]
    return xyz @ frame.T_world_camera[:3, :3].T + frame.T_world_camera[:3, 3]
