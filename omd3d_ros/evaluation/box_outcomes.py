"""What became of each record of the tasks that boxes of proposals decide: ScanRefer, Nr3D and Sr3D, Multi3DRefer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..boxes import box_iou_matrix
from ..language.identifiers import identifiers
from . import outcomes as o
from .annotation_files import names_of
from .answer_text import first_object_number, object_numbers
from .boxes import SceneBoxes
from .multi3drefer import multi3drefer_scores
from .outcomes import Outcome
from .records import Record, check_records
from .referit3d import referit3d_scores
from .scanrefer import UNIQUE, scanrefer_scores

Attributes = Mapping[str, Mapping[str, Any]]


class BoxedScenes:
    """Proposals and ground-truth objects of all scenes: boxes and names.  Raises RecordError for damaged ones."""

    def __init__(self, proposals: Attributes, ground_truth: Attributes) -> None:
        self.proposals, self.ground_truth = proposals, ground_truth
        self.proposed = SceneBoxes(proposals, "proposals")
        self.true = SceneBoxes(ground_truth, "ground-truth objects")

    def alone(self, scene: str) -> tuple[Attributes, Attributes]:
        """The attributes of one scene.  Raises RecordError for an unknown one."""
        self.true.of(scene)
        if self.proposals:
            self.proposed.of(scene)
        pick = [{scene: all_[scene]} if scene in all_ else {} for all_ in (self.proposals, self.ground_truth)]
        return pick[0], pick[1]

    def names(self, scene: str) -> dict[int, str]:
        """Of the ground-truth objects, where the attributes have them."""
        return names_of(self.ground_truth, scene)

    def described(self, scene: str, number: int) -> str:
        """``door (object 2)``."""
        return f"{self.names(scene).get(number, '')} (object {number})".strip()

    def meant(self, scene: str, boxes: np.ndarray) -> list[int]:
        """Per box (P, 6) the ground-truth object that it fits best; -1 where it overlaps none."""
        iou = box_iou_matrix(boxes, self.true.of(scene))
        return [int(row.argmax()) if row.size and row.max() > 0 else -1 for row in iou]


def scanrefer_outcome(
    index: int, record: Record, scenes: BoxedScenes, lookup: Mapping[str, Mapping[str, int]]
) -> Outcome:
    """Right at box IoU 0.5.  Raises RecordError."""
    check_records([record], scene_id="text", gt_id="integer", pred="text")
    scene, target, text = record["scene_id"], record["gt_id"], record["pred"]
    values = _single(scanrefer_scores([record], *scenes.alone(scene), lookup))
    unique = lookup[scene][str(target)] == UNIQUE
    values = {name: v for name, v in values.items() if not name.startswith("Multiple " if unique else "Unique ")}
    boxes = scenes.proposed.of(scene)
    chosen = boxes[[first_object_number(text, len(boxes))]] if len(boxes) else boxes
    true = scenes.true.rows(scene, [target])
    failure = None
    if values["Acc@0.50"] < 1:
        failure = _nothing(text, len(boxes)) or _box_failure(scenes, scene, chosen, [target])
    return Outcome(
        where=f"record {index}, {scene}",
        kind="unique" if unique else "multiple",
        question=str(record.get("prompt", "")),
        expected=scenes.described(scene, target),
        answered=text,
        score=float(box_iou_matrix(chosen, true).max(initial=0.0)),
        failure=failure,
        values=values,
    )


def referit3d_outcome(index: int, record: Record, scenes: BoxedScenes, task: str) -> Outcome:
    """Right where the answered object is the target.  Raises RecordError."""
    check_records([record], scene_id="text", gt_id="integer", pred="text", type_info="text")
    scene, target, text = record["scene_id"], record["gt_id"], record["pred"]
    values = _single(referit3d_scores([record], scenes.alone(scene)[1], task))
    level, view = record["type_info"].split("_")
    others = {"easy": "Hard Acc", "hard": "Easy Acc", "dep": "View Indep Acc", "indep": "View Dep Acc"}
    values = {name: value for name, value in values.items() if name not in (others[level], others[view])}
    count = len(scenes.true.of(scene))
    failure = None
    if values["Overall Acc"] < 1:
        names = scenes.names(scene)
        chosen = first_object_number(text, count)
        failure = _nothing(text, count) or o.set_failure([chosen], [target], names, 0, 0)
    return Outcome(
        where=f"record {index}, {scene}",
        kind=f"{level}, view-{'in' * (view == 'indep')}dependent",
        question=str(record.get("prompt", "")),
        expected=scenes.described(scene, target),
        answered=text,
        score=values["Overall Acc"],
        failure=failure,
        values=values,
    )


def multi3drefer_outcome(index: int, record: Record, scenes: BoxedScenes) -> Outcome:
    """Right at F1@0.50 of 1.  Raises RecordError."""
    check_records([record], scene_id="text", pred="text", ref_captions="list", type_info="text")
    scene, text, kind = record["scene_id"], record["pred"], record["type_info"]
    values = _single(multi3drefer_scores([record], *scenes.alone(scene)))
    values = {name: value for name, value in values.items() if name.split()[0] in ("all", kind)}
    targets = [] if kind.startswith("zt_") else list(record["ref_captions"])
    boxes = scenes.proposed.of(scene)
    answered = object_numbers(text, len(boxes))
    failure = None
    if values["all F1@0.50"] < 1:
        failure = (
            o.NONE_THERE
            if not targets
            else _nothing(text, len(boxes)) or _box_failure(scenes, scene, boxes[answered], targets)
        )
    return Outcome(
        where=f"record {index}, {scene}",
        kind=kind,
        question=str(record.get("prompt", "")),
        expected=", ".join(scenes.described(scene, number) for number in targets) or "no object",
        answered=text,
        score=(values["all F1@0.25"] + values["all F1@0.50"]) / 2,
        failure=failure,
        values=values,
    )


def _single(scores: Mapping[str, float]) -> dict[str, float]:
    """The scores of one record without ``[task] ``: what it adds to each mean."""
    return {name.split("] ", 1)[1]: value for name, value in scores.items() if "] Seg " not in name}


def _nothing(text: str, count: int) -> str | None:
    """NOTHING or OUT_OF_RANGE where no identifier below ``count`` is answered."""
    if object_numbers(text, count):
        return None
    return o.OUT_OF_RANGE if identifiers(text) else o.NOTHING


def _box_failure(scenes: BoxedScenes, scene: str, boxes: np.ndarray, targets: list[int]) -> str:
    names = scenes.names(scene)
    true = scenes.true.rows(scene, targets)
    return o.set_failure(scenes.meant(scene, boxes), targets, names, _volume(boxes), _volume(true))


def _volume(boxes: np.ndarray) -> float:
    return float(boxes[:, 3:].prod(1).sum())
