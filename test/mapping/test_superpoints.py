"""Superpoints and gravity on scenes made of planes and boxes."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from omd3d_ros.mapping.gravity import aligned_from_world, estimate_up, floor_height
from omd3d_ros.mapping.neighbours import NEIGHBOURS
from omd3d_ros.mapping.superpoints import segment, weighted_edges
from omd3d_ros.types import PointCloud


def rectangle(origin, u, v, rgb, step=0.02):
    """Points ``step`` apart on the rectangle spanned by u and v."""
    u, v = np.array(u, float), np.array(v, float)
    a = np.arange(0, np.linalg.norm(u), step) / np.linalg.norm(u)
    b = np.arange(0, np.linalg.norm(v), step) / np.linalg.norm(v)
    xyz = np.array(origin) + a[:, None, None] * u + b[None, :, None] * v
    xyz = xyz.reshape(-1, 3)
    normal = np.cross(u, v) / np.linalg.norm(np.cross(u, v))
    return PointCloud(xyz, np.full((len(xyz), 3), rgb), np.tile(normal, (len(xyz), 1)))


def joined(*clouds):
    return PointCloud(*(np.concatenate([getattr(c, f) for c in clouds]) for f in ("xyz", "rgb", "normals")))


def test_planes_that_meet_at_an_edge_are_apart():
    floor = rectangle([0, 0, 0], [0.6, 0, 0], [0, 0.6, 0], 128)
    wall = rectangle([0, 0, 0.02], [0, 0.6, 0], [0, 0, 0.6], 128)
    labels = segment(joined(floor, wall))
    n = len(floor)
    first, second = np.bincount(labels[:n]).argmax(), np.bincount(labels[n:]).argmax()
    assert first != second
    assert (labels[:n] == first).mean() > 0.9 and (labels[n:] == second).mean() > 0.9


def test_colours_part_a_plane():
    red = rectangle([0, 0, 0], [0.4, 0, 0], [0, 0.4, 0], (200, 30, 30))
    white = rectangle([0.4, 0, 0], [0.4, 0, 0], [0, 0.4, 0], (230, 230, 230))
    labels = segment(joined(red, white))
    assert np.bincount(labels[: len(red)]).argmax() != np.bincount(labels[len(red) :]).argmax()


def test_large_planes_are_cut_and_labels_have_no_gaps():
    labels = segment(rectangle([0, 0, 0], [4, 0, 0], [0, 4, 0], 128), max_extent=0.8)
    assert labels.dtype == np.int32
    assert len(np.unique(labels)) == labels.max() + 1 >= 16
    assert np.bincount(labels).max() < 0.2 * len(labels)


def test_same_cloud_same_superpoints():
    cloud = joined(rectangle([0, 0, 0], [1, 0, 0], [0, 1, 0], 90), rectangle([0, 0, 0.5], [0, 1, 0], [0, 0, 1], 200))
    np.testing.assert_array_equal(segment(cloud), segment(cloud))


def test_empty_and_tiny_clouds():
    assert len(segment(PointCloud(np.empty((0, 3)), np.empty((0, 3))))) == 0
    assert segment(PointCloud(np.zeros((1, 3)), np.zeros((1, 3)))).tolist() == [0]


def same_superpoints(a, b):
    """Whether two labellings of the same points part them in the same way."""
    pairs = np.unique(np.stack([a, b], 1), axis=0)
    return len(pairs) == len(np.unique(a)) == len(np.unique(b))


def rough(cloud, seed=0):
    """The cloud as a camera would give it: 2 mm of noise, grainy colour, normals a few degrees off."""
    rng = np.random.default_rng(seed)
    normals = cloud.normals + rng.normal(0, 0.05, cloud.normals.shape)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    rgb = np.clip(cloud.rgb + rng.normal(0, 6, cloud.rgb.shape), 0, 255)
    return PointCloud(cloud.xyz + rng.normal(0, 0.002, cloud.xyz.shape), rgb, normals)


def a_corner():
    floor = rectangle([0, 0, 0], [2.6, 0, 0], [0, 1.4, 0], 120)
    wall = rectangle([0, 0, 0.02], [0, 1.4, 0], [0, 0, 1.2], (180, 160, 120))
    box = rectangle([0.8, 0.5, 0.3], [0.4, 0, 0], [0, 0.4, 0], (180, 40, 40))
    return rough(joined(floor, wall, box))


def test_the_order_of_the_cloud_does_not_matter():
    cloud = a_corner()
    shuffled = np.random.default_rng(3).permutation(len(cloud))
    assert same_superpoints(segment(cloud)[shuffled], segment(cloud.select(shuffled)))


def test_ties_do_not_depend_on_the_order_either():
    plane = rectangle([0, 0, 0], [1.5, 0, 0], [0, 1.5, 0], 128)  # every weight is zero
    shuffled = np.random.default_rng(4).permutation(len(plane))
    assert same_superpoints(segment(plane)[shuffled], segment(plane.select(shuffled)))


def test_far_parts_of_the_map_do_not_matter():
    near = a_corner()
    far = rough(rectangle([9, 9, 0], [1, 0, 0], [0, 1, 0], (20, 90, 200)), seed=5)
    assert same_superpoints(segment(near), segment(joined(near, far))[: len(near)])
    assert same_superpoints(segment(near), segment(joined(far, near))[len(far) :])


def test_a_turned_world_is_cut_the_same_where_the_axes_turn_along():
    cloud = a_corner()
    angle = np.radians(30)
    R = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    turned = PointCloud(cloud.xyz @ R.T, cloud.rgb, cloud.normals @ R.T)
    labels, of_turned = segment(cloud), segment(turned, axes=R.T)
    counts = np.bincount(labels * (of_turned.max() + 1) + of_turned)
    # rounding may move single points from one piece to the next
    assert np.sort(counts)[-len(np.unique(labels)) :].sum() > 0.99 * len(cloud)


def test_cuts_stay_where_they_are_when_a_piece_grows():
    small = rectangle([0.1, 0, 0], [3.0, 0, 0], [0, 0.3, 0], 128)
    large = joined(small, rectangle([3.1, 0, 0], [2.0, 0, 0], [0, 0.3, 0], 128))
    before, after = segment(small), segment(large)[: len(small)]
    inner = small.xyz[:, 0] < 2.4  # all but the cell in which the small one ends
    assert same_superpoints(before[inner], after[inner])
    assert sorted(np.round(small.xyz[before == k, 0].min(), 2) for k in np.unique(before)) == [0.1, 0.8, 1.6, 2.4]


@pytest.mark.parametrize("begin", [0.03, 0.73, -0.07])
def test_ends_of_large_pieces_are_no_slivers(begin):
    for length in np.arange(1.1, 3.0, 0.1):
        labels = segment(rectangle([begin, 0, 0], [length, 0, 0], [0, 0.3, 0], 128), max_extent=0.8)
        # at least the margin of 0.2 m, 15 points wide, less a row that rounding may take
        assert np.bincount(labels).min() >= 9 * 15


def test_a_convex_edge_counts_half_and_colour_counts():
    tilt = np.radians(20)
    apart = np.array([[-np.sin(tilt), 0, np.cos(tilt)], [np.sin(tilt), 0, np.cos(tilt)]])
    xyz = np.array([[0, 0, 0], [0.02, 0, 0]], np.float32)
    around = np.full((2, NEIGHBOURS), -1, np.int32)
    around[:, 0] = 1, 0
    free = np.zeros(2, bool)

    def weight(normals, colors):
        return weighted_edges(xyz, np.hstack([normals, colors]).astype(np.float32), around, 3.0, free).weight

    grey = np.zeros((2, 3))
    angle = 1 - np.cos(2 * tilt)
    np.testing.assert_allclose(weight(apart, grey), [angle / 2], rtol=1e-5)  # as on a ridge
    np.testing.assert_allclose(weight(apart[::-1], grey), [angle], rtol=1e-5)  # as in a valley
    np.testing.assert_allclose(weight(apart[[0, 0]], [[0, 0, 0], [0.1, 0, 0.2]]), [3 * 0.05], rtol=1e-5)


def test_as_felzenszwalb_and_huttenlocher_with_a_tree():
    """A second implementation: neighbours from a k-d tree, merges one by one in plain Python."""
    cloud = a_corner()
    expected = plain_segment(cloud)
    found = segment(cloud, max_extent=0)
    pairs = np.unique(np.stack([expected, found], 1), axis=0, return_counts=True)[1]
    # weights that differ by rounding may come in another order
    assert np.sort(pairs)[-len(np.unique(expected)) :].sum() > 0.99 * len(cloud)


def alike(values, i, row, scale):
    rows = values[[i, *row]]
    weights = np.exp(-((rows - values[i]) ** 2).sum(1) / (2 * scale**2))
    return (weights[:, None] * rows).sum(0) / weights.sum()


def plain_segment(cloud, threshold=0.015, min_points=15, color_weight=12.0, radius=0.05):
    n = len(cloud)
    index = cKDTree(cloud.xyz).query(cloud.xyz, k=9, distance_upper_bound=radius)[1]
    around = [[j for j in row if j < n and j != i] for i, row in enumerate(index)]
    red, green, blue = cloud.rgb.T / 255
    color = np.stack([0.2 * (red + green + blue), red - green, 0.5 * (red + green) - blue], 1)
    normals = np.array([alike(cloud.normals, i, row, 0.6) for i, row in enumerate(around)])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    color = np.array([alike(color, i, row, 0.06) for i, row in enumerate(around)])
    edges = []
    for i, j in {(min(i, j), max(i, j)) for i, row in enumerate(around) for j in row}:
        weight = 1 - normals[i] @ normals[j]
        if (normals[j] - normals[i]) @ (cloud.xyz[j] - cloud.xyz[i]) > 0:
            weight /= 2
        edges.append((weight + color_weight * ((color[i] - color[j]) ** 2).sum(), i, j))
    piece = {i: {i} for i in range(n)}
    inner = dict.fromkeys(range(n), threshold)
    owner = list(range(n))

    def merge(a, b):
        a, b = (a, b) if len(piece[a]) >= len(piece[b]) else (b, a)
        for i in piece[b]:
            owner[i] = a
        piece[a] |= piece.pop(b)
        return a

    for weight, i, j in sorted(edges):
        a, b = owner[i], owner[j]
        if a != b and weight <= min(inner[a], inner[b]):
            a = merge(a, b)
            inner[a] = weight + threshold / len(piece[a]) ** 0.5
    for _, i, j in sorted(edges):
        a, b = owner[i], owner[j]
        if a != b and min(len(piece[a]), len(piece[b])) < min_points:
            merge(a, b)
    return np.array(owner)


def test_up_is_found_from_a_tilted_prior():
    up = np.array([0.004, -0.893, -0.450])
    up /= np.linalg.norm(up)
    T = np.linalg.inv(aligned_from_world(up, 0.0))[:3, :3].astype(np.float32)
    floor = rectangle([0, 0, 0], [2, 0, 0], [0, 2, 0], 128)
    wall = rectangle([0, 0, 0], [0, 2, 0], [0, 0, 2], 128)
    normals = joined(floor, wall).normals @ T.T
    found = estimate_up(normals, np.array([0.0, -1.0, 0.0]))  # 27 degrees off, as in a hand-held recording
    assert np.degrees(np.arccos(min(1.0, found @ up))) < 0.5


def test_without_level_surfaces_the_prior_stays():
    wall = rectangle([0, 0, 0], [0, 2, 0], [0, 0, 2], 128)
    np.testing.assert_allclose(estimate_up(wall.normals, np.array([0, 0, 2.0])), [0, 0, 1])


def test_floor_below_a_table():
    floor = rectangle([0, 0, -0.3], [2, 0, 0], [0, 2, 0], 128)
    table = rectangle([0, 0, 0.45], [1, 0, 0], [0, 1, 0], 128)
    both = joined(floor, table)
    assert abs(floor_height(both.xyz[:, 2], both.normals[:, 2]) + 0.3) < 0.03


def test_aligned_frame_looks_along_y():
    T = aligned_from_world(np.array([0, -1.0, 0]), -1.2, np.array([0.0, 0.4, 0.9]))
    np.testing.assert_allclose(T[:3, :3] @ [0, 0, 1], [0, 1, 0], atol=1e-9)  # forward
    np.testing.assert_allclose(T[:3, :3] @ [1, 0, 0], [1, 0, 0], atol=1e-9)  # right stays right
    np.testing.assert_allclose((T @ [0, 1.2, 0, 1])[2], 0, atol=1e-9)  # floor at zero
    assert np.isclose(np.linalg.det(T[:3, :3]), 1)


def test_level_points_at_all_heights_are_no_floor() -> None:
    heights = np.linspace(0.0, 3.0, 400)
    assert floor_height(heights, np.ones(400)) == pytest.approx(np.percentile(heights, 0.5))
