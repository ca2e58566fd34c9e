"""One point per voxel, and normals of bare clouds."""

import numpy as np

from omd3d_ros.mapping.thinning import estimate_normals, voxel_downsample
from omd3d_ros.types import PointCloud


def a_cloud(points, seed=0, size=0.2):
    rng = np.random.default_rng(seed)
    normals = rng.normal(size=(points, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return PointCloud(rng.uniform(-size, size, (points, 3)), rng.integers(0, 256, (points, 3)), normals)


def test_each_voxel_holds_the_mean_of_its_points():
    cloud = a_cloud(3000)
    thin, point_of = voxel_downsample(cloud, 0.05)
    cells = np.floor(cloud.xyz.astype(np.float64) / 0.05).astype(int)
    assert len(thin) == len(np.unique(cells, axis=0)) == point_of.max() + 1
    for v in range(0, len(thin), 37):
        own = point_of == v
        assert (cells[own] == cells[own][0]).all()
        np.testing.assert_allclose(thin.xyz[v], cloud.xyz[own].mean(0), atol=1e-6)
        np.testing.assert_allclose(thin.rgb[v], cloud.rgb[own].mean(0), atol=0.5 + 1e-6)
        mean = cloud.normals[own].mean(0)
        np.testing.assert_allclose(thin.normals[v], mean / np.linalg.norm(mean), atol=1e-5)


def test_a_thin_cloud_comes_back_as_it_is():
    thin, _ = voxel_downsample(a_cloud(500), 0.05)
    again, point_of = voxel_downsample(thin, 0.05)
    assert again is thin
    np.testing.assert_array_equal(point_of, np.arange(len(thin)))


def test_without_normals_and_without_points():
    cloud = a_cloud(100)
    assert voxel_downsample(PointCloud(cloud.xyz, cloud.rgb), 0.1)[0].normals is None
    empty, point_of = voxel_downsample(PointCloud(np.empty((0, 3)), np.empty((0, 3))), 0.1)
    assert len(empty) == 0 and len(point_of) == 0


def test_normals_of_a_bare_plane():
    grid = np.stack(np.meshgrid(np.arange(50), np.arange(50), [0]), -1).reshape(-1, 3) * 0.02
    assert (abs(estimate_normals(grid)[:, 2]) > 0.999).all()
