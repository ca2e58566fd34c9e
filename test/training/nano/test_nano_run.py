"""``omd3d train`` from nothing, at the smallest size that goes through every stage; interrupted, and in parts."""

from __future__ import annotations

import json
import shutil
from functools import partial
from pathlib import Path

import pytest
import torch
import yaml
from safetensors.torch import load_file
from tiny_rooms import write_tiny_rooms

from omd3d_ros.cli import main
from omd3d_ros.datasets.rooms.variants import VALIDATION_SEED
from omd3d_ros.files import share_file
from omd3d_ros.language.naming import NameMatcher
from omd3d_ros.models.loading import load_model
from omd3d_ros.models.presets import load_preset
from omd3d_ros.training import naming
from omd3d_ros.training.nano import programs_stage
from omd3d_ros.training.nano.run import STAGES
from omd3d_ros.training.stage import run_stage

QUERIES = [
    {"query": "the red chair", "type": "category", "target_ids": [1], "answer": "the red chair",
     "program": ["find", "color:red", "noun", 8, 13]},
    {"query": "how many tables are here?", "type": "count", "target_ids": [2], "answer": "one",
     "program": ["count", "noun", 9, 15]},
    {"query": "what colour is it?", "type": "follow_up", "target_ids": [1], "answer": "red",
     "program": ["color", "last"], "previous": "the red chair", "last_ids": [1]},
    {"query": "where is the lamp?", "type": "zero", "target_ids": [], "answer": "no lamp here",
     "program": ["find", "noun", 13, 17]},
]  # fmt: skip


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> tuple[Path, Path]:
    """A preset like nano but small, and the cache with its rooms: four to train on, one held out."""
    folder = tmp_path_factory.mktemp("small")
    content = yaml.safe_load(share_file("config", "nano.yaml").read_text())
    content["model"]["encoder"] = {"width": 32, "layers": 1, "heads": 2, "pair_width": 8}
    content["model"]["llm"] |= {
        "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2,
        "num_key_value_heads": 2,
    }  # fmt: skip
    content["model"]["mask_decoder"] |= {"d_model": 32, "num_layer": 1, "hidden_dim": 32}
    content["training"] = {
        "rooms": 4, "seed": 0, "validation_rooms": 1, "calibration_rooms": 2, "language_rooms": 4,
        "instance_steps": 80, "object_steps": 3, "program_steps": 3, "language_steps": 3,
    }  # fmt: skip
    preset = folder / "small.yaml"
    preset.write_text(yaml.safe_dump({**content, "weights": str(folder / "weights")}))
    seeds = [*range(4), VALIDATION_SEED]
    write_tiny_rooms(folder / "rooms", seeds)
    for seed in seeds:
        room = folder / "rooms" / f"room-{seed:07d}.json"
        room.write_text(room.read_text().replace('"table"', '"dining table"'))
        asked = json.dumps(dict.fromkeys(("train", "phrasing", "words"), QUERIES))
        room.with_suffix(".queries.json").write_text(asked)
    return preset, folder / "rooms"


@pytest.fixture(autouse=True, scope="module")
def quick():
    """Few questions a step, and a checkpoint after each; names are learned elsewhere."""

    def named(categories, seed, encoder):
        torch.manual_seed(seed)
        return NameMatcher(categories, encoder.width).eval()

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(naming, "train_naming", named)
        patched.setattr(programs_stage, "_QUESTIONS", 4)
        patched.setattr(programs_stage, "run_stage", partial(run_stage, every_minutes=0.0))
        yield


def train(small, out: Path, *arguments: str) -> int:
    """On one thread: with more, the last digits of sums are by chance."""
    preset, rooms = small
    fixed = ["--preset", str(preset), "--out", str(out), "--cache", str(rooms), "--threads", "1"]
    threads = torch.get_num_threads()
    try:
        return main(["--quiet", "train", *fixed, *arguments])
    finally:
        torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def unbroken(small, quick, tmp_path_factory) -> Path:
    """The folder of a run that nothing interrupted."""
    out = tmp_path_factory.mktemp("unbroken")
    assert train(small, out, "--install") == 0
    return out


def test_every_stage_leaves_its_mark(unbroken, small):
    assert {p.stem for p in unbroken.glob("*.pt")} == {"instances", "objects", "programs", "language"}
    scores = json.loads((unbroken / "model" / "scores.json").read_text())
    assert set(scores["seconds"]) == set(STAGES)
    assert scores["grounding"]["train"]["overall"]["n"] > 0
    assert "--install" in (unbroken / "model" / "README.md").read_text()
    assert load_preset(unbroken / "model").map == load_preset(str(small[0])).map
    installed = small[0].parent / "weights" / "model.safetensors"
    assert installed.read_bytes() == (unbroken / "model" / "model.safetensors").read_bytes()


def test_the_saved_model_is_the_trained_one(unbroken):
    model, processor = load_model(unbroken / "model", "cpu")
    assert model.config.text_encoder and model.config.object_classifier and model.config.naming
    assert set(model.config.execution) == {
        "find", "member", "exists", "count_none", "count_one", "alike", "mismeasured", "lone", "color", "material",
        "confidence",
    }  # fmt: skip
    assert processor.config.execution == model.config.execution
    trained = torch.load(unbroken / "language.pt", weights_only=True)["module"]
    own = torch.nn.ModuleList([model.question_reader]).state_dict()
    for name, tensor in own.items():
        torch.testing.assert_close(tensor, trained[name], atol=2e-3, rtol=2e-3)  # saved in half precision
    assert processor.programs.operation_id("find") < len(processor.tokenizer)


