"""The cache of training rooms."""

import pytest

from omd3d_ros.datasets.room_samples import scan_rooms


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
