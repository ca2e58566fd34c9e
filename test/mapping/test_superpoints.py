"""Superpoints and gravity on scenes made of planes and boxes."""

import numpy as np

from omd3d_ros.mapping.gravity import aligned_from_world, estimate_up, floor_height
from omd3d_ros.mapping.superpoints import segment
from omd3d_ros.mapping.thinning import estimate_normals, voxel_downsample
from omd3d_ros.types import PointCloud


def rectangle(origin, u, v, rgb, step=0.02):
    """Points ``step`` apart on the rectangle spanned by u and v."""
    u, v = np.array(u, float), np.array(v, float)
    a = np.arange(0, np.linalg.norm(u), step) / np.linalg.norm(u)
    b = np.arange(0, np.linalg.norm(v), step) / np.linalg.norm(v)
    xyz = np.array(origin) + a[:, None, None] * u + b[None, :, None] * v
    xyz = xyz.reshape(-1, 3)
    normal = np.cross(u, v) / np.linalg.norm(np.cross(u, v))
    return PointCloud(xyz, np.full((len(xyz), 3), rgb), np.tile(normal, (len(xyz), 1)))


def joined(*clouds):
    return PointCloud(*(np.concatenate([getattr(c, f) for c in clouds]) for f in ("xyz", "rgb", "normals")))


def test_planes_that_meet_at_an_edge_are_apart():
    floor = rectangle([0, 0, 0], [0.6, 0, 0], [0, 0.6, 0], 128)
    wall = rectangle([0, 0, 0.02], [0, 0.6, 0], [0, 0, 0.6], 128)
    labels = segment(joined(floor, wall))
    n = len(floor)
    first, second = np.bincount(labels[:n]).argmax(), np.bincount(labels[n:]).argmax()
    assert first != second
    assert (labels[:n] == first).mean() > 0.9 and (labels[n:] == second).mean() > 0.9


def test_colours_part_a_plane():
    red = rectangle([0, 0, 0], [0.4, 0, 0], [0, 0.4, 0], (200, 30, 30))
    white = rectangle([0.4, 0, 0], [0.4, 0, 0], [0, 0.4, 0], (230, 230, 230))
    labels = segment(joined(red, white))
    assert np.bincount(labels[: len(red)]).argmax() != np.bincount(labels[len(red) :]).argmax()


def test_large_planes_are_cut_and_labels_have_no_gaps():
    labels = segment(rectangle([0, 0, 0], [4, 0, 0], [0, 4, 0], 128), max_extent=0.8)
    assert labels.dtype == np.int32
    assert len(np.unique(labels)) == labels.max() + 1 >= 16
    assert np.bincount(labels).max() < 0.2 * len(labels)


def test_same_cloud_same_superpoints():
    cloud = joined(rectangle([0, 0, 0], [1, 0, 0], [0, 1, 0], 90), rectangle([0, 0, 0.5], [0, 1, 0], [0, 0, 1], 200))
    np.testing.assert_array_equal(segment(cloud), segment(cloud))


def test_empty_and_tiny_clouds():
    assert len(segment(PointCloud(np.empty((0, 3)), np.empty((0, 3))))) == 0
    assert segment(PointCloud(np.zeros((1, 3)), np.zeros((1, 3)))).tolist() == [0]


def test_normals_of_a_bare_plane():
    plane = rectangle([0, 0, 0], [1, 0, 0], [0, 1, 0], 128)
    assert (abs(estimate_normals(plane.xyz)[:, 2]) > 0.999).all()


def test_downsampling_averages_and_remembers():
    dense = rectangle([0, 0, 0], [0.5, 0, 0], [0, 0.5, 0], 100, step=0.005)
    thin, point_of = voxel_downsample(dense, 0.02)
    assert len(thin) < len(dense) / 10 and len(point_of) == len(dense)
    assert np.linalg.norm(thin.xyz[point_of] - dense.xyz, axis=1).max() < 0.02 * np.sqrt(3)


def test_up_is_found_from_a_tilted_prior():
    up = np.array([0.004, -0.893, -0.450])
    up /= np.linalg.norm(up)
    T = np.linalg.inv(aligned_from_world(up, 0.0))[:3, :3].astype(np.float32)
    floor = rectangle([0, 0, 0], [2, 0, 0], [0, 2, 0], 128)
    wall = rectangle([0, 0, 0], [0, 2, 0], [0, 0, 2], 128)
    normals = joined(floor, wall).normals @ T.T
    found = estimate_up(normals, np.array([0.0, -1.0, 0.0]))  # 27 degrees off, as in a hand-held recording
    assert np.degrees(np.arccos(min(1.0, found @ up))) < 0.5


def test_without_level_surfaces_the_prior_stays():
    wall = rectangle([0, 0, 0], [0, 2, 0], [0, 0, 2], 128)
    np.testing.assert_allclose(estimate_up(wall.normals, np.array([0, 0, 2.0])), [0, 0, 1])


def test_floor_below_a_table():
    floor = rectangle([0, 0, -0.3], [2, 0, 0], [0, 2, 0], 128)
    table = rectangle([0, 0, 0.45], [1, 0, 0], [0, 1, 0], 128)
    both = joined(floor, table)
    assert abs(floor_height(both.xyz[:, 2], both.normals[:, 2]) + 0.3) < 0.03


def test_aligned_frame_looks_along_y():
    T = aligned_from_world(np.array([0, -1.0, 0]), -1.2, np.array([0.0, 0.4, 0.9]))
    np.testing.assert_allclose(T[:3, :3] @ [0, 0, 1], [0, 1, 0], atol=1e-9)  # forward
    np.testing.assert_allclose(T[:3, :3] @ [1, 0, 0], [1, 0, 0], atol=1e-9)  # right stays right
    np.testing.assert_allclose((T @ [0, 1.2, 0, 1])[2], 0, atol=1e-9)  # floor at zero
    assert np.isclose(np.linalg.det(T[:3, :3]), 1)
