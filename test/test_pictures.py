"""Software pictures: what is where in the image follows from the pinhole model, which is arithmetic."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from omd3d_ros.pictures import answer_pose, draw_answer, draw_map, overview_pose, render_cloud, save_png
from omd3d_ros.pictures.annotate import upright_box, wrapped
from omd3d_ros.pictures.cutaway import with_wall_normals
from omd3d_ros.pictures.render import BACKGROUND, project
from omd3d_ros.pictures.viewpoint import look_at
from omd3d_ros.types import Answer, Camera, Instance, PointCloud

CAMERA = Camera(200, 150, 200.0, 200.0, 100.0, 75.0)
UP = np.array([0.0, 0.0, 1.0])


def box_points(center: tuple[float, float, float], size: tuple[float, float, float], step: float = 0.02) -> np.ndarray:
    axes = [np.arange(c - s / 2, c + s / 2 + 1e-6, step) for c, s in zip(center, size, strict=True)]
    return np.stack(np.meshgrid(*axes), -1).reshape(-1, 3)


@pytest.fixture(scope="module")
def room() -> tuple[PointCloud, np.ndarray]:
    """A floor, a wall at y = 2 with normals, and a small box in front of the wall; with the mask of the box."""
    floor = box_points((0, 0, 0), (4, 4, 0), 0.04)
    wall = box_points((0, 2, 1), (4, 0, 2), 0.04)
    box = box_points((0.5, 1.5, 0.2), (0.4, 0.4, 0.4), 0.04)
    xyz = np.concatenate([floor, wall, box])
    normals = np.concatenate([
        np.tile([0, 0, 1], (len(floor), 1)),
        np.tile([0, -1, 0], (len(wall), 1)),
        (box - (0.5, 1.5, 0.2)) / np.linalg.norm(box - (0.5, 1.5, 0.2) + 1e-6, axis=1, keepdims=True),
    ])  # fmt: skip
    mask = np.zeros(len(xyz), bool)
    mask[-len(box) :] = True
    return PointCloud(xyz, np.full_like(xyz, 180), normals), mask


def test_point_lands_where_the_pinhole_model_says() -> None:
    cloud = PointCloud([[0.5, -0.25, 2.0]], [[10, 200, 30]])
    image = render_cloud(cloud, np.eye(4), CAMERA, point_size=0.0)
    # u = 200 * 0.5 / 2 + 100, v = 200 * -0.25 / 2 + 75
    assert image[50, 150].argmax() == 1
    assert tuple(image[50, 50]) == BACKGROUND  # where a mirrored image would have it


def test_nearer_point_hides_the_farther() -> None:
    cloud = PointCloud([[0, 0, 3], [0, 0, 1], [0, 0, 2]], [[0, 0, 255], [255, 0, 0], [0, 255, 0]])
    image = render_cloud(cloud, np.eye(4), CAMERA, point_size=0.05)
    assert image[75, 100].argmax() == 0


def test_points_behind_the_viewer_and_seen_from_behind_are_not_drawn() -> None:
    away = PointCloud([[0, 0, 1]], [[255, 255, 255]], [[0, 0, 1]])
    behind = PointCloud([[0, 0, -1]], [[255, 255, 255]])
    for cloud in (away, behind):
        assert (render_cloud(cloud, np.eye(4), CAMERA, point_size=0.1) == BACKGROUND).all()


def test_splats_grow_as_points_come_near() -> None:
    def area(z: float) -> int:
        image = render_cloud(PointCloud([[0, 0, z]], [[255, 255, 255]]), np.eye(4), CAMERA, point_size=0.05)
        return int((image != BACKGROUND).any(axis=2).sum())

    assert area(1.0) > area(2.0) > area(8.0) >= 1


def test_splats_at_the_border_stay_inside() -> None:
    edge = np.array([[x, y, 0.3] for x in (-0.151, 0.151) for y in (-0.1135, 0.1135)])
    image = render_cloud(PointCloud(edge, np.full((4, 3), 255)), np.eye(4), CAMERA, point_size=0.5)
    assert image.shape == (150, 200, 3)


def test_look_at_has_up_up_and_right_right() -> None:
    pose = look_at(np.array([0.0, -3.0, 1.0]), np.array([0.0, 0.0, 1.0]), UP)
    above, right = project(np.array([[0, 0, 1.5], [0.5, 0, 1]]), pose, CAMERA)[0]
    assert above[1] < 75 and above[0] == pytest.approx(100)
    assert right[0] > 100 and right[1] == pytest.approx(75)
    assert np.linalg.det(pose[:3, :3]) == pytest.approx(1)


def test_overview_looks_down_on_all_of_it(room: tuple[PointCloud, np.ndarray]) -> None:
    cloud, _ = room
    pose = overview_pose(cloud, UP, CAMERA)
    uv, z = project(cloud.xyz, pose, CAMERA)
    inside = (z > 0) & (uv >= 0).all(axis=1) & (uv < (200, 150)).all(axis=1)
    assert inside.mean() > 0.95
    assert pose[:3, 2] @ UP < -0.3
    assert pose[1, 3] < 2  # on the side of the wall that has a face


def test_answer_is_seen_from_its_visible_side(room: tuple[PointCloud, np.ndarray]) -> None:
    cloud, mask = room
    pose = answer_pose(cloud, [mask], UP, CAMERA)
    uv, z = project(cloud.xyz[mask], pose, CAMERA)
    assert (z > 0).all() and (uv >= 0).all() and (uv < (200, 150)).all()
    assert pose[1, 3] < 2 and pose[2, 3] > 0


def test_answer_pose_without_a_target_is_the_overview(room: tuple[PointCloud, np.ndarray]) -> None:
    cloud, _ = room
    np.testing.assert_allclose(answer_pose(cloud, [], UP, CAMERA), overview_pose(cloud, UP, CAMERA))


@pytest.mark.parametrize("up", [(0, 0, 0), (np.nan, 0, 1), (0, 1)])
def test_bad_up_is_an_error(room: tuple[PointCloud, np.ndarray], up: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="up must be"):
        overview_pose(room[0], np.array(up))


def test_drawn_answer_highlights_its_instance(room: tuple[PointCloud, np.ndarray]) -> None:
    cloud, mask = room
    instance = Instance.from_mask("OBJ001", "box", 0.9, mask, cloud.xyz)
    plain = draw_answer(cloud, Answer("what?", "nothing"), UP)
    image = draw_answer(cloud, Answer("where is the box?", "It is <OBJ001>.", [instance]), UP)
    assert image.shape == plain.shape and image.dtype == np.uint8
    saturation = np.ptp(image.astype(int), axis=2)[150:]
    assert (saturation > 100).sum() > 5000  # the grey room has no saturated colour of its own
    assert (np.ptp(plain.astype(int), axis=2)[150:] > 100).sum() == 0


def test_upright_box_turns_with_the_object() -> None:
    points = box_points((0, 0, 0), (2.0, 0.5, 1.0), 0.1)
    turn = np.radians(30)
    R = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    corners = upright_box(points @ R.T, UP)
    edges = sorted(np.linalg.norm(corners[i] - corners[0]) for i in (1, 2, 4))
    np.testing.assert_allclose(edges, [0.5, 1.0, 2.0], atol=1e-3)


def test_long_and_odd_captions_wrap() -> None:
    assert len(wrapped("word " * 3000, 400, 26, 3)) == 3
    assert len(wrapped("x" * 10_000, 400, 26, 3)) == 3
    assert wrapped("a\x00b\nc", 400, 26, 3) == ["a b c"]
    assert wrapped("", 400, 26, 3) == [""]


def test_map_of_a_single_point_is_a_picture(tmp_path: Path) -> None:
    image = draw_map(PointCloud([[1, 2, 3]], [[255, 0, 0]]), UP, CAMERA)
    assert image[75, 100].argmax() == 0 and image[75, 100, 0] > 200
    save_png(tmp_path / "new" / "map.png", image)
    again = cv2.imread(str(tmp_path / "new" / "map.png"))
    np.testing.assert_array_equal(again[:, :, ::-1], image)


def test_room_without_normals_is_opened_towards_the_viewer() -> None:
    sides = [((0, y, 1), (4, 0, 2)) for y in (-1.5, 1.5)] + [((x, 0, 1), (0, 3, 2)) for x in (-2, 2)]
    walls = np.concatenate([box_points(c, s, 0.04) for c, s in sides])
    table = box_points((0, 0, 0.6), (1, 1, 0.04), 0.04)
    xyz = np.concatenate([box_points((0, 0, 0), (4, 3, 0), 0.04), walls, table])
    cloud = with_wall_normals(PointCloud(xyz, np.full_like(xyz, 100)), UP)
    assert cloud.normals is not None
    np.testing.assert_array_equal(cloud.normals[-len(table) :], 0)  # the table shows from every side
    far = np.abs(cloud.xyz[:, 1] - 1.5) < 0.01
    inner = far & (np.abs(cloud.xyz[:, 0]) < 1.5)
    np.testing.assert_allclose(cloud.normals[inner], np.tile([0, -1, 0], (inner.sum(), 1)), atol=0.02)


def test_cloud_with_normals_is_left_alone(room: tuple[PointCloud, np.ndarray]) -> None:
    assert with_wall_normals(room[0], UP) is room[0]
