"""Sparse convolutions are dense convolutions sampled where there are voxels."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from omd3d_ros.perception.sparse.functional import convolve, join, normalise
from omd3d_ros.perception.sparse.layers import DoublingConv, HalvingConv, PointwiseConv, SubmanifoldConv
from omd3d_ros.perception.sparse.tensor import GridTensor
from omd3d_ros.perception.sparse.voxels import Voxels

EXTENT = (10, 8, 12)
TOLERANCES = {torch.float32: 2e-6, torch.float64: 1e-14}


@pytest.fixture(autouse=True)
def threads() -> Iterator[None]:
    """What a test does to the number of threads ends with it."""
    before = torch.get_num_threads()
    torch.manual_seed(0)
    yield
    torch.set_num_threads(before)


def cloud(channels: int, voxels: int = 300, dtype: torch.dtype = torch.float32) -> GridTensor:
    """Random voxels of two scenes with random features."""
    rng = np.random.default_rng(0)
    coords = torch.from_numpy(rng.integers(0, (2, *EXTENT), (voxels, 4), dtype=np.int32))
    grid, _ = Voxels.of(coords, EXTENT)
    return GridTensor(torch.randn(len(grid), channels, dtype=dtype), grid)


def dense(x: GridTensor) -> torch.Tensor:
    """(scenes, C, X, Y, Z), zero where there is no voxel."""
    volume = x.features.new_zeros(2, *x.voxels.extent, x.features.shape[1])
    volume[tuple(x.indices.long().T)] = x.features
    return volume.permute(0, 4, 1, 2, 3)


def sampled(volume: torch.Tensor, indices: torch.Tensor) -> torch.Tensor:
    return volume.permute(0, 2, 3, 4, 1)[tuple(indices.long().T)]


def in_torch_order(layer: nn.Module) -> torch.Tensor:
    """(Cout, k, k, k, Cin) -> (Cout, Cin, k, k, k)."""
    assert isinstance(layer.weight, torch.Tensor)
    return layer.weight.detach().permute(0, 4, 1, 2, 3)


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("channels", [(6, 32), (5, 7), (40, 33), (64, 96)], ids=str)
def test_submanifold_is_dense_convolution_at_the_voxels(dtype: torch.dtype, channels: tuple[int, int]) -> None:
    x, layer = cloud(channels[0], dtype=dtype), SubmanifoldConv(*channels).to(dtype)
    expected = sampled(F.conv3d(dense(x), in_torch_order(layer), padding=1), x.indices)
    with torch.no_grad():
        torch.testing.assert_close(layer(x).features, expected, atol=TOLERANCES[dtype], rtol=0)
    torch.testing.assert_close(layer(x).features, expected, atol=TOLERANCES[dtype], rtol=0)


@pytest.mark.parametrize("dtype", TOLERANCES)
def test_halving_and_doubling_are_strided_and_transposed_convolution(dtype: torch.dtype) -> None:
    x, down, up = cloud(16, dtype=dtype), HalvingConv(16, 48).to(dtype), DoublingConv(48, 16).to(dtype)
    with torch.no_grad():
        coarse = down(x)
        fine = up(coarse, x)
    expected = F.conv3d(dense(x), in_torch_order(down), stride=2)
    torch.testing.assert_close(coarse.features, sampled(expected, coarse.indices), atol=TOLERANCES[dtype], rtol=0)
    upwards = F.conv_transpose3d(dense(coarse), in_torch_order(up).transpose(0, 1), stride=2)
    torch.testing.assert_close(fine.features, sampled(upwards, x.indices), atol=TOLERANCES[dtype], rtol=0)


def test_pointwise_weight_is_read_without_transpose_as_published() -> None:
    x = cloud(6)
    published, right = PointwiseConv(6, 4), PointwiseConv(6, 4, as_published=False)
    with torch.no_grad():
        a, b = published(x).features, right(x).features
        torch.testing.assert_close(a, x.features @ published.weight.view(6, 4))
        torch.testing.assert_close(b, F.linear(x.features, right.weight.view(4, 6)))


def test_what_follows_a_convolution_is_the_same_fused_and_not() -> None:
    x, layer = cloud(32), SubmanifoldConv(32, 40)
    plus, norm = torch.randn(len(x.features), 40), nn.BatchNorm1d(40).eval()
    nn.init.normal_(norm.weight)
    nn.init.normal_(norm.bias)
    unfused = layer(x, plus, norm).features
    with torch.no_grad():
        torch.testing.assert_close(layer(x, plus, norm).features, unfused, atol=5e-6, rtol=0)
        torch.testing.assert_close(layer(x, norm=norm).features, F.relu(norm(layer(x).features)), atol=5e-6, rtol=0)


def test_normalise_and_join_are_those_of_torch() -> None:
    x, y = torch.randn(700, 12), torch.randn(700, 5)
    norm = nn.BatchNorm1d(12).eval()
    with torch.no_grad():
        torch.testing.assert_close(normalise(x, norm), F.relu(norm(x)))
        assert torch.equal(join(x, y), torch.cat([x, y], 1))


def test_a_batch_norm_in_training_takes_the_statistics_of_the_batch() -> None:
    x, norm = torch.randn(700, 12), nn.BatchNorm1d(12).train()
    with torch.no_grad():
        out = normalise(x, norm)
    torch.testing.assert_close(out, F.relu((x - x.mean(0)) / torch.sqrt(x.var(0, unbiased=False) + norm.eps)))
    assert norm.num_batches_tracked == 1


def test_gradients_are_those_of_finite_differences() -> None:
    grid = cloud(2, voxels=20, dtype=torch.float64).voxels
    for kernel_map in (grid.neighbours, grid.halved.down, grid.halved.up):
        features = torch.randn(kernel_map.inputs, 2, dtype=torch.float64, requires_grad=True)
        kernels = torch.randn(kernel_map.table.shape[1], 2, 3, dtype=torch.float64, requires_grad=True)
        assert torch.autograd.gradcheck(lambda f, k, m=kernel_map: convolve(f, k, m), (features, kernels))


def test_gradients_of_float32_follow_those_of_float64() -> None:
    x = cloud(32)
    kernels = torch.randn(27, 32, 16)
    gradients = []
    for dtype in (torch.float32, torch.float64):
        inputs = [t.to(dtype, copy=True).requires_grad_() for t in (x.features, kernels)]
        convolve(*inputs, x.voxels.neighbours).square().mean().backward()
        gradients.append([t.grad for t in inputs])
    for single, double in zip(*gradients, strict=True):
        torch.testing.assert_close(single.double(), double, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("dtype", TOLERANCES)
def test_results_do_not_depend_on_the_number_of_threads(dtype: torch.dtype) -> None:
    x, layer = cloud(64, voxels=3000, dtype=dtype), SubmanifoldConv(64, 96).to(dtype)
    outs = []
    for count in (1, 2, 3):
        torch.set_num_threads(count)
        with torch.no_grad():
            outs.append(layer(x).features)
    assert torch.equal(outs[0], outs[1])
    assert torch.equal(outs[0], outs[2])


def test_nan_is_not_hidden() -> None:
    x, layer = cloud(32), SubmanifoldConv(32, 32)
    x.features[7, 3] = float("nan")
    with torch.no_grad():
        assert layer(x, norm=nn.BatchNorm1d(32).eval()).features[7].isnan().all()
