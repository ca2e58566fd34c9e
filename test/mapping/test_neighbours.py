"""Grid neighbours against a brute-force search, and their independence of the order of the cloud."""

import numpy as np
import pytest

from omd3d_ros.mapping.neighbours import NEIGHBOURS, nearest, order_by_position, radix_argsort


def ordered(xyz, radius):
    return xyz[order_by_position(xyz, radius)]


@pytest.mark.parametrize("points, radius", [(1, 0.1), (7, 0.5), (400, 0.1), (400, 0.4), (400, 3.0)])
def test_the_nearest_points_within_the_radius(points, radius):
    rng = np.random.default_rng(points)
    xyz = ordered(rng.uniform(-1, 1, (points, 3)).astype(np.float32), radius)
    distance = np.linalg.norm(xyz[:, None].astype(np.float64) - xyz[None], axis=2)
    np.fill_diagonal(distance, np.inf)
    for i, found in enumerate(nearest(xyz, radius)):
        known = found[found >= 0]
        expected = np.sort(distance[i])[:NEIGHBOURS]
        np.testing.assert_allclose(distance[i, known], expected[expected <= radius], atol=1e-6)


def test_far_from_the_origin_and_across_it():
    rng = np.random.default_rng(0)
    near = rng.uniform(-0.1, 0.1, (60, 3))
    for offset in ([0, 0, 0], [-512.0, 256.0, 0.0]):
        xyz = ordered((near + offset).astype(np.float32), 0.05)
        distance = np.linalg.norm(xyz[:, None].astype(np.float64) - xyz[None], axis=2)
        within = (distance <= 0.05).sum(1) - 1
        assert ((nearest(xyz, 0.05) >= 0).sum(1) == np.minimum(within, NEIGHBOURS)).all()


def test_equal_distances_are_told_apart_by_position():
    # a grid: the eighth neighbour of most points is one of several at the same distance
    xyz = (np.stack(np.meshgrid(*[np.arange(6)] * 3), -1).reshape(-1, 3) / 32).astype(np.float32)
    rng = np.random.default_rng(1)
    a, b = ordered(xyz, 0.08), ordered(xyz[rng.permutation(len(xyz))], 0.08)
    np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(nearest(a, 0.08), nearest(b, 0.08))


def test_the_order_of_two_points_does_not_depend_on_others():
    rng = np.random.default_rng(2)
    xyz = rng.uniform(-1, 1, (300, 3)).astype(np.float32)
    few = ordered(xyz[:100], 0.2)
    many = ordered(np.concatenate([xyz, [[-40, 7, 60]]]).astype(np.float32), 0.2)
    place = {tuple(p): i for i, p in enumerate(many)}
    assert (np.diff([place[tuple(p)] for p in few]) > 0).all()


@pytest.mark.parametrize("bits", [1, 11, 12, 40])
def test_radix_sort_is_stable(bits):
    rng = np.random.default_rng(bits)
    keys = rng.integers(0, 1 << bits, 5000)
    np.testing.assert_array_equal(radix_argsort(keys, bits), np.argsort(keys, kind="stable"))


def test_no_points():
    empty = np.empty((0, 3), np.float32)
    assert order_by_position(empty, 0.05).shape == (0,) and nearest(empty, 0.05).shape == (0, NEIGHBOURS)
