"""SceneUpdater: the scene of a map that changes, at the cost of what changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..mapping.point_changes import extents
from ..types import Instance, PointCloud, Scene, object_id
from .external_instances import ExternalInstances
from .finding import Found, find_objects
from .identity import ObjectIdentities
from .image_features import View
from .incremental_cells import SuperpointCells
from .incremental_cloud import IncrementalCloud, PreparedUpdate
from .incremental_objects import (
    SuperpointTotals,
    carried_over,
    object_boxes,
    own_features,
    point_masks,
    unchanged_objects,
)
from .incremental_proposals import IncrementalProposals
from .object_features import ObjectDescriber
from .object_opinions import CloserLook
from .scene import PreparedCloud, Views

if TYPE_CHECKING:
    from ..models.openmaskdino3d import OpenMaskDINO3DModel


class SceneUpdater:
    """Scenes of one map after another, each from the last: ``prepare_cloud`` and ``build_scene`` for a map that grows.

    Only superpoints in and near changed places are segmented and encoded again, and only objects that changed get new
    features from the models that look at their points and pictures.  Objects keep their identifiers while they are
    the same (see ObjectIdentities); ``Scene.instances`` stays without gaps, its identifiers need not be.  Segmentors
    other than that of nano propose anew for the whole cloud each time.

    margin in metres: how near to a change a superpoint is encoded again; grace: for how many updates the identifier
    of a vanished object is kept for it.  Not thread-safe.
    """

    def __init__(
        self, model: OpenMaskDINO3DModel, voxel_size: float = 0.02, margin: float = 0.1, grace: int = 10
    ) -> None:
        self._model = model
        self._cloud = IncrementalCloud(voxel_size, **model.config.cloud)
        self._proposals = IncrementalProposals(model, margin) if IncrementalProposals.fits(model) else None
        self._identities = ObjectIdentities(model.config.max_objects, grace)
        self._describer = ObjectDescriber(model)
        self._totals = SuperpointTotals.nothing()
        self._cells = SuperpointCells.nothing()
        self._closer = CloserLook(model)
        self._last: Scene | None = None
        self._prepared: PreparedCloud | None = None
        self._complete = True

    def reset(self) -> None:
        """Begin anew, as for another map: nothing is reused, and every identifier is free."""
        self._cloud.reset()
        self._closer.reset()
        self._identities.reset()
        self._last = self._prepared = None

    @property
    def prepared(self) -> PreparedCloud | None:
        """The last cloud as it was prepared; None before the first."""
        return self._prepared

    def update(
        self,
        cloud: PointCloud,
        views: Views | None = None,
        up: np.ndarray | None = None,
        stamp: float = 0.0,
        keyframes: Sequence[View] = (),
        instances: ExternalInstances | None = None,
    ) -> Scene:
        """The scene of the whole cloud as it is now, in any order; what changed is found by comparing all points.

        views, up: as for ``prepare_cloud``; stamp, keyframes (``views`` there) and instances: as for ``build_scene``.
        Raises SceneError for a cloud of fewer than 50 points, and FindingError where ``instances`` are needed.
        """
        if not self._complete:  # an update was cut short: what each part knows may be of different clouds
            self._cloud.reset()
            self._closer.reset()
        step = self._cloud.update(cloud, views, up)
        self._complete = False
        found = self._closer.update(self._found(step, instances), step.prepared, step.old)
        scene = self._described(cloud, step, found, stamp, keyframes)
        self._last, self._prepared = scene, step.prepared
        self._complete = True
        return scene

    def _found(self, step: PreparedUpdate, instances: ExternalInstances | None) -> Found:
        if self._proposals is None or instances is not None:
            if self._proposals is not None:
                self._proposals.reset()
            return find_objects(step.prepared, self._model, instances)
        return self._proposals.update(step)

    def _described(
        self, cloud: PointCloud, step: PreparedUpdate, found: Found, stamp: float, keyframes: Sequence[View]
    ) -> Scene:
        prepared = step.prepared
        masks = found.proposals.masks.float().cpu().numpy()
        members = masks > 0.5
        before = members[:0] if self._last is None else self._last.object_masks > 0.5
        same = unchanged_objects(before, members, step.old)
        count = masks.shape[1]
        of_cloud = prepared.superpoints[prepared.point_of]
        on_cloud = point_masks(members, of_cloud)
        self._totals = self._totals.updated(step.points, step.owner, step.old)
        features = self._features(cloud, step, found, members, same, on_cloud, keyframes)
        slots = self._slots(step, members, same, features)
        centers, sizes = object_boxes(extents(cloud.xyz, of_cloud, count), members)
        labels = [found.names[i] for i in found.proposals.class_logits.argmax(-1).tolist()]
        scores = found.proposals.scores.tolist()
        return Scene(
            cloud=cloud,
            superpoints=of_cloud,
            superpoint_features=found.features.float().cpu().numpy(),
            instances=[
                Instance(object_id(int(slot)), label, score, mask, center, size)
                for slot, label, score, mask, center, size in zip(
                    slots, labels, scores, on_cloud, centers, sizes, strict=True
                )
            ],
            object_masks=masks,
            object_features=features,
            object_boxes=np.concatenate(object_boxes((self._totals.low, self._totals.high), members), 1),
            T_aligned_world=prepared.T_aligned_world,
            stamp=stamp,
        )

    def _slots(self, step: PreparedUpdate, members: np.ndarray, same: np.ndarray, features: np.ndarray) -> np.ndarray:
        """(K,) slots of the objects; ``same`` (K,): which object of the last scene each is, -1 where it changed."""
        self._cells = self._cells.updated(step.thin.xyz.take(step.fresh, axis=0), step.owner, step.old)
        changed = iter(self._cells.of_objects(members[same < 0]))
        return self._identities.update([next(changed) if i < 0 else None for i in same], features, same)

    def _features(
        self,
        cloud: PointCloud,
        step: PreparedUpdate,
        found: Found,
        members: np.ndarray,
        same: np.ndarray,
        on_cloud: np.ndarray,
        keyframes: Sequence[View],
    ) -> np.ndarray:
        """(K, D) as ObjectDescriber gives them, for objects with superpoints members (K, M) bool."""
        if self._model.config.object_features is None and found.names == self._model.config.categories:
            return own_features(found, self._totals, members)
        if self._model.config.object_features is None or self._last is None:
            return self._describer.describe(found, cloud, step.prepared, on_cloud, keyframes)
        described = self._describer.describe(found, cloud, step.prepared, on_cloud[same < 0], keyframes)
        return carried_over(self._last.object_features, same, described)
