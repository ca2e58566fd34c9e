"""Batch norm statistics of a scene encoder that begins with random weights."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import torch
from torch import nn

from ..datasets.prepared import PreparedScene
from ..perception.finding import voxel_inputs
from ..types import PointCloud

if TYPE_CHECKING:
    from ..models.openmaskdino3d import OpenMaskDINO3DModel


@torch.no_grad()
def measure_statistics(model: OpenMaskDINO3DModel, scenes: Iterable[PreparedScene]) -> None:
    """Set the statistics of the sparse U-Net's batch norms to those of ``scenes``.

    They stay so in training, frozen; without this the features of random weights would be too small to learn from.
    """
    if model.config.encoder["type"] != "sparse_unet":
        return
    norms = [m for m in model.encoder.modules() if isinstance(m, nn.BatchNorm1d)]
    usual = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the mean over all scenes
        norm.train()
    for scene in scenes:
        coords, feats = voxel_inputs(PointCloud(scene.points.numpy(), scene.colors.numpy()))
        model.encoder(coords, feats, scene.superpoints)
    for norm, momentum in zip(norms, usual, strict=True):
        norm.momentum = momentum
        norm.eval()
