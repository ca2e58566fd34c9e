"""The fast fusion against plain numpy, and what it does with edges, moved objects and noise."""

from __future__ import annotations

import numpy as np
import pytest
from rendered_scenes import CAMERA, circle, look_at, render
from scipy.spatial import cKDTree

from omd3d_ros.mapping.tsdf import fusion, voxels
from omd3d_ros.mapping.tsdf.depth_view import TILE, clean_depth
from omd3d_ros.mapping.tsdf.voxels import MOST_WEIGHT, VIEWS_SHIFT, WEIGHT_BITS, WEIGHT_UNIT
from omd3d_ros.mapping.voxel_map import VoxelMap

BOX = ((0.1, -0.2, 0.25), (0.4, 0.6, 0.5), (200, 60, 30))
BALL = ((-0.4, 0.3, 0.3), 0.3, (20, 90, 220))


def reference(frames, centers, middles, fused_in, truncation):
    """Distances, weights and views of voxels at ``centers`` (V, 3), by the definition, one frame at a time.

    middles (V, 3): of the voxels' blocks, whose range sets the weight of a view; fused_in (F, V): whether a voxel's
    block took part in a frame.
    """
    tsdf, weight, views = np.zeros(len(centers)), np.zeros(len(centers)), np.zeros(len(centers), int)
    for frame, part in zip(frames, fused_in, strict=True):
        camera = frame.depth_camera
        tiles = np.where(frame.depth > 0, frame.depth, np.inf).reshape(camera.height // 8, 8, camera.width // 8, 8)
        nearest = np.pad(tiles.min((1, 3)), 1, mode="edge")
        T = np.linalg.inv(frame.T_world_camera)
        x, y, z = (centers @ T[:3, :3].T + T[:3, 3]).T
        u = np.floor(camera.fx * x / z + camera.cx + 0.5).astype(int)
        v = np.floor(camera.fy * y / z + camera.cy + 0.5).astype(int)
        seen = part & (z > 0.05) & (u >= 0) & (v >= 0) & (u < camera.width) & (v < camera.height)
        u, v = np.where(seen, u, 0), np.where(seen, v, 0)
        depth = frame.depth[v, u]
        sdf = depth - z
        seen &= (depth > 0) & (sdf >= -truncation)
        w = 1 / np.maximum(middles @ T[2, :3] + T[2, 3], 0.5) ** 2
        # the 16x16 pixels, on the grid of tiles, that surround this one by 4 at least
        top, left = (v + 4) // 8, (u + 4) // 8
        clear = np.min([nearest[top + i, left + j] for i in (0, 1) for j in (0, 1)], 0)
        through = (sdf > truncation) & (weight > 0) & (tsdf < 16000 / 32767) & (clear > z + truncation)
        gained = np.where(through, 8 * w, w)
        kept = np.where(through, np.minimum(weight, 40 * w), weight)
        value = np.minimum(sdf / truncation, 1)
        tsdf = np.where(seen, tsdf + (value - tsdf) * gained / (kept + gained), tsdf)
        total = np.floor(np.minimum(kept + w, MOST_WEIGHT) / WEIGHT_UNIT + 0.5) * WEIGHT_UNIT
        weight = np.where(seen, total, weight)
        views += seen
    return tsdf, weight, views


@pytest.mark.parametrize("seed", range(3))
def test_fusion_is_what_plain_numpy_gives(seed, monkeypatch):
    rng = np.random.default_rng(seed)
    box = (rng.uniform(-0.3, 0.3, 3) + [0, 0, 0.3], rng.uniform(0.2, 0.6, 3), (200, 60, 30))
    ball = (rng.uniform(-0.4, 0.4, 3) + [0, 0, 0.3], rng.uniform(0.1, 0.3), (20, 90, 220))
    frames = [render(T, [box], [ball]) for T in circle(7, radius=rng.uniform(1.2, 1.8))]
    m = VoxelMap(voxel_size=0.03, tolerance=0)
    fused_in = np.zeros((len(frames), 60_000), bool)
    fuse = fusion.fuse

    def noted(index, rows, view, chosen, *rest):
        fused_in[m.num_frames, chosen] = True
        fuse(index, rows, view, chosen, *rest)

    monkeypatch.setattr(fusion, "fuse", noted)
    monkeypatch.setattr(voxels, "forget_free", lambda *a: np.empty((0, 3), np.int32))
    for frame in frames:
        clean, unit, *_ = clean_depth(frame.depth, m.min_depth, m.max_depth)
        frame.depth = clean * np.float32(unit)  # flying pixels are another test's matter
        m.integrate(frame)
    blocks = m.num_blocks
    offset = np.indices((4, 4, 4)).reshape(3, -1).T
    centers = ((m._store.index.coords[:blocks, None] * 4 + offset + 0.5) * 0.03).reshape(-1, 3)
    middles = np.repeat((m._store.index.coords[:blocks] * 4 + 2) * 0.03, 64, 0)
    tsdf, weight, views = reference(frames, centers, middles, np.repeat(fused_in[:, :blocks], 64, 1), m.truncation)
    ours = m._store.voxels.tsdf[:blocks].ravel() / 32767
    agree = abs(ours - tsdf) < 2e-3
    # a voxel whose projection falls on the border of two pixels may take the other one
    evidence = m._store.voxels.evidence[:blocks].ravel()
    assert agree.mean() > 0.99
    assert (abs((evidence & WEIGHT_BITS) * WEIGHT_UNIT - weight) < 1e-6).mean() > 0.99
    assert ((evidence >> VIEWS_SHIFT) == views).mean() > 0.995
    assert (weight > 0).sum() > 10_000


def test_the_surface_is_where_the_scene_is():
    m = VoxelMap(voxel_size=0.02)
    for T in circle(16):
        m.integrate(render(T, [BOX], [BALL]))
    xyz = m.point_cloud().xyz.astype(float)
    outside = np.maximum(abs(xyz - BOX[0]) - np.divide(BOX[1], 2), 0)
    inside = np.minimum((abs(xyz - BOX[0]) - np.divide(BOX[1], 2)).max(1), 0)
    to_box = abs(np.linalg.norm(outside, axis=1) + inside)
    to_ball = abs(np.linalg.norm(xyz - BALL[0], axis=1) - BALL[1])
    error = np.minimum(np.minimum(to_box, to_ball), abs(xyz[:, 2]))
    assert np.median(error) < 0.004 and (error > 0.02).mean() < 0.03


def test_normals_face_outwards_and_colours_are_the_objects():
    m = VoxelMap(voxel_size=0.02)
    for T in circle(16):
        m.integrate(render(T, [], [BALL], floor=False))
    cloud = m.point_cloud()
    outwards = (cloud.xyz - BALL[0]) / BALL[1]
    assert ((outwards * cloud.normals).sum(1) > 0.9).mean() > 0.97
    assert (abs(cloud.rgb.astype(int) - BALL[2]) <= 2).all()


def test_confidence_grows_with_views_and_falls_with_range_squared():
    near, far = VoxelMap(min_views=1, tolerance=0), VoxelMap(min_views=1)
    down = look_at((0, 0, 1.0), (0, 0, 0), up=(0, 1, 0))
    near.integrate(render(down))
    one = np.median(near.point_cloud().confidence)
    near.integrate(render(down))
    assert np.median(near.point_cloud().confidence) == pytest.approx(2 * one, rel=0.01)
    far.integrate(render(look_at((0, 0, 2.0), (0, 0, 0), up=(0, 1, 0))))
    assert np.median(far.point_cloud().confidence) == pytest.approx(
        one / 4, rel=0.08
    )  # the range is that of a block's middle


def test_small_changes_of_colour_are_not_lost_to_rounding():
    """Red 100 in half of the frames and 103 in the others averages to 101.5, though each step is below one unit."""
    m = VoxelMap(min_views=1)
    down = look_at((0, 0, 1.0), (0, 0, 0), up=(0, 1, 0))
    for i in range(120):
        frame = render(down)
        frame.rgb[:] = (100 + 3 * (i // 3 % 2), 50, 0)
        m.integrate(frame)
    assert m.point_cloud().rgb[:, 0].mean() == pytest.approx(101.5, abs=0.6)


def test_flying_pixels_are_dropped():
    """Depth that is smeared over three pixels at the edge of a box, as sensors do."""
    frame = render(look_at((0, 0, 2.0), (0, 0, 0), up=(0, 1, 0)), [((0, 0, 0.5), (0.6, 0.6, 1.0), (9, 9, 9))])
    edges = np.flatnonzero(np.diff(frame.depth[60]))
    assert len(edges) == 2
    for e in edges:
        frame.depth[:, e] = np.where(frame.depth[:, e] != frame.depth[:, e + 1], 1.5, frame.depth[:, e])
    assert (frame.depth == 1.5).any()
    depth, unit, *_ = clean_depth(frame.depth, 0.2, 4.0)
    assert not (abs(depth * unit - 1.5) < 0.1).any()
    assert (depth > 0).mean() > 0.97


def test_a_moved_object_is_carved_from_its_old_place():
    poses = circle(24)
    m = VoxelMap()
    old, new = (-0.5, 0.0, 0.25), (0.5, 0.3, 0.25)
    for center in (old, new):
        for T in poses * 2:
            m.integrate(render(T, [(center, (0.3, 0.3, 0.5), (200, 20, 20))]))
        cloud = m.point_cloud()
        counts = {c: _points_within(cloud.xyz, c, (0.4, 0.4, 0.5)) for c in (old, new)}
        if center == old:
            assert counts[old] > 800
    assert counts[new] > 800 and counts[old] < 0.02 * counts[new]
    floor = cloud.xyz[_within(cloud.xyz, (*old[:2], 0.0), (0.3, 0.3, 0.06))]
    assert len(floor) > 150  # what stood under it is mapped now


def test_somebody_who_walks_by_leaves_no_trace():
    m = VoxelMap()
    camera = look_at((-2.5, 0.0, 1.3), (0.0, 0.0, 0.8))
    for i in range(90):
        person = [((0.0, -2.0 + 0.08 * i, 0.9), (0.3, 0.4, 1.8), (30, 30, 30))] if i < 50 else []
        m.integrate(render(camera, person, wall=1.0, stamp=i / 30))
        if i == 25:
            assert _points_within(m.point_cloud().xyz, (0.0, 0.0, 0.9), (0.5, 0.6, 1.8)) > 300
    xyz = m.point_cloud().xyz
    assert ((xyz[:, 2] > 0.1) & (xyz[:, 0] < 0.9)).sum() < 30


def test_thin_things_are_not_carved_away():
    """A pole of 3 cm seen from all around, with what is behind it seen right beside it."""
    m = VoxelMap()
    for T in circle(40) * 2:
        m.integrate(render(T, [((0, 0, 0.5), (0.03, 0.03, 1.0), (250, 250, 0))]))
    pole = m.point_cloud().xyz
    pole = pole[(abs(pole[:, :2]) < 0.06).all(1) & (pole[:, 2] > 0.1)]
    reach = cKDTree(pole[:, 2:]).query(np.linspace(0.15, 0.9, 50)[:, None])[0]
    assert reach.max() < 0.06  # present along its whole height


def test_depth_past_the_limits_is_not_mapped():
    m = VoxelMap(max_depth=1.5, min_depth=1.0)
    m.integrate(render(look_at((0, 0, 1.2), (1.5, 0, 0))))
    distance = (np.linalg.inv(look_at((0, 0, 1.2), (1.5, 0, 0)))[2, :3] * m.point_cloud().xyz).sum(1)
    camera_z = distance + np.linalg.inv(look_at((0, 0, 1.2), (1.5, 0, 0)))[2, 3]
    assert camera_z.min() > 0.95 and camera_z.max() < 1.55


def test_cost_is_bound_by_the_frame():
    """A frame fuses as many blocks in a large map as in an empty one."""
    small, large = VoxelMap(), VoxelMap()
    frame = render(circle(1)[0], [BOX], [BALL])
    for x in range(12):
        away = render(circle(1)[0], [BOX], [BALL])
        away.T_world_camera[0, 3] += 20.0 * (x + 1)
        large.integrate(away)
    before = large._store.blocks_fused
    large.integrate(frame)
    small.integrate(frame)
    assert large._store.blocks_fused - before == small._store.blocks_fused


def _within(xyz, center, size):
    return (abs(xyz - center) <= np.divide(size, 2)).all(1)


def _points_within(xyz, center, size):
    return int((_within(xyz, center, size) & (xyz[:, 2] > 0.05)).sum())


def test_camera_is_a_multiple_of_the_tiles():
    assert CAMERA.width % TILE == 0 and CAMERA.height % TILE == 0


def test_points_need_more_views_only_where_frames_overlap():
    """One frame is shown at once; noise that one of many frames has is not."""
    m = VoxelMap(min_views=4)
    down = look_at((0, 0, 1.0), (0, 0, 0), up=(0, 1, 0))
    m.integrate(render(down))
    assert m.views_needed == 1 and len(m.point_cloud()) > 1000
    for _ in range(20):
        m.integrate(render(down))
    assert m.views_needed == 4
    ghost = render(down, [((0.2, 0.1, 0.4), (0.1, 0.1, 0.02), (9, 9, 9))])
    for _ in range(3):
        m.integrate(ghost)
    assert m.point_cloud().xyz[:, 2].max() < 0.1
    m.integrate(ghost)
    assert m.point_cloud().xyz[:, 2].max() > 0.35
