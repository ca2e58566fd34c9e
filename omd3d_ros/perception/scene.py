"""From a point cloud to a Scene: alignment, superpoints, proposals, object features.

The one implementation that the node, the command line and the training data all use.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..mapping.gravity import aligned_from_world, estimate_up, floor_height
from ..mapping.superpoints import COLOR_WEIGHT, LEAST_POINTS, THRESHOLD, SurfaceGraph
from ..mapping.thinning import estimate_normals, voxel_downsample
from ..types import Instance, PointCloud, Scene, object_id
from .external_instances import ExternalInstances
from .finding import find_objects
from .image_features import View
from .object_features import ObjectDescriber
from .object_opinions import look_closer

if TYPE_CHECKING:
    from ..models.openmaskdino3d import OpenMaskDINO3DModel

MIN_POINTS = 50
MAX_SUPERPOINTS = 1500
MAX_EXTENT = 100.0  # metres: a larger cloud is in another unit
REACH = 2.5  # voxels: how far the neighbours of a point may lie


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
    threshold: float = THRESHOLD,
    color_weight: float = COLOR_WEIGHT,
) -> PreparedCloud:
    """Thin out, orient, align with gravity and cut into superpoints.

    up: the world's up direction if it is known; otherwise it is estimated, with ``views.up`` (or +z) as the
    first guess.  Raises SceneError for a cloud of fewer than 50 points.
    """
    views = views or Views()
    thin, point_of = thinned(cloud, views, voxel_size)
    T = gravity_frame(thin, views, up)
    # In the world frame, with cuts that do not turn as the cameras do: what is known stays as it was cut.
    graph = SurfaceGraph(thin, color_weight, REACH * voxel_size)
    superpoints = graph.partition(threshold, axes=cutting_axes(T))
    while superpoints.max() >= MAX_SUPERPOINTS:  # a very large map: coarser pieces rather than unbounded memory
        threshold *= 2
        superpoints = graph.partition(threshold, int(LEAST_POINTS * threshold / THRESHOLD), max_extent=0)
        if threshold > 10:
            break
    return PreparedCloud(in_frame(thin, T), superpoints, point_of, T, voxel_size)


def thinned(cloud: PointCloud, views: Views, voxel_size: float) -> tuple[PointCloud, np.ndarray]:
    """About one point per voxel, with normals, and (N,) the one that stands for each point of the cloud.

    Raises SceneError as ``check_size`` does.
    """
    check_size(cloud)
    thin, point_of = voxel_downsample(cloud, voxel_size)
    if thin.normals is not None:
        return thin, point_of
    normals = estimate_normals(thin.xyz)  # their sign is arbitrary: let them face the middle of the scene
    middle = np.median(thin.xyz, 0) + 0.5 * _up_prior(views)
    normals = np.where(((middle - thin.xyz) * normals).sum(1, keepdims=True) < 0, -normals, normals)
    return PointCloud(thin.xyz, thin.rgb, normals), point_of


def check_size(cloud: PointCloud) -> None:
    """Raises SceneError for a cloud of fewer than 50 points and for one more than 100 m across."""
    if len(cloud) < MIN_POINTS:
        raise SceneError(f"the map has {len(cloud)} points; at least {MIN_POINTS} are needed to find objects")
    low, high = np.percentile(cloud.xyz[:: 1 + len(cloud) // 4000], [1, 99], axis=0)  # but for a few stray points
    if (high - low).max() > MAX_EXTENT:
        raise SceneError(
            f"the map is {(high - low).max():.0f} m across, more than {MAX_EXTENT:.0f} m: coordinates must be metres; "
            "if they are millimetres, scale the cloud by 0.001"
        )


def gravity_frame(thin: PointCloud, views: Views, up: np.ndarray | None = None) -> np.ndarray:
    """(4, 4) T_aligned_world of a cloud with normals: z along ``up``, estimated where it is None, floor at z = 0."""
    normals = np.asarray(thin.normals)
    up = estimate_up(normals, _up_prior(views)) if up is None else np.asarray(up, np.float64) / np.linalg.norm(up)
    return aligned_from_world(up, floor_height(thin.xyz @ up, normals @ up), views.forward)


def in_frame(cloud: PointCloud, T: np.ndarray) -> PointCloud:
    """A cloud with normals in another frame, by a rigid transform T (4, 4)."""
    R = T[:3, :3].astype(np.float32)
    return PointCloud(cloud.xyz @ R.T + T[:3, 3].astype(np.float32), cloud.rgb, np.asarray(cloud.normals) @ R.T)


def cutting_axes(T_aligned_world: np.ndarray) -> np.ndarray:
    """(3, 3) the directions along which large superpoints are cut: they follow gravity, but not the cameras."""
    return aligned_from_world(T_aligned_world[2, :3], 0.0)[:3, :3]


def _up_prior(views: Views) -> np.ndarray:
    return np.array([0.0, 0.0, 1.0]) if views.up is None else views.up


def build_scene(
    cloud: PointCloud,
    prepared: PreparedCloud,
    model: OpenMaskDINO3DModel,
    stamp: float = 0.0,
    views: Sequence[View] = (),
    instances: ExternalInstances | None = None,
) -> Scene:
    """Find the objects of a prepared cloud and describe each of them to the language model.

    views: pictures of the cloud, for models that look at them.  instances: objects that another program found in
    ``cloud``, instead of the model's own.
    """
    found = look_closer(find_objects(prepared, model, instances), prepared.aligned, prepared.superpoints, model)
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
    return Scene(
        cloud=cloud,
        superpoints=prepared.superpoints[prepared.point_of],
        superpoint_features=found.features.float().cpu().numpy(),
        instances=[
            Instance.from_mask(object_id(k), label, score, mask, cloud.xyz)
            for k, (label, score, mask) in enumerate(zip(labels, scores, on_cloud, strict=True))
        ],
        object_masks=masks,
        object_features=ObjectDescriber(model).describe(found, cloud, prepared, on_cloud, views),
        object_boxes=boxes,
        T_aligned_world=prepared.T_aligned_world,
        stamp=stamp,
    )