def test_an_interrupted_run_ends_as_the_unbroken_one(small, unbroken, tmp_path, monkeypatch):
    text_questions, made = programs_stage.text_questions, []

    def until_killed(*arguments):
        made.append(1)
        if len(made) == 2:
            raise KeyboardInterrupt
        return text_questions(*arguments)

    monkeypatch.setattr(programs_stage, "text_questions", until_killed)
    assert train(small, tmp_path) == 130
    assert not (tmp_path / "model").exists()
    assert train(small, tmp_path) == 0
    same = [(folder / "model" / "model.safetensors").read_bytes() for folder in (unbroken, tmp_path)]
    assert same[0] == same[1]


def test_one_stage_alone_goes_on_from_those_that_it_needs(small, unbroken, tmp_path):
    assert train(small, tmp_path, "--only", "instances") == 0
    assert [p.stem for p in tmp_path.glob("*.pt")] == ["instances"]
    assert train(small, tmp_path, "--only", "language") == 0
    assert {p.stem for p in tmp_path.glob("*.pt")} == {"instances", "objects", "programs", "language"}
    assert not (tmp_path / "model").exists()
    found = [torch.load(folder / "language.pt", weights_only=True)["module"] for folder in (unbroken, tmp_path)]
    assert found[0].keys() == found[1].keys()
    assert all(torch.equal(found[0][name], found[1][name]) for name in found[0])


def test_parts_of_no_steps_stay_as_they_were(small, unbroken, tmp_path):
    none = [a for part in ("instance", "object", "program", "language") for a in (f"--{part}-steps", "0")]
    assert train(small, tmp_path, "--init", str(unbroken / "model"), *none) == 0
    assert not list(tmp_path.glob("*.pt"))
    before, after = (load_file(folder / "model" / "model.safetensors") for folder in (unbroken, tmp_path))
    fitted = {"object_classifier.powers", *(name for name in before if name.startswith("proposal_quality."))}
    assert before.keys() == after.keys() and fitted < before.keys()
    assert all(torch.equal(before[name], after[name]) for name in before.keys() - fitted)


def in_two_rounds(small, folder: Path, **second) -> tuple[Path, Path]:
    """Another preset of the same rooms."""
    content = yaml.safe_load(small[0].read_text())
    content["training"]["rounds"] = [{}, {"init_rate": 0.8, **second}]
    preset = folder / "twice.yaml"
    preset.write_text(yaml.safe_dump(content))
    return preset, small[1]


def test_rounds_are_the_commands_one_after_the_other(small, unbroken, tmp_path):
    chosen = {"instance_steps": 0, "object_steps": 2, "language_steps": 0}
    twice = in_two_rounds(small, tmp_path, **chosen)
    shutil.copytree(unbroken / "model", tmp_path / "rounds" / "round-1" / "model")  # as if that round were done
    assert train(twice, tmp_path / "rounds") == 0
    steps = [a for name, n in chosen.items() for a in (f"--{name.replace('_', '-')}", str(n))]
    assert train(small, tmp_path / "by_hand", "--init", str(unbroken / "model"), "--init-rate", "0.8", *steps) == 0
    one, other = (tmp_path / folder / "model" for folder in ("rounds", "by_hand"))
    assert (one / "model.safetensors").read_bytes() == (other / "model.safetensors").read_bytes()
    assert not list((tmp_path / "rounds" / "round-1").glob("*.pt"))
    card = (one / "README.md").read_text()
    assert card.count("Steps: ") == 2 and "Steps: 80 (instances), 3 (objects)" in card and "Steps: 0" in card
    assert "--init" not in card


def test_one_stage_of_a_later_round_needs_the_model_before(small, tmp_path, capsys):
    twice = in_two_rounds(small, tmp_path)
    assert train(twice, tmp_path / "run", "--only", "programs") == 1
    assert "2 rounds: say with --round of which" in capsys.readouterr().err
    assert train(twice, tmp_path / "run", "--only", "programs", "--round", "2") == 1
    assert "round-1/model has no weights to begin with" in capsys.readouterr().err
    assert train(twice, tmp_path / "run", "--only", "programs", "--round", "1") == 0
    assert [p.name for p in (tmp_path / "run" / "round-1").glob("*.pt")] == ["programs.pt"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--only", "everything"], 2, "invalid choice: 'everything'"),
        (["--rooms", "0"], 1, "rooms and validation rooms must be at least 1"),
        (["--program-steps", "0"], 1, "steps must be at least 1, or with --init 0 for a part that stays as it is"),
        (["--init-rate", "0"], 1, "--init-rate is 0, expected a share above 0 and at most 1"),
    ],
)
def test_what_can_not_be_trained_is_said(small, tmp_path, capsys, arguments, code, message):
    try:
        found = train(small, tmp_path / "run", *arguments)
    except SystemExit as stopped:
        found = stopped.code
    assert found == code and message in capsys.readouterr().err
