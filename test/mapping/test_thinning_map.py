"""A cloud that changes in places, thinned out again and again, against thinning it out from scratch."""

import numpy as np
import pytest

from omd3d_ros.mapping.thinning import voxel_downsample
from omd3d_ros.mapping.thinning_map import ThinningMap
from omd3d_ros.types import PointCloud

VOXEL = 0.05


def a_cloud(points, seed=0, size=0.4):
    rng = np.random.default_rng(seed)
    normals = rng.normal(size=(points, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return PointCloud(rng.uniform(-size, size, (points, 3)), rng.integers(0, 256, (points, 3)), normals)


def joined(*clouds):
    return PointCloud(*(np.concatenate([getattr(c, f) for c in clouds]) for f in ("xyz", "rgb", "normals")))


def assert_like_from_scratch(thin, point_of, cloud):
    theirs, of = voxel_downsample(cloud, VOXEL)
    np.testing.assert_array_equal(point_of, of)
    np.testing.assert_allclose(thin.xyz, theirs.xyz, atol=1e-6)
    np.testing.assert_allclose(thin.normals, theirs.normals, atol=1e-6)
    assert np.abs(thin.rgb.astype(int) - theirs.rgb).max() <= 1  # a mean of x.5, in another order


def edited(cloud, rng):
    """A ball of points is taken away, seen again with noise, painted, or joined by others; or the cloud shuffled."""
    near = np.linalg.norm(cloud.xyz - cloud.xyz[rng.integers(len(cloud))], axis=1) < 0.15
    kind = rng.integers(5)
    if kind == 0:
        return cloud.select(~near)
    if kind == 1:
        return joined(cloud, a_cloud(200, seed=int(rng.integers(1000)), size=0.5))
    if kind == 2:
        return cloud.select(rng.permutation(len(cloud)))
    xyz, rgb = cloud.xyz.copy(), cloud.rgb.copy()
    if kind == 3:
        xyz[near] += rng.normal(0, 0.001, (near.sum(), 3))
    else:
        rgb[near] = rng.integers(0, 256, 3)
    return PointCloud(xyz, rgb, cloud.normals)


@pytest.mark.parametrize("seed", range(4))
def test_random_edits(seed):
    rng = np.random.default_rng(seed)
    cloud, thinning = a_cloud(5000, seed), ThinningMap(VOXEL)
    before, _, source = thinning.update(cloud)
    assert (source == -1).all()
    for _ in range(8):
        cloud = edited(cloud, rng)
        thin, point_of, source = thinning.update(cloud)
        assert_like_from_scratch(thin, point_of, cloud)
        kept = source >= 0
        for name in ("xyz", "rgb", "normals"):
            np.testing.assert_array_equal(getattr(thin, name)[kept], getattr(before, name)[source[kept]])
        before = thin


def test_only_voxels_with_changes_are_others():
    cloud, thinning = a_cloud(5000), ThinningMap(VOXEL)
    before, owner, _ = thinning.update(cloud)
    np.testing.assert_array_equal(thinning.update(cloud)[2], np.arange(len(before)))
    rgb = cloud.rgb.copy()
    rgb[7] = 255 - rgb[7]
    _, point_of, source = thinning.update(PointCloud(cloud.xyz, rgb, cloud.normals))
    assert np.flatnonzero(source < 0).tolist() == [point_of[7]]
    _, _, source = thinning.update(PointCloud(cloud.xyz, cloud.rgb, cloud.normals).select(np.arange(1, 5000)))
    assert len(before) - (source >= 0).sum() == len({owner[7], owner[0]})


def test_a_cloud_of_one_point_per_voxel_comes_back_as_it_is():
    cloud, thinning = voxel_downsample(a_cloud(500), VOXEL)[0], ThinningMap(VOXEL)
    for _ in range(2):
        thin, point_of, _ = thinning.update(cloud)
        assert thin is cloud
        np.testing.assert_array_equal(point_of, np.arange(len(cloud)))
