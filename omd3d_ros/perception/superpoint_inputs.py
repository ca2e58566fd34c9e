"""What the superpoint encoder reads: a few points of every superpoint, its statistics, and its box."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ..types import PointCloud

POINT_CHANNELS = 11
STATISTICS = 25


@dataclass
class SuperpointInputs:
    """points (M, P, 11): offset from the centre (3, units of 0.3 m), normal (3), colour -1..1 (3), height (m),
    log size; statistics (M, 25); boxes (M, 6): centre and size in metres in the aligned frame; counts (M,)."""

    points: torch.Tensor
    statistics: torch.Tensor
    boxes: torch.Tensor
    counts: torch.Tensor

    def to(self, device: torch.device | str) -> SuperpointInputs:
        return SuperpointInputs(*(getattr(self, f).to(device) for f in self.__dataclass_fields__))


def superpoint_inputs(
    cloud: PointCloud, superpoints: np.ndarray, points_per_superpoint: int = 24, seed: int = 0
) -> SuperpointInputs:
    """Sample and summarise each superpoint of a cloud that is already in the aligned frame (with normals)."""
    if cloud.normals is None:
        raise ValueError("superpoint_inputs needs a cloud with normals")
    m = int(superpoints.max()) + 1 if len(superpoints) else 0
    xyz, normals = cloud.xyz.astype(np.float64), cloud.normals.astype(np.float64)
    color = cloud.rgb.astype(np.float64) / 127.5 - 1.0
    counts = np.bincount(superpoints, minlength=m).astype(np.float64)
    columns = np.concatenate([xyz, normals, color], 1)
    mean = _mean(columns, superpoints, counts)
    spread = np.sqrt(np.maximum(_mean(color**2, superpoints, counts) - mean[:, 6:9] ** 2, 0))
    low = np.full((m, 3), np.inf)
    high = np.full((m, 3), -np.inf)
    np.minimum.at(low, superpoints, xyz)
    np.maximum.at(high, superpoints, xyz)
    offset = xyz - mean[superpoints, :3]
    outer = (offset[:, :, None] * offset[:, None, :]).reshape(-1, 9)
    values, vectors = np.linalg.eigh(_mean(outer, superpoints, counts).reshape(-1, 3, 3))
    axes = np.sqrt(np.maximum(values[:, ::-1], 0))
    statistics = np.concatenate(
        [
            mean[:, 2:3], low[:, 2:3], high[:, 2:3], high - low, axes,
            np.abs(vectors[:, 2, ::-1]), mean[:, 3:6], mean[:, 6:9], spread,
            np.linalg.norm(mean[:, 3:6], axis=1, keepdims=True), np.abs(mean[:, 5:6]),
            np.log(counts)[:, None] / 5, (counts < 40)[:, None],
        ],
        1,
    )  # fmt: skip
    pick = _sample(superpoints, counts.astype(np.int64), points_per_superpoint, seed)
    points = np.concatenate(
        [
            offset[pick] / 0.3, normals[pick], color[pick], xyz[pick][..., 2:3],
            np.broadcast_to(np.log(np.linalg.norm(high - low, axis=1) + 0.02)[:, None, None], (*pick.shape, 1)),
        ],
        -1,
    )  # fmt: skip
    boxes = np.concatenate([(low + high) / 2, high - low], 1)
    return SuperpointInputs(*(torch.from_numpy(a.astype(np.float32)) for a in (points, statistics, boxes, counts)))


def _mean(values: np.ndarray, index: np.ndarray, counts: np.ndarray) -> np.ndarray:
    sums = [np.bincount(index, values[:, c], len(counts)) for c in range(values.shape[1])]
    return np.stack(sums, 1) / np.maximum(counts, 1)[:, None]


def _sample(superpoints: np.ndarray, counts: np.ndarray, p: int, seed: int) -> np.ndarray:
    """(M, p) point indices, drawn with a seed; small superpoints repeat points."""
    rng = np.random.default_rng(seed)
    shuffled = rng.permutation(len(superpoints))
    order = shuffled[np.argsort(superpoints[shuffled], kind="stable")]
    start = np.concatenate([[0], np.cumsum(counts)[:-1]])
    return order[start[:, None] + np.arange(p)[None] % np.maximum(counts, 1)[:, None]]
