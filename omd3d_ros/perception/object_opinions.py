"""A closer look at the objects that were found: what their own points say of their names and attributes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from ..types import PointCloud
from .finding import Found
from .object_points import object_points
from .superpoint_inputs import place_order

if TYPE_CHECKING:
    from ..models.openmaskdino3d import OpenMaskDINO3DModel


@torch.inference_mode()
def look_closer(found: Found, cloud: PointCloud, superpoints: np.ndarray, model: OpenMaskDINO3DModel) -> Found:
    """The same objects with the class logits of segmentor and classifier together, and with attributes.

    cloud: in the aligned frame, with normals; superpoints (N,) of its points.  Unchanged for a model without object
    classifier; names that another program gave stay.
    """
    if model.config.object_classifier is None:
        return found
    logits = classifier_logits(found, cloud, superpoints, model)
    return with_opinions(found, logits, model)


def classifier_logits(
    found: Found, cloud: PointCloud, superpoints: np.ndarray, model: OpenMaskDINO3DModel, some: np.ndarray | None = None
) -> torch.Tensor:
    """(K, L) what the classifier says of each object; some (n,): of these alone, (n, L)."""
    members = (found.proposals.masks > 0.5).cpu().numpy()
    members = members if some is None else members[some]
    objects = object_points(cloud, superpoints, members, place_order(cloud.xyz))
    return model.object_classifier(objects.to(model.device))


def with_opinions(found: Found, logits: torch.Tensor, model: OpenMaskDINO3DModel) -> Found:
    """``found`` with what the classifier says, logits (K, L)."""
    classifier = model.object_classifier
    proposals = found.proposals
    if list(found.names) == list(model.config.categories):
        proposals = replace(proposals, class_logits=classifier.named(proposals.class_logits, logits))
    return replace(found, proposals=proposals, attributes=classifier.attributes(logits))
