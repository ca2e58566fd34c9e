"""The front door with the shipped model: frames or clouds in, answers out."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import yaml

from omd3d_ros.assistant import Assistant
from omd3d_ros.datasets.rooms import make_room, stream_room
from omd3d_ros.mapping.voxel_map import MapError
from omd3d_ros.models.presets import load_preset
from omd3d_ros.perception.scene import SceneError
from omd3d_ros.types import PointCloud


@pytest.fixture(scope="module")
def frames():
    return [frame for frame, _ in stream_room(make_room(3), frames=12, seed=3)]


@pytest.fixture(scope="module")
def assistant():
    return Assistant.from_preset("nano")


@pytest.fixture
def mapped(assistant, frames):
    assistant.reset()
    for frame in frames:
        assistant.observe(frame)
    return assistant


def test_a_question_before_any_frame(assistant):
    assistant.reset()
    with pytest.raises(SceneError, match="the map is empty: no frame"):
        assistant.ask("a chair")


def test_frames_become_objects_that_can_be_asked_about(mapped):
    scene = mapped.scene()
    assert len(scene.instances) >= 5
    answer = mapped.ask("all the chairs")
    assert answer.text and set(answer.timing_ms) == {"encode", "answer"}
    known = {i.id for i in scene.instances}
    for instance in answer.instances:
        assert instance.id in known and 0 <= instance.score <= 1
        inside = scene.cloud.xyz[instance.mask]
        assert (abs(inside - instance.center) <= instance.size / 2 + 1e-5).all()


def test_the_same_question_has_the_same_answer(mapped):
    first, second = mapped.ask("a table"), mapped.ask("a table")
    assert first.text == second.text and [i.id for i in first.instances] == [i.id for i in second.instances]


def test_the_scene_is_encoded_once_while_the_map_stays(mapped, frames):
    scene = mapped.scene()
    assert mapped.scene() is scene
    mapped.observe(frames[-1])  # nothing new in it
    assert mapped.scene() is scene


def test_a_cloud_in_place_of_frames(mapped):
    cloud = mapped.voxel_map.point_cloud()
    mapped.set_cloud(PointCloud(cloud.xyz, cloud.rgb))  # as from a .ply without normals
    scene = mapped.scene()
    assert len(scene.cloud) == len(cloud) and len(scene.instances) > 0
    assert all(len(i.mask) == len(cloud) for i in mapped.ask("a chair").instances)


def test_a_cloud_of_too_few_points(assistant):
    assistant.reset()
    assistant.set_cloud(PointCloud(np.zeros((7, 3)), np.zeros((7, 3))))
    with pytest.raises(SceneError, match="7 points"):
        assistant.ask("a chair")


def test_another_up_direction_turns_nothing_in_the_answer(mapped, frames):
    turned = Assistant.from_preset("nano", up=(0, 0, 1))
    for frame in frames:
        turned.observe(frame)
    np.testing.assert_allclose(turned.scene().T_aligned_world[2, :3], [0, 0, 1])
    np.testing.assert_allclose(mapped.scene().T_aligned_world[2, :3], [0, 0, 1], atol=0.05)


@pytest.mark.parametrize("up", [(0, 0, 0), (1, 2), (np.nan, 0, 1), "sideways"])
def test_a_bad_up_direction(up):
    with pytest.raises(ValueError, match="up must be|could not convert"):
        Assistant.from_preset("nano", up=up)


def test_a_saved_map_goes_on(mapped, tmp_path):
    mapped.voxel_map.save(tmp_path / "map.npz")
    before = len(mapped.scene().instances)
    mapped.reset()
    mapped.load_map(tmp_path / "map.npz")
    assert abs(len(mapped.scene().instances) - before) <= 0.2 * before  # files hold half precision
    with pytest.raises(MapError):
        mapped.load_map(tmp_path / "absent.npz")
    assert len(mapped.scene().instances) > 0  # the map at hand is kept


def test_a_saved_map_keeps_the_objects_that_were_found_in_it(mapped, tmp_path):
    found = mapped.scene().instances
    mapped.save_map(tmp_path / "map.npz")
    mapped.load_map(tmp_path / "map.npz")
    kept = mapped.voxel_map.instances
    assert [(i.id, i.label, i.score) for i in kept] == [(i.id, i.label, i.score) for i in found]
    cloud = mapped.voxel_map.point_cloud()
    for saved, instance in zip(kept, found, strict=True):
        np.testing.assert_allclose(saved.instance(cloud).center, instance.center, atol=0.05)
    mapped.save_map(tmp_path / "again.npz")  # nothing was asked since: what was loaded is kept
    mapped.load_map(tmp_path / "again.npz")
    assert [i.id for i in mapped.voxel_map.instances] == [i.id for i in found]


def test_a_saved_map_holds_no_objects_of_another_cloud_or_of_before_a_reset(mapped, frames, tmp_path):
    cloud = mapped.voxel_map.point_cloud()
    mapped.set_cloud(PointCloud(cloud.xyz + 100.0, cloud.rgb, cloud.normals))
    assert mapped.scene().instances
    mapped.save_map(tmp_path / "map.npz")
    mapped.load_map(tmp_path / "map.npz")
    assert mapped.voxel_map.instances == []
    assert mapped.scene().instances
    mapped.reset()
    mapped.observe(frames[0])
    mapped.save_map(tmp_path / "map.npz")
    mapped.load_map(tmp_path / "map.npz")
    assert mapped.voxel_map.num_frames == 1 and mapped.voxel_map.instances == []


def test_map_settings_come_from_the_preset_unless_they_are_given(tmp_path):
    shipped = load_preset("nano")
    preset = tmp_path / "mine.yaml"
    settings = {"voxel_size": 0.04, "max_depth": 3.0, "min_views": 2, "max_blocks": 1000, "when_full": "forget_oldest"}
    preset.write_text(yaml.safe_dump({"weights": str(shipped.weights), "map": settings}))
    made = Assistant.from_preset(preset).voxel_map
    assert {name: getattr(made, name) for name in settings} == settings
    given = {"voxel_size": None, "max_depth": 2.5, "min_views": 3, "max_blocks": 2000, "when_full": "refuse"}
    made = Assistant.from_preset(preset, **given).voxel_map
    assert {name: getattr(made, name) for name in settings} == {**given, "voxel_size": 0.04}


def test_map_settings_that_no_map_has(tmp_path):
    preset = tmp_path / "mine.yaml"
    preset.write_text(yaml.safe_dump({"weights": str(load_preset("nano").weights), "map": {"voxels": 3}}))
    with pytest.raises(ValueError, match="preset mine: .*'voxels'"):
        Assistant.from_preset(preset)
    with pytest.raises(ValueError, match="min_views must be"):
        Assistant.from_preset("nano", min_views=-1)


def test_mapping_resetting_and_asking_at_once(mapped, frames):
    errors: list[Exception] = []

    def repeat(work):
        for i in range(6):
            try:
                work(i)
            except SceneError:
                pass  # asked just after a reset
            except Exception as e:
                errors.append(e)

    work = (lambda i: mapped.observe(frames[i]), lambda _: mapped.ask("a chair"), lambda _: mapped.reset())
    threads = [threading.Thread(target=repeat, args=(w,)) for w in work]
    for t in threads:
        t.start()
    for t in threads:
        t.join(60)
    assert not errors and not any(t.is_alive() for t in threads)
