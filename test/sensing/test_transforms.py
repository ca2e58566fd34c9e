"""The transform tree against scipy's rotations and plain matrix products."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation, Slerp

from omd3d_ros.sensing.transforms import TransformTree, TransformUnavailable, matrix_from_pose, quaternion_from_matrix

S = 1_000_000_000
IDENTITY = np.array([0.0, 0.0, 0.0, 1.0])


def test_quaternions_agree_with_scipy_for_every_branch():
    for rotation in Rotation.random(200, random_state=3):
        T = matrix_from_pose(np.zeros(3), rotation.as_quat())
        np.testing.assert_allclose(T[:3, :3], rotation.as_matrix(), atol=1e-12)
        q = quaternion_from_matrix(T)
        assert abs(q @ rotation.as_quat()) == pytest.approx(1.0, abs=1e-9)


def test_interpolation_agrees_with_scipys_slerp():
    ends = Rotation.from_euler("xyz", [[0.1, 0.2, 0.3], [0.9, -0.4, 1.2]])
    tree = TransformTree(10.0)
    for stamp, translation, rotation in zip((1, 2), ([0.0, 0, 0], [1.0, 2, 3]), ends, strict=True):
        tree.add("map", "camera", stamp * S, np.array(translation), -rotation.as_quat())
    T = tree.lookup("map", "camera", S + S // 4)
    np.testing.assert_allclose(T[:3, :3], Slerp([1, 2], ends)([1.25]).as_matrix()[0], atol=1e-9)
    np.testing.assert_allclose(T[:3, 3], [0.25, 0.5, 0.75], atol=1e-12)


def test_chains_and_branches_multiply():
    rotations = Rotation.random(3, random_state=1)
    shifts = np.arange(9.0).reshape(3, 3)
    tree = TransformTree(10.0)
    tree.add("map", "odom", S, shifts[0], rotations[0].as_quat())
    tree.add("odom", "depth", S, shifts[1], rotations[1].as_quat())
    tree.add("odom", "color", 0, shifts[2], rotations[2].as_quat(), static=True)
    T = [matrix_from_pose(t, r.as_quat()) for t, r in zip(shifts, rotations, strict=True)]
    np.testing.assert_allclose(tree.lookup("map", "depth", S), T[0] @ T[1], atol=1e-12)
    np.testing.assert_allclose(tree.lookup("color", "depth", S), np.linalg.inv(T[2]) @ T[1], atol=1e-12)
    np.testing.assert_array_equal(tree.lookup("depth", "depth", 0), np.eye(4))


@pytest.mark.parametrize(
    ("target", "source", "stamp", "cause", "text"),
    [
        ("map", "lidar", 2, "no_transform", "no transform from lidar to map: lidar never seen on TF"),
        ("earth", "camera", 2, "no_transform", "earth never seen on TF"),
        ("map", "camera", 9, "transform_too_old", "the image is 6.000 s ahead of the newest map -> camera"),
        ("map", "camera", 0, "transform_in_future", "the oldest map -> camera on TF is 1.000 s in the image's future"),
    ],
)
def test_what_is_missing_is_named(target, source, stamp, cause, text):
    tree = TransformTree(10.0)
    for t in (1, 3):
        tree.add("map", "camera", t * S, np.zeros(3), IDENTITY)
    with pytest.raises(TransformUnavailable) as error:
        tree.lookup(target, source, stamp * S)
    assert error.value.cause == cause
    assert text in str(error.value)


def test_two_trees_that_are_not_connected():
    tree = TransformTree(10.0)
    tree.add("map", "a", S, np.zeros(3), IDENTITY)
    tree.add("world", "b", S, np.zeros(3), IDENTITY)
    with pytest.raises(TransformUnavailable, match="not connected"):
        tree.lookup("map", "b", S)


def test_history_is_bounded_and_a_clock_set_back_starts_over():
    tree = TransformTree(duration=1.0)
    for tenth in range(100, 200):
        tree.add("map", "camera", tenth * S // 10, np.zeros(3), IDENTITY)
    assert len(tree._tracks["camera"].poses) == 11
    tree.add("map", "camera", S, np.ones(3), IDENTITY)
    np.testing.assert_array_equal(tree.lookup("map", "camera", S)[:3, 3], np.ones(3))


@pytest.mark.parametrize(
    ("parent", "child", "translation", "quaternion"),
    [
        ("map", "map", np.zeros(3), IDENTITY),
        ("", "camera", np.zeros(3), IDENTITY),
        ("map", "camera", np.array([np.nan, 0, 0]), IDENTITY),
        ("map", "camera", np.zeros(3), np.zeros(4)),
    ],
)
def test_transforms_that_are_none_are_refused(parent, child, translation, quaternion):
    with pytest.raises(ValueError):
        TransformTree(10.0).add(parent, child, S, translation, quaternion)
