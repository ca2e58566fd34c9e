"""The geometric segmentor on scenes of boxes whose objects are known."""

from __future__ import annotations

import numpy as np
import pytest

from omd3d_ros.perception.contacts import CONCAVE, CONVEX, RESTING, SEAM_LENGTH, seams
from omd3d_ros.perception.geometric import geometric_proposals
from omd3d_ros.perception.region_merging import merge_regions
from omd3d_ros.perception.room_structure import room_structure
from omd3d_ros.perception.scene import prepare_cloud
from omd3d_ros.perception.superpoint_geometry import superpoint_geometry
from omd3d_ros.types import PointCloud

GREY, WHITE, WOOD = (110, 110, 115), (225, 222, 215), (170, 120, 70)
RED, BLUE, GREEN = (200, 40, 30), (40, 60, 190), (40, 130, 60)
NAMES = {1: "table", 2: "red box", 3: "blue box", 4: "chair"}


def faces(low, high, sides="xXyYzZ", spacing=0.02):
    """Points and outward normals on the sides of a box; x: towards -x, X: towards +x."""
    low, high = np.asarray(low, float), np.asarray(high, float)
    xyz, normals = [], []
    for side in sides:
        axis = "xyz".index(side.lower())
        others = [a for a in range(3) if a != axis]
        grid = np.meshgrid(*(np.arange(low[a], high[a] + 1e-9, spacing) for a in others), indexing="ij")
        points = np.empty((grid[0].size, 3))
        points[:, others] = np.stack([g.ravel() for g in grid], 1)
        points[:, axis] = high[axis] if side.isupper() else low[axis]
        xyz.append(points)
        normals.append(np.tile(np.eye(3)[axis] * (1 if side.isupper() else -1), (len(points), 1)))
    return np.concatenate(xyz), np.concatenate(normals)


def a_scene() -> tuple[PointCloud, np.ndarray]:
    """A corner of a room with a table that carries two boxes, and a chair; (N,) which object a point is of, 0 none."""
    legs = [(x, y) for x in (0.0, 0.36) for y in (0.0, 0.36)]
    parts = [
        (0, GREY, faces((0, 0, 0), (3, 3, 0), "Z")),
        (0, WHITE, faces((0, 0, 0), (0, 3, 2), "X")),
        (0, WHITE, faces((0, 0, 0), (3, 0, 2), "Y")),
        (1, WOOD, faces((1.0, 1.0, 0.7), (2.2, 1.8, 0.74))),
        *((1, WOOD, faces((x, y, 0), (x + 0.08, y + 0.08, 0.7), "xXyY")) for x in (1.0, 2.12) for y in (1.0, 1.72)),
        (2, RED, faces((1.2, 1.2, 0.74), (1.5, 1.4, 0.94), "xXyYZ")),
        (3, BLUE, faces((1.8, 1.4, 0.74), (2.0, 1.6, 1.0), "xXyYZ")),
        (4, GREEN, faces((0.6, 2.2, 0.42), (1.04, 2.64, 0.48))),
        (4, GREEN, faces((0.6, 2.2, 0.48), (0.66, 2.64, 0.95), "xXyYZ")),
        *((4, GREEN, faces((0.6 + x, 2.2 + y, 0), (0.68 + x, 2.28 + y, 0.42), "xXyY")) for x, y in legs),
    ]
    rng = np.random.default_rng(0)
    xyz = np.concatenate([points for _, _, (points, _) in parts])
    normals = np.concatenate([n for _, _, (_, n) in parts])
    rgb = np.concatenate([np.tile(color, (len(points), 1)) for _, color, (points, _) in parts])
    owner = np.concatenate([np.full(len(points), o) for o, _, (points, _) in parts])
    for low, high in (((1.2, 1.2), (1.5, 1.4)), ((1.8, 1.4), (2.0, 1.6))):  # no camera sees the table under a box
        seen = (owner != 1) | ((xyz[:, :2] < low) | (xyz[:, :2] > high)).any(1)
        xyz, normals, rgb, owner = (a[seen] for a in (xyz, normals, rgb, owner))
    noisy = np.clip(rgb + rng.normal(0, 4, rgb.shape), 0, 255)
    return PointCloud(xyz + rng.normal(0, 0.001, xyz.shape), noisy, normals), owner


@pytest.fixture(scope="module")
def scene():
    cloud, owner = a_scene()
    prepared = prepare_cloud(cloud, up=np.array([0.0, 0.0, 1.0]))
    return prepared, owner


def on_points(proposals, prepared) -> np.ndarray:
    """(K, N) bool over the points of the original cloud."""
    return (proposals.masks.numpy() > 0.5)[:, prepared.superpoints][:, prepared.point_of]


