"""A closer look at the objects that were found: what their own points say of their names and attributes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from ..types import PointCloud
from .finding import Found
from .incremental_objects import most_alike
from .object_points import ObjectPoints, object_points
from .superpoint_inputs import place_order

if TYPE_CHECKING:
    from ..models.openmaskdino3d import OpenMaskDINO3DModel
    from .scene import PreparedCloud


@torch.inference_mode()
def look_closer(found: Found, cloud: PointCloud, superpoints: np.ndarray, model: OpenMaskDINO3DModel) -> Found:
    """The same objects with the class logits of segmentor and classifier together, and with attributes.

    cloud: in the aligned frame, with normals; superpoints (N,) of its points.  Unchanged for a model without object
    classifier; names that another program gave stay.
    """
    if model.config.object_classifier is None:
        return found
    return with_opinions(found, classifier_logits(found, cloud, superpoints, model), model)


def classifier_logits(
    found: Found, cloud: PointCloud, superpoints: np.ndarray, model: OpenMaskDINO3DModel
) -> torch.Tensor:
    """(K, L) what the classifier says of each object."""
    return model.object_classifier(_points_of(_members(found), cloud, superpoints, model))


def _members(found: Found) -> np.ndarray:
    """(K, M) bool: the superpoints of each object."""
    return (found.proposals.masks > 0.5).cpu().numpy()


def _points_of(
    members: np.ndarray, cloud: PointCloud, superpoints: np.ndarray, model: OpenMaskDINO3DModel
) -> ObjectPoints:
    return object_points(cloud, superpoints, members, place_order(cloud.xyz)).to(model.device)


class CloserLook:
    """``look_closer`` at the objects of one cloud after another: only those that are new or changed are looked at.

    An object has changed when less than ``kept`` of its points, as IoU, are those that it had when it was looked at.
    What each is beside the others is judged anew every time, which costs little.
    """

    def __init__(self, model: OpenMaskDINO3DModel, kept: float = 0.8) -> None:
        self._model = model
        self.kept = float(kept)
        self.reset()

    def reset(self) -> None:
        """Forget what is known: all objects are looked at next time."""
        self._members = np.zeros((0, 0), bool)
        self._sizes = np.zeros(0)
        self._same = np.zeros(0)  # of each object: how much of it is as it was when it was looked at
        width = 0 if self._model.config.object_classifier is None else self._model.object_classifier.head.in_features
        self._states = torch.zeros(0, width, device=self._model.device)
        self._boxes = torch.zeros(0, 6, device=self._model.device)

    @torch.inference_mode()
    def update(self, found: Found, prepared: PreparedCloud, old: np.ndarray) -> Found:
        """old (M,): which superpoint of the cloud before each superpoint of this one is, -1 where it is none."""
        if self._model.config.object_classifier is None:
            return found
        members = _members(found)
        counts = np.bincount(prepared.superpoints, minlength=members.shape[1])
        before, same = most_alike(self._members, self._sizes, members, counts, old)
        same *= self._same[before] if len(self._same) else 1.0
        new = same < self.kept
        same[new] = 1.0
        classifier = self._model.object_classifier
        kept = torch.from_numpy(before[~new])
        states, boxes = self._states[kept], self._boxes[kept]
        if new.any():
            seen = _points_of(members[new], prepared.aligned, prepared.superpoints, self._model)
            states, boxes = _merged(classifier.states(seen), states, new), _merged(seen.boxes, boxes, new)
        self._members, self._sizes, self._same = members, members @ counts, same
        self._states, self._boxes = states, boxes
        return with_opinions(found, classifier.judged(states, boxes), self._model)


def _merged(fresh: torch.Tensor, kept: torch.Tensor, new: np.ndarray) -> torch.Tensor:
    """Rows of ``fresh`` where ``new`` (K,), of ``kept`` elsewhere."""
    out = fresh.new_empty(len(new), fresh.shape[1])
    out[torch.from_numpy(new)], out[torch.from_numpy(~new)] = fresh, kept
    return out


def with_opinions(found: Found, logits: torch.Tensor, model: OpenMaskDINO3DModel) -> Found:
    """``found`` with what the classifier says, logits (K, L)."""
    classifier = model.object_classifier
    proposals = found.proposals
    if list(found.names) == list(model.config.categories):
        proposals = replace(proposals, class_logits=classifier.named(proposals.class_logits, logits))
    return replace(found, proposals=proposals, attributes=classifier.attributes(logits))
