"""What became of each query about a synthetic room, whose objects are known point by point."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np

from ..datasets.room_samples import RoomSample
from ..language.answering import UNKNOWN_OBJECT
from ..types import Answer, Instance, Scene
from . import outcomes as o
from .outcomes import Outcome

# Places and lists can be said in more than one right way.
_ANSWERED_IN_WORDS = ("count", "color", "material", "existence")


def room_outcome(scene: Scene, answer: Answer, query: dict, room: RoomSample, name: str) -> Outcome:
    """Right where the answered masks together reach IoU 0.5 with the targets, or both are none.

    A right mask with wrong words, where the query asks for some, is a failure too, but scores as right.  query: one of
    ``room.queries``; name: how it is called in its room.
    """
    targets = query["target_ids"]
    owner = room.owner.numpy()[scene.superpoints]
    true = np.isin(owner, targets)
    said = np.any([i.mask for i in answer.instances], axis=0) if answer.instances else np.zeros(len(owner), bool)
    if targets and answer.instances:
        iou = float((true & said).sum() / max((true | said).sum(), 1))
    else:
        iou = float(bool(targets) == bool(answer.instances))
    values = {"acc@0.25": float(iou >= 0.25), "acc@0.5": float(iou >= 0.5)}
    if query["type"] in _ANSWERED_IN_WORDS:
        values["words"] = float(says(answer.text, query["answer"]))
    return Outcome(
        where=f"room {room.seed}, {name}",
        kind=query["type"],
        question=query["query"],
        expected=f"{query['answer']} ({_listed(targets, room)})",
        answered=answer.text,
        score=iou,
        failure=_failure(answer, targets, owner, said, true, room, values),
        values=values,
    )


def says(text: str, words: str) -> bool:
    """Whether the words are in the text, as words, without regard to case."""
    return re.search(rf"\b{re.escape(words)}\b", text, re.IGNORECASE) is not None


def _failure(
    answer: Answer,
    targets: list[int],
    owner: np.ndarray,
    said: np.ndarray,
    true: np.ndarray,
    room: RoomSample,
    values: dict[str, float],
) -> str | None:
    if values["acc@0.5"]:
        return None if values.get("words", 1.0) else o.TEXT_WRONG
    if not targets:
        return o.NONE_THERE
    if not answer.instances:
        return o.OUT_OF_RANGE if UNKNOWN_OBJECT in answer.text else o.NOTHING
    meant = [_object_of(instance, owner) for instance in answer.instances]
    return o.set_failure(meant, targets, room.objects, int(said.sum()), int(true.sum()))


def _object_of(instance: Instance, owner: np.ndarray) -> int:
    """The object that most of the instance's points are of; -1: none."""
    number = int(np.bincount(owner[instance.mask]).argmax())
    return number if number > 0 else -1


def _listed(targets: list[int], room: RoomSample) -> str:
    """``2 x chair, table``."""
    counts = Counter(room.objects.get(number, "object") for number in targets)
    return ", ".join(f"{n} x {name}" if n > 1 else name for name, n in counts.items()) or "no object"
