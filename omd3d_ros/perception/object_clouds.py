"""Objects of a scene as clouds of one size, the way Uni3D was trained to see them, and their features."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

from .uni3d import Uni3DEncoder

MIN_POINTS = 10  # as published
# Uni3D was trained on 10,000 points: near that, 64 neighbours span the share of a surface that they did in training.
NUM_POINTS = 8192


class ObjectClouds(NamedTuple):
    """xyz (K, P, 3) float32 in the unit ball around 0, rgb (K, P, 3) float32 in 0..1; zeros where not present.

    present (K,) bool: whether the object has points enough.
    """

    xyz: np.ndarray
    rgb: np.ndarray
    present: np.ndarray


def object_clouds(
    xyz: np.ndarray,
    rgb: np.ndarray,
    masks: np.ndarray,
    num_points: int = NUM_POINTS,
    min_points: int = MIN_POINTS,
    seed: int = 0,
) -> ObjectClouds:
    """Cut out the objects masks (K, N) bool of xyz (N, 3) metres and rgb (N, 3) uint8, resample and normalise them.

    Larger objects are drawn from without repetition; of smaller ones each point is taken equally often, give or take
    one.  What is drawn of an object depends on the seed and its own mask only.  Each cloud is then centred on its mean
    and divided by its largest radius.  Raises ValueError for shapes that don't fit and for num_points or min_points
    below 1.
    """
    xyz, rgb, masks = np.asarray(xyz), np.asarray(rgb), np.asarray(masks)
    _check(xyz, rgb, masks, num_points, min_points)
    counts = np.count_nonzero(masks, axis=1)
    present = counts >= min_points
    clouds = np.zeros((len(masks), num_points, 3), np.float32)
    colors = np.zeros_like(clouds)
    if present.any():
        drawn = _drawn(masks[present], counts[present], num_points, seed)
        clouds[present] = _normalised(xyz[drawn])
        colors[present] = rgb[drawn].astype(np.float32) / 255
    return ObjectClouds(clouds, colors, present)


@torch.no_grad()
def encode_clouds(encoder: Uni3DEncoder, clouds: ObjectClouds, batch_size: int = 16) -> torch.Tensor:
    """(K, out_dim) float32 features on the encoder's device; zeros for objects that are not present."""
    device = encoder.cls_token.device
    features = torch.zeros(len(clouds.present), encoder.config.out_dim, device=device)
    present = np.flatnonzero(clouds.present)
    for start in range(0, len(present), batch_size):
        rows = present[start : start + batch_size]
        batch = (torch.from_numpy(channel[rows]).to(device) for channel in (clouds.xyz, clouds.rgb))
        features[torch.from_numpy(rows).to(device)] = encoder(*batch).float()
    return features


def _drawn(masks: np.ndarray, counts: np.ndarray, num_points: int, seed: int) -> np.ndarray:
    """(K, P) indices: the points of each object in one shuffled order of all points, over and over."""
    order = np.random.default_rng(seed).permutation(masks.shape[1])
    points = order[np.nonzero(masks[:, order])[1]]
    starts = np.cumsum(counts) - counts
    return points[starts[:, None] + np.arange(num_points) % counts[:, None]]


def _normalised(clouds: np.ndarray) -> np.ndarray:
    centred = clouds - clouds.mean(1, keepdims=True, dtype=np.float64)
    radius = np.linalg.norm(centred, axis=2).max(1)
    return centred / np.where(radius > 0, radius, 1)[:, None, None]


def _check(xyz: np.ndarray, rgb: np.ndarray, masks: np.ndarray, num_points: int, min_points: int) -> None:
    if xyz.ndim != 2 or xyz.shape[1] != 3 or rgb.shape != xyz.shape:
        raise ValueError(f"xyz and rgb must both be (N, 3), got {xyz.shape} and {rgb.shape}")
    if masks.ndim != 2 or masks.shape[1] != len(xyz) or masks.dtype != bool:
        raise ValueError(f"masks must be (K, {len(xyz)}) bool, got {masks.shape} {masks.dtype}")
    if num_points < 1 or min_points < 1:
        raise ValueError(f"num_points and min_points must be at least 1, got {num_points} and {min_points}")
