"""Points to voxels and groups, by arithmetic that a reader can check."""

from __future__ import annotations

import pytest
import torch

from omd3d_ros.perception.sparse.voxels import SparseGridError
from omd3d_ros.perception.voxelisation import extent_of, group_max, group_mean, voxelise


def test_voxels_are_numbered_as_they_appear_and_hold_the_mean_of_their_points() -> None:
    coords = torch.tensor([[0, 5, 0, 0], [0, 1, 0, 0], [0, 5, 0, 0], [1, 1, 0, 0]])
    voxels = voxelise(coords, torch.tensor([[1.0], [7.0], [3.0], [9.0]]))
    assert voxels.point_to_voxel.tolist() == [0, 1, 0, 2]
    assert voxels.coords.tolist() == [[0, 5, 0, 0], [0, 1, 0, 0], [1, 1, 0, 0]]
    assert voxels.features.tolist() == [[2.0], [7.0], [9.0]]


def test_negative_coordinates_are_refused() -> None:
    with pytest.raises(SparseGridError, match="from 0"):
        voxelise(torch.tensor([[0, -1, 0, 0]]), torch.zeros(1, 1))


def test_clouds_without_points_are_refused() -> None:
    with pytest.raises(SparseGridError, match="without points"):
        voxelise(torch.empty((0, 4), dtype=torch.int32), torch.zeros(0, 1))


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
