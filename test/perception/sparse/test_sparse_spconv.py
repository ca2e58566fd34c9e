"""Ours and spconv, layer by layer."""

from __future__ import annotations

import pytest
import torch

from omd3d_ros.perception.sparse.layers import DoublingConv, HalvingConv, PointwiseConv, SubmanifoldConv
from omd3d_ros.perception.sparse.tensor import GridTensor
from omd3d_ros.perception.sparse.voxels import Voxels

pytest.importorskip("spconv", reason="spconv is not installed")

EXTENT = (11, 9, 12)


def test_layers_agree_with_spconv() -> None:
    from omd3d_ros.perception.sparse.spconv_tensor import SpconvTensor

    torch.manual_seed(0)
    voxels, _ = Voxels.of(torch.stack([torch.randint(0, n, (400,)) for n in (2, *EXTENT)], 1).int(), EXTENT)
    features = torch.randn(len(voxels), 8)
    first, down, up, mixed = SubmanifoldConv(8, 16), HalvingConv(16, 24), DoublingConv(24, 16), PointwiseConv(32, 12)
    with torch.no_grad():
        results = []
        for x in (GridTensor(features, voxels), SpconvTensor.of(features, voxels.indices, EXTENT)):
            fine = first(x)
            coarse = down(fine)
            results.append((fine, coarse, mixed(fine.joined(up(coarse, fine)))))
    for ours, theirs in zip(*results, strict=True):
        row_of = {tuple(index): row for row, index in enumerate(theirs.indices.tolist())}
        rows = [row_of[tuple(index)] for index in ours.indices.tolist()]
        assert len(rows) == len(theirs.indices)
        torch.testing.assert_close(ours.features, theirs.features[rows], atol=2e-6, rtol=0)
