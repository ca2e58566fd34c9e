"""What is true of a room, on the points of its scene."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..datasets.room_samples import RoomSample
from ..types import Scene


@dataclass(frozen=True)
class RoomTruth:
    """owner (M,): true object of each superpoint, 0 none; sizes (M,): points of each; categories: of the objects;
    superpoints (N,) of the scene's points; proposals (K, M) boolean: the scene's objects."""

    owner: np.ndarray
    sizes: np.ndarray
    categories: Mapping[int, str]
    superpoints: np.ndarray
    proposals: np.ndarray

    @property
    def point_owner(self) -> np.ndarray:
        """(N,) true object of each point."""
        return self.owner[self.superpoints]

    def masks_of(self, objects: Iterable[int]) -> np.ndarray:
        """(G, M) boolean: the superpoints of each of these true objects."""
        return np.array([self.owner == number for number in objects]).reshape(-1, len(self.owner))

    def objects(self) -> np.ndarray:
        """(G, M) boolean: all true objects, in the order of ``categories``."""
        return self.masks_of(self.categories)

    def iou(self, masks: np.ndarray, others: np.ndarray) -> np.ndarray:
        """(P, G) IoU in points of masks (P, M) with others (G, M), both boolean over superpoints."""
        both = (masks * self.sizes) @ others.T.astype(np.float64)
        union = (masks @ self.sizes)[:, None] + (others @ self.sizes)[None] - both
        return both / np.maximum(union, 1)

    def best_proposals(self, objects: Iterable[int]) -> list[int]:
        """The proposal that overlaps each of these objects most, each named once; none for what nothing overlaps."""
        iou = self.iou(self.proposals, self.masks_of(objects))
        return sorted({int(column.argmax()) for column in iou.T if column.max(initial=0.0) > 0})


def truth_of_room(scene: Scene, room: RoomSample) -> RoomTruth:
    """Of a scene that was built from the room's cloud."""
    owner = room.owner.numpy()
    return RoomTruth(
        owner=owner,
        sizes=np.bincount(scene.superpoints, minlength=len(owner)).astype(np.float64),
        categories=room.objects,
        superpoints=scene.superpoints,
        proposals=(scene.object_masks > 0.5).reshape(-1, len(owner)),
    )


def union_of(masks: Sequence[np.ndarray], length: int) -> np.ndarray:
    """(length,) boolean: any of the masks."""
    return np.any(masks, axis=0) if len(masks) else np.zeros(length, bool)
