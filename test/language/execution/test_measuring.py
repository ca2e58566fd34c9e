"""A scene's objects measured along the walls: boxes without strays, the walls, the viewer, gaps between surfaces."""

import time

import numpy as np
import pytest

from omd3d_ros.language.execution import ObjectTable
from omd3d_ros.language.execution.measuring import table_of
from omd3d_ros.language.program import COLORS, MATERIALS, SHAPES
from omd3d_ros.types import Instance, PointCloud, Scene

ROOM = np.array([4.0, 3.0])
DESK = (np.array([1.0, 1.0, 0.4]), np.array([1.2, 0.6, 0.8]))
BOX = (np.array([2.0, 1.0, 0.2]), np.array([0.4, 0.4, 0.4]))
FRONT = (np.array([3.0, 2.4, 0.5]), np.array([0.8, 0.02, 0.9]))


def surface(center: np.ndarray, size: np.ndarray, rng: np.random.Generator, count: int = 1500) -> np.ndarray:
    """(n, 6) points and outward normals of a box's faces."""
    axis, side = rng.integers(0, 3, count), rng.choice([-1.0, 1.0], count)
    unit = rng.uniform(-1, 1, (count, 3))
    unit[np.arange(count), axis] = side
    normals = np.zeros((count, 3))
    normals[np.arange(count), axis] = side
    return np.concatenate([center + unit * size / 2, normals], 1)


def scene_of(boxes: list[tuple], yaw: float = 0.0, strays: int = 0, normals: bool = True, seed: int = 0) -> Scene:
    """A room of 4 x 3 m, turned by ``yaw`` in the aligned frame, which is the world."""
    rng = np.random.default_rng(seed)
    walls = surface(np.array([*ROOM / 2, 1.25]), np.array([*ROOM, 2.5]), rng, 6000)
    walls[:, 3:] *= -1
    things = [surface(*box, rng) for box in boxes]
    for thing in things:
        thing[:strays, :3] += rng.uniform(1.0, 2.0, (strays, 3))
    points = np.concatenate([walls, *things])
    owner = np.repeat(np.arange(-1, len(things)), [len(walls), *map(len, things)])
    turn = np.array([[np.cos(yaw), -np.sin(yaw), 0], [np.sin(yaw), np.cos(yaw), 0], [0, 0, 1]])
    xyz, normal = points[:, :3] @ turn.T, points[:, 3:] @ turn.T
    cloud = PointCloud(xyz, np.zeros((len(xyz), 3), np.uint8), normal if normals else None)
    instances = [Instance.from_mask(f"OBJ{k:03d}", "thing", 0.9, owner == k, cloud.xyz) for k in range(len(things))]
    nothing = np.zeros((len(things), 0), np.float32)
    return Scene(cloud, owner.astype(np.int32), nothing, instances, nothing, nothing, nothing, np.eye(4))


def measured(scene: Scene) -> ObjectTable:
    k = len(scene.instances)
    return table_of(
        scene, ("thing",), np.ones((k, 1)), np.zeros((k, len(COLORS))), np.zeros((k, len(MATERIALS))),
        np.zeros((k, len(SHAPES))),
    )  # fmt: skip


@pytest.mark.parametrize("degrees", [0, 20, -38])
def test_boxes_lie_along_the_walls_however_the_camera_looked(degrees: float) -> None:
    table = measured(scene_of([DESK, BOX], np.radians(degrees)))
    assert np.allclose(table.size, [DESK[1], BOX[1]], atol=0.04)
    assert np.allclose(np.sort(table.low_high[1] - table.low_high[0]), np.sort(ROOM), atol=0.05)
    assert np.allclose(table.wall_gaps.sum(1), ROOM.sum() - table.size[:, :2].sum(1), atol=0.1)


def test_a_cloud_without_normals_finds_the_walls_too() -> None:
    table = measured(scene_of([DESK], np.radians(20), normals=False))
    assert np.allclose(table.size[0], DESK[1], atol=0.08)


def test_the_viewer_stands_behind_the_middle_and_looks_as_the_camera_did() -> None:
    yaw = np.radians(20)
    table = measured(scene_of([DESK], yaw))
    assert np.allclose(table.heading, [np.sin(yaw), np.cos(yaw)], atol=0.02)
    assert np.allclose(table.viewer + 2.0 * table.heading, ROOM / 2, atol=0.3)


def test_stray_points_do_not_stretch_a_box() -> None:
    assert np.allclose(measured(scene_of([DESK], strays=10)).size[0], DESK[1], atol=0.05)


def test_gaps_are_measured_between_surfaces() -> None:
    gaps = measured(scene_of([DESK, BOX])).gaps
    assert gaps is not None
    assert gaps[0, 1] == gaps[1, 0] == pytest.approx(0.2, abs=0.04)
    assert gaps[0, 0] == 0


def test_an_l_shaped_thing_is_as_far_away_as_its_points() -> None:
    long, short = (np.array([1.5, 2.8, 0.4]), np.array([2.0, 0.2, 0.8])), (np.array([0.6, 2.0, 0.4]), [0.2, 1.6, 0.8])
    scene = scene_of([long, short, (np.array([2.0, 1.5, 0.1]), np.array([0.2, 0.2, 0.2]))])
    mask = scene.instances[0].mask | scene.instances[1].mask
    corner = Instance.from_mask("OBJ000", "sofa", 0.9, mask, scene.cloud.xyz)
    scene.instances[:] = [corner, scene.instances[2]]
    table = measured(scene)
    assert np.linalg.norm(np.maximum(np.abs(table.center[0] - table.center[1]) - table.size.sum(0) / 2, 0)) == 0
    assert table.gaps is not None and table.gaps[0, 1] > 0.8


def test_the_front_of_a_cabinet_reaches_back_to_its_wall() -> None:
    table = measured(scene_of([FRONT, BOX]))
    assert table.size[0, 1] == pytest.approx(0.61, abs=0.05)
    assert table.wall_gaps[0].min() == pytest.approx(0.0, abs=0.01)
    assert table.size[1, 1] == pytest.approx(0.4, abs=0.03)


def test_a_scene_without_objects_is_an_empty_table() -> None:
    assert len(measured(scene_of([]))) == 0


def test_a_hundred_objects_are_measured_quickly() -> None:
    rng = np.random.default_rng(1)
    boxes = [(rng.uniform(0.3, 2.7, 3), rng.uniform(0.1, 0.6, 3)) for _ in range(36)]
    scene = scene_of(boxes)
    scene.instances[:] = (scene.instances * 3)[:100]
    assert len(scene.cloud) == 60_000
    measured(scene)
    start = time.process_time()
    measured(scene)
    assert time.process_time() - start < 0.2
