"""From a point cloud to a Scene: alignment, superpoints, proposals, object features.

The one implementation that the node, the command line and the training data all use.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from ..mapping.gravity import aligned_from_world, estimate_up, floor_height
from ..mapping.superpoints import SurfaceGraph
from ..mapping.thinning import estimate_normals, voxel_downsample
from ..types import Instance, PointCloud, Scene, object_id
from .objects import color_features, pooled_features
from .superpoint_inputs import superpoint_inputs

if TYPE_CHECKING:
    from ..models.openmaskdino3d import OpenMaskDINO3DModel

MIN_POINTS = 50
_MAX_SUPERPOINTS = 1500
_REACH = 2.5  # voxels: how far the neighbours of a point may lie


class SceneError(ValueError):
    """There is nothing to understand yet; the message says why."""


@dataclass
class PreparedCloud:
    """aligned: about one point per voxel, in the aligned frame, with normals; superpoints (n,) of those points;
    point_of (N,): the aligned point that stands for each point of the original cloud."""

    aligned: PointCloud
    superpoints: np.ndarray
    point_of: np.ndarray
    T_aligned_world: np.ndarray


@dataclass
class Views:
    """What the cameras tell about a cloud's frame, both (3,) in the world: mean up and mean viewing direction."""

    up: np.ndarray | None = None
    forward: np.ndarray | None = None


def prepare_cloud(
    cloud: PointCloud,
    views: Views | None = None,
    up: np.ndarray | None = None,
    voxel_size: float = 0.02,
    threshold: float = 0.01,
    color_weight: float = 3.0,
) -> PreparedCloud:
    """Thin out, orient, align with gravity and cut into superpoints.

    up: the world's up direction if it is known; otherwise it is estimated, with ``views.up`` (or +z) as the
    first guess.  Raises SceneError for a cloud of fewer than 50 points.
    """
    views = views or Views()
    if len(cloud) < MIN_POINTS:
        raise SceneError(f"the map has {len(cloud)} points; at least {MIN_POINTS} are needed to find objects")
    thin, point_of = voxel_downsample(cloud, voxel_size)
    bare = thin.normals is None
    normals = estimate_normals(thin.xyz) if thin.normals is None else thin.normals
    prior = np.array([0.0, 0.0, 1.0]) if views.up is None else views.up
    if bare:  # their sign is arbitrary: let them face the middle of the scene
        middle = np.median(thin.xyz, 0) + 0.5 * prior
        normals = np.where(((middle - thin.xyz) * normals).sum(1, keepdims=True) < 0, -normals, normals)
    up = estimate_up(normals, prior) if up is None else np.asarray(up, np.float64) / np.linalg.norm(up)
    floor = floor_height(thin.xyz @ up, normals @ up)
    T = aligned_from_world(up, floor, views.forward)
    R = T[:3, :3].astype(np.float32)
    aligned = PointCloud(thin.xyz @ R.T + T[:3, 3].astype(np.float32), thin.rgb, normals.astype(np.float32) @ R.T)
    # In the world frame, with cuts that do not turn as the cameras do: what is known stays as it was cut.
    graph = SurfaceGraph(PointCloud(thin.xyz, thin.rgb, normals), color_weight, _REACH * voxel_size)
    superpoints = graph.partition(threshold, axes=aligned_from_world(up, 0.0)[:3, :3])
    while superpoints.max() >= _MAX_SUPERPOINTS:  # a very large map: coarser pieces rather than unbounded memory
        threshold *= 2
        superpoints = graph.partition(threshold, int(20 * threshold / 0.01), max_extent=0)
        if threshold > 10:
            break
    return PreparedCloud(aligned, superpoints, point_of, T)


@torch.inference_mode()
def build_scene(cloud: PointCloud, prepared: PreparedCloud, model: OpenMaskDINO3DModel, stamp: float = 0.0) -> Scene:
    """Find the objects of a prepared cloud and describe each of them to the language model."""
    inputs = superpoint_inputs(prepared.aligned, prepared.superpoints, seed=0).to(model.device)
    features, proposals = model.propose(inputs)
    masks = proposals.masks.float().cpu().numpy()
    kept = masks > 0.5
    on_points = kept[:, prepared.superpoints]
    colors = torch.from_numpy(color_features(prepared.aligned.rgb, on_points)).to(features)
    pooled = pooled_features(features, proposals.masks, inputs.counts)
    object_features = torch.cat([pooled, proposals.class_logits.softmax(-1), colors], 1)
    labels = proposals.class_logits.argmax(-1).tolist()
    instances, boxes = [], np.zeros((len(masks), 6), np.float32)
    for k, label in enumerate(labels):
        points = prepared.aligned.xyz[on_points[k]]
        low, high = points.min(0), points.max(0)
        boxes[k] = np.concatenate([(low + high) / 2, high - low])
        mask = on_points[k][prepared.point_of]
        name = object_id(k)
        instances.append(
            Instance.from_mask(name, model.config.categories[label], float(proposals.scores[k]), mask, cloud.xyz)
        )
    return Scene(
        cloud=cloud,
        superpoints=prepared.superpoints[prepared.point_of],
        superpoint_features=features.float().cpu().numpy(),
        instances=instances,
        object_masks=masks,
        object_features=object_features.float().cpu().numpy(),
        object_boxes=boxes,
        T_aligned_world=prepared.T_aligned_world,
        stamp=stamp,
    )
