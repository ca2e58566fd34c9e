"""A small random DINOv2 over real keyframes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from transformers import Dinov2Config, Dinov2Model

from omd3d_ros.datasets import open_source
from omd3d_ros.mapping import VoxelMap
from omd3d_ros.mapping.keyframes import Keyframes
from omd3d_ros.perception.image_features import hull_pooled, mask_pooled


@pytest.mark.parametrize("pool", [mask_pooled, hull_pooled])
def test_parts_of_the_kitchen_have_features_and_keyframes_are_run_once(kitchen, pool):
    voxel_map, keyframes = VoxelMap(), Keyframes()
    for frame in itertools.islice(open_source(kitchen), 10):
        voxel_map.integrate(frame)
        keyframes.consider(frame)
    xyz = voxel_map.point_cloud().xyz
    nowhere = np.zeros(len(xyz), bool)
    halves = xyz[:, 0] < np.median(xyz[:, 0])
    torch.manual_seed(0)
    config = Dinov2Config(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, patch_size=14, image_size=224)
    model = Dinov2Model(config)
    runs = []
    model.register_forward_pre_hook(lambda *_: runs.append(1))
    pooling = pool(model, batch_size=1)
    views = [keyframes[k] for k in range(len(keyframes))]
    pooled = pooling(views, xyz, np.stack([halves, ~halves, nowhere]))
    assert pooled.features.shape == (3, 16) and pooled.features.isfinite().all()
    assert pooled.features[:2].any(1).all() and not pooled.features[2].any()
    assert pooled.num_views[2] == 0 and pooled.num_views[:2].min() >= 2
    assert len(runs) <= len(views)
    again = pooling(views, xyz, np.stack([halves, ~halves]))
    assert len(runs) <= len(views) and torch.equal(again.features, pooled.features[:2])
