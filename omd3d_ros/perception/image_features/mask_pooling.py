"""Pooling over the patches that an object's visible points fall on, from its best views: the default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .framing import WholeFrame
from .patch_encoder import CACHE_BYTES, PatchEncoder, patch_size
from .pooling import ObjectImageFeatures, SceneObjects, Sighting
from .projection import Tolerance, visible_points
from .views import View, picture_camera

if TYPE_CHECKING:
    from transformers import Dinov2Model

TOLERANCE = Tolerance(absolute=0.03, quadratic=0.005)  # as of Keyframes.pixels
MIN_POINTS = 3


def mask_pooled(
    model: Dinov2Model,
    short_side: int = 448,
    best_views: int | None = 8,
    batch_size: int = 8,
    cache_bytes: int = CACHE_BYTES,
) -> ObjectImageFeatures:
    """Features of the whole frame, its shorter side at about ``short_side`` pixels; see MaskLook for the weights."""
    framing = WholeFrame(patch_size(model), short_side)
    return ObjectImageFeatures(PatchEncoder(model, framing, batch_size, cache_bytes), MaskLook(framing), best_views)


@dataclass(frozen=True)
class MaskLook:
    """A patch counts by the pixels of it that are the object, times the object's share of all that is seen in it.

    A point stands for pixels as 1 / distance^2.  The view's score is the object's pixels, less where it is blurred.
    """

    framing: WholeFrame
    tolerance: Tolerance = TOLERANCE
    min_points: int = MIN_POINTS

    def __call__(self, view: View, scene: SceneObjects) -> Sighting:
        camera = picture_camera(view)
        rows, columns = self.framing.grid(camera.height, camera.width)
        seen = visible_points(view, scene.xyz, self.tolerance)
        visible = ~np.isnan(seen[:, 0])
        patch, pixels = np.zeros(len(seen), np.int64), np.zeros(len(seen))
        u, v, z = seen[visible].T.astype(np.float64)
        patch[visible] = _cell(v, rows, camera.height) * columns + _cell(u, columns, camera.width)
        pixels[visible] = camera.fx * camera.fy / z**2
        here = visible[scene.points]
        objects, points = scene.objects[here], scene.points[here]
        count = rows * columns
        own = np.bincount(objects * count + patch[points], pixels[points], scene.count * count)
        own = own.reshape(scene.count, count)
        kept = np.flatnonzero(np.bincount(objects, minlength=scene.count) >= self.min_points)
        own, everything = own[kept], np.bincount(patch, pixels, count)
        weights = own**2 / np.where(everything > 0, everything, 1)
        return Sighting(kept, view.sharpness * own.sum(1), weights / weights.sum(1, keepdims=True))


def _cell(pixel: np.ndarray, cells: int, size: int) -> np.ndarray:
    """The cell of each pixel; an image of ``size`` pixels goes from -0.5 to size - 0.5."""
    return np.clip((pixel + 0.5) * cells / size, 0, cells - 1).astype(np.int64)
