"""A prepared scene as the Scene that questions are asked of, for models that answer with query programs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from ...datasets.prepared import PreparedDataError, PreparedScene
from ...types import Instance, PointCloud, Scene, object_id


def scene_of(prepared: PreparedScene, shown: Sequence[int]) -> Scene:
    """The proposals ``shown``, in this order, each called as in the data; those without points are left out.

    The data has no scores of proposals: each counts as surely there.  Raises PreparedDataError for a scene without
    superpoint features, which only the model that found the proposals could compute.
    """
    if prepared.superpoint_features is None:
        raise PreparedDataError(
            f"scene {prepared.scene_id} has no superpoint features, which a model that answers with query programs "
            "needs: prepare the data with this model"
        )
    cloud = PointCloud(prepared.points.numpy(), prepared.colors.numpy())
    superpoints = prepared.superpoints.numpy().astype(np.int32)
    masks = prepared.proposal_masks.numpy()
    kept = [k for k in shown if masks[k][superpoints].any()]
    features = torch.cat([prepared.point_features, prepared.image_features], 1).numpy()
    return Scene(
        cloud=cloud,
        superpoints=superpoints,
        superpoint_features=prepared.superpoint_features.numpy(),
        instances=[
            Instance.from_mask(object_id(k), prepared.proposal_labels[k], 1.0, masks[k][superpoints], cloud.xyz)
            for k in kept
        ],
        object_masks=masks[kept].astype(np.float32),
        object_features=features[kept],
        object_boxes=prepared.proposal_boxes.numpy()[kept],
        T_aligned_world=np.eye(4),
    )


def superpoints_of(scene: Scene, instances: Sequence[Instance]) -> list[int]:
    """The superpoints with a point in any of the instances' masks, in rising order."""
    if not instances:
        return []
    return [int(s) for s in np.unique(scene.superpoints[np.any([i.mask for i in instances], 0)])]
