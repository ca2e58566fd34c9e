"""Batch norm statistics of a new scene encoder."""

from __future__ import annotations

import torch
from published_model import a_base_model, a_reference
from small_runs import a_scene

from omd3d_ros.perception.finding import voxel_inputs
from omd3d_ros.training.batch_norms import measure_statistics
from omd3d_ros.types import PointCloud


def test_measured_statistics_are_those_of_the_scenes(tmp_path):
    """Of one scene: what the last batch norm gives has mean 0 and variance 1, before its ReLU."""
    model, _ = a_reference(a_base_model(tmp_path / "llm"))
    scene = a_scene()
    measure_statistics(model, [scene])
    norm = model.encoder.output_layer[0]
    assert not norm.training and norm.momentum is not None
    seen = {}
    norm.register_forward_hook(lambda module, inputs, output: seen.update(out=output))
    model.encoder.requires_grad_(True)  # takes the path that hooks see
    coords, feats = voxel_inputs(PointCloud(scene.points.numpy(), scene.colors.numpy()))
    model.encoder(coords, feats, scene.superpoints)
    torch.testing.assert_close(seen["out"].mean(0), torch.zeros(8), atol=1e-2, rtol=0)
    torch.testing.assert_close(seen["out"].var(0), torch.ones(8), atol=5e-2, rtol=0)
