"""What became of each query about a synthetic room, whose objects are known point by point."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..language.answering import UNKNOWN_OBJECT
from ..types import Answer, Instance
from . import outcomes as o
from .outcomes import Outcome
from .reliability import MIN_SCORES, Claim
from .room_truth import RoomTruth, union_of
from .room_words import words_right

HIT = 0.5  # mask IoU


def room_outcome(answer: Answer, query: Mapping[str, Any], truth: RoomTruth, where: str) -> Outcome:
    """Right where the answered masks together reach IoU 0.5 with the targets, or both are none.

    A right mask with wrong words, where the query asks for some, is a failure too, but scores as right.  query: one of
    a room sample's queries; where: how it is called.
    """
    targets = query["target_ids"]
    owner = truth.point_owner
    true = np.isin(owner, targets)
    said = union_of([i.mask for i in answer.instances], len(owner))
    iou = _iou_with(answer.instances, targets, true)
    values = {
        "acc@0.25": float(iou >= 0.25),
        "acc@0.5": float(iou >= HIT),
        "no target": float(not targets),
        "none answered": float(not answer.instances),
        **{right_from(t): float(_iou_with(_scoring(answer, t), targets, true) >= HIT) for t in MIN_SCORES},
    }
    if targets:
        values["iou"] = iou
    if len(targets) == 1:
        best = _iou_with(answer.instances[:1], targets, true)
        values |= {"best@0.25": float(best >= 0.25), "best@0.5": float(best >= HIT)}
    words = words_right(query, answer.text)
    if words is not None:
        values["words"] = float(words)
    return Outcome(
        where=where,
        kind=query["type"],
        question=query["query"],
        expected=f"{query['answer']} ({_listed(targets, truth)})",
        answered=answer.text,
        score=iou,
        failure=_failure(answer, targets, owner, int(said.sum()), int(true.sum()), truth, values),
        values=values,
    )


def right_from(min_score: float) -> str:
    """Name of the value: whether the query is right when only instances that score ``min_score`` or more count."""
    return f"right from {min_score:g}"


def claims_of(answer: Answer, targets: Sequence[int], truth: RoomTruth) -> list[Claim]:
    """Each answered instance: is it one of the targets, at mask IoU 0.5?"""
    owner = truth.point_owner
    objects = [owner == number for number in targets]
    return [
        Claim(round(float(i.score), 4), any(_iou(i.mask, mask) >= HIT for mask in objects)) for i in answer.instances
    ]


def _iou_with(instances: Sequence[Instance], targets: Sequence[int], true: np.ndarray) -> float:
    """IoU of the instances' union with the targets'; 1 or 0 where one of them is empty."""
    if targets and instances:
        return _iou(union_of([i.mask for i in instances], len(true)), true)
    return float(bool(targets) == bool(instances))


def _iou(mask: np.ndarray, other: np.ndarray) -> float:
    return float((mask & other).sum() / max((mask | other).sum(), 1))


def _scoring(answer: Answer, min_score: float) -> list[Instance]:
    return [i for i in answer.instances if i.score >= min_score]


def _failure(
    answer: Answer,
    targets: Sequence[int],
    owner: np.ndarray,
    said_size: int,
    true_size: int,
    truth: RoomTruth,
    values: Mapping[str, float],
) -> str | None:
    if values["acc@0.5"]:
        return None if values.get("words", 1.0) else o.TEXT_WRONG
    if not targets:
        return o.NONE_THERE
    if not answer.instances:
        return o.OUT_OF_RANGE if UNKNOWN_OBJECT in answer.text else o.NOTHING
    meant = [_object_of(instance, owner) for instance in answer.instances]
    return o.set_failure(meant, targets, truth.categories, said_size, true_size)


def _object_of(instance: Instance, owner: np.ndarray) -> int:
    """The object that most of the instance's points are of; -1: none."""
    number = int(np.bincount(owner[instance.mask]).argmax())
    return number if number > 0 else -1


def _listed(targets: Sequence[int], truth: RoomTruth) -> str:
    """``2 x chair, table``."""
    counts = Counter(truth.categories.get(number, "object") for number in targets)
    return ", ".join(f"{n} x {name}" if n > 1 else name for name, n in counts.items()) or "no object"
