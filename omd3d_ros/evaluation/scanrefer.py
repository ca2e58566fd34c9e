"""ScanRefer grounding: accuracy at box IoU 0.25 and 0.5, overall and for unique and multiple targets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..boxes import box_iou
from .answer_text import first_object_number
from .boxes import SceneBoxes
from .records import Record, RecordError, check_records, share
from .segmentation_lines import segmentation_lines

UNIQUE, MULTIPLE = 0, 1
CLASSES = frozenset(
    (
        "cabinet",
        "bed",
        "chair",
        "sofa",
        "table",
        "door",
        "window",
        "bookshelf",
        "picture",
        "counter",
        "desk",
        "curtain",
        "refrigerator",
        "shower curtain",
        "toilet",
        "sink",
        "bathtub",
    )
)
_RAW_COLUMN, _NYU40_COLUMN = 1, 7


def scanrefer_scores(
    records: Sequence[Record],
    proposals: Mapping[str, Mapping[str, Any]],
    ground_truth: Mapping[str, Mapping[str, Any]],
    lookup: Mapping[str, Mapping[str, int]],
    task: str = "scanrefer",
) -> dict[str, float]:
    """``[task] Acc@0.25`` and so on, shares in 0..1, with the segmentation lines.

    records: with scene_id, gt_id, pred (and spiou); the answer is the first valid identifier in ``pred``, else
    proposal 0, and its box decides.  proposals, ground_truth: attributes, see SceneBoxes; lookup: what
    unique_multiple_lookup gives.  Raises RecordError for what these do not hold.
    """
    check_records(records, scene_id="text", gt_id="integer", pred="text")
    proposed, true = SceneBoxes(proposals, "proposals"), SceneBoxes(ground_truth, "ground-truth objects")
    iou = np.array([_iou(record, proposed, true) for record in records])
    split = np.array([_split(record, lookup) for record in records])
    scores = {}
    for name, group in (("", split >= 0), ("Unique ", split == UNIQUE), ("Multiple ", split == MULTIPLE)):
        for threshold in (0.25, 0.5):
            scores[f"[{task}] {name}Acc@{threshold:.2f}"] = share(iou[group] >= threshold)
    return scores | segmentation_lines(records, task)


def _iou(record: Record, proposed: SceneBoxes, true: SceneBoxes) -> float:
    """Box IoU of the answer with the target; 0 in a scene without proposals."""
    scene = record["scene_id"]
    target = true.rows(scene, [record["gt_id"]])
    boxes = proposed.of(scene)
    if len(boxes) == 0:
        return 0.0
    return box_iou(boxes[first_object_number(record["pred"], len(boxes))], target)


def _split(record: Record, lookup: Mapping[str, Mapping[str, int]]) -> int:
    scene, number = record["scene_id"], str(record["gt_id"])
    if number not in lookup.get(scene, {}):
        raise RecordError(f"{scene} has no object {number} in the annotations, so it is neither unique nor multiple")
    return lookup[scene][number]


def unique_multiple_lookup(
    annotations: Sequence[Record], nyu40_classes: Mapping[str, str]
) -> dict[str, dict[str, int]]:
    """scene id -> object id (text) -> 0 (unique: the only *annotated* object of its class in the scene) or 1.

    annotations: records of the ScanRefer file (scene_id, object_id, object_name with ``_`` for blanks);
    nyu40_classes: what read_label_map gives.  Names that are unknown or of no ScanNet class share the class ``others``.
    """
    check_records(annotations, scene_id="text", object_name="text")
    classes: dict[str, dict[str, str]] = {}
    for index, annotation in enumerate(annotations):
        if "object_id" not in annotation:
            raise RecordError(f"annotation {index} has no field 'object_id'")
        name = nyu40_classes.get(annotation["object_name"].replace("_", " "), "others")
        objects = classes.setdefault(annotation["scene_id"], {})
        objects.setdefault(str(annotation["object_id"]), name if name in CLASSES else "others")
    return {scene: _by_count(objects) for scene, objects in classes.items()}


def read_lookup(content: Mapping[str, Any], what: str) -> dict[str, dict[str, int]]:
    """The content of a file that has what unique_multiple_lookup gives; raises RecordError for anything else."""
    for scene, objects in content.items():
        if not isinstance(objects, Mapping) or not all(kind in (UNIQUE, MULTIPLE) for kind in objects.values()):
            raise RecordError(f"{what}: {scene} must map numbers of objects to {UNIQUE} (unique) or {MULTIPLE}")
    return {scene: dict(objects) for scene, objects in content.items()}


def _by_count(objects: Mapping[str, str]) -> dict[str, int]:
    count = Counter(objects.values())
    return {number: UNIQUE if count[name] == 1 else MULTIPLE for number, name in objects.items()}


def read_label_map(text: str) -> dict[str, str]:
    """Raw category -> NYU40 class, from the text of ``scannetv2-labels.combined.tsv`` (columns 2 and 8, one header
    line); raises RecordError for a line with fewer columns."""
    mapping = {}
    for number, line in enumerate(text.splitlines()[1:], start=2):
        if not line.strip():
            continue
        cells = line.split("\t")
        if len(cells) <= _NYU40_COLUMN:
            raise RecordError(f"label map, line {number}: {len(cells)} columns; the NYU40 class is column 8")
        mapping[cells[_RAW_COLUMN]] = cells[_NYU40_COLUMN]
    return mapping
