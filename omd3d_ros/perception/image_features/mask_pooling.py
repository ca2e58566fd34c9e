"""Pooling over the patches that an object's visible points fall on, from its best views: the default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...mapping.visibility import ON_SURFACE, Tolerance
from ...types import Camera
from .coverage import nearest_points
from .framing import WholeFrame
from .patch_encoder import CACHE_BYTES, PatchEncoder, patch_size
from .pooling import ObjectImageFeatures, SceneObjects, Sighting
from .projection import visible_points
from .views import View, picture_camera

if TYPE_CHECKING:
    from transformers import Dinov2Model

MIN_POINTS = 3
_CELLS = 4  # to a side of a patch, in which a patch is shared out
_REACH = 0.75  # voxels; half a voxel's diagonal is 0.71


def mask_pooled(
    model: Dinov2Model,
    short_side: int = 448,
    best_views: int | None = 8,
    voxel_size: float = 0.02,
    batch_size: int = 8,
    cache_bytes: int = CACHE_BYTES,
) -> ObjectImageFeatures:
    """Features of whole frames, the shorter side at about ``short_side`` pixels; MaskLook says what counts how much.

    voxel_size: metres between neighbouring points of the cloud.
    """
    framing = WholeFrame(patch_size(model), short_side)
    return ObjectImageFeatures(
        PatchEncoder(model, framing, batch_size, cache_bytes), MaskLook(framing, voxel_size), best_views
    )


@dataclass(frozen=True)
class MaskLook:
    """A patch counts by the square of the share of it that is the object: by its pixels, times how pure they are.

    Every pixel belongs to the nearest visible point, if that is near for points that lie ``voxel_size`` metres apart.
    The view's score is the object's pixels, less where the view is blurred.  An object is seen by ``min_points`` or
    more.
    """

    framing: WholeFrame
    voxel_size: float = 0.02
    tolerance: Tolerance = ON_SURFACE
    min_points: int = MIN_POINTS

    def __call__(self, view: View, scene: SceneObjects) -> Sighting:
        camera = picture_camera(view)
        seen = visible_points(view, scene.xyz, self.tolerance)
        visible = scene.by_point[~np.isnan(seen[:, 0])]
        kept = np.flatnonzero(np.count_nonzero(visible, axis=0) >= self.min_points)
        share = self._share(seen, scene, camera)[kept]
        # A handful of points may have no cell for their own.
        kept, share = kept[share.any(1)], share[share.any(1)]
        pixels_of_patch = camera.width * camera.height / share.shape[1]
        weights = share**2 / np.sum(share**2, axis=1, keepdims=True)
        return Sighting(kept, view.sharpness * pixels_of_patch * share.sum(1), weights)

    def _share(self, seen: np.ndarray, scene: SceneObjects, camera: Camera) -> np.ndarray:
        """(K, P) how much of each patch is each object, 0..1."""
        rows, columns = self.framing.grid(camera.height, camera.width)
        reach = _REACH * self.voxel_size * max(camera.fx, camera.fy)
        nearest = nearest_points(seen, rows * _CELLS, columns * _CELLS, camera.width, camera.height, reach)
        owners = scene.by_point[nearest.ravel()] & (nearest >= 0).reshape(-1, 1)
        cells = owners.reshape(rows, _CELLS, columns, _CELLS, -1)
        return cells.mean((1, 3)).reshape(rows * columns, -1).T
