"""Superpoint inputs, proposals and scenes on clouds that can be worked out by hand."""

import numpy as np
import pytest
import torch
from tiny_model import tiny_model

from omd3d_ros.mapping.superpoints import LEAST_POINTS
from omd3d_ros.perception.objects import color_features
from omd3d_ros.perception.proposals import select_proposals
from omd3d_ros.perception.scene import SceneError, Views, build_scene, prepare_cloud
from omd3d_ros.perception.superpoint_inputs import superpoint_inputs
from omd3d_ros.types import PointCloud


def a_room(seed=0, normals=True) -> PointCloud:
    """A 2 m square floor with a box of 0.4 m standing on it."""
    rng = np.random.default_rng(seed)
    floor = np.column_stack([rng.uniform(-1, 1, (8000, 2)), np.zeros(8000)])
    parts, facing = [floor], [np.tile([0.0, 0, 1], (8000, 1))]
    for axis, sign in ((0, -1), (0, 1), (1, -1), (1, 1), (2, 1)):
        side = rng.uniform(-0.2, 0.2, (600, 3))
        side[:, axis] = 0.2 * sign
        parts.append(side + [0, 0, 0.2])
        facing.append(np.tile(np.eye(3)[axis] * sign, (600, 1)))
    xyz = np.concatenate(parts)
    rgb = np.where(np.arange(len(xyz))[:, None] < 8000, [120, 120, 120], [200, 40, 30])
    return PointCloud(xyz, rgb, np.concatenate(facing) if normals else None)


def test_statistics_of_one_superpoint():
    xyz = np.array([[0, 0, 1], [0.2, 0, 1], [0, 0.4, 1.1], [0.2, 0.4, 1.1]])
    cloud = PointCloud(xyz, np.full((4, 3), 255), np.tile([0, 0, 1], (4, 1)))
    inputs = superpoint_inputs(cloud, np.zeros(4, np.int32), 6)
    assert inputs.points.shape == (1, 6, 11)
    np.testing.assert_allclose(inputs.boxes, [[0.1, 0.2, 1.05, 0.2, 0.4, 0.1]], atol=1e-6)
    np.testing.assert_allclose(inputs.statistics[0, :6], [1.05, 1.0, 1.1, 0.2, 0.4, 0.1], atol=1e-6)
    np.testing.assert_allclose(inputs.statistics[0, 12:21], [0, 0, 1, 1, 1, 1, 0, 0, 0], atol=1e-3)


def test_every_superpoint_is_summarised_on_its_own():
    rng = np.random.default_rng(0)
    owner = rng.integers(0, 9, 600).astype(np.int32)
    cloud = PointCloud(rng.normal(size=(600, 3)), rng.integers(0, 256, (600, 3)), rng.normal(size=(600, 3)))
    inputs = superpoint_inputs(cloud, owner, 5)
    color = cloud.rgb / 127.5 - 1
    for s in range(9):
        xyz, own = cloud.xyz[owner == s].astype(np.float64), owner == s
        axes, vectors = np.linalg.eigh(np.cov(xyz.T, bias=True))
        normal = cloud.normals[own].mean(0)
        expected = [
            xyz[:, 2].mean(), xyz[:, 2].min(), xyz[:, 2].max(), *np.ptp(xyz, axis=0), *np.sqrt(axes[::-1]),
            *abs(vectors[2, ::-1]), *normal, *color[own].mean(0), *color[own].std(0),
            np.linalg.norm(normal), abs(normal[2]), np.log(own.sum()) / 5, own.sum() < 40,
        ]  # fmt: skip
        np.testing.assert_allclose(inputs.statistics[s], expected, atol=1e-5)
        assert inputs.counts[s] == own.sum()
        # its sample is of its own points, each with its own normal and colour
        points = inputs.points[s].numpy()
        which = np.linalg.norm((xyz - xyz.mean(0)) / 0.3 - points[:, None, :3], axis=2).argmin(1)
        assert len(set(which)) == 5
        np.testing.assert_allclose((xyz - xyz.mean(0))[which] / 0.3, points[:, :3], atol=1e-5)
        np.testing.assert_allclose(cloud.normals[own][which], points[:, 3:6], atol=1e-6)
        np.testing.assert_allclose(color[own][which], points[:, 6:9], atol=1e-6)


