"""ObjectImageFeatures: patch features of many views pooled to one vector per object."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import torch

from .patch_encoder import PatchEncoder
from .views import View


@dataclass(frozen=True)
class SceneObjects:
    """xyz (N, 3) float32 world coordinates; by_point (N, K) bool, which objects each point belongs to."""

    xyz: np.ndarray
    by_point: np.ndarray

    @property
    def count(self) -> int:
        return self.by_point.shape[1]

    @classmethod
    def of(cls, xyz: np.ndarray, masks: np.ndarray) -> SceneObjects:
        """From masks (K, N) bool.  Raises ValueError for shapes that don't fit."""
        xyz, masks = np.asarray(xyz), np.asarray(masks)
        if xyz.ndim != 2 or xyz.shape[1] != 3:
            raise ValueError(f"xyz must be (N, 3), got {xyz.shape}")
        if masks.ndim != 2 or masks.shape[1] != len(xyz) or masks.dtype != bool:
            raise ValueError(f"masks must be (K, {len(xyz)}) bool, got {masks.shape} {masks.dtype}")
        return cls(np.ascontiguousarray(xyz, np.float32), np.ascontiguousarray(masks.T))


@dataclass(frozen=True)
class Sighting:
    """What a view shows of the objects (k,): how well (scores (k,)), and in which patches (weights (k, P), sum 1)."""

    objects: np.ndarray
    scores: np.ndarray
    weights: np.ndarray

    def only(self, kept: np.ndarray) -> Sighting:
        """Of the objects that the mask (k,) picks."""
        return Sighting(self.objects[kept], self.scores[kept], self.weights[kept])


class Look(Protocol):
    def __call__(self, view: View, scene: SceneObjects) -> Sighting:
        """What the view shows of the scene's objects."""


class PooledFeatures(NamedTuple):
    """features (K, D) float32 and num_views (K,) int64, how many views they are from; zeros where there is none."""

    features: torch.Tensor
    num_views: torch.Tensor


class ObjectImageFeatures:
    """Per object, the mean of what its views show, weighted by their scores.

    look: what a view shows.  best_views: how many views of an object count, best score first; None: all of them.
    """

    def __init__(self, encoder: PatchEncoder, look: Look, best_views: int | None = None) -> None:
        if best_views is not None and best_views < 1:
            raise ValueError(f"best_views must be at least 1 or None, got {best_views}")
        self.encoder = encoder
        self.look = look
        self.best_views = best_views

    def __call__(self, views: Iterable[View], xyz: np.ndarray, masks: np.ndarray) -> PooledFeatures:
        """Features of the objects masks (K, N) bool over points xyz (N, 3) in the views' world, on the model's device.

        Only views that show an object well enough are run through the model.  Raises ValueError for shapes that
        don't fit and for views whose images are of another size than their cameras.
        """
        scene = SceneObjects.of(xyz, masks)
        seen = [(view, self.look(view, scene)) for view in views] if scene.by_point.any() else []
        seen = [(view, sighting) for view, sighting in self._best(seen, scene.count) if len(sighting.objects)]
        return self._pooled(seen, scene.count)

    def _best(self, seen: list[tuple[View, Sighting]], count: int) -> list[tuple[View, Sighting]]:
        if self.best_views is None or len(seen) <= self.best_views:
            return seen
        scores = np.zeros((len(seen), count))
        for row, (_, sighting) in zip(scores, seen, strict=True):
            row[sighting.objects] = sighting.scores
        chosen = np.zeros(scores.shape, bool)
        order = np.argsort(-scores, axis=0, kind="stable")[: self.best_views]
        np.put_along_axis(chosen, order, True, axis=0)
        return [
            (view, sighting.only(row[sighting.objects])) for row, (view, sighting) in zip(chosen, seen, strict=True)
        ]

    @torch.no_grad()
    def _pooled(self, seen: list[tuple[View, Sighting]], count: int) -> PooledFeatures:
        device = self.encoder.device
        features = torch.zeros(count, self.encoder.width, device=device)
        total = torch.zeros(count, 1, device=device)
        num_views = torch.zeros(count, dtype=torch.int64, device=device)
        for i, patches in self.encoder.features([view for view, _ in seen]):
            sighting = seen[i][1]
            objects = torch.from_numpy(sighting.objects).to(device)
            scores, weights = (
                torch.from_numpy(a).to(device, torch.float32) for a in (sighting.scores, sighting.weights)
            )
            features[objects] += scores[:, None] * (weights @ patches.float())
            total[objects] += scores[:, None]
            num_views[objects] += 1
        return PooledFeatures(features / total.clamp_min(torch.finfo(torch.float32).tiny), num_views)