def test_table_boxes_and_chair_are_found_floor_and_walls_are_not(scene):
    prepared, owner = scene
    proposals = geometric_proposals(prepared.aligned, prepared.superpoints)
    masks = on_points(proposals, prepared)
    for number, name in NAMES.items():
        true = owner == number
        iou = (masks & true).sum(1) / (masks | true).sum(1)
        assert iou.max() > 0.8, f"{name}: {iou.max():.2f}"
    assert len(masks) == len(NAMES)
    assert (masks & (owner == 0)).sum() < 0.01 * (owner == 0).sum()


def test_scores_are_sorted_masks_do_not_overlap_and_the_number_is_bounded(scene):
    prepared, _ = scene
    proposals = geometric_proposals(prepared.aligned, prepared.superpoints)
    assert (proposals.scores[:-1] >= proposals.scores[1:]).all()
    assert ((proposals.scores > 0) & (proposals.scores < 1)).all()
    assert proposals.masks.sum(0).max() == 1
    assert proposals.class_logits.shape == (len(proposals.scores), 1)
    few = geometric_proposals(prepared.aligned, prepared.superpoints, max_objects=2)
    assert few.scores.tolist() == proposals.scores[:2].tolist()


def test_the_same_cloud_gives_the_same_objects(scene):
    prepared, _ = scene
    first, again = (geometric_proposals(prepared.aligned, prepared.superpoints) for _ in range(2))
    assert (first.masks == again.masks).all()
    assert (first.scores == again.scores).all()


def test_floor_and_walls_are_structure_a_poster_lies_flat_on_one():
    points, normals = faces((1, 0, 0.8), (1.6, 0, 1.6), "Y")
    cloud, _ = a_scene()
    wall_points = (np.abs(cloud.xyz[:, 1]) < 0.01) & (cloud.normals[:, 1] > 0.9)
    behind = wall_points & np.all((cloud.xyz[:, [0, 2]] > (0.99, 0.79)) & (cloud.xyz[:, [0, 2]] < (1.61, 1.61)), axis=1)
    kept = cloud.select(~behind)
    poster = np.tile(RED, (len(points), 1))
    cloud = PointCloud(
        np.concatenate([kept.xyz, points]), np.concatenate([kept.rgb, poster]), np.concatenate([kept.normals, normals])
    )
    prepared = prepare_cloud(cloud, up=np.array([0.0, 0.0, 1.0]))
    structure = room_structure(superpoint_geometry(prepared.aligned, prepared.superpoints))
    flat = structure.flat[prepared.superpoints][prepared.point_of]
    assert flat[-len(points) :].mean() > 0.95
    assert structure.structure[prepared.superpoints][prepared.point_of][: int(151 * 151)].mean() > 0.95  # the floor
    masks = on_points(geometric_proposals(prepared.aligned, prepared.superpoints), prepared)
    assert max(mask[-len(points) :].sum() / mask.sum() for mask in masks) > 0.9


def test_a_wardrobe_is_no_wall_because_the_wall_goes_on_behind_it():
    cloud, _ = a_scene()
    points, normals = faces((1.2, 0.02, 0.0), (2.4, 0.6, 1.9), "xXYZ")
    rgb = np.tile(WHITE, (len(points), 1))
    hidden = (cloud.xyz[:, 1] < 0.01) & (cloud.xyz[:, 0] > 1.2) & (cloud.xyz[:, 0] < 2.4) & (cloud.xyz[:, 2] < 1.9)
    kept = cloud.select(~hidden)
    cloud = PointCloud(
        np.concatenate([kept.xyz, points]), np.concatenate([kept.rgb, rgb]), np.concatenate([kept.normals, normals])
    )
    prepared = prepare_cloud(cloud, up=np.array([0.0, 0.0, 1.0]))
    structure = room_structure(superpoint_geometry(prepared.aligned, prepared.superpoints)).structure
    assert structure[prepared.superpoints][prepared.point_of][-len(points) :].mean() < 0.05


