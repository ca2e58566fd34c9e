"""A model that answers with query programs: packing of questions that a text encoder has read, saving, refusals."""

from __future__ import annotations

import pytest
import torch
from tiny_model import tiny_model, tiny_program_model

from omd3d_ros.language.program import OPERATIONS
from omd3d_ros.language.program_writing import write_program
from omd3d_ros.language.prompt import SceneTokens
from omd3d_ros.models.loading import load_model
from omd3d_ros.models.openmaskdino3d import OpenMaskDINO3DConfig, OpenMaskDINO3DProcessor
from omd3d_ros.models.openmaskdino3d.processing import TokenizerError, clean

EXECUTION = {"find": 0.2, "member": 0.4, "count_none": 0.1, "count_one": 0.6, "confidence": [1.5, -0.3]}


@pytest.fixture(scope="module")
def made():
    return tiny_program_model()


def a_scene(model, objects=5) -> SceneTokens:
    g = torch.Generator().manual_seed(0)
    features = torch.randn(objects, sum(model.object_tokens.channels), generator=g)
    return SceneTokens(features, torch.rand(objects, 6, generator=g) + 0.1, torch.arange(objects))


@torch.inference_mode()
def test_read_questions_packed_together_are_as_alone(made):
    """With pointers at their pieces after them."""
    model, processor = made
    first = len(processor.tokenizer)
    texts = [q.then(torch.tensor([9, first + 1, first + 2])) for q in processor.read(["the red chair", "a table here"])]
    scene = a_scene(model)
    packed = model([scene], processor.before, processor.after, [texts]).hidden[0]
    alone = [model([scene], processor.before, processor.after, [[t]]).hidden[0] for t in texts]
    prefix = len(alone[0]) - len(texts[0])
    torch.testing.assert_close(packed[: len(alone[0])], alone[0], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(packed[len(alone[0]) :], alone[1][prefix:], atol=1e-5, rtol=1e-4)


@torch.inference_mode()
def test_a_pointer_is_read_as_what_it_points_at(made):
    model, processor = made
    (question,) = processor.read(["the red chair"])
    pieces = model.question_reader(question.states)
    embedded = model.embed_ids(torch.tensor([9, len(processor.tokenizer) + 3]), pieces)
    table = model.language_model.get_input_embeddings()
    torch.testing.assert_close(embedded[0], table(torch.tensor(9)))
    torch.testing.assert_close(embedded[1], pieces[3] + model.question_reader.pointed)


def test_pieces_say_which_characters_they_cover(made):
    _, processor = made
    (question,) = processor.read(["  The RED\tchair? "])
    assert question.text == "The RED chair?"
    covered = [question.text[first:last] for first, last in question.offsets if last > first]
    assert covered == ["The", "RED", "chair", "?"] and question.offsets[0] == question.offsets[-1] == (0, 0)
    assert clean("ﬁnd [SEG]\x07 it") == "find it"


def test_saved_and_loaded_it_writes_the_same_programs(tmp_path):
    model, processor = tiny_program_model(execution=EXECUTION)
    model.save_pretrained(tmp_path)
    processor.save_pretrained(tmp_path)
    again, its_processor = load_model(tmp_path, "cpu")
    for name in ("text_encoder", "naming", "object_classifier", "execution", "prompt", "tie_object_logits"):
        assert getattr(again.config, name) == getattr(model.config, name), name
    assert again.config.execution == EXECUTION
    saved = again.state_dict()
    assert {n.split(".")[0] for n in saved} >= {"question_reader", "object_classifier", "name_matcher"}
    assert not any("bert" in n for n in saved)
    assert all(torch.equal(saved[n], t) for n, t in model.state_dict().items())
    assert its_processor.programs.operation_id("find") == processor.programs.operation_id("find")
    question = processor.read(["where is the red chair?"])[0]
    scene = a_scene(model)
    written = []
    for own, its in ((model, processor), (again, its_processor)):
        with torch.inference_mode():
            prefix = own.read_scene(scene, its.before, its.after)
        written.append(write_program(prefix, question, own, its).ids)
    assert written[0] == written[1]


def test_names_mean_the_same_after_loading(made, tmp_path):
    model, processor = made
    model.save_pretrained(tmp_path)
    processor.save_pretrained(tmp_path)
    again, its_processor = load_model(tmp_path, "cpu")
    means = [
        m.name_matcher.use_encoder(p.text_encoder).membership(["a chair"]) for m, p in (made, (again, its_processor))
    ]
    torch.testing.assert_close(*map(torch.from_numpy, means))


def test_saved_in_half_precision_it_loads_as_float(tmp_path):
    model, processor = tiny_program_model()
    model.half().save_pretrained(tmp_path)
    processor.save_pretrained(tmp_path)
    again, _ = load_model(tmp_path, "cpu")
    assert {p.dtype for p in again.parameters()} == {torch.float32}


def test_operations_are_words_of_their_own(made):
    _, processor = made
    ids = [processor.programs.operation_id(o) for o in OPERATIONS]
    assert ids == list(range(ids[0], ids[0] + len(OPERATIONS)))
    assert processor.tokenizer.convert_ids_to_tokens(ids[0]) == "<find>"
    assert processor.programs.vocabulary == len(processor.tokenizer)


def test_a_tokenizer_without_operations_is_refused():
    _, processor = tiny_model()
    settings = {**processor.config.to_dict(), "text_encoder": {"name": "minilm", "width": 384}}
    settings.pop("model_type")
    with pytest.raises(TokenizerError, match="lacks the operations of query programs"):
        OpenMaskDINO3DProcessor(processor.tokenizer, OpenMaskDINO3DConfig(**settings))
    with pytest.raises(TokenizerError, match="reads questions from its own table of words"):
        processor.read(["a chair"])


def test_a_text_encoder_needs_a_name_and_a_width():
    with pytest.raises(ValueError, match="text_encoder needs a name and a width"):
        tiny_program_model(text_encoder={"name": "minilm"})
