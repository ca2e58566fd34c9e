"""Superpoints that are kept while a synthetic room, and the real kitchen, change in places."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from omd3d_ros.datasets import open_source
from omd3d_ros.mapping.superpoint_map import SuperpointMap
from omd3d_ros.mapping.superpoints import segment
from omd3d_ros.mapping.thinning import voxel_downsample
from omd3d_ros.mapping.voxel_map import VoxelMap
from omd3d_ros.types import PointCloud

BLOCK = 0.08


def sheet(rng, origin, u, v, rgb):
    """A rectangle spanned by u and v as a camera would give it: about 2 cm apart, noisy, grainy."""
    u, v = np.array(u, float), np.array(v, float)
    a, b = np.linalg.norm(u), np.linalg.norm(v)
    s, t = (g.ravel() for g in np.meshgrid(np.arange(0, 1, 0.02 / a), np.arange(0, 1, 0.02 / b)))
    normal = np.cross(u, v) / (a * b)
    xyz = np.array(origin) + s[:, None] * u + t[:, None] * v + rng.normal(0, 0.002, (len(s), 3))
    normals = normal + rng.normal(0, 0.05, (len(s), 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return PointCloud(xyz, np.clip(np.array(rgb) + rng.normal(0, 6, (len(s), 3)), 0, 255), normals)


def box(rng, corner, size, rgb):
    """The top and two sides of a box."""
    x, y, z = size
    top = np.array(corner) + [0, 0, z]
    return joined(
        sheet(rng, top, [x, 0, 0], [0, y, 0], rgb),
        sheet(rng, corner, [x, 0, 0], [0, 0, z], rgb),
        sheet(rng, corner, [0, 0, z], [0, y, 0], rgb),
    )


def joined(*clouds):
    return PointCloud(*(np.concatenate([getattr(c, f) for c in clouds]) for f in ("xyz", "rgb", "normals")))


def a_room(seed=0):
    """4 x 3 m of floor, two walls, nine boxes: about 50,000 points."""
    rng = np.random.default_rng(seed)
    parts = [
        sheet(rng, [0, 0, 0], [4, 0, 0], [0, 3, 0], (120, 110, 100)),
        sheet(rng, [0, 0, 0], [0, 3, 0], [0, 0, 2], (200, 200, 190)),
        sheet(rng, [0, 3, 0], [4, 0, 0], [0, 0, 2], (190, 200, 200)),
    ]
    for k in range(9):
        corner = [0.5 + 1.2 * (k % 3), 0.4 + 0.9 * (k // 3), 0.0]
        parts.append(box(rng, corner, rng.uniform(0.2, 0.5, 3), rng.integers(20, 236, 3)))
    return voxel_downsample(joined(*parts), 0.02)[0]


def blocks_of(xyz):
    return np.floor(xyz.astype(np.float64) / BLOCK).astype(np.int32)


def inside(cloud, blocks):
    number = (np.int64(1) << 20) ** np.arange(3)
    return np.isin(blocks_of(cloud.xyz) @ number, blocks @ number)


def random_edit(cloud, rng):
    """Change all points in a ball of 0.2 to 0.6 m: they are seen again, painted, taken away, or a box is put there."""
    centre = cloud.xyz[rng.integers(len(cloud))]
    distance = np.linalg.norm(cloud.xyz - centre, axis=1)
    blocks = np.unique(blocks_of(cloud.xyz[distance < rng.uniform(0.2, 0.6)]), axis=0)
    hit = inside(cloud, blocks)
    rest, old = cloud.select(~hit), cloud.select(hit)
    kind = rng.integers(4)
    if kind == 0:
        xyz = old.xyz + rng.normal(0, 0.001, old.xyz.shape)
        new = PointCloud(xyz, np.clip(old.rgb + rng.normal(0, 3, old.rgb.shape), 0, 255), old.normals)
    elif kind == 1:
        new = PointCloud(old.xyz, np.broadcast_to(rng.integers(0, 256, 3), old.rgb.shape), old.normals)
    elif kind == 2:
        new = old.select(np.zeros(len(old), bool))
    else:
        new = joined(old, voxel_downsample(box(rng, centre, [0.2, 0.2, 0.2], rng.integers(0, 256, 3)), 0.02)[0])
    edited = joined(rest, new)
    return edited, np.unique(np.concatenate([blocks, blocks_of(new.xyz)]), axis=0)


def points_of(cloud, labels):
    """label -> the set of its points."""
    sets = {}
    for label, point in zip(labels.tolist(), map(bytes, cloud.xyz), strict=True):
        sets.setdefault(label, set()).add(point)
    return sets


def agreement(labels, others):
    """Share of points whose superpoint has an IoU above 0.9 with some superpoint of the other labelling."""
    a, b = (np.unique(x, return_inverse=True)[1] for x in (labels, others))
    both = np.bincount(a * (b.max() + 1) + b, minlength=(a.max() + 1) * (b.max() + 1)).reshape(a.max() + 1, -1)
    iou = both / (both.sum(1, keepdims=True) + both.sum(0) - both)
    return (iou.max(1) > 0.9)[a].mean()


@pytest.fixture(scope="module")
def room():
    return a_room()


def test_the_first_update_is_a_segmentation(room):
    update = SuperpointMap().update(room)
    np.testing.assert_array_equal(update.superpoints, segment(room))
    np.testing.assert_array_equal(update.label_of[update.superpoints], update.labels)
    assert update.resegmented == len(room) and len(update.removed) == 0
    np.testing.assert_array_equal(update.changed, np.unique(update.labels))


def test_nothing_changes_where_nothing_changed(room):
    superpoints = SuperpointMap()
    before = superpoints.update(room)
    shuffled = np.random.default_rng(0).permutation(len(room))
    after = superpoints.update(room.select(shuffled))
    assert after.resegmented == 0 and len(after.changed) == 0 and len(after.removed) == 0
    np.testing.assert_array_equal(after.labels, before.labels[shuffled])
    assert after.superpoints.max() + 1 == len(after.label_of) == len(before.label_of)


@pytest.mark.parametrize("seed", range(6))
def test_random_edits_one_after_the_other(room, seed):
    rng = np.random.default_rng(seed)
    superpoints = SuperpointMap()
    cloud, update = room, superpoints.update(room)
    used = set(update.label_of.tolist())
    shares = []
    for _ in range(8):
        before = points_of(cloud, update.labels)
        old_cloud, old_labels = cloud, update.labels
        cloud, blocks = random_edit(cloud, rng)
        update = superpoints.update(cloud, blocks, BLOCK)
        after = points_of(cloud, update.labels)
        changed, removed = set(update.changed.tolist()), set(update.removed.tolist())
        # exactly the superpoints that are not named keep their points
        assert removed == before.keys() - after.keys() and changed <= after.keys()
        assert all(after[k] == before[k] for k in after.keys() - changed)
        assert not (after.keys() - before.keys()) & used, "a label was used twice"
        used |= after.keys()
        # and one that no change came within 5 cm of keeps all its points, though it may gain some
        moved = np.concatenate([old_cloud.xyz[inside(old_cloud, blocks)], cloud.xyz[inside(cloud, blocks)]])
        near = cKDTree(moved).query(old_cloud.xyz, distance_upper_bound=0.0501)[0] <= 0.0501
        assert all(before[k] <= after[k] for k in before.keys() - set(old_labels[near].tolist()))
        np.testing.assert_array_equal(update.label_of[update.superpoints], update.labels)
        assert len(np.unique(update.label_of)) == len(update.label_of) == update.superpoints.max() + 1
        shares.append(agreement(update.labels, segment(cloud)))
    # from scratch, a change can decide whether two large pieces are one: a floor cell is 4 % of this room
    assert np.mean(shares) > 0.95 and min(shares) > 0.85


def test_blocks_only_make_it_faster(room):
    edited, blocks = random_edit(room, np.random.default_rng(7))
    shuffled = edited.select(np.random.default_rng(8).permutation(len(edited)))
    results = []
    for cloud, hint in ((edited, blocks), (edited, None), (edited, blocks[:3]), (shuffled, blocks)):
        superpoints = SuperpointMap()
        superpoints.update(room)
        update = superpoints.update(cloud, hint, BLOCK)
        results.append({frozenset(s) for s in points_of(cloud, update.labels).values()})
        assert update.resegmented < 0.5 * len(room)
    assert all(r == results[0] for r in results)


def test_an_object_that_comes_and_goes(room):
    superpoints = SuperpointMap()
    before = superpoints.update(room)
    mug = box(np.random.default_rng(1), [2.5, 2.0, 1.0], [0.15, 0.15, 0.15], (250, 10, 10))  # clear of all else
    mug = voxel_downsample(mug, 0.02)[0]
    there = superpoints.update(joined(room, mug))
    assert there.resegmented == len(mug)
    np.testing.assert_array_equal(there.labels[: len(room)], before.labels)
    np.testing.assert_array_equal(there.changed, np.unique(there.labels[len(room) :]))
    assert not np.isin(there.changed, before.labels).any() and len(there.removed) == 0
    gone = superpoints.update(room)
    assert gone.resegmented == 0 and len(gone.changed) == 0
    np.testing.assert_array_equal(gone.removed, there.changed)
    np.testing.assert_array_equal(gone.labels, before.labels)


def test_what_is_seen_again_keeps_its_label(room):
    superpoints = SuperpointMap()
    mug = voxel_downsample(box(np.random.default_rng(1), [2.5, 2.0, 1.0], [0.15, 0.15, 0.15], (250, 10, 10)), 0.02)[0]
    first = superpoints.update(joined(room, mug))
    nudged = PointCloud(mug.xyz + np.float32(0.003), mug.rgb, mug.normals)
    second = superpoints.update(joined(room, nudged))
    np.testing.assert_array_equal(second.labels, first.labels)
    np.testing.assert_array_equal(second.changed, np.unique(first.labels[len(room) :]))


def test_a_room_that_is_discovered_bit_by_bit(room):
    superpoints = SuperpointMap()
    for x in (1.0, 2.0, 3.0, 5.0):
        known = room.select(room.xyz[:, 0] < x)
        update = superpoints.update(known)
    assert agreement(update.labels, segment(room)) > 0.9
    assert abs(len(update.label_of) - (segment(room).max() + 1)) <= 0.1 * len(update.label_of)


def a_floor(x, y):
    """A rectangle of floor, x and y: (from, to) in metres; lighter along x, so that weights are not zero."""
    grid = np.meshgrid(np.arange(x[0] + 0.01, x[1], 0.02), np.arange(y[0] + 0.01, y[1], 0.02), [0.0])
    xyz = np.stack(grid, -1).reshape(-1, 3)
    return PointCloud(xyz, np.repeat(128 + 20 * xyz[:, :1], 3, 1), np.tile([0.0, 0, 1], (len(xyz), 1)))


def parts(labels):
    return {frozenset(np.flatnonzero(labels == k).tolist()) for k in np.unique(labels)}


def test_what_is_left_of_a_cell_joins_the_cell_before_it():
    superpoints = SuperpointMap()
    rest, lost = joined(a_floor((-0.8, 0.8), (0, 0.6)), a_floor((0.8, 0.92), (0, 0.6))), a_floor((0.92, 1.6), (0, 0.6))
    before = superpoints.update(joined(rest, lost))
    assert len(before.label_of) == 3
    after = superpoints.update(rest)
    assert after.resegmented == 6 * 30  # the strip of 0.12 x 0.6 m alone
    assert parts(after.labels) == parts(segment(rest)) and len(after.label_of) == 2
    np.testing.assert_array_equal(after.labels[: 80 * 30], before.labels[: 80 * 30])


def test_a_part_of_a_known_cell_that_is_found_elsewhere_belongs_to_it():
    # cells of 0.8 m, of which that at x > 0, y > 0 is known at its far end only, joined through its left neighbour
    known = joined(a_floor((-0.8, 0), (-0.8, 0.8)), a_floor((0, 0.8), (-0.8, 0)), a_floor((0, 0.8), (0.5, 0.8)))
    found = a_floor((0.3, 0.8), (0, 0.2))
    superpoints = SuperpointMap()
    before = superpoints.update(known)
    assert len(before.label_of) == 4
    after = superpoints.update(joined(known, found))
    assert parts(after.labels) == parts(segment(joined(known, found))) and len(after.label_of) == 4
    np.testing.assert_array_equal(after.labels[: len(known)], before.labels)


def test_an_empty_map_and_back(room):
    superpoints = SuperpointMap()
    superpoints.update(room)
    nothing = superpoints.update(room.select(np.zeros(len(room), bool)))
    assert len(nothing.labels) == len(nothing.label_of) == 0
    again = superpoints.update(room)
    np.testing.assert_array_equal(again.superpoints, segment(room))
    assert not np.isin(again.label_of, nothing.removed).any()


def test_a_cloud_without_normals():
    with pytest.raises(ValueError, match="normals"):
        SuperpointMap().update(PointCloud(np.zeros((3, 3)), np.zeros((3, 3))))


def test_a_tenth_of_the_kitchen_costs_a_quarter(kitchen):
    voxel_map = VoxelMap()
    for frame in open_source(kitchen):
        voxel_map.integrate(frame)
    cloud = voxel_downsample(voxel_map.point_cloud(), 0.02)[0]
    blocks, block_of, counts = np.unique(blocks_of(cloud.xyz), axis=0, return_inverse=True, return_counts=True)
    costs, shares = [], []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        centre = cloud.xyz[rng.integers(len(cloud))]
        order = np.argsort(np.linalg.norm((blocks + 0.5) * BLOCK - centre, axis=1))
        chosen = order[: np.searchsorted(np.cumsum(counts[order]), 0.1 * len(cloud)) + 1]
        hit = np.isin(block_of.ravel(), chosen)
        xyz = cloud.xyz.copy()
        xyz[hit] += rng.normal(0, 0.001, (hit.sum(), 3))
        superpoints = SuperpointMap()
        superpoints.update(cloud)
        edited = PointCloud(xyz, cloud.rgb, cloud.normals)
        update = superpoints.update(edited, blocks[chosen], BLOCK)
        costs.append(update.resegmented / len(cloud))
        shares.append(agreement(update.labels, segment(edited)))
    # which superpoints a change touches differs by place: all of a wall's 0.8 m cell, or few points of many
    assert np.mean(costs) <= 0.25 and max(costs) <= 0.35
    assert np.mean(shares) > 0.95
