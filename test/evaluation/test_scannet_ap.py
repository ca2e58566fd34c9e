"""ScanNet AP against cases a reader can count and against a slow, plain implementation of the rules."""

import math

import numpy as np
import pytest

from omd3d_ros.evaluation.records import RecordError
from omd3d_ros.evaluation.scannet_ap import CLASSES, SceneInstances, instance_ap

CHAIR, TABLE = 5, 7


def scene(truth: list[tuple[int, int]], predictions: list[tuple[int, float, range]]) -> SceneInstances:
    """truth: (label * 1000 + instance, vertices) one after the other; predictions: (label, confidence, vertices)."""
    ids = np.repeat(*np.array(truth).T)
    masks = np.zeros((len(predictions), len(ids)), bool)
    for row, (_, _, vertices) in zip(masks, predictions, strict=True):
        row[vertices] = True
    labels, confidences = np.array([(p[0], p[1]) for p in predictions], float).reshape(-1, 2).T
    return SceneInstances(ids, masks, labels.astype(int), confidences)


def test_perfect_predictions_score_one() -> None:
    truth = [(5001, 200), (5002, 150), (7000, 300), (0, 50)]
    ap = instance_ap(
        [scene(truth, [(CHAIR, 0.9, range(200)), (CHAIR, 0.3, range(200, 350)), (TABLE, 1, range(350, 650))])]
    )
    for name in ("chair", "table", "average"):
        assert ap[name] == {"ap": 1.0, "ap50": 1.0, "ap25": 1.0}
    assert math.isnan(ap["bed"]["ap"])


def test_iou_between_thresholds() -> None:
    # IoU 120/200 = 0.6: above 0.50 and 0.55, of nine thresholds.
    ap = instance_ap([scene([(5001, 200)], [(CHAIR, 0.5, range(120))])])
    assert ap["chair"] == pytest.approx({"ap": 2 / 9, "ap50": 1.0, "ap25": 1.0})


def test_an_iou_on_the_threshold_does_not_match() -> None:
    assert instance_ap([scene([(5001, 200)], [(CHAIR, 0.5, range(100))])])["chair"]["ap50"] == 0.0


def test_one_of_two_found() -> None:
    # Points: (precision 1, recall 1/2) and (1, 0); steps of the convolution: 1/4 and 1/4.
    ap = instance_ap([scene([(5001, 200), (5002, 200)], [(CHAIR, 0.5, range(200))])])
    assert ap["chair"]["ap50"] == pytest.approx(0.5)


def test_a_class_without_prediction_scores_zero_and_counts_in_the_average() -> None:
    ap = instance_ap([scene([(5001, 200), (7001, 200)], [(CHAIR, 0.5, range(200))])])
    assert (ap["table"]["ap"], ap["average"]["ap"]) == (0.0, 0.5)


def test_small_predictions_and_unknown_labels_are_skipped() -> None:
    truth = [(5001, 200), (0, 200)]
    extra = [(CHAIR, 0.9, range(200, 299)), (1, 0.9, range(200, 400))]
    assert instance_ap([scene(truth, [(CHAIR, 0.5, range(200)), *extra])])["chair"]["ap"] == 1.0


@pytest.mark.parametrize(
    ("vertices", "expected"),
    [(range(200, 400), 1.0), (range(399, 499), 1.0), (range(500, 699), 0.25)],
    ids=["void", "small instance", "another class"],
)
def test_a_false_positive_on_void_or_on_a_small_instance_is_dropped(vertices: range, expected: float) -> None:
    # Where it counts, it comes first: precision 0 at recall 0, then 1/2 at recall 1, whose step is 1/2.
    truth = [(5001, 200), (0, 200), (5002, 99), (7001, 200)]
    ap = instance_ap([scene(truth, [(CHAIR, 0.6, vertices), (CHAIR, 0.5, range(200))])])
    assert ap["chair"]["ap50"] == pytest.approx(expected)


def test_an_ignored_prediction_alone_scores_zero() -> None:
    assert instance_ap([scene([(5001, 200), (0, 200)], [(CHAIR, 0.5, range(200, 400))])])["chair"]["ap25"] == 0.0


def test_a_scene_without_predictions_is_missed() -> None:
    found, empty = scene([(5001, 200)], [(CHAIR, 0.5, range(200))]), scene([(5001, 200)], [])
    assert (
        instance_ap([found, empty])["chair"]["ap50"]
        == instance_ap([found, found, empty, empty])["chair"]["ap50"]
        == 0.5
    )


