"""Objects as clouds of one size: what is drawn, how it is scaled, what is missing."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from omd3d_ros.perception.object_clouds import encode_clouds, object_clouds
from omd3d_ros.perception.uni3d import Uni3DConfig, Uni3DEncoder


def scene(sizes: tuple[int, ...], n: int = 500) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Random points, colours that tell them apart, and objects of so many points each."""
    rng = np.random.default_rng(3)
    rgb = np.stack([np.arange(n) % 256, np.arange(n) // 256, np.full(n, 255)], 1).astype(np.uint8)
    masks = np.zeros((len(sizes), n), bool)
    for mask, size in zip(masks, sizes, strict=True):
        mask[rng.permutation(n)[:size]] = True
    return rng.uniform(100, 103, (n, 3)).astype(np.float32), rgb, masks


def drawn(colors: np.ndarray) -> np.ndarray:
    """Which point each colour belongs to."""
    numbers = np.rint(colors * 255).astype(int)
    return numbers[..., 0] + 256 * numbers[..., 1]


def test_points_are_drawn_evenly_from_their_own_object():
    xyz, rgb, masks = scene((300, 40))
    clouds = object_clouds(xyz, rgb, masks, num_points=100)
    large, small = (np.bincount(indices, minlength=500) for indices in drawn(clouds.rgb))
    assert set(large[masks[0]]) == {0, 1} and not large[~masks[0]].any()
    assert set(small[masks[1]]) == {2, 3} and not small[~masks[1]].any()


def test_centred_and_of_radius_one():
    xyz, rgb, masks = scene((300, 40))
    clouds = object_clouds(xyz, rgb, masks, num_points=100)
    assert np.allclose(clouds.xyz.mean(1), 0, atol=1e-6)
    assert np.allclose(np.linalg.norm(clouds.xyz, axis=2).max(1), 1, atol=1e-6)
    points = xyz[drawn(clouds.rgb[0])]
    offset = points - points.mean(0, dtype=np.float64)
    assert np.allclose(clouds.xyz[0], offset / np.linalg.norm(offset, axis=1).max(), atol=1e-5)


def test_an_object_is_drawn_the_same_beside_others():
    xyz, rgb, masks = scene((300, 40, 77))
    together, alone = (object_clouds(xyz, rgb, m, num_points=64) for m in (masks, masks[1:2]))
    assert (together.xyz[1] == alone.xyz[0]).all()
    assert (object_clouds(xyz, rgb, masks, num_points=64, seed=1).xyz[1] != alone.xyz[0]).any()


def test_too_few_points_are_missing_and_a_single_place_is_not_divided_by_zero():
    xyz, rgb, masks = scene((9, 10, 0))
    xyz[masks[1]] = 5
    clouds = object_clouds(xyz, rgb, masks, num_points=16)
    assert clouds.present.tolist() == [False, True, False]
    assert not clouds.xyz.any() and not clouds.rgb[[0, 2]].any()


def test_missing_objects_have_zero_features():
    torch.manual_seed(0)
    config = Uni3DConfig(8, 1, 2, 2.0, num_group=4, group_size=4, pc_encoder_dim=8, out_dim=5)
    encoder = Uni3DEncoder(config).eval()
    clouds = object_clouds(*scene((40, 3, 50, 60)), num_points=32)
    features = encode_clouds(encoder, clouds, batch_size=2)
    expected = encoder(torch.from_numpy(clouds.xyz), torch.from_numpy(clouds.rgb))
    assert not features[1].any()
    assert torch.allclose(features[[0, 2, 3]], expected[[0, 2, 3]], atol=1e-5)
    assert not encode_clouds(encoder, object_clouds(*scene((2,)), num_points=32)).any()


def test_no_objects():
    xyz, rgb, masks = scene(())
    assert object_clouds(xyz, rgb, masks).xyz.shape == (0, 8192, 3)


def test_bad_input():
    xyz, rgb, masks = scene((20,))
    with pytest.raises(ValueError, match="xyz and rgb"):
        object_clouds(xyz, rgb[1:], masks)
    with pytest.raises(ValueError, match="masks must be"):
        object_clouds(xyz, rgb, masks.astype(np.float32))
    with pytest.raises(ValueError, match="num_points"):
        object_clouds(xyz, rgb, masks, num_points=0)
