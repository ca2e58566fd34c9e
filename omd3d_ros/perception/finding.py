"""Superpoint features and the objects of a prepared cloud, by whichever encoder and segmentor the model has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from ..types import PointCloud
from .external_instances import ExternalInstances, superpoint_proposals
from .geometric import geometric_proposals
from .proposals import Proposals
from .spformer import spformer_proposals
from .superpoint_inputs import superpoint_inputs

if TYPE_CHECKING:
    from ..models.openmaskdino3d import OpenMaskDINO3DModel
    from .scene import PreparedCloud

UNET_VOXEL = 0.02  # metres, as the published sparse U-Net was trained


class FindingError(ValueError):
    """The objects can't be found this way; the message says what is needed."""


@dataclass
class Found:
    """features (M, C) of the superpoints; proposals, whose class logits are over ``names``; attributes (K, 24):
    probabilities of their colours, materials and shapes, None where the model tells none."""

    features: torch.Tensor
    proposals: Proposals
    names: Sequence[str]
    attributes: torch.Tensor | None = None


@torch.inference_mode()
def find_objects(
    prepared: PreparedCloud, model: OpenMaskDINO3DModel, instances: ExternalInstances | None = None
) -> Found:
    """instances: what another program found, over the points of the cloud before it was thinned out; they are taken
    instead of the segmentor's.  Raises FindingError where the segmentor is another program and there are none."""
    kind = model.config.segmentor["type"]
    names = model.config.categories
    if instances is None and kind == "superpoint":
        inputs = superpoint_inputs(prepared.aligned, prepared.superpoints, seed=0).to(model.device)
        return Found(*model.propose(inputs), names)
    features = superpoint_features(prepared, model)
    if instances is not None:
        proposals = superpoint_proposals(instances, prepared.superpoints[prepared.point_of])
        return Found(features, _best(proposals, model.config.max_objects), list(dict.fromkeys(instances.labels)))
    if kind == "spformer":
        counts = torch.from_numpy(np.bincount(prepared.superpoints, minlength=len(features))).to(features.device)
        output = model.segmentor(features, torch.tensor([0, len(features)]))
        proposals = spformer_proposals(output, counts)
        return Found(features, _best(proposals, model.config.max_objects), names)
    if kind == "geometric":
        proposals = geometric_proposals(prepared.aligned, prepared.superpoints, model.config.max_objects)
        return Found(features, proposals, ["object"])
    raise FindingError("segmentor mask3d takes the instances that Mask3D exported for this cloud, and none were given")


def superpoint_features(prepared: PreparedCloud, model: OpenMaskDINO3DModel) -> torch.Tensor:
    """(M, C) from the model's scene encoder; (M, 0) without one."""
    if model.encoder is None:
        return torch.zeros(int(prepared.superpoints.max()) + 1, 0, device=model.device)
    if model.config.encoder["type"] == "superpoint_transformer":
        inputs = superpoint_inputs(prepared.aligned, prepared.superpoints, seed=0).to(model.device)
        return model.encoder(inputs)[0]
    coords, feats = voxel_inputs(prepared.aligned)
    superpoints = torch.from_numpy(prepared.superpoints.astype(np.int64))
    return model.encoder(*(x.to(model.device) for x in (coords, feats, superpoints)))


def voxel_inputs(cloud: PointCloud) -> tuple[torch.Tensor, torch.Tensor]:
    """coords (N, 4) int32 in voxels of 2 cm, feats (N, 6): colour -1..1 and metres from the middle, as published."""
    xyz = cloud.xyz - cloud.xyz.mean(0, dtype=np.float64).astype(np.float32)
    voxels = np.floor((xyz - xyz.min(0)) / UNET_VOXEL).astype(np.int32)
    coords = np.concatenate([np.zeros((len(voxels), 1), np.int32), voxels], 1)
    feats = np.concatenate([cloud.rgb.astype(np.float32) / 127.5 - 1, xyz], 1)
    return torch.from_numpy(coords), torch.from_numpy(feats)


def _best(proposals: Proposals, count: int) -> Proposals:
    return Proposals(proposals.masks[:count], proposals.class_logits[:count], proposals.scores[:count])
