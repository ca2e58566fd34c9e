"""Points to voxels and groups, by arithmetic that a reader can check."""

from __future__ import annotations

import pytest
import torch

from omd3d_ros.perception.sparse.voxels import SparseGridError
from omd3d_ros.perception.voxelisation import extent_of, group_max, group_mean, numbers_by_appearance


def test_groups_are_numbered_as_they_appear() -> None:
    assert numbers_by_appearance(torch.tensor([2, 0, 2, 1]), 3).tolist() == [1, 2, 0]


def test_clouds_without_points_have_no_extent() -> None:
    with pytest.raises(SparseGridError, match="without points"):
        extent_of(torch.empty((0, 4), dtype=torch.int32))


def test_extent_is_the_largest_coordinate_plus_one() -> None:
    coords = torch.tensor([[0, 5, 0, 300], [0, 1, 130, 0]])
    assert extent_of(coords) == (6, 131, 301)
    assert extent_of(coords, least=128) == (128, 131, 301)


def test_means_and_maxima_of_groups() -> None:
    features = torch.tensor([[-1.0, 2.0], [-3.0, 4.0], [-5.0, -6.0]], requires_grad=True)
    groups = torch.tensor([1, 1, 0])
    assert group_mean(features, groups, 3).tolist() == [[-5.0, -6.0], [-2.0, 3.0], [0.0, 0.0]]
    assert group_max(features, groups, 3).tolist() == [[-5.0, -6.0], [-1.0, 4.0], [0.0, 0.0]]
    (group_mean(features, groups, 3).sum() + group_max(features, groups, 3).sum()).backward()
    assert features.grad is not None
    assert features.grad.tolist() == [[1.5, 0.5], [0.5, 1.5], [2.0, 2.0]]
