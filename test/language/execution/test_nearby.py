"""Near boxes among many, as comparing all with all finds them."""

import numpy as np
import pytest

from omd3d_ros.language.execution.nearby import close_pairs


def boxes_of(count: int, large: int, seed: int) -> np.ndarray:
    """On a floor of 20 x 20 m; the first ``large`` of them with sides of 3 to 15 m."""
    rng = np.random.default_rng(seed)
    size = rng.uniform(0.0, 2.0, (count, 3))
    size[:large] = rng.uniform(3.0, 15.0, (large, 3))
    return np.concatenate([rng.uniform(0, 20, (count, 3)), size], 1)


@pytest.mark.parametrize(("large_a", "large_b"), [(0, 0), (4, 0), (0, 4), (4, 4), (30, 50)])
@pytest.mark.parametrize("reach", [0.0, 1.5])
def test_the_pairs_that_comparing_all_with_all_finds(large_a: int, large_b: int, reach: float) -> None:
    a, b = boxes_of(30, large_a, 0), boxes_of(50, large_b, 1)
    apart = np.abs(a[:, None, :2] - b[:, :2]) - (a[:, None, 3:5] + b[:, 3:5]) / 2
    expected = {(int(i), int(j)) for i, j in np.argwhere((apart <= reach).all(2))}
    found = list(zip(*(rows.tolist() for rows in close_pairs(a, b, reach)), strict=True))
    assert expected and set(found) == expected and len(found) == len(expected)


@pytest.mark.parametrize(("a", "b"), [(0, 0), (0, 5), (5, 0)])
def test_nothing_is_near_nothing(a: int, b: int) -> None:
    first, second = close_pairs(boxes_of(a, 0, 0), boxes_of(b, 0, 1), 1.0)
    assert len(first) == len(second) == 0
