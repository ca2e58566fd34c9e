"""The large preset's classes from a folder of frames to an answer, at tiny sizes with random weights."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from published_model import OBJECTS, a_base_model, a_dinov2, a_reference, a_uni3d, saved

from omd3d_ros.assistant import Assistant
from omd3d_ros.cli import main
from omd3d_ros.datasets import open_source
from omd3d_ros.language.answering import segmentation
from omd3d_ros.mapping.cloud_io import write_cloud
from omd3d_ros.models.presets import Preset
from omd3d_ros.types import PointCloud


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory):
    """What `omd3d convert` makes of published files."""
    folder = tmp_path_factory.mktemp("published")
    llm = a_base_model(folder / "llm")
    reference, _ = a_reference(llm)
    arguments = ["--from", "openmaskdino3d", saved(reference, folder), "--llm", llm, "--spformer", folder / "spf.pth"]
    arguments += ["--uni3d", a_uni3d(folder / "uni3d.pt"), "--dinov2", a_dinov2(folder / "dinov2")]
    arguments += ["--out", folder / "model", "--report", folder / "report.json", "--dtype", "float32"]
    assert main(["convert", *map(str, arguments)]) == 0
    return folder / "model"


@pytest.fixture(scope="module")
def frames(tmp_path_factory):
    """Twenty frames of a synthetic room."""
    out = tmp_path_factory.mktemp("rooms")
    arguments = ["--seed", "5", "--count", "1", "--frames", "20", "--size", "160x120", "--out", str(out)]
    assert main(["rooms", "export", *arguments, "--quiet"]) == 0
    (room,) = [p for p in out.iterdir() if p.is_dir()]
    return room


def test_convert_tells_what_became_of_every_tensor(model_folder):
    report = json.loads((model_folder.parent / "report.json").read_text())
    reasons = {m: why for m, why in report["missing"].items() if "num_batches" not in m}
    assert all(name.startswith("language_model.") for name in reasons), reasons
    assert {p["family"] for p in report["parts"]} == {"openmaskdino3d", "spformer", "uni3d", "dinov2"}


def test_an_answer_from_frames(model_folder, frames, capsys, tmp_path):
    question = "what is near the table"
    assert main(["ask", str(frames), question, "--preset", str(model_folder), "--json", "--out", str(tmp_path)]) == 0
    answer = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert answer["query"] == question and isinstance(answer["answer"], str)
    assert {i["id"] for i in answer["instances"]} <= {f"OBJ{k:03d}" for k in range(OBJECTS)}
    assert (tmp_path / "map.png").exists()


def test_every_network_has_a_part_in_the_scene(model_folder, frames):
    assistant = Assistant.from_preset(model_folder)
    for frame in open_source(frames):
        assistant.observe(frame)
    scene = assistant.scene()
    assert 0 < len(scene.instances) <= OBJECTS
    assert scene.superpoint_features.shape == (scene.superpoints.max() + 1, 8)
    point, image = np.split(scene.object_features, [12], axis=1)
    assert image.shape[1] == 24 and np.isfinite(scene.object_features).all()
    assert (np.abs(point).max(1) > 0).all(), "each object has points enough for Uni3D"
    assert (np.abs(image).max(1) > 0).any(), "the views of the map show some object"
    assert segmentation(scene, [torch.ones(32)], assistant._model).shape == (1, len(scene.superpoint_features))


def test_half_precision_from_frames_to_features(model_folder, frames):
    preset = Preset("half", model_folder, runtime={"dtype": "bfloat16"})
    assistant = Assistant(preset)
    assert {p.dtype for p in assistant._model.encoder.parameters()} == {torch.float32}
    for network in (assistant._model.point_encoder, assistant._model.image_encoder):
        assert {p.dtype for p in network.parameters()} == {torch.bfloat16}
    for frame in open_source(frames):
        assistant.observe(frame)
    assert np.isfinite(assistant.scene().object_features).all()
    assert isinstance(assistant.ask("a chair").text, str)


def test_instances_of_another_program(model_folder, tmp_path, capsys):
    rng = np.random.default_rng(0)
    blocks = np.concatenate([rng.uniform(0, 0.5, (2000, 3)) + [1.5 * k, 0, 0] for k in range(3)])
    floor = np.c_[rng.uniform(-1, 5, (6000, 1)), rng.uniform(-2, 2, (6000, 1)), np.zeros((6000, 1))]
    xyz = np.concatenate([blocks, floor]).astype(np.float32)
    write_cloud(tmp_path / "scene.ply", PointCloud(xyz, np.full((len(xyz), 3), 120)))
    export = ["pred_mask/a_0.txt 5 0.9", "pred_mask/a_2.txt 7 0.8"]
    (tmp_path / "a.txt").write_text("\n".join(export) + "\n")
    (tmp_path / "pred_mask").mkdir()
    owner = np.repeat([0, 1, 2, -1], [2000, 2000, 2000, 6000])
    for k in (0, 2):
        (tmp_path / "pred_mask" / f"a_{k}.txt").write_text("\n".join(map(str, (owner == k).astype(int))) + "\n")
    cloud, given = str(tmp_path / "scene.ply"), str(tmp_path / "a.txt")
    assert main(["ask", cloud, "a chair", "--preset", str(model_folder), "--instances", given, "--json"]) == 0
    json.loads(capsys.readouterr().out)
    (tmp_path / "pred_mask" / "a_0.txt").write_text("1\n0\n")
    assert main(["ask", cloud, "a chair", "--preset", str(model_folder), "--instances", given]) == 1
    assert "2 " in capsys.readouterr().err
    assert main(["ask", str(tmp_path), "a chair", "--instances", given]) == 2