def test_no_scenes() -> None:
    ap = instance_ap([])
    assert list(ap) == [*CLASSES.values(), "average"]
    assert all(math.isnan(value) for values in ap.values() for value in values.values())


@pytest.mark.parametrize(
    ("masks", "labels", "confidences", "message"),
    [
        (np.zeros((1, 3), bool), [5], [0.5], r"masks of shape \(1, 3\) don't fit 1 labels and \(4,\) vertices"),
        (np.zeros((1, 4), bool), [5], [0.5, 1.0], "1 labels, but confidences of shape"),
        (np.zeros((1, 4), bool), [5], [math.nan], "confidences must be finite"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(masks: np.ndarray, labels: list, confidences: list, message: str) -> None:
    with pytest.raises(RecordError, match=message):
        SceneInstances(np.zeros(4, int), masks, np.array(labels), np.array(confidences))


@pytest.mark.parametrize("seed", range(12))
def test_against_the_plain_implementation(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scenes = [random_scene(rng) for _ in range(3)]
    ap = instance_ap(scenes)
    for label, name in CLASSES.items():
        assert ap[name]["ap50"] == pytest.approx(plain_ap(scenes, label, 0.5), abs=1e-12, nan_ok=True)
        assert ap[name]["ap25"] == pytest.approx(plain_ap(scenes, label, 0.25), abs=1e-12, nan_ok=True)
        each = [plain_ap(scenes, label, threshold) for threshold in np.arange(0.5, 0.95, 0.05)]
        assert ap[name]["ap"] == pytest.approx(sum(each) / 9, abs=1e-12, nan_ok=True)


def random_scene(rng: np.random.Generator) -> SceneInstances:
    """Instances of 40 to 300 vertices of few classes and void; predictions are shifted, with equal confidences."""
    ids = [rng.choice([0, 3, 5000, 5001, 5002, 5003, 7001, 7002, 39001, 1001]) for _ in range(14)]
    truth = np.concatenate([np.full(rng.integers(40, 300), i) for i in ids])
    masks, labels = [], []
    for _ in range(25):
        mask = np.roll(truth == rng.choice(truth), rng.integers(-60, 60))
        masks.append(mask ^ (rng.random(len(truth)) < 0.02))
        labels.append(rng.choice([5, 5, 7, 39, 1]))
    return SceneInstances(truth, np.array(masks), np.array(labels), rng.integers(1, 9, 25) / 8)


def plain_ap(scenes: list[SceneInstances], label: int, threshold: float) -> float:
    """The benchmark's rules word by word: sets of vertices, one prediction and one instance at a time."""
    scored: list[tuple[float, bool]] = []
    instances = missed = 0
    for s in scenes:
        truth = {i: set(np.flatnonzero(s.ground_truth == i)) for i in sorted(set(s.ground_truth.tolist()))}
        void = set().union(*(v for i, v in truth.items() if i // 1000 not in CLASSES))
        truth = {i: v for i, v in truth.items() if i // 1000 == label}
        predictions = [
            (set(np.flatnonzero(mask)), confidence)
            for mask, own, confidence in zip(s.masks, s.labels, s.confidences, strict=True)
            if own == label and mask.sum() >= 100
        ]
        used: set[int] = set()
        for vertices in truth.values():
            if len(vertices) < 100:
                continue
            instances += 1
            best = None
            for k, (mask, confidence) in enumerate(predictions):
                if k in used or not len(mask & vertices) / len(mask | vertices) > threshold:
                    continue
                if best is None:
                    best = confidence
                    used.add(k)
                else:
                    scored.append((min(best, confidence), False))
                    best = max(best, confidence)
            if best is None:
                missed += 1
            else:
                scored.append((best, True))
        for mask, confidence in predictions:
            if any(len(mask & v) / len(mask | v) > threshold for v in truth.values()):
                continue
            ignored = len(mask & void) + sum(len(mask & v) for v in truth.values() if len(v) < 100)
            if not ignored / len(mask) > threshold:
                scored.append((confidence, False))
    if not instances:
        return math.nan
    points = []
    for cut in sorted({confidence for confidence, _ in scored}):
        kept = [right for confidence, right in scored if confidence >= cut]
        points.append((sum(kept) / len(kept), sum(kept) / instances))
    points.append((1.0, 0.0))
    recall = [points[0][1], *(r for _, r in points), 0.0]
    return sum(p * (recall[k] - recall[k + 2]) / 2 for k, (p, _) in enumerate(points))
