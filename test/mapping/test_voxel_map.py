"""VoxelMap on surfaces whose place is known by arithmetic."""

import numpy as np
import pytest

from omd3d_ros.mapping.voxel_map import MapError, VoxelMap
from omd3d_ros.types import Camera, ColorCamera, Frame

CAMERA = Camera(160, 120, 150.0, 150.0, 80.0, 60.0)


def looking_down(height: float) -> np.ndarray:
    """A camera ``height`` above the origin, its optical axis pointing to -z of the world."""
    T = np.eye(4)
    T[:3, :3] = np.diag([1.0, -1.0, -1.0])
    T[2, 3] = height
    return T


def plane(depth: float = 1.5, rgb=(200, 40, 20), **changes) -> Frame:
    values = {
        "rgb": np.full((120, 160, 3), rgb, np.uint8),
        "depth": np.full((120, 160), depth, np.float32),
        "depth_camera": CAMERA,
        "T_world_camera": looking_down(1.5),
        "stamp": 3.0,
    }
    return Frame(**{**values, **changes})


def test_a_plane_lies_where_it_was_seen():
    m = VoxelMap(voxel_size=0.02)
    assert m.integrate(plane()) == 160 * 120
    cloud = m.point_cloud()
    assert abs(cloud.xyz[:, 2]).max() < 0.005
    np.testing.assert_array_equal(np.unique(cloud.rgb, axis=0), [[200, 40, 20]])
    assert (cloud.normals[:, 2] > 0.99).mean() > 0.95  # towards the camera
    # 1.6 m x 1.2 m at 2 cm: about 4,800 points
    assert 4000 < len(cloud) < 6000


def test_x_is_to_the_right_and_y_up_in_this_view():
    rgb = np.zeros((120, 160, 3), np.uint8)
    rgb[:, 80:] = (0, 255, 0)
    rgb[:60] += np.array([255, 0, 0], np.uint8)
    frame = plane()
    frame.rgb = rgb
    m = VoxelMap()
    m.integrate(frame)
    cloud = m.point_cloud()
    right, top = cloud.xyz[:, 0] > 0.1, cloud.xyz[:, 1] > 0.1
    assert (cloud.rgb[right, 1] > 200).all() and (cloud.rgb[cloud.xyz[:, 0] < -0.1, 1] < 50).all()
    assert (cloud.rgb[top, 0] > 200).all() and (cloud.rgb[cloud.xyz[:, 1] < -0.1, 0] < 50).all()


def test_two_views_average():
    m = VoxelMap()
    m.integrate(plane(1.49))
    m.integrate(plane(1.51))
    assert abs(m.point_cloud().xyz[:, 2].mean()) < 0.003


def test_a_surface_seen_through_is_carved_near_the_new_one():
    m = VoxelMap()
    m.integrate(plane(1.44))
    for _ in range(10):
        m.integrate(plane(1.5))
    assert abs(np.median(m.point_cloud().xyz[:, 2])) < 0.01


def test_colour_camera_beside_the_depth_camera():
    """A colour camera 0.3 m to the right sees the scene shifted left; the map must put the colour back."""
    T = np.eye(4)
    T[0, 3] = -0.3
    color_camera = ColorCamera(320, 240, 250.0, 250.0, 160.0, 120.0, T_color_depth=T)
    rgb = np.zeros((240, 320, 3), np.uint8)
    edge = int(250.0 * (0.0 - 0.3) / 1.5 + 160.0)  # where world x = 0 falls
    rgb[:, edge:] = (0, 0, 255)
    m = VoxelMap()
    m.integrate(Frame(rgb, np.full((120, 160), 1.5, np.float32), CAMERA, color_camera, looking_down(1.5)))
    cloud = m.point_cloud()
    seen = cloud.xyz[:, 0] > -0.3
    assert (cloud.rgb[seen & (cloud.xyz[:, 0] > 0.03), 2] > 200).all()
    assert (cloud.rgb[seen & (cloud.xyz[:, 0] < -0.03), 2] < 50).all()


