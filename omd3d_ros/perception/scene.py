"""From a point cloud to a Scene: alignment, superpoints, proposals, object features.

The one implementation that the node, the command line and the training data all use.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..mapping.gravity import aligned_from_world, estimate_up, floor_height
from ..mapping.superpoints import SurfaceGraph
from ..mapping.thinning import estimate_normals, voxel_downsample
from ..types import Instance, PointCloud, Scene, object_id
from .external_instances import ExternalInstances
from .finding import find_objects
from .image_features import View
from .object_features import ObjectDescriber

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
    point_of (N,): the aligned point that stands for each point of the original cloud; voxel_size in metres."""

    aligned: PointCloud
    superpoints: np.ndarray
    point_of: np.ndarray
    T_aligned_world: np.ndarray
    voxel_size: float = 0.02


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
    return PreparedCloud(aligned, superpoints, point_of, T, voxel_size)


def build_scene(
    cloud: PointCloud,
    prepared: PreparedCloud,
    model: OpenMaskDINO3DModel,
    stamp: float = 0.0,
    views: Sequence[View] = (),
    instances: ExternalInstances | None = None,
    describer: ObjectDescriber | None = None,
) -> Scene:
    """Find the objects of a prepared cloud and describe each of them to the language model.

    views: pictures of the cloud, for models that look at them.  instances: objects that another program found in
    ``cloud``, instead of the model's own.  describer: one that has seen earlier scenes with the same views.
    """
    found = find_objects(prepared, model, instances)
    masks = found.proposals.masks.float().cpu().numpy()
    scores = found.proposals.scores.tolist()
    labels = [found.names[i] for i in found.proposals.class_logits.argmax(-1).tolist()]
    on_points = (masks > 0.5)[:, prepared.superpoints]
    boxes = np.zeros((len(masks), 6), np.float32)
    for box, chosen in zip(boxes, on_points, strict=True):
        points = prepared.aligned.xyz[chosen]
        low, high = points.min(0), points.max(0)
        box[:] = np.concatenate([(low + high) / 2, high - low])
    on_cloud = on_points[:, prepared.point_of]
    describer = describer or ObjectDescriber(model)
    return Scene(
        cloud=cloud,
        superpoints=prepared.superpoints[prepared.point_of],
        superpoint_features=found.features.float().cpu().numpy(),
        instances=[
            Instance.from_mask(object_id(k), label, score, mask, cloud.xyz)
            for k, (label, score, mask) in enumerate(zip(labels, scores, on_cloud, strict=True))
        ],
        object_masks=masks,
        object_features=describer.describe(found, cloud, prepared, on_cloud, views),
        object_boxes=boxes,
        T_aligned_world=prepared.T_aligned_world,
        stamp=stamp,
    )