def test_seams_of_a_box_on_a_floor():
    floor, up = faces((-0.5, -0.5, 0), (0.5, 0.5, 0), "Z")
    under = (np.abs(floor[:, :2]) < 0.09).all(1)
    floor, up = floor[~under], up[~under]
    box, out = faces((-0.1, -0.1, 0.02), (0.1, 0.1, 0.2), "xXyY")
    lid, above = faces((-0.1, -0.1, 0.2), (0.1, 0.1, 0.2), "Z")
    cloud = PointCloud(
        np.concatenate([floor, box, lid]), np.full((len(floor) + len(box) + len(lid), 3), 128),
        np.concatenate([up, out, above]),
    )  # fmt: skip
    part = np.repeat([0, 1, 2], [len(floor), len(box), len(lid)])
    s = seams(cloud, part, np.arange(3), 3)
    assert (s[0, 1, SEAM_LENGTH] > 0) and s[0, 1, SEAM_LENGTH] == s[1, 0, SEAM_LENGTH]
    assert s[0, 1, CONCAVE] > s[0, 1, CONVEX]  # the sides rise from the floor
    assert s[1, 2, CONVEX] > s[1, 2, CONCAVE]  # the lid ends at the sides
    assert s[0, 1, RESTING] > 10 * s[1, 0, RESTING]  # the box stands on the floor, not the other way round
    assert not s[0, 2].any()


def test_alike_neighbours_are_merged_across_a_chain_and_others_are_not():
    s = np.zeros((4, 4, 4), np.float32)
    for a, b in ((0, 1), (1, 2), (2, 3)):
        s[a, b, SEAM_LENGTH] = s[b, a, SEAM_LENGTH] = 40
    color = np.array([[0.3, 0, 0], [0.3, 0, 0], [0.3, 0, 0], [0.3, 0.5, 0]])
    region, odds = merge_regions(s, np.full(4, 100.0), color, np.tile([0.0, 0, 1], (4, 1)))
    assert region[0] == region[1] == region[2] != region[3]
    assert -10 < odds[region[0]] == odds[region[3]] < 0  # they touch, in very different colours


def only(*parts) -> PointCloud:
    xyz = np.concatenate([p for p, _ in parts])
    return PointCloud(xyz, np.full((len(xyz), 3), 128), np.concatenate([n for _, n in parts]))


def scattered() -> PointCloud:
    rng = np.random.default_rng(0)
    normals = rng.normal(size=(200, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return PointCloud(rng.uniform(0, 1, (200, 3)), rng.integers(0, 256, (200, 3)), normals)


@pytest.mark.parametrize(
    "cloud",
    [
        only(faces((0, 0, 0), (2, 2, 0), "Z")),
        only(faces((0, 0, 0), (0, 2, 2), "X")),
        only(faces((0, 0, 1.0), (0.5, 0.5, 1.5)), faces((2, 0, 1.0), (2.4, 0.5, 1.5))),
        scattered(),
    ],
    ids=["one level plane", "one upright plane", "no floor", "200 points"],
)
def test_scenes_that_are_no_rooms(cloud):
    prepared = prepare_cloud(cloud)
    proposals = geometric_proposals(prepared.aligned, prepared.superpoints)
    assert proposals.masks.shape == (len(proposals.scores), prepared.superpoints.max() + 1)


def test_upside_down():
    cloud, _ = a_scene()
    turned = PointCloud(cloud.xyz * (1, -1, -1), cloud.rgb, cloud.normals * (1, -1, -1))
    prepared = prepare_cloud(turned, up=np.array([0.0, 0.0, 1.0]))
    proposals = geometric_proposals(prepared.aligned, prepared.superpoints)
    assert proposals.masks.shape[1] == prepared.superpoints.max() + 1


def test_two_boxes_in_the_air_are_two_objects():
    cloud = only(faces((0, 0, 1.0), (0.5, 0.5, 1.5)), faces((2, 0, 1.0), (2.4, 0.5, 1.5)))
    prepared = prepare_cloud(cloud, up=np.array([0.0, 0.0, 1.0]))
    masks = on_points(geometric_proposals(prepared.aligned, prepared.superpoints), prepared)
    left = cloud.xyz[:, 0] < 1
    assert sorted((mask & left).sum() > 0.9 * mask.sum() for mask in masks) == [False, True]


def test_what_does_not_belong_together_is_refused():
    cloud = scattered()
    with pytest.raises(ValueError, match="200 points but superpoints are given for 3"):
        geometric_proposals(cloud, np.zeros(3, int))
    with pytest.raises(ValueError, match="needs a cloud with normals"):
        geometric_proposals(PointCloud(cloud.xyz, cloud.rgb), np.zeros(200, int))
    with pytest.raises(ValueError, match="of 3, number 1 is missing"):
        geometric_proposals(cloud, np.repeat([0, 2], 100))


def test_an_empty_cloud_has_no_objects():
    nothing = PointCloud(np.zeros((0, 3)), np.zeros((0, 3)), np.zeros((0, 3)))
    assert geometric_proposals(nothing, np.zeros(0, int)).masks.shape == (0, 0)
