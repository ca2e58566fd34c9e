"""The synthetic rooms: the same for the same seed, furnished soundly, and labelled as they are drawn."""

import numpy as np
import pytest

from omd3d_ros.datasets.rooms import Room, make_room, stream_room

SEEDS = (1, 3, 9)


@pytest.fixture(scope="module", params=SEEDS)
def room(request: pytest.FixtureRequest) -> Room:
    return make_room(request.param)


def test_the_same_seed_gives_the_same_room_and_recording() -> None:
    one, two = make_room(5), make_room(5)
    assert np.array_equal(one.primitives, two.primitives)
    for (a, ids_a), (b, ids_b) in zip(stream_room(one, 3, 160, 120), stream_room(two, 3, 160, 120), strict=True):
        assert np.array_equal(a.rgb, b.rgb) and np.array_equal(a.depth, b.depth) and np.array_equal(ids_a, ids_b)
        assert np.array_equal(a.T_world_camera, b.T_world_camera)


def test_different_seeds_give_different_rooms() -> None:
    assert not np.array_equal(make_room(1).size, make_room(2).size)


def test_objects_lie_inside_the_room(room: Room) -> None:
    for thing in room.objects:
        assert (thing.low > -0.06).all() and (thing.high < room.size + 0.06).all(), thing


def test_objects_rest_on_what_carries_them(room: Room) -> None:
    for thing in room.objects:
        if thing.mount == "floor":
            assert abs(thing.low[2]) < 0.02, thing
        if thing.on is not None:
            carrier = room.object(thing.on)
            assert carrier.id != thing.id
            assert (np.abs(thing.center - carrier.center)[:2] < carrier.size[:2] / 2 + 0.05).all(), (thing, carrier)
            assert carrier.low[2] - 0.01 < thing.high[2]


def test_what_lies_on_a_flat_top_touches_it() -> None:
    tops = {"dining table", "desk", "coffee table", "side table", "nightstand"}
    checked = 0
    for seed in range(12):
        room = make_room(seed)
        for thing in room.objects:
            if thing.on is not None and room.object(thing.on).category in tops and "drape" not in thing.tags:
                assert thing.low[2] == pytest.approx(room.object(thing.on).high[2], abs=0.012), thing
                checked += 1
    assert checked > 30


def test_things_on_one_table_do_not_interpenetrate() -> None:
    for seed in range(8):
        room = make_room(seed)
        boxes = [o for o in room.objects if o.on is not None and room.object(o.on).category == "dining table"]
        for i, a in enumerate(boxes):
            for b in boxes[i + 1 :]:
                overlap = np.minimum(a.high, b.high) - np.maximum(a.low, b.low)
                # Axis-aligned boxes of turned things may overlap a little where the things do not.
                assert overlap.min() < 0.09, (seed, a, b)


def labels_and_instances(room: Room, noise: bool) -> tuple[np.ndarray, np.ndarray]:
    """Of pixels away from edges, over four views: (N,) labels of their map points and (N,) of the instance image."""
    labels, instances = [], []
    for frame, ids in stream_room(room, 4, noise=noise):
        camera = frame.depth_camera
        v, u = np.nonzero(frame.depth)
        inside = np.ones(len(u), bool)
        for dv, du in ((3, 0), (-3, 0), (0, 3), (0, -3)):
            inside &= ids[np.clip(v + dv, 0, 239), np.clip(u + du, 0, 319)] == ids[v, u]
        u, v = u[inside], v[inside]
        z = frame.depth[v, u]
        points = np.stack([(u - camera.cx) / camera.fx * z, (v - camera.cy) / camera.fy * z, z], axis=1)
        assert frame.T_world_camera is not None
        world = points @ frame.T_world_camera[:3, :3].T + frame.T_world_camera[:3, 3]
        labels.append(room.label_points(world.astype(np.float32)))
        instances.append(ids[v, u])
    return np.concatenate(labels), np.concatenate(instances)


@pytest.mark.parametrize("noise", [False, True])
def test_labels_agree_with_the_instance_image(room: Room, noise: bool) -> None:
    labels, instances = labels_and_instances(room, noise)
    assert (labels == instances).mean() > 0.95


def test_posters_above_a_worktop_are_not_hidden_by_the_tiles() -> None:
    room = make_room(7)
    posters = [o.id for o in room.objects if o.category == "poster"]
    labels, instances = labels_and_instances(room, noise=False)
    there = np.isin(labels, posters)
    assert (labels[there] == instances[there]).mean() > 0.95


def test_points_far_from_everything_have_no_label(room: Room) -> None:
    assert (room.label_points(np.array([[0, 0, 9], [-5, 0, 1]], np.float32)) == 0).all()
    assert room.label_points(np.zeros((0, 3), np.float32)).shape == (0,)


def test_poses_are_rigid_level_headed_and_inside_the_room(room: Room) -> None:
    for frame, _ in stream_room(room, 12, 64, 48):
        T = frame.T_world_camera
        assert T is not None
        assert np.allclose(T[:3, :3] @ T[:3, :3].T, np.eye(3), atol=1e-6) and np.linalg.det(T[:3, :3]) > 0
        assert (T[:2, 3] > 0.1).all() and (T[:2, 3] < room.size[:2] - 0.1).all()
        assert 1.1 < T[2, 3] < 1.95
        assert T[2, 2] < 0.0, "the camera looks down"
        assert T[2, 1] < -0.6, "the picture is upright"


def test_the_sensor_loses_some_depth_and_all_of_the_last_columns() -> None:
    lost = []
    for seed in SEEDS:
        for frame, _ in stream_room(make_room(seed), 5):
            lost.append(float((frame.depth == 0).mean()))
            assert not frame.depth[:, -4:].any()
    assert 0.03 < np.mean(lost) < 0.3


def test_depth_noise_grows_with_the_square_of_the_distance() -> None:
    room = make_room(1)
    exact = stream_room(room, 8, noise=False)
    noisy = stream_room(room, 8, noise=True)
    z, error = [], []
    for (a, ids_a), (b, ids_b) in zip(exact, noisy, strict=True):
        good = (b.depth > 0) & (ids_a == ids_b) & (np.abs(a.depth - b.depth) < 0.2)
        z.append(a.depth[good])
        error.append((a.depth - b.depth)[good])
    distance, miss = np.concatenate(z), np.abs(np.concatenate(error))
    near, far = np.median(miss[distance < 1.5]), np.median(miss[distance > 2.5])
    assert far > 2.0 * near


def test_unregistered_colour_comes_from_a_second_camera() -> None:
    frame, ids = next(iter(stream_room(make_room(1), 1, 160, 120, registered=False)))
    assert frame.color_camera is not None and frame.rgb.shape == (120, 160, 3) and ids.dtype == np.uint16
    assert frame.color_camera.fx < frame.depth_camera.fx


def test_no_frames_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        next(iter(stream_room(make_room(1), 0)))
