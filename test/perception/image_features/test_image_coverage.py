"""Which point a cell of the picture belongs to."""

from __future__ import annotations

import numpy as np
import pytest

from omd3d_ros.perception.image_features.coverage import nearest_points


def plain_nearest(seen, rows, columns, width, height, reach):
    """Every cell asks every point; a point that falls in a cell is near enough, however far it is."""
    nearest = np.full((rows, columns), -1)
    for r in range(rows):
        for c in range(columns):
            distances = []
            for u, v, z in seen:
                du, dv = (c + 0.5) * width / columns - u - 0.5, (r + 0.5) * height / rows - v - 0.5
                inside = int((u + 0.5) * columns / width) == c and int((v + 0.5) * rows / height) == r
                near = inside or (max(abs(du), abs(dv)) <= reach / z)
                distances.append(np.hypot(du, dv) if near else np.inf)
            if min(distances) < np.inf:
                nearest[r, c] = np.argmin(distances)
    return nearest


@pytest.mark.parametrize("reach", [0.0, 5.0, 20.0])
def test_the_nearest_point_in_reach(reach):
    rng = np.random.default_rng(0)
    pixels = rng.uniform((-0.5, -0.5, 0.5), (79.5, 59.5, 5), (100, 3))
    expected = plain_nearest(pixels, 12, 20, 80, 60, reach)
    assert (nearest_points(pixels.astype(np.float32), 12, 20, 80, 60, reach) == expected).all()
    assert reach == 20 or (expected == -1).any()


def test_what_is_not_seen_has_no_cells():
    seen = np.array([[np.nan] * 3, [1.0, 1.0, 2.0]], np.float32)
    assert (nearest_points(seen, 2, 2, 4, 4, 100.0) == 1).all()
