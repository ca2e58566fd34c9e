"""ObjectDescriber: what the language model is told about each object, for either kind of model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional as F

from ..types import PointCloud
from .finding import Found
from .image_features import ObjectImageFeatures, View, hull_pooled, mask_pooled
from .object_clouds import encode_clouds, object_clouds
from .objects import color_features, pooled_features

if TYPE_CHECKING:
    from ..models.openmaskdino3d import OpenMaskDINO3DModel
    from .scene import PreparedCloud


class ObjectDescriber:
    """Features of the objects of one scene after another; image features of a view are computed once.

    Not thread-safe.
    """

    def __init__(self, model: OpenMaskDINO3DModel) -> None:
        self._model = model
        self._images: ObjectImageFeatures | None = None

    @torch.inference_mode()
    def describe(
        self,
        found: Found,
        cloud: PointCloud,
        prepared: PreparedCloud,
        masks: np.ndarray,
        views: Sequence[View] = (),
    ) -> np.ndarray:
        """(K, D) float32 for K objects; masks (K, N) bool over ``cloud``, views of it in its world.

        Zeros stand for a feature whose network the model does not hold, and for objects with too few points or views.
        """
        settings = self._model.config.object_features
        if settings is None:
            return _own_features(found, prepared, self._model.config.categories)
        point = np.zeros((len(masks), settings["point_channels"]), np.float32)
        image = np.zeros((len(masks), settings.get("image_channels", 0)), np.float32)
        if len(masks) and self._model.point_encoder is not None:
            T = prepared.T_aligned_world
            clouds = object_clouds(cloud.xyz @ T[:3, :3].T + T[:3, 3], cloud.rgb, masks)
            point = encode_clouds(self._model.point_encoder, clouds).cpu().numpy()
        if len(masks) and self._model.image_encoder is not None:
            image = self._image_features(prepared.voxel_size)(views, cloud.xyz, masks).features.cpu().numpy()
        return np.concatenate([point, image], 1)

    def _image_features(self, voxel_size: float) -> ObjectImageFeatures:
        if self._images is None:
            pooling = (self._model.config.object_features or {}).get("pooling", "mask")
            model = self._model.image_encoder
            self._images = hull_pooled(model) if pooling == "hull" else mask_pooled(model, voxel_size=voxel_size)
        return self._images


def _own_features(found: Found, prepared: PreparedCloud, categories: Sequence[str]) -> np.ndarray:
    """Pooled superpoint features, class probabilities over ``categories``, colours, attributes: the nano preset's."""
    proposals = found.proposals
    counts = np.bincount(prepared.superpoints, minlength=len(found.features)).astype(np.float32)
    pooled = pooled_features(
        found.features, proposals.masks.to(found.features), torch.from_numpy(counts).to(found.features)
    )
    on_points = (proposals.masks > 0.5).cpu().numpy()[:, prepared.superpoints]
    colors = torch.from_numpy(color_features(prepared.aligned.rgb, on_points)).to(found.features)
    classes = _over(categories, found.names, proposals.class_logits.to(found.features)).softmax(-1)
    attributes = [] if found.attributes is None else [found.attributes.to(found.features)]
    return torch.cat([pooled, classes, colors, *attributes], 1).float().cpu().numpy()


def _over(categories: Sequence[str], names: Sequence[str], logits: torch.Tensor) -> torch.Tensor:
    """Logits over ``names`` as logits over ``categories``; 0 where a category has none."""
    if list(categories) == list(names):
        return logits
    column = {name: i for i, name in enumerate(names)}
    padded = F.pad(logits, (0, 1))
    return padded[:, [column.get(category, len(names)) for category in categories]]
