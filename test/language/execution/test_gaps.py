"""Gaps between surfaces: those of points for near objects, those of boxes for others, and no more memory than that."""

import time

import numpy as np
import pytest
from scipy.spatial import cKDTree

from omd3d_ros.language.execution.gaps import SurfaceGaps

SPACING = 0.02  # metres between points of a map, which are no gap


def balls(centers: np.ndarray, radius: float, points: int = 300) -> tuple[list[np.ndarray], np.ndarray]:
    """Points on spheres, and their boxes (K, 6)."""
    rng = np.random.default_rng(0)
    unit = rng.normal(size=(len(centers), points, 3))
    xyz = centers[:, None] + radius * unit / np.linalg.norm(unit, axis=2, keepdims=True)
    low, high = xyz.min(1), xyz.max(1)
    return list(xyz), np.concatenate([(low + high) / 2, high - low], 1)


def test_near_things_are_as_far_as_their_nearest_points() -> None:
    centers = np.random.default_rng(1).uniform(0, 0.8, (12, 3))
    points, boxes = balls(centers, 0.2)
    gaps = SurfaceGaps(points, boxes)
    for i in range(12):
        for j in range(i):
            true = max(0.0, cKDTree(points[j]).query(points[i])[0].min() - SPACING)
            assert gaps[i, j] == gaps[j, i] == pytest.approx(true, abs=0.06), (i, j)


def test_far_things_are_as_far_as_their_boxes() -> None:
    points, boxes = balls(np.array([[0.0, 0, 0], [3.0, 4.0, 0]]), 0.5)
    apart = np.maximum(np.abs(boxes[0, :3] - boxes[1, :3]) - (boxes[0, 3:] + boxes[1, 3:]) / 2, 0.0)
    assert SurfaceGaps(points, boxes)[0, 1] == pytest.approx(np.linalg.norm(apart))


def test_indices_broadcast_as_those_of_an_array() -> None:
    points, boxes = balls(np.random.default_rng(2).uniform(0, 3.0, (8, 3)), 0.3)
    gaps = SurfaceGaps(points, boxes)
    each = np.arange(8)
    square = gaps[each[:, None], each[None]]
    assert gaps.shape == square.shape == (8, 8)
    assert (square == square.T).all() and (square.diagonal() == 0).all()
    assert (gaps[each, each[::-1]] == square[each, each[::-1]]).all()


def test_no_objects() -> None:
    none = np.zeros((0, 1), int), np.zeros((1, 0), int)
    assert SurfaceGaps([], np.zeros((0, 6)))[none].shape == (0, 0)


def test_ten_thousand_objects_take_the_memory_of_those_that_are_near() -> None:
    rng = np.random.default_rng(3)
    centers = rng.uniform(0, 1, (10_000, 3)) * (80, 80, 2)  # as many a square metre as in a furnished room
    points, boxes = balls(centers, 0.15, 20)
    start = time.process_time()
    gaps = SurfaceGaps(points, boxes)
    assert time.process_time() - start < 8.0
    assert sum(array.nbytes for array in vars(gaps).values()) < 20e6, "a square array would be 800 MB"
