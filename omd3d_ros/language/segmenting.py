"""Masks on the cloud from what the language model said: drawn by the mask decoder, corrected, on points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np
import torch
from scipy.sparse import coo_array

from ..types import Instance, Scene

if TYPE_CHECKING:
    from ..models.openmaskdino3d import OpenMaskDINO3DModel

_PART = 0.2  # probability from which a superpoint may be a part of an object


@torch.inference_mode()
def segmentation(
    scene: Scene, seg: list[torch.Tensor], model: OpenMaskDINO3DModel, objects: np.ndarray | None = None
) -> np.ndarray:
    """(Q, M) probability of each superpoint under the mask of each [SEG] state.

    objects: indices of some of a scene's objects, of whose superpoints alone masks are made; None: of all superpoints.
    """
    features = scene.superpoint_features
    some = slice(None) if objects is None else (scene.object_masks[objects] > _PART).any(0)
    known = torch.from_numpy(features[some]).to(model.device)
    drawn = model.segment(torch.stack(seg), known).masks[-1][:, 0].sigmoid().float().cpu().numpy()
    if objects is None:
        return drawn
    masks = np.zeros((len(seg), len(features)), np.float32)
    masks[:, some] = drawn
    return masks


def corrected(scene: Scene, k: int, mask: np.ndarray) -> Instance:
    """Object k, its mask corrected by the decoder's (M,) where both have an opinion: the mean of the two decides."""
    proposal = scene.object_masks[k]
    chosen = (0.6 * proposal + 0.4 * mask > 0.5) & (proposal > _PART)
    known = scene.instances[k]
    return on_points(scene, chosen, known.id, known.label, known.score) or known


def on_points(scene: Scene, superpoints: np.ndarray, id: str, label: str, score: float) -> Instance | None:
    """An instance of the superpoints (M,) bool; None where these have no points."""
    kept = _POINTS.get(scene)
    if kept is None:
        kept = _POINTS.setdefault(scene, _Points.of(scene))
    points = kept.in_superpoints(superpoints)
    if len(points) == 0:
        return None
    mask = np.zeros(len(scene.superpoints), bool)
    mask[points] = True
    xyz = scene.cloud.xyz[points]
    low, high = xyz.min(0), xyz.max(0)
    return Instance(id, label, float(score), mask, (low + high) / 2, high - low)


@dataclass
class _Points:
    """points (N,) of a cloud, those of superpoint m at starts[m]:starts[m + 1]: no mask looks at the whole cloud."""

    points: np.ndarray
    starts: np.ndarray

    @classmethod
    def of(cls, scene: Scene) -> _Points:
        count = len(scene.superpoints)
        size = len(scene.superpoint_features), count
        rows = coo_array((np.ones(count, bool), (scene.superpoints, np.arange(count))), shape=size).tocsr()
        return cls(rows.indices, rows.indptr)

    def in_superpoints(self, chosen: np.ndarray) -> np.ndarray:
        runs = [self.points[self.starts[m] : self.starts[m + 1]] for m in np.flatnonzero(chosen)]
        return np.concatenate(runs) if runs else self.points[:0]


_POINTS: WeakKeyDictionary[Scene, _Points] = WeakKeyDictionary()
