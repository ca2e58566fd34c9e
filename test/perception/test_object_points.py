"""The points that an object is known by: its own and those around it, whatever its size."""

from __future__ import annotations

import numpy as np
import pytest

from omd3d_ros.perception.object_points import AROUND, MARGIN, OWN, object_points
from omd3d_ros.perception.superpoint_inputs import place_order
from omd3d_ros.types import PointCloud

FLOOR, BOX, CRUMB = range(3)


def a_room() -> tuple[PointCloud, np.ndarray]:
    """A floor of 4 by 4 m, a red box of 2,000 points on it, and a crumb of 5 points 3 m away."""
    rng = np.random.default_rng(0)
    floor = np.c_[rng.uniform(0, 4, (6000, 2)), np.zeros(6000)]
    box = rng.uniform(-0.2, 0.2, (2000, 3)) + [1.0, 1.0, 0.2]
    crumb = rng.uniform(-0.01, 0.01, (5, 3)) + [3.5, 3.5, 0.01]
    xyz = np.concatenate([floor, box, crumb])
    superpoints = np.repeat([FLOOR, BOX, CRUMB], [6000, 2000, 5]).astype(np.int32)
    rgb = np.array([[128, 128, 128], [255, 0, 0], [0, 0, 255]], np.uint8)[superpoints]
    return PointCloud(xyz, rgb, np.tile([0.0, 0.0, 1.0], (len(xyz), 1))), superpoints


def drawn(*objects: int):
    cloud, superpoints = a_room()
    members = np.zeros((len(objects), 3), bool)
    members[np.arange(len(objects)), list(objects)] = True
    return object_points(cloud, superpoints, members, place_order(cloud.xyz))


def test_own_points_are_of_the_object_and_the_others_near_it() -> None:
    objects = drawn(BOX)
    own, around = objects.points[0, :OWN], objects.points[0, OWN:]
    assert objects.real.all() and objects.counts.tolist() == [2000]
    assert (own[:, 6] == 1).all() and (own[:, 7:9] == -1).all() and (own[:, 10] == 1).all()
    assert (own[:, :3].abs() <= 0.21).all()
    assert (around[:, 10] == 0).all() and (around[:, 9] == 0).all() and (around[:, 6:9].abs() < 0.01).all()
    assert (around[:, :2].abs() <= 0.21 + MARGIN).all()


def test_heights_are_over_the_floor_and_offsets_from_the_middle() -> None:
    own = drawn(BOX).points[0, :OWN]
    np.testing.assert_allclose(own[:, 9] - own[:, 2], 0.2, atol=0.01)
    np.testing.assert_allclose(own[:, :3].mean(0), 0, atol=0.03)


def test_a_small_object_has_no_points_that_it_has_not() -> None:
    objects = drawn(CRUMB)
    assert objects.real[0, :OWN].sum() == 5 and objects.counts.tolist() == [5]
    assert (objects.points[0][~objects.real[0]] == 0).all()
    assert 0 < objects.real[0, OWN:].sum() <= AROUND


def test_each_object_is_drawn_alike_whatever_else_is_asked_for() -> None:
    both, alone = drawn(CRUMB, BOX), drawn(BOX)
    np.testing.assert_array_equal(both.points[1], alone.points[0])


def test_nothing_is_an_object_without_superpoints() -> None:
    cloud, superpoints = a_room()
    empty = object_points(cloud, superpoints, np.zeros((1, 3), bool), place_order(cloud.xyz))
    assert not empty.real[0, :OWN].any() and empty.counts.tolist() == [0]
    assert len(object_points(cloud, superpoints, np.zeros((0, 3), bool), place_order(cloud.xyz))) == 0


def test_normals_are_needed() -> None:
    cloud, superpoints = a_room()
    with pytest.raises(ValueError, match="normals"):
        object_points(PointCloud(cloud.xyz, cloud.rgb), superpoints, np.ones((1, 3), bool), np.arange(len(cloud)))
