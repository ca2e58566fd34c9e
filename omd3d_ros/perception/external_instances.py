"""Instances that another program found in a scene, point by point, and how they become proposals over superpoints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from .proposals import Proposals

_SURE = 10.0  # the class logit of an instance's own label; the others are 0


class ExternalInstancesError(ValueError):
    """Files or arrays of instances that are damaged or do not belong to the cloud; the message says which and why."""


@dataclass
class ExternalInstances:
    """K instances, best first, of a cloud of N points: masks (K, N) bool; labels: K names; scores (K,) float32.

    Raises ExternalInstancesError when their numbers differ or a score is not finite.
    """

    masks: np.ndarray
    labels: list[str]
    scores: np.ndarray

    def __post_init__(self) -> None:
        self.masks = np.asarray(self.masks)
        if self.masks.ndim != 2 or self.masks.dtype != np.bool_:
            raise ExternalInstancesError(f"masks must be (K, N) bool, got {self.masks.shape} {self.masks.dtype}")
        self.scores = np.asarray(self.scores, np.float32)
        k = len(self.masks)
        if len(self.labels) != k or self.scores.shape != (k,):
            raise ExternalInstancesError(f"{k} masks but {len(self.labels)} labels and scores {self.scores.shape}")
        if not np.isfinite(self.scores).all():
            raise ExternalInstancesError(f"instance {int(np.argmin(np.isfinite(self.scores)))} has no finite score")

    def __len__(self) -> int:
        return len(self.masks)

    @property
    def num_points(self) -> int:
        return self.masks.shape[1]


def superpoint_proposals(
    instances: ExternalInstances,
    superpoints: np.ndarray,
    categories: Sequence[str] | None = None,
    as_published: bool = False,
) -> Proposals:
    """The instances over superpoints (N,) of the same cloud, best score first.

    masks (K, M) hold the share of a superpoint's points that belong, so that above 0.5 is a majority; instances that
    have no superpoint's majority are left out.  as_published: 1 where any point belongs, and all instances stay.
    class_logits (K, classes) are high at the instance's label among ``categories`` (None: the labels that occur, in
    order), level for a label that is not among them.  Raises ExternalInstancesError for another number of points.
    """
    superpoints = np.asarray(superpoints)
    if superpoints.shape != (instances.num_points,):
        raise ExternalInstancesError(
            f"the instances are of a cloud of {instances.num_points} points, but the superpoints of {len(superpoints)}"
        )
    m = int(superpoints.max(initial=-1)) + 1
    counts = np.bincount(superpoints, minlength=m)
    inside = np.array([np.bincount(superpoints[mask], minlength=m) for mask in instances.masks]).reshape(-1, m)
    masks = inside > 0 if as_published else inside / np.maximum(counts, 1)
    names = list(dict.fromkeys(instances.labels) if categories is None else categories)
    logits = _SURE * (np.array(instances.labels)[:, None] == np.array(names)[None])
    order = np.argsort(-instances.scores, kind="stable")
    if not as_published:
        order = order[(masks[order] > 0.5).any(1)]
    return Proposals(*(torch.from_numpy(a[order].astype(np.float32)) for a in (masks, logits, instances.scores)))
