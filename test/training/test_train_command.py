"""``omd3d train --data``: from a prepared folder to a model that ``omd3d ask`` takes, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
import yaml
from published_model import a_base_model, a_reference, saved
from small_runs import a_sample, a_scene, grounding_samples

from omd3d_ros.cli import main
from omd3d_ros.datasets.prepared.layout import Manifest, file_record, samples_path, scene_path, write_manifest
from omd3d_ros.datasets.prepared.sample_file import write_samples
from omd3d_ros.datasets.prepared.scene_file import scene_bytes
from omd3d_ros.mapping.cloud_io import write_cloud
from omd3d_ros.models.loading import load_model
from omd3d_ros.training.training_log import read_log
from omd3d_ros.types import PointCloud

TINY = {
    "encoder": {"type": "sparse_unet", "blocks": 2, "block_reps": 1, "media": 8},
    "segmentor": {"type": "geometric"},
    "mask_decoder": {"d_text": 16, "media": 8, "d_model": 32, "num_layer": 1, "nhead": 4, "hidden_dim": 24},
    "llm": {
        "model_type": "llama", "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 4,
    },
    "object_layout": "id point image location", "location_encoding": "box", "normalize_features": True,
    "max_objects": 5, "bidirectional": False, "tie_object_logits": False, "prompt": "published", "max_new_tokens": 6,
}  # fmt: skip


@pytest.fixture
def data(tmp_path):
    """A prepared folder of four scenes: eight descriptions, two of them held out, and a question."""
    folder = tmp_path / "data"
    question = a_sample(task="scanqa", prompt="what is near the table", answers=["A chair."], masked=False)
    samples = {
        ("scanrefer", "train"): grounding_samples()[:6], ("scanrefer", "val"): grounding_samples()[6:],
        ("scanqa", "train"): [question],
    }  # fmt: skip
    scenes = [a_scene(seed) for seed in range(4)]
    for name in ("scenes", "samples"):
        (folder / name).mkdir(parents=True)
    for scene in scenes:
        (folder / scene_path(scene.scene_id)).write_bytes(scene_bytes(scene))
    counts: dict = {}
    for (task, split), chosen in samples.items():
        write_samples(folder / samples_path(task, split), chosen)
        counts.setdefault(task, {})[split] = len(chosen)
    files = {str(p.relative_to(folder)): file_record(p) for p in folder.rglob("*") if p.is_file()}
    write_manifest(folder, Manifest("rooms", {}, 12, 24, 8, [s.scene_id for s in scenes], counts, files))
    return folder


@pytest.fixture
def preset(tmp_path):
    """A preset without weights, all of which begins random."""
    path = tmp_path / "small.yaml"
    training = {"fine_tuning": {"language": "full", "batch_size": 4, "learning_rate": 1e-3}}
    path.write_text(yaml.safe_dump({"weights": "nowhere", "model": TINY, "training": training}))
    return path


def train(*arguments) -> int:
    return main(["--quiet", "train", *map(str, arguments)])


def test_from_prepared_data_to_an_answer(data, preset, tmp_path, capsys):
    out = tmp_path / "run"
    command = ["--preset", preset, "--data", data, "--out", out, "--set", "validation_steps=2", "--steps", 4]
    assert train(*command) == 0
    assert len(read_log(out / "training.csv")) == 4
    assert [row["step"] for row in read_log(out / "validation.csv")] == [1, 3]
    facts = json.loads((out / "model" / "training.json").read_text())
    assert facts["settings"]["tags"] == ["scanqa", "scanrefer"] and facts["settings"]["batch_size"] == 4
    before = (out / "model" / "model.safetensors").read_bytes()
    assert train(*command) == 0  # a second run finds everything done
    assert (out / "model" / "model.safetensors").read_bytes() == before
    rng = np.random.default_rng(0)
    floor = np.c_[rng.uniform(-1, 2, (6000, 2)), np.zeros(6000)]
    xyz = np.concatenate([floor, rng.uniform(0, 0.5, (3000, 3))]).astype(np.float32)
    write_cloud(tmp_path / "scene.ply", PointCloud(xyz, np.full((len(xyz), 3), 120)))
    assert main(["ask", str(tmp_path / "scene.ply"), "the chair", "--preset", str(out / "model"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["query"] == "the chair"
    # and it can be trained further
    assert (
        train("--preset", out / "model", "--data", data, "--tags", "scanrefer", "--out", tmp_path / "on", "--steps", 1)
        == 0
    )


def test_around_a_base_language_model(data, preset, tmp_path):
    """Adapters, projectors and decoder learn; base model and scene encoder are in the result as they were."""
    llm = a_base_model(tmp_path / "llm")
    reference, _ = a_reference(llm)
    saved(reference, tmp_path)
    base = {"language": "lora", "lora": {"r": 2, "lora_alpha": 4, "target_modules": ["q_proj"]}}
    command = ["--preset", preset, "--llm", llm, "--spformer", tmp_path / "spf.pth", "--data", data]
    command += ["--out", tmp_path / "run", "--steps", 2]
    assert train(*command, *(f"--set={k}={json.dumps(v)}" for k, v in base.items())) == 0
    model, processor = load_model(tmp_path / "run" / "model")
    assert model.config.lora == base["lora"]
    from transformers import LlamaForCausalLM

    original = LlamaForCausalLM.from_pretrained(llm)
    trained = model.language_model.state_dict()
    for name, tensor in original.state_dict().items():
        own = trained.get(name, trained.get(name.replace("q_proj.weight", "q_proj.base_layer.weight")))
        assert (own[: len(tensor)] == tensor).all(), name
    for name, tensor in reference.encoder.state_dict().items():
        assert (model.encoder.state_dict()[name] == tensor).all(), name
    assert processor.seg_id == len(original.get_input_embeddings().weight)


def test_weights_of_the_published_form_are_trained_further(data, tmp_path):
    model, processor = a_reference(a_base_model(tmp_path / "llm"))
    model.save_pretrained(tmp_path / "published")
    processor.save_pretrained(tmp_path / "published")
    command = ["--preset", tmp_path / "published", "--data", data, "--out", tmp_path / "run", "--steps", 2]
    assert train(*command, "--mixed-precision", "no", "--gradient-checkpointing", "--targets", "proposals") == 0
    after, _ = load_model(tmp_path / "run" / "model")
    assert after.config.as_published and after.config.lora == model.config.lora


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--tags", "scanrefer#nr3d"], 1, "no tag 'nr3d'; there are: scanqa, scanrefer"),
        (["--set", "epoch=3"], 1, "training has no epoch; there are: "),
        (["--set", "epochs"], 2, "write it as NAME=VALUE"),
        (["--rooms", "3"], 2, "--rooms is for training on rooms, without --data"),
        (["--batch-size", "0"], 1, "batch_size must be above 0, got 0"),
        (["--llm", "nowhere"], 1, "nowhere: no language model with a tokenizer"),
    ],
)
def test_what_can_not_be_trained_is_said(data, preset, tmp_path, capsys, arguments, code, message):
    assert train("--preset", preset, "--data", data, "--out", tmp_path / "run", *arguments) == code
    assert message in capsys.readouterr().err
    assert not (tmp_path / "run" / "model").exists()


def test_a_model_that_writes_programs_learns_no_sentences(data, tmp_path, capsys):
    """By the preset's settings, or by those of a folder of weights."""
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "config.json").write_text(json.dumps({"text_encoder": {"name": "minilm", "width": 384}}))
    for preset in ("nano", tmp_path / "weights"):
        assert train("--preset", preset, "--data", data, "--out", tmp_path / "run") == 1
        (line,) = capsys.readouterr().err.strip().splitlines()
        assert "can't learn the sentences of prepared data" in line and "--preset openmaskdino3d_tiny" in line
    assert not (tmp_path / "run").exists()


def test_options_of_prepared_data_need_it(capsys, tmp_path):
    assert train("--tags", "scanrefer", "--out", tmp_path) == 2
    assert "--tags is for training on prepared data: give --data" in capsys.readouterr().err
    tiny = ["--preset", "openmaskdino3d_tiny"]
    assert train(*tiny, "--data", tmp_path / "none", "--out", tmp_path / "run") == 1
    assert "there is no such folder" in capsys.readouterr().err
