"""Average precision of instance segmentation by the rules of the ScanNet benchmark."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from .records import RecordError

CLASSES = {
    3: "cabinet",
    4: "bed",
    5: "chair",
    6: "sofa",
    7: "table",
    8: "door",
    9: "window",
    10: "bookshelf",
    11: "picture",
    12: "counter",
    14: "desk",
    16: "curtain",
    24: "refrigerator",
    28: "shower curtain",
    33: "toilet",
    34: "sink",
    36: "bathtub",
    39: "otherfurniture",
}
_MIN_VERTICES = 100
_AP_THRESHOLDS = np.arange(0.5, 0.95, 0.05)
_THRESHOLDS = np.append(_AP_THRESHOLDS, 0.25)


@dataclass(frozen=True)
class SceneInstances:
    """Ground truth and predictions of one scene of N vertices.

    ground_truth: (N,) integer, NYU40 label * 1000 + instance number; below 1000: none.  masks: (P, N) boolean;
    labels: (P,) NYU40 ids; confidences: (P,) finite.
    """

    ground_truth: np.ndarray
    masks: np.ndarray
    labels: np.ndarray
    confidences: np.ndarray

    def __post_init__(self) -> None:
        count = len(self.labels)
        if self.ground_truth.ndim != 1 or self.masks.shape != (count, len(self.ground_truth)):
            raise RecordError(
                f"masks of shape {self.masks.shape} don't fit {count} labels and {self.ground_truth.shape} vertices"
            )
        if self.labels.shape != (count,) or self.confidences.shape != (count,):
            raise RecordError(f"{count} labels, but confidences of shape {self.confidences.shape}")
        if not np.isfinite(self.confidences).all():
            raise RecordError("confidences must be finite numbers")


@dataclass(frozen=True)
class _Overlaps:
    """One class in one scene: iou (P, G) of its counted predictions with its large ground-truth instances, best_iou
    (P,) with one of any size, and ignored (P,): a prediction's share on void and on small instances."""

    iou: np.ndarray
    best_iou: np.ndarray
    ignored: np.ndarray
    confidences: np.ndarray


def instance_ap(scenes: Iterable[SceneInstances]) -> dict[str, dict[str, float]]:
    """Class name, and ``average`` -> ap (mean over IoU 0.50, 0.55, ..., 0.90), ap50 and ap25.

    NaN for a class without ground truth; the average is over the others.
    """
    overlaps: dict[int, list[_Overlaps]] = {label: [] for label in CLASSES}
    for scene in scenes:
        for label, found in _scene_overlaps(scene).items():
            overlaps[label].append(found)
    ap = np.array([[_average_precision(overlaps[label], t) for t in _THRESHOLDS] for label in CLASSES])
    table = np.stack([ap[:, : len(_AP_THRESHOLDS)].mean(1), ap[:, 0], ap[:, -1]], axis=1)
    known = table[~np.isnan(table[:, 0])]
    rows = [*table, known.mean(0) if len(known) else np.full(3, np.nan)]
    return {
        name: dict(zip(("ap", "ap50", "ap25"), row.tolist(), strict=True))
        for name, row in zip([*CLASSES.values(), "average"], rows, strict=True)
    }


def _scene_overlaps(scene: SceneInstances) -> dict[int, _Overlaps]:
    order = np.argsort(scene.ground_truth, kind="stable")
    ids, starts, sizes = np.unique(scene.ground_truth[order], return_index=True, return_counts=True)
    masks = scene.masks.astype(bool, copy=False)
    counts = masks.sum(1)
    shared = np.zeros((len(masks), len(ids)), np.int64)
    if masks.size:
        shared = np.add.reduceat(masks[:, order], starts, axis=1, dtype=np.int64)
    id_labels = ids // 1000
    void = shared[:, ~np.isin(id_labels, list(CLASSES))].sum(1)
    found = {}
    for label in CLASSES:
        p = np.flatnonzero((scene.labels == label) & (counts >= _MIN_VERTICES))
        g = np.flatnonzero(id_labels == label)
        large = sizes[g] >= _MIN_VERTICES
        both = shared[np.ix_(p, g)]
        iou = both / (counts[p][:, None] + sizes[g][None] - both)
        found[label] = _Overlaps(
            iou=iou[:, large],
            best_iou=iou.max(1, initial=0.0),
            ignored=(void[p] + both[:, ~large].sum(1)) / counts[p],
            confidences=scene.confidences[p],
        )
    return found


def _average_precision(scenes: Sequence[_Overlaps], threshold: float) -> float:
    if not sum(scene.iou.shape[1] for scene in scenes):
        return float("nan")
    right, wrong, missed = [], [], 0
    for scene in scenes:
        matched, doubled, unmatched = _match(scene, threshold)
        right += matched
        wrong += doubled
        missed += unmatched
        alone = (scene.best_iou <= threshold) & (scene.ignored <= threshold)
        wrong += scene.confidences[alone].tolist()
    return _area(np.array(right), np.array(wrong), missed)


def _match(scene: _Overlaps, threshold: float) -> tuple[list[float], list[float], int]:
    """Confidences of true positives and of further matches of a found instance, and the number of instances missed.

    Each instance in turn takes the first unused matching prediction; the other unused ones that match it are false
    positives, and of all these confidences the highest stands for the instance.
    """
    used = np.zeros(len(scene.confidences), bool)
    right, doubled, missed = [], [], 0
    for iou in scene.iou.T:
        matching = np.flatnonzero((iou > threshold) & ~used)
        if len(matching) == 0:
            missed += 1
            continue
        used[matching[0]] = True
        *lower, highest = np.sort(scene.confidences[matching]).tolist()
        right.append(highest)
        doubled += lower
    return right, doubled, missed


def _area(right: np.ndarray, wrong: np.ndarray, missed: int) -> float:
    """Area under the precision-recall curve with one point at each distinct confidence and one at recall 0."""
    confidences = np.sort(np.concatenate([right, wrong]))
    if len(confidences) == 0:
        return 0.0
    right = np.sort(right)
    first = np.flatnonzero(np.diff(confidences, prepend=-np.inf))
    below = np.searchsorted(right, confidences[first])
    true = len(right) - below
    precision = np.append(true / (len(confidences) - first), 1.0)
    recall = np.append(true / (len(right) + missed), 0.0)
    steps = np.convolve(np.concatenate([recall[:1], recall, [0.0]]), [-0.5, 0, 0.5], "valid")
    return float(precision @ steps)
