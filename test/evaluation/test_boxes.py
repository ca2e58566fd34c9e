"""Box IoU and the boxes of scenes."""

import numpy as np
import pytest

from omd3d_ros.boxes import box_iou, box_iou_matrix
from omd3d_ros.evaluation.boxes import SceneBoxes
from omd3d_ros.evaluation.records import RecordError

UNIT = [0.0, 0.0, 0.0, 1.0, 1.0, 1.0]


def shifted(x: float) -> list[float]:
    return [x, *UNIT[1:]]


def test_iou_of_shifted_cubes() -> None:
    assert box_iou(UNIT, UNIT) == pytest.approx(1.0, abs=1e-7)
    assert box_iou(UNIT, shifted(0.5)) == pytest.approx(1 / 3, abs=1e-7)
    assert box_iou(UNIT, shifted(1.0)) == 0.0
    assert box_iou(UNIT, shifted(9.0)) == 0.0


def test_boxes_without_volume_have_no_overlap() -> None:
    assert box_iou([0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0]) == 0.0


def test_matrix_holds_the_iou_of_each_pair() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.uniform(0.2, 2, (5, 6)), rng.uniform(0.2, 2, (3, 6))
    matrix = box_iou_matrix(a, b)
    assert matrix.shape == (5, 3)
    assert matrix[4, 2] == box_iou(a[4], b[2])
    assert matrix == pytest.approx(box_iou_matrix(b, a).T)
    assert box_iou_matrix(np.zeros((0, 6)), b).shape == (0, 3)


def test_iou_against_counting_cells() -> None:
    """Boxes on a grid of 0.1 m: IoU is a ratio of cell counts."""
    cells = np.stack(np.meshgrid(*[np.arange(30) * 0.1 + 0.05] * 3), -1).reshape(-1, 3)
    rng = np.random.default_rng(1)
    for _ in range(20):
        low, high = np.sort(rng.integers(0, 31, (2, 2, 3)) / 10, axis=0)
        inside = [((cells > lo) & (cells < hi)).all(1) for lo, hi in zip(low, high, strict=True)]
        boxes = [np.concatenate([(lo + hi) / 2, hi - lo]) for lo, hi in zip(low, high, strict=True)]
        union = (inside[0] | inside[1]).sum()
        expected = (inside[0] & inside[1]).sum() / union if union else 0.0
        assert box_iou(*boxes) == pytest.approx(expected, abs=1e-5)


def test_values_of_a_scene_are_single_precision() -> None:
    boxes = SceneBoxes({"s": {"locs": [[0.1, 0, 0, 1, 1, 1]]}}, "proposals").of("s")
    assert boxes.dtype == np.float64
    assert boxes[0, 0] == float(np.float32(0.1)) != 0.1


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"objects": []}, "'locs' must be rows of six numbers"),
        ({"locs": [[1, 2, 3]]}, r"shape \(1, 3\)"),
        ({"locs": [[0, 0, 0, 1, 1, -1]]}, "sizes of at least 0"),
        ({"locs": [[0, 0, float("nan"), 1, 1, 1]]}, "finite"),
    ],
)
def test_damaged_attributes_are_refused(entry: dict, message: str) -> None:
    with pytest.raises(RecordError, match=message):
        SceneBoxes({"s": entry}, "proposals")


def test_unknown_scenes_and_objects_are_named() -> None:
    boxes = SceneBoxes({"s": {"locs": [UNIT]}}, "proposals")
    with pytest.raises(RecordError, match="scene 't' is not among the 1 scenes with proposals"):
        boxes.of("t")
    for number in (1, -1):
        with pytest.raises(RecordError, match=f"s has no object {number} among its 1 proposals"):
            boxes.rows("s", [number])
