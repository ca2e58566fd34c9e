"""Object features without a network: statistics of shape and colour in the place of learned features.

They let a model be trained on objects that no encoder has seen, such as those of synthetic rooms; they are not what
Uni3D or DINOv2 would give, so weights trained on one do not read the other.
"""

from __future__ import annotations

import numpy as np

from ...perception.objects import COLOR_CHANNELS, color_features
from ...types import PointCloud
from .layout import PreparedDataError

SHAPE_CHANNELS = 12


def statistic_features(
    cloud: PointCloud, masks: np.ndarray, point_channels: int, image_channels: int
) -> tuple[np.ndarray, np.ndarray]:
    """Features (K, point_channels) and (K, image_channels) float32 of objects in an aligned cloud with normals.

    masks (K, N) bool.  Point features begin with 12 of shape and 17 of colour, image features with the same 17; the
    rest is zero.  Raises PreparedDataError where that many do not fit; image_channels 0 means none.
    """
    shape = SHAPE_CHANNELS + COLOR_CHANNELS
    if point_channels < shape or 0 < image_channels < COLOR_CHANNELS:
        raise PreparedDataError(
            f"statistics of objects need {shape} point and {COLOR_CHANNELS} or no image channels, "
            f"the preset has {point_channels} and {image_channels}"
        )
    colors = color_features(cloud.rgb, masks) if len(masks) else np.zeros((0, COLOR_CHANNELS), np.float32)
    point = np.zeros((len(masks), point_channels), np.float32)
    image = np.zeros((len(masks), image_channels), np.float32)
    point[:, :SHAPE_CHANNELS] = shape_features(cloud, masks)
    point[:, SHAPE_CHANNELS:shape] = colors
    if image_channels:
        image[:, :COLOR_CHANNELS] = colors
    return point, image


def shape_features(cloud: PointCloud, masks: np.ndarray) -> np.ndarray:
    """(K, 12) float32: size of the box, lowest and highest point, logarithm of the points, spread along the principal
    axes (least first), mean of |normal| along x, y and z; zeros for an empty mask.  Metres, z from the floor."""
    features = np.zeros((len(masks), SHAPE_CHANNELS), np.float32)
    normals = np.abs(np.asarray(cloud.normals))
    for row, mask in zip(features, masks, strict=True):
        if not mask.any():
            continue
        xyz = cloud.xyz[mask].astype(np.float64)
        low, high = xyz.min(0), xyz.max(0)
        spread = np.sqrt(np.maximum(np.linalg.eigvalsh(np.cov(xyz.T, bias=True)), 0))
        row[:3], row[3:5], row[5] = high - low, (low[2], high[2]), np.log(len(xyz))
        row[6:9], row[9:] = spread, normals[mask].mean(0)
    return features
