"""The cache of training rooms."""

import json

import pytest
import torch

from omd3d_ros.datasets.room_samples import load_rooms, room_sample, scan_rooms
from omd3d_ros.datasets.rooms import make_room

SHORT = 24  # a seed that draws few frames


def test_rooms_of_another_version_are_not_trained_on(tmp_path):
    (tmp_path / "room-0000001.json").write_text("{}")  # as versions before recipes were counted left it
    with pytest.raises(ValueError, match="another version of OMD3D"):
        scan_rooms(tmp_path, [])
    (tmp_path / "recipe.txt").write_text("999\n")
    with pytest.raises(ValueError, match="recipe 999"):
        scan_rooms(tmp_path, [])
    fresh = tmp_path / "fresh"
    scan_rooms(fresh, [])
    scan_rooms(fresh, [])
    assert (fresh / "recipe.txt").exists()


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rooms")
    scan_rooms(folder, [])
    room_sample(folder, SHORT, queries=4)
    return folder


def test_a_sample_tells_what_attributes_its_objects_have(cache):
    sample = room_sample(cache, SHORT, queries=4)
    seen = json.loads((cache / f"room-{SHORT:07d}.json").read_text())
    assert {int(k) for k in seen["attributes"]} == set(sample.objects)
    for id, attributes in seen["attributes"].items():
        thing = make_room(SHORT).object(int(id))
        assert (attributes["color"], attributes["material"]) == (thing.color, thing.material)
        assert attributes["points"] >= 40
    cloud, prepared = sample.prepared()
    assert len(cloud) == len(prepared.superpoints) and prepared.voxel_size == seen["voxel_size"]


def test_a_room_is_made_once_and_again_when_it_was_left_half_done(cache):
    first = room_sample(cache, SHORT, queries=4)
    made = first.path.stat().st_mtime_ns
    assert room_sample(cache, SHORT, queries=4).path.stat().st_mtime_ns == made
    (cache / f"room-{SHORT:07d}.json").unlink()  # written last: without it the room counts as not made
    again = room_sample(cache, SHORT, queries=4)
    assert first.path.stat().st_mtime_ns > made
    assert torch.equal(again.owner, first.owner) and again.objects == first.objects


def test_questions_are_made_where_they_are_asked_for(cache):
    questions = cache / f"room-{SHORT:07d}.queries.json"
    room_sample(cache, SHORT, queries=4)
    questions.unlink()
    assert load_rooms(cache, [SHORT], workers=1, quiet=True, asked=0)[0].queries == {}
    assert not questions.exists()
    assert load_rooms(cache, [SHORT], queries=4, workers=1, quiet=True, asked=1)[0].queries["train"]
