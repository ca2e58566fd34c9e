"""Points that came, went and stayed, against brute force."""

import numpy as np
import pytest

from omd3d_ros.mapping.point_changes import extents, in_cells_around, matched, nearest_of
from omd3d_ros.types import PointCloud


def a_cloud(n, seed=0):
    rng = np.random.default_rng(seed)
    return PointCloud(rng.uniform(-1, 1, (n, 3)), rng.integers(0, 256, (n, 3)), rng.normal(size=(n, 3)))


def joined(*clouds):
    return PointCloud(*(np.concatenate([getattr(c, f) for c in clouds]) for f in ("xyz", "rgb", "normals")))


@pytest.mark.parametrize("gone, shuffled", [(5, False), (400, False), (400, True)])
def test_points_are_found_again_wherever_they_are(gone, shuffled):
    old = a_cloud(1000)
    kept = np.delete(np.arange(1000), np.arange(300, 300 + gone))
    order = np.random.default_rng(1).permutation(len(kept)) if shuffled else np.arange(len(kept))
    new = joined(a_cloud(70, seed=2), old.select(kept[order]))
    np.testing.assert_array_equal(matched(old, new, None, 0.1), np.concatenate([np.full(70, -1), kept[order]]))


@pytest.mark.parametrize("changed", ["xyz", "rgb", "normals"])
def test_a_point_with_another_value_is_another_point(changed):
    old, new = a_cloud(50), a_cloud(50)
    getattr(new, changed)[20, 1] += 1
    expected = np.arange(50)
    expected[20] = -1
    np.testing.assert_array_equal(matched(old, new, None, 0.1), expected)


def test_of_equal_points_each_is_found_once():
    cloud = a_cloud(1)
    np.testing.assert_array_equal(matched(cloud, joined(cloud, cloud), None, 0.1), [0, -1])


@pytest.mark.parametrize("radius", [0.05, 0.3])
def test_the_nearest_other_within_a_radius(radius):
    xyz, others = a_cloud(300).xyz, a_cloud(200, seed=1).xyz
    distance = np.linalg.norm(xyz[:, None].astype(np.float64) - others, axis=2)
    expected = np.where(distance.min(1) <= radius, distance.argmin(1), -1)
    assert (expected >= 0).sum() > 0
    np.testing.assert_array_equal(nearest_of(xyz, others, radius), expected)
    assert (nearest_of(xyz, others[:0], radius) == -1).all() and len(nearest_of(xyz[:0], others, radius)) == 0


def test_cells_around_reach_at_least_their_size():
    xyz, others = a_cloud(500).xyz, a_cloud(5, seed=1).xyz
    inside = in_cells_around(xyz, others, 0.2)
    distance = np.linalg.norm(xyz[:, None] - others, axis=2).min(1)
    assert inside[distance <= 0.2].all() and not inside[distance > 0.4 * np.sqrt(3)].any() and not inside.all()
    assert not in_cells_around(xyz, others[:0], 0.2).any()


def test_extents_of_groups():
    xyz = np.array([[0, 1, 2], [3, 0, 1], [5, 5, 5]], np.float32)
    low, high = extents(xyz, np.array([0, 0, 1]), 2)
    np.testing.assert_array_equal(low, [[0, 0, 1], [5, 5, 5]])
    np.testing.assert_array_equal(high, [[3, 1, 2], [5, 5, 5]])
