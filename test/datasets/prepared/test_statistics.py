"""Statistics in the place of learned features."""

import numpy as np
import pytest

from omd3d_ros.datasets.prepared import PreparedDataError
from omd3d_ros.datasets.prepared.statistics import statistic_features
from omd3d_ros.types import PointCloud

CORNERS = np.array([[x, y, z] for x in (0, 1) for y in (0, 2) for z in (1, 4)], np.float32)
CLOUD = PointCloud(CORNERS, np.full((8, 3), 255, np.uint8), np.tile(np.array([0, 0, 1], np.float32), (8, 1)))


def test_a_white_box_facing_up():
    point, image = statistic_features(CLOUD, np.ones((1, 8), bool), 40, 20)
    # corners of a box: the spread along an axis is half its length
    np.testing.assert_allclose(point[0, :12], [1, 2, 3, 1, 4, np.log(8), 0.5, 1, 1.5, 0, 0, 1], rtol=1e-6)
    np.testing.assert_allclose(point[0, 12:15], 1)  # mean colour
    np.testing.assert_array_equal(point[0, 12:29], image[0, :17])
    assert not point[0, 29:].any()
    assert not image[0, 17:].any()


def test_no_image_features_no_objects_and_too_few_channels():
    point, image = statistic_features(CLOUD, np.zeros((0, 8), bool), 29, 0)
    assert (point.shape, image.shape) == ((0, 29), (0, 0))
    with pytest.raises(PreparedDataError, match="29 point and 17 or no image channels, the preset has 8 and 4"):
        statistic_features(CLOUD, np.ones((1, 8), bool), 8, 4)