def test_colours_are_binned_by_hue_and_greys_by_lightness():
    rgb = np.array([[255, 0, 0], [0, 0, 0], [255, 255, 255], [128, 128, 128]], np.uint8)
    bins = color_features(rgb, np.eye(4, dtype=bool))[:, 6:]
    np.testing.assert_allclose(bins.sum(1), 1, atol=1e-6)
    assert bins.argmax(1).tolist() == [0, 8, 10, 9]


def test_the_best_of_overlapping_proposals_is_kept():
    mask_logits = torch.full((4, 4), -9.0)
    mask_logits[0, :2] = mask_logits[1, :2] = 9.0  # two superpoints propose the same object
    mask_logits[2, 2] = mask_logits[3, 3] = 9.0
    objectness = torch.tensor([1.0, 2.0, 3.0, -5.0])  # the last is background
    classes = torch.eye(4)[:, :3]
    kept = select_proposals(mask_logits, classes, objectness, torch.ones(4))
    assert (kept.masks > 0.5).tolist() == [[False, False, True, False], [True, True, False, False]]
    assert kept.scores[0] > kept.scores[1]


def test_no_proposals_at_all():
    kept = select_proposals(torch.zeros(3, 3), torch.zeros(3, 2), torch.full((3,), -9.0), torch.ones(3))
    assert kept.masks.shape == (0, 3) and kept.class_logits.shape == (0, 2) and kept.scores.shape == (0,)


@pytest.mark.parametrize("normals", [True, False])
def test_a_scene_covers_the_cloud_as_given(normals):
    model, _ = tiny_model()
    cloud = a_room(normals=normals)
    prepared = prepare_cloud(cloud)
    scene = build_scene(cloud, prepared, model)
    assert len(scene.superpoints) == len(cloud)
    assert len(scene.superpoint_features) == scene.superpoints.max() + 1
    for instance in scene.instances:
        inside = cloud.xyz[instance.mask]
        assert (abs(inside - instance.center) <= instance.size / 2 + 1e-6).all()
    assert [i.id for i in scene.instances] == [f"OBJ{k:03d}" for k in range(len(scene.instances))]


def test_a_tilted_world_is_aligned():
    cloud = a_room()
    angle = np.radians(25)
    R = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    tilted = PointCloud(cloud.xyz @ R.T, cloud.rgb, cloud.normals @ R.T)
    T = prepare_cloud(tilted, Views(up=np.array([0, 0, 1.0]))).T_aligned_world
    np.testing.assert_allclose(T[2, :3], R[:, 2], atol=0.02)
    heights = tilted.xyz @ T[2, :3] + T[2, 3]
    assert abs(np.median(heights[:8000])) < 0.03


def test_superpoints_do_not_turn_with_the_cameras():
    cloud = a_room()
    north, east = (prepare_cloud(cloud, Views(forward=np.array(f))) for f in ([0.0, 1, 0], [0.9, 0.3, 0]))
    assert not np.allclose(north.T_aligned_world, east.T_aligned_world, atol=0.1)
    np.testing.assert_array_equal(north.superpoints, east.superpoints)


def test_coarse_maps_hang_together():
    prepared = prepare_cloud(a_room(), voxel_size=0.06)
    # Their points are further apart than those of a 2 cm map.
    assert np.bincount(prepared.superpoints).min() >= LEAST_POINTS


def test_too_few_points():
    with pytest.raises(SceneError, match="10 points; at least 50"):
        prepare_cloud(PointCloud(np.zeros((10, 3)), np.zeros((10, 3))))
