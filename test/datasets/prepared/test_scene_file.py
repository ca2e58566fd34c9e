"""A scene to a file and back."""

import pytest
import torch
from prepared_scenes import small_scene

from omd3d_ros.datasets.prepared import PreparedDataError
from omd3d_ros.datasets.prepared.scene_file import read_scene, scene_bytes


def test_scene_comes_back_as_it_was(tmp_path):
    scene = small_scene()
    scene.superpoint_features = torch.rand(3, 2)
    (tmp_path / "a.safetensors").write_bytes(scene_bytes(scene))
    again = read_scene(tmp_path / "a.safetensors")
    for name, value in vars(scene).items():
        read = getattr(again, name)
        assert torch.equal(read, value) if isinstance(value, torch.Tensor) else read == value
    assert scene_bytes(again) == scene_bytes(scene)


def test_superpoint_features_may_be_absent(tmp_path):
    (tmp_path / "a.safetensors").write_bytes(scene_bytes(small_scene()))
    assert read_scene(tmp_path / "a.safetensors").superpoint_features is None


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("points", torch.zeros(6, 2), r"points must be \(6, 3\)"),
        ("points", torch.full((6, 3), torch.nan), "not finite"),
        ("superpoints", torch.tensor([0, 0, 1, 1, 2, 3]), r"numbered 0..3, but masks are of 3"),
        ("superpoints", torch.zeros(6, dtype=torch.int32), "torch.int32"),
        ("proposal_boxes", torch.zeros(2, 6), r"proposal_boxes must be \(3, 6\)"),
        ("object_masks", torch.zeros(2, 4, dtype=torch.bool), r"object_masks must be \(2, 3\)"),
        ("proposal_labels", ["chair"], r"proposal_masks must be \(1, 3\)"),
        ("superpoint_features", torch.zeros(4, 2), r"superpoint_features must be \(3, 2\)"),
    ],
)
def test_contradictions_are_refused(name, value, message):
    scene = small_scene()
    setattr(scene, name, value)
    with pytest.raises(PreparedDataError, match=message):
        scene_bytes(scene)


def test_damaged_files_are_named(tmp_path):
    path = tmp_path / "a.safetensors"
    with pytest.raises(PreparedDataError, match="a.safetensors is missing"):
        read_scene(path)
    path.write_bytes(scene_bytes(small_scene())[:-40])
    with pytest.raises(PreparedDataError, match="a.safetensors is damaged"):
        read_scene(path)
    path.write_bytes(b"no tensors")
    with pytest.raises(PreparedDataError, match="a.safetensors is damaged"):
        read_scene(path)
