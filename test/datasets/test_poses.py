"""Poses and stamps as recordings keep them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from omd3d_ros.datasets.poses import increasing_stamps, pose_from_quaternion, pose_of, rows_of_numbers


def test_quaternions_of_any_length_are_rotations() -> None:
    for xyzw in np.random.default_rng(0).normal(size=(20, 4)):
        T = pose_from_quaternion(xyzw, np.array([1, 2, 3]))
        assert T is not None
        np.testing.assert_allclose(T[:3, :3], Rotation.from_quat(xyzw).as_matrix(), atol=1e-12)
        np.testing.assert_array_equal(T[:3, 3], [1, 2, 3])


@pytest.mark.parametrize("xyzw", [[0, 0, 0, 0], [np.nan, 0, 0, 1], [0, 0, 1]])
def test_what_is_no_quaternion_is_no_pose(xyzw: list[float]) -> None:
    assert pose_from_quaternion(np.array(xyzw), np.zeros(3)) is None


def test_only_rigid_transforms_are_poses() -> None:
    assert pose_of(np.eye(4).ravel()) is not None
    assert pose_of(np.diag([1.0, 1, -1, 1])) is None
    assert pose_of(np.full(16, -np.inf)) is None
    assert pose_of(np.eye(3)) is None


def test_rows_keep_their_place_when_a_word_is_no_number() -> None:
    rows = rows_of_numbers("# comment\n\n1 2\n-1.#IND x\n 3, 4\n")
    assert [row.tolist() for row in rows][::2] == [[1, 2], [3, 4]]
    assert np.isnan(rows[1]).all()


def test_stamps_are_kept_filled_or_counted() -> None:
    assert increasing_stamps([5.0, 5.1, 5.3]) == [5.0, 5.1, 5.3]
    assert increasing_stamps([None, 2.0, None, 3.0, None], rate=10) == pytest.approx([1.9, 2.0, 2.5, 3.0, 3.1])
    assert increasing_stamps([7.0, 7.0, 8.0], rate=10) == pytest.approx([0, 0.1, 0.2])
    assert increasing_stamps([None, float("nan")], rate=2) == [0, 0.5]
    assert increasing_stamps([]) == []
