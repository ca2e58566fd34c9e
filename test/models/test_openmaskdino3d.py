"""The assembled model: packing, caching, identifiers, saving."""

from __future__ import annotations

import pytest
import torch
from tiny_model import OBJECTS, tiny_model

from omd3d_ros.language.generation import generate
from omd3d_ros.language.prompt import SceneTokens
from omd3d_ros.models.loading import WeightsError, load_model
from omd3d_ros.models.openmaskdino3d import OpenMaskDINO3DConfig
from omd3d_ros.models.presets import PresetError, load_preset


def a_scene(model, objects=7, seed=1) -> SceneTokens:
    g = torch.Generator().manual_seed(seed)
    width = model.object_tokens.channels[0]
    boxes = torch.rand(objects, 6, generator=g) + 0.1
    return SceneTokens(torch.randn(objects, width, generator=g), boxes, torch.arange(objects))


@pytest.mark.parametrize("layout", ["id+point+location", "id point location"])
@pytest.mark.parametrize("bidirectional", [True, False])
def test_questions_packed_together_answer_as_alone(layout, bidirectional):
    model, processor = tiny_model(object_layout=layout, bidirectional=bidirectional)
    scene = a_scene(model)
    first, second = processor.question("where is the red chair?"), processor.question("a table")
    with torch.inference_mode():
        packed = model([scene], processor.before, processor.after, [[first, second]]).hidden[0]
        alone = [model([scene], processor.before, processor.after, [[q]]).hidden[0] for q in (first, second)]
    prefix = len(alone[0]) - len(first)
    torch.testing.assert_close(packed[: prefix + len(first)], alone[0], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(packed[prefix + len(first) :], alone[1][prefix:], atol=1e-5, rtol=1e-4)


def test_padding_changes_nothing():
    model, processor = tiny_model()
    small, large = a_scene(model, 3), a_scene(model, 11, seed=2)
    question = processor.question("where is the chair?")
    with torch.inference_mode():
        both = model([small, large], processor.before, processor.after, [[question], [question]])
        one = model([small], processor.before, processor.after, [[question]])
    torch.testing.assert_close(both.hidden[0, : one.hidden.shape[1]], one.hidden[0], atol=1e-5, rtol=1e-4)


def test_cached_generation_equals_recomputing():
    model, processor = tiny_model()
    scene, question = a_scene(model), processor.question("where is the red chair?")
    said = generate(scene, question, model, processor).ids
    with torch.inference_mode():
        out = model([scene], processor.before, processor.after, [[torch.cat([question, torch.tensor(said[:-1])])]])
        states = model.object_states(out.hidden[0], out.layouts[0])
        logits = model.logits(out.hidden[0, -len(said) :], states, scene.slots)
    assert logits.argmax(-1).tolist() == said


def test_only_identifiers_of_the_scene_can_be_said():
    model, processor = tiny_model()
    scene = a_scene(model, objects=4)
    with torch.inference_mode():
        out = model([scene], processor.before, processor.after, [[processor.question("a chair")]])
        states = model.object_states(out.hidden[0], out.layouts[0])
        p = model.logits(out.hidden[0], states, scene.slots).softmax(-1)[:, model.first_object_id :]
    assert (p[:, :4] > 0).all() and (p[:, 4:] == 0).all() and p.shape[1] == OBJECTS


def test_save_and_load(tmp_path):
    model, processor = tiny_model()
    model.save_pretrained(tmp_path)
    processor.save_pretrained(tmp_path)
    assert not list(tmp_path.glob("*.bin"))
    again, its_processor = load_model(tmp_path, "cpu")
    scene, question = a_scene(model), processor.question("where is the red chair?")
    assert generate(scene, question, again, its_processor).ids == generate(scene, question, model, processor).ids


def test_half_precision_files_load_as_float(tmp_path):
    model, processor = tiny_model()
    model.half().save_pretrained(tmp_path)
    processor.save_pretrained(tmp_path)
    again, _ = load_model(tmp_path, "cpu")
    assert {p.dtype for p in again.parameters()} == {torch.float32}


def test_missing_or_broken_weights(tmp_path):
    with pytest.raises(WeightsError, match=r"no config.json, model.safetensors"):
        load_model(tmp_path)
    model, processor = tiny_model()
    model.save_pretrained(tmp_path)
    processor.save_pretrained(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"\0" * 100)
    with pytest.raises(WeightsError, match="can't be loaded"):
        load_model(tmp_path)


def test_bad_configuration():
    with pytest.raises(ValueError, match="object_layout must be tokens"):
        OpenMaskDINO3DConfig(object_layout="sideways")


def test_presets(tmp_path):
    assert load_preset("nano").model["llm"]["model_type"] == "llama"
    with pytest.raises(PresetError, match="there are: .*nano"):
        load_preset("giga")
    own = tmp_path / "own.yaml"
    own.write_text("weights: here\nmap: {voxel_size: 0.05}\n")
    assert load_preset(own).weights == tmp_path / "here"
    own.write_text("- a list\n")
    with pytest.raises(PresetError, match="not a preset"):
        load_preset(own)


def test_text_goes_in_clean_and_comes_out_readable():
    _, processor = tiny_model()
    plain = processor.question("where is the chair?").tolist()
    assert processor.question("  Where\tis [SEG] the\x07 chair?\n").tolist() == plain
    said = processor.answer("[SEG] <OBJ003> <OBJ004>: the red chair.").tolist()
    assert said[0] == processor.seg_id and said[-1] == processor.eos_id
    assert processor.decode(said) == "<OBJ003> <OBJ004>: the red chair."
