"""Average precision of a scene's proposals by the rules of the ScanNet benchmark, for any set of categories.

As there, what belongs to no object (walls, floor) and objects of fewer than 100 points count neither for nor against.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..types import Scene
from .room_truth import RoomTruth
from .scannet_ap import CLASSES, SceneInstances, instance_ap

_METRICS = ("ap", "ap50", "ap25")
_LABELS = list(CLASSES)
_OTHER = _LABELS[-1]  # stands for all categories that are not being scored


@dataclass(frozen=True)
class RoomInstances:
    """Proposals and objects of one room, over superpoints: sizes, in points, and owner, the true object (0: none), of
    each; categories: of the objects; masks: the superpoints of each proposal, with its label and score."""

    sizes: list[int]
    owner: list[int]
    categories: dict[int, str]
    masks: list[list[int]]
    labels: list[str]
    scores: list[float]


def room_instances(scene: Scene, truth: RoomTruth) -> RoomInstances:
    """What average precision needs to know of a scene."""
    return RoomInstances(
        sizes=truth.sizes.astype(int).tolist(),
        owner=truth.owner.tolist(),
        categories=dict(truth.categories),
        masks=[np.flatnonzero(mask).tolist() for mask in truth.proposals],
        labels=[instance.label for instance in scene.instances],
        scores=[float(instance.score) for instance in scene.instances],
    )


def class_agnostic_ap(rooms: Sequence[RoomInstances]) -> dict[str, float]:
    """ap (mean over IoU 0.50, 0.55, ..., 0.90), ap50 and ap25 of all objects as one class; NaN without objects."""
    everything = {name: _LABELS[0] for room in rooms for name in {*room.categories.values(), *room.labels}}
    return instance_ap(_scenes(rooms, everything))["average"]


def category_ap(rooms: Sequence[RoomInstances]) -> dict[str, dict[str, float]]:
    """The same by category, those without an object left out, and ``average`` over categories.

    The benchmark knows 18 classes; categories take the places of 17 of them in turn, and all others that of the last.
    """
    names = sorted({name for room in rooms for name in room.categories.values()})
    scores: dict[str, dict[str, float]] = {}
    for start in range(0, len(names), len(_LABELS) - 1):
        label_of = dict(zip(names[start:], _LABELS[:-1], strict=False))
        found = instance_ap(_scenes(rooms, label_of))
        scores |= {name: found[CLASSES[label]] for name, label in label_of.items()}
    known = [score for score in scores.values() if not np.isnan(score["ap"])]
    average = {key: float(np.mean([s[key] for s in known])) if known else float("nan") for key in _METRICS}
    return {"average": average, **{name: score for name, score in scores.items() if not np.isnan(score["ap"])}}


def _scenes(rooms: Sequence[RoomInstances], label_of: dict[str, int]) -> Iterator[SceneInstances]:
    for room in rooms:
        owner = np.array(room.owner)
        truth = np.zeros(len(owner), int)
        for place, (number, name) in enumerate(room.categories.items()):
            truth[owner == number] = label_of.get(name, _OTHER) * 1000 + place + 1
        masks = np.zeros((len(room.masks), len(owner)), bool)
        for row, superpoints in zip(masks, room.masks, strict=True):
            row[superpoints] = True
        yield SceneInstances(
            ground_truth=np.repeat(truth, room.sizes),
            masks=np.repeat(masks, room.sizes, axis=1),
            labels=np.array([label_of.get(name, _OTHER) for name in room.labels], int),
            confidences=np.array(room.scores, float),
        )
