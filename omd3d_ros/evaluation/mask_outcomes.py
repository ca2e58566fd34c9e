"""What became of each mask: samples of reasoning segmentation, and ground-truth instances of ScanNet scans."""

from __future__ import annotations

import numpy as np

from . import outcomes as o
from .outcomes import Outcome
from .reason_seg import MaskSample, sample_ious
from .scannet_ap import CLASSES, SceneInstances

_MIN_VERTICES = 100


def reason_seg_outcome(index: int, sample: MaskSample) -> Outcome:
    """Right at a point IoU above 0.5."""
    superpoint, point = sample_ious(sample)
    mask = sample.logits.float().sigmoid()[sample.superpoints.long()] >= 0.5
    target = sample.point_target.bool()
    answered, true = int(mask.sum()), int(target.sum())
    failure = None
    if point <= 0.5:
        apart = not bool((mask & target).any())
        failure = o.NOTHING if not answered else o.NONE_THERE if not true else o.extent_failure(answered, true)
        failure = o.NO_OBJECT if apart and answered and true else failure
    values: dict[str, float] = {}
    for name, iou in (("sp", superpoint), ("point", point)):
        values |= {f"{name}.acc25": float(iou > 0.25), f"{name}.acc50": float(iou > 0.5), f"{name}.miou": iou}
    return Outcome(
        where=f"sample {index}",
        kind="all",
        question="",
        expected=f"a mask of {true:,} points",
        answered=f"a mask of {answered:,} points, IoU {point:.2f}",
        score=point,
        failure=failure,
        values=values,
    )


def instance_outcomes(name: str, scene: SceneInstances) -> list[Outcome]:
    """One per ground-truth instance of the benchmark's classes with at least 100 vertices: right where a prediction of
    its class has an IoU above 0.5.  name: of the scan."""
    ids, sizes = np.unique(scene.ground_truth, return_counts=True)
    counts = scene.masks.sum(1)
    outcomes = []
    for number, size in zip(ids.tolist(), sizes.tolist(), strict=True):
        if number // 1000 in CLASSES and size >= _MIN_VERTICES:
            both = scene.masks[:, scene.ground_truth == number].sum(1)
            iou = both / (counts + size - both)
            outcomes.append(_instance_outcome(name, scene, number, size, iou, counts))
    return outcomes


def _instance_outcome(
    name: str, scene: SceneInstances, number: int, size: int, iou: np.ndarray, counts: np.ndarray
) -> Outcome:
    label = number // 1000
    own = np.where((scene.labels == label) & (counts >= _MIN_VERTICES), iou, 0.0)
    best = float(own.max(initial=0.0))
    nearest = int(iou.argmax()) if len(iou) else -1
    failure = None
    if best <= 0.5:
        if nearest < 0 or iou[nearest] == 0:
            failure = o.NOTHING
        elif iou[nearest] > 0.5:
            failure = o.OTHER_CLASS
        else:
            failure = o.extent_failure(counts[nearest], size)
    found = "nothing"
    if nearest >= 0 and iou[nearest] > 0:
        said = int(scene.labels[nearest])
        found = f"{CLASSES.get(said, f'class {said}')} of {int(counts[nearest]):,} vertices, IoU {iou[nearest]:.2f}"
    return Outcome(
        where=f"{name}, instance {number}",
        kind=CLASSES[label],
        question="",
        expected=f"{CLASSES[label]} of {size:,} vertices",
        answered=found,
        score=best,
        failure=failure,
    )