def test_lens_distortion_is_taken_out():
    """A wall seen through a barrel lens: with the distortion known its texture lands as without a lens."""
    import cv2

    lens = Camera(160, 120, 150.0, 150.0, 80.0, 60.0, distortion=(-0.25, 0.05, 0.0, 0.0, 0.0))
    K = CAMERA.matrix
    u, v = np.meshgrid(np.arange(160, dtype=np.float32), np.arange(120, dtype=np.float32))
    rays = cv2.undistortPoints(np.stack([u, v], -1).reshape(-1, 1, 2), K, np.array(lens.distortion)).reshape(
        120, 160, 2
    )
    rgb = np.zeros((120, 160, 3), np.uint8)
    rgb[rays[..., 0] * 1.5 > 0.4] = (0, 255, 0)
    m = VoxelMap()
    m.integrate(Frame(rgb, np.full((120, 160), 1.5, np.float32), lens, None, looking_down(1.5)))
    cloud = m.point_cloud()
    assert (cloud.rgb[cloud.xyz[:, 0] > 0.44, 1] > 150).all()
    assert (cloud.rgb[cloud.xyz[:, 0] < 0.36, 1] < 100).all()


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf, -1.0, 65.535])
def test_frames_without_a_valid_reading_change_nothing(value):
    m = VoxelMap()
    version = m.version
    assert m.integrate(plane(value)) == 0
    assert len(m.point_cloud()) == 0 and m.version == version


def test_invalid_pixels_leave_the_valid_ones_alone():
    frame = plane()
    frame.depth[::7] = np.nan
    frame.depth[3::7] = 0
    m = VoxelMap()
    m.integrate(frame)
    assert abs(m.point_cloud().xyz[:, 2]).max() < 0.005


def test_no_pose_is_refused():
    with pytest.raises(MapError, match="no pose"):
        VoxelMap().integrate(plane(T_world_camera=None))


def test_save_and_load(tmp_path):
    m = VoxelMap(voxel_size=0.03)
    m.integrate(plane())
    m.save(tmp_path / "room.npz")
    again = VoxelMap.load(tmp_path / "room.npz")
    a, b = m.point_cloud(), again.point_cloud()
    assert again.voxel_size == 0.03 and again.stamp == 3.0
    assert abs(len(a) - len(b)) < 0.01 * len(a)
    np.testing.assert_allclose(b.xyz.mean(0), a.xyz.mean(0), atol=1e-3)
    np.testing.assert_allclose(b.rgb.mean(0), a.rgb.mean(0), atol=1)
    np.testing.assert_allclose(again.camera_up, m.camera_up)
    again.integrate(plane())
    assert len(again.point_cloud()) >= len(b)


def test_files_that_are_no_maps(tmp_path):
    with pytest.raises(MapError, match="no such file"):
        VoxelMap.load(tmp_path / "absent.npz")
    (tmp_path / "broken.npz").write_bytes(b"PK\x03\x04 nonsense")
    with pytest.raises(MapError, match="not a readable map"):
        VoxelMap.load(tmp_path / "broken.npz")


def test_the_size_of_the_map_is_bounded():
    m = VoxelMap(max_blocks=40)
    m.integrate(plane())
    assert m.refused_frames == 1
    before = m.num_bytes()
    T = looking_down(1.5)
    T[0, 3] = 50.0
    m.integrate(plane(T_world_camera=T))
    assert m.num_bytes() == before and len(m.point_cloud()) > 0


def test_growth_keeps_what_was_there():
    m = VoxelMap(voxel_size=0.01)
    for x in range(6):
        T = looking_down(1.5)
        T[0, 3] = 1.0 * x
        m.integrate(plane(T_world_camera=T))
    cloud = m.point_cloud()
    assert cloud.xyz[:, 0].max() > 5.5 and cloud.xyz[:, 0].min() < -0.7
    assert abs(cloud.xyz[:, 2]).max() < 0.005


def test_a_full_map_forgets_what_was_not_seen_for_longest():
    """A camera that moves on for good: the map holds its last surroundings and goes on taking new ones."""
    m = VoxelMap(max_blocks=1500, when_full="forget_oldest", min_views=1)
    for x in np.arange(0, 12, 0.4):
        T = looking_down(1.5)
        T[0, 3] = x
        m.integrate(plane(T_world_camera=T))
    xyz = m.point_cloud().xyz
    assert m.num_blocks <= 1500 and m.refused_frames == 0
    assert xyz[:, 0].max() > 12 and xyz[:, 0].min() > 2
    # of the last view, x from 10.8 to 12.4 m and 1.2 m high, what lies past 11.2 m is there nearly whole
    assert (xyz[:, 0] > 11.2).sum() > 0.9 * 1.2 * 1.2 / 0.02**2
    refusing = VoxelMap(max_blocks=1500, min_views=1)
    for x in np.arange(0, 12, 0.4):
        T = looking_down(1.5)
        T[0, 3] = x
        refusing.integrate(plane(T_world_camera=T))
    xyz = refusing.point_cloud().xyz
    assert refusing.refused_frames > 10 and xyz[:, 0].min() < -0.6 and xyz[:, 0].max() < 10
