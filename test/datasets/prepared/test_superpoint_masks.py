"""Masks over superpoints by majority."""

import numpy as np

from omd3d_ros.datasets.prepared.superpoint_masks import majority_masks, mask_boxes


def test_more_than_half_of_a_superpoint_counts():
    superpoints = np.array([0, 0, 1, 1, 1])
    masks = np.array([[1, 0, 1, 1, 0], [1, 1, 0, 0, 1], [0, 0, 0, 0, 0]], bool)
    expected = [[False, True], [True, False], [False, False]]
    np.testing.assert_array_equal(majority_masks(masks, superpoints, 2), expected)
    assert majority_masks(masks[:0], superpoints, 2).shape == (0, 2)


def test_box_of_a_mask():
    xyz = np.array([[0, 0, 0], [2, 1, 4], [9, 9, 9]], np.float32)
    boxes = mask_boxes(xyz, np.array([[1, 1, 0], [0, 0, 0]], bool))
    np.testing.assert_array_equal(boxes, [[1, 0.5, 2, 2, 1, 4], [0, 0, 0, 0, 0, 0]])
