"""Where points fall in pictures, and which of them are seen; every number can be worked out by hand."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from omd3d_ros.datasets import open_source
from omd3d_ros.mapping import VoxelMap
from omd3d_ros.mapping.keyframes import Keyframes
from omd3d_ros.mapping.visibility import ON_SURFACE, Tolerance
from omd3d_ros.perception.image_features import FrameView, visible_points
from omd3d_ros.types import Camera, ColorCamera, Frame

CAMERA = Camera(64, 48, 100.0, 100.0, 32.0, 24.0)
CLOSE = Tolerance(absolute=0.03)


def wall(distance=2.0, x=0.0, camera=CAMERA, color_camera=None, rgb_size=(48, 64)) -> FrameView:
    """A wall square on at so many metres along z, the camera shifted by ``x`` metres."""
    T = np.eye(4)
    T[0, 3] = x
    depth = np.full((camera.height, camera.width), distance, np.float32)
    return FrameView(0, Frame(np.zeros((*rgb_size, 3), np.uint8), depth, camera, color_camera, T))


def test_two_cameras_see_the_corners_of_a_box():
    """The front of a box 0.4 m wide and 0.2 m high, 2 m ahead; 100 px * 0.2 m / 2 m = 10 px; 5 px down and up."""
    corners = np.array([[x, y, 2.0] for y in (-0.1, 0.1) for x in (-0.2, 0.2)])
    seen = visible_points(wall(), corners, CLOSE)
    assert np.allclose(seen[:, :2], [[22, 19], [42, 19], [22, 29], [42, 29]], atol=1e-4)
    assert np.allclose(seen[:, 2], 2.0)
    from_the_right = visible_points(wall(x=0.3), corners, CLOSE)
    assert np.allclose(from_the_right[:, 0], [7, 27, 7, 27], atol=1e-4)


def test_off_the_image_behind_the_camera_or_hidden_is_not_seen():
    seen, behind, off, hidden, in_front = [0, 0, 2.0], [0, 0, -2.0], [1, 0, 2.0], [0, 0, 2.1], [0, 0, 1.9]
    visible = visible_points(wall(), np.array([seen, behind, off, hidden, in_front]), CLOSE)
    assert np.isnan(visible).all(1).tolist() == [False, True, True, True, True]


def test_tolerance_grows_with_distance_or_with_the_reading():
    """At a reading of 2 m a point at 2.2 m is 0.2 m away: 0.05 * 2.2^2 = 0.242 allows it, 0.09 * 2 = 0.18 does not."""
    point = np.array([[0, 0, 2.2]])
    assert not np.isnan(visible_points(wall(), point, Tolerance(quadratic=0.05))).any()
    assert np.isnan(visible_points(wall(), point, Tolerance(relative=0.09))).all()
    assert not np.isnan(visible_points(wall(), point, Tolerance(relative=0.11))).any()


@pytest.mark.parametrize("reading", [0.0, np.nan, np.inf, -1.0])
def test_no_reading_no_sight(reading):
    view = wall()
    view.depth()[:, :32] = reading
    seen = visible_points(view, np.array([[-0.1, 0, 2.0], [0.1, 0, 2.0]]), Tolerance(relative=10.0))
    assert np.isnan(seen[0]).all() and not np.isnan(seen[1]).any()


def test_points_fall_on_a_colour_camera_beside_the_depth_camera():
    """Twice the size and focal length, 0.1 m to the right: (0.2 - 0.1) / 2 * 200 + 64 = 74."""
    T_color_depth = np.eye(4)
    T_color_depth[0, 3] = -0.1
    color = ColorCamera(128, 96, 200.0, 200.0, 64.0, 48.0, T_color_depth=T_color_depth)
    seen = visible_points(wall(color_camera=color, rgb_size=(96, 128)), np.array([[0.2, 0, 2.0]]), CLOSE)
    assert np.allclose(seen, [[74, 48, 2]])


def test_a_border_and_another_size():
    """At 10x the size the point at column 22 lies at 220; a border of 220 px still shows it, one of 221 px doesn't."""
    point = np.array([[-0.2, 0, 2.0]])
    assert np.allclose(visible_points(wall(), point, CLOSE, 220, (640, 480)), [[220, 240, 2]])
    assert np.isnan(visible_points(wall(), point, CLOSE, 221, (640, 480))).all()


def test_a_depth_image_of_another_size_than_its_camera_is_refused():
    view = SimpleNamespace(id=7, depth=lambda: np.zeros((2, 3)), depth_camera=CAMERA, color_camera=None)
    with pytest.raises(ValueError, match="view 7: depth is 3x2 but its camera is 64x48"):
        visible_points(view, np.zeros((1, 3)), CLOSE)


def test_frames_that_cannot_be_views_are_refused():
    frame = wall().frame
    with pytest.raises(ValueError, match="no pose"):
        FrameView(1, Frame(frame.rgb, frame.depth, CAMERA))
    bent = Camera(64, 48, 100.0, 100.0, 32.0, 24.0, distortion=(0.1, 0.0, 0.0, 0.0))
    with pytest.raises(ValueError, match="lens distortion"):
        FrameView(1, Frame(frame.rgb, frame.depth, bent, T_world_camera=np.eye(4)))


def test_points_of_a_real_map_fall_on_pixels_of_their_colour(kitchen):
    """Better than on pixels a little beside, so the colour camera's place is used the right way round."""
    voxel_map, keyframes = VoxelMap(), Keyframes()
    for i, frame in enumerate(open_source(kitchen)):
        if i == 12:
            break
        voxel_map.integrate(frame)
        keyframes.consider(frame)
    cloud = voxel_map.point_cloud()
    errors = {shift: [] for shift in (0, -12, 12)}
    for k in range(len(keyframes)):
        rgb = keyframes[k].rgb().astype(float)
        seen = visible_points(keyframes[k], cloud.xyz, ON_SURFACE, border=13)
        visible = ~np.isnan(seen[:, 0])
        u, v = np.rint(seen[visible, :2]).astype(int).T
        for shift, found in errors.items():
            found.append(abs(rgb[v, u + shift] - cloud.rgb[visible]).mean())
    assert np.mean(errors[0]) < 0.7 * min(np.mean(errors[-12]), np.mean(errors[12]))
