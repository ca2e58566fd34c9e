"""Pooling as published: over the bounding rectangle of the convex hull of an object's pixels, from all views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ...mapping.visibility import Tolerance
from .framing import CentreCrop
from .patch_encoder import CACHE_BYTES, PatchEncoder, patch_size
from .pooling import ObjectImageFeatures, SceneObjects, Sighting
from .projection import visible_points
from .views import View

if TYPE_CHECKING:
    from transformers import Dinov2Model

TOLERANCE = Tolerance(relative=0.25)
WIDTH, HEIGHT = 640, 480
BORDER = 10  # pixels
MIN_POINTS = 3


def hull_pooled(model: Dinov2Model, batch_size: int = 8, cache_bytes: int = CACHE_BYTES) -> ObjectImageFeatures:
    """Features of the processor's crop, though the grid of cells is laid over the whole frame, as published.

    Raises ValueError for a model whose patches don't divide the crop.
    """
    framing = CentreCrop(patch_size(model))
    return ObjectImageFeatures(PatchEncoder(model, framing, batch_size, cache_bytes), HullLook(framing))


@dataclass(frozen=True)
class HullLook:
    """Every cell of the hull's bounding rectangle counts the same; the score is the hull's area in pixels of 640x480.

    An object is seen by three points or more and a hull at least as large as a cell.
    """

    framing: CentreCrop

    def __call__(self, view: View, scene: SceneObjects) -> Sighting:
        rows, columns = self.framing.grid(HEIGHT, WIDTH)
        cell = np.array([WIDTH / columns, HEIGHT / rows])
        seen = visible_points(view, scene.xyz, TOLERANCE, BORDER, (WIDTH, HEIGHT))
        here = ~np.isnan(seen[:, 0])
        pixels = np.rint(seen[here, :2]).astype(np.int32)
        owners = scene.by_point[here]
        objects, areas, weights = [], [], []
        for k in np.flatnonzero(np.count_nonzero(owners, axis=0) >= MIN_POINTS):
            points = pixels[owners[:, k]]
            area = cv2.contourArea(cv2.convexHull(points))
            if area < cell.prod():
                continue
            left, top = np.floor(points.min(0) / cell).astype(int)
            right, bottom = np.ceil(points.max(0) / cell).astype(int)
            covered = np.zeros((rows, columns))
            covered[top:bottom, left:right] = 1
            objects.append(k)
            areas.append(area)
            weights.append(covered.ravel() / covered.sum())
        shape = (len(objects), rows * columns)
        return Sighting(np.array(objects, np.int64), np.array(areas), np.array(weights).reshape(shape))
