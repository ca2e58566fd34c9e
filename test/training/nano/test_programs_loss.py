"""The loss of writing programs: how exercises are made, and a model that foretells every token."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from tiny_model import tiny_program_model

from omd3d_ros.language.program import OPERATIONS
from omd3d_ros.language.prompt import SceneTokens
from omd3d_ros.models.openmaskdino3d.modeling import LanguageOutput
from omd3d_ros.training.nano.programs import exercises, score_programs

QUERIES = [
    {"query": "where is the red chair?", "program": ["where", "color:red", "noun", 17, 22]},
    {"query": "the lamp on the table", "program": ["find", "on", "noun", 4, 8, "noun", 16, 21]},
    {"query": "who are you?", "program": ["unknown"]},
]


@pytest.fixture(scope="module")
def model():
    return tiny_program_model()


@pytest.fixture(scope="module")
def batch(model):
    """Two scenes: the first two questions of one, the third of the other."""
    one, two, three = exercises(QUERIES, model[1])
    return [[one, two], [three]]


def a_run(model, batch) -> LanguageOutput:
    model, processor = model
    width = sum(model.object_tokens.channels)
    scenes = [SceneTokens(torch.zeros(n, width), torch.ones(n, 6), torch.arange(n)) for n in (3, 0)]
    return model(scenes, processor.before, processor.after, [[e.text for e in row] for row in batch])


def test_an_exercise_is_a_question_with_its_program(model, batch):
    _, processor = model
    first = batch[0][0]
    codec = processor.programs
    written = first.text.ids[first.first : first.first + first.length].tolist()
    words = [first.text.text[slice(*first.text.offsets[i - codec.vocabulary])] for i in written[3:]]
    assert written[:3] == [codec.operation_id(o) for o in ("where", "color:red", "noun")] and words == ["chair"] * 2
    assert processor.tokenizer.decode(first.text.ids[: first.first]) == "<program>"
    assert first.then(torch.tensor([7])).length == first.length


def test_a_program_about_words_that_were_cut_off_is_no_exercise(model):
    long = "red " * 300 + "chair"
    start = len(long) - 5
    asked = {"query": long, "program": ["find", "noun", start, start + 5]}
    assert exercises([asked, QUERIES[2]], model[1])[0] is None
    assert exercises([asked, QUERIES[2]], model[1])[1] is not None


def foretelling(out: LanguageOutput, batch, first_pointer: int, mistaken: tuple[int, int] | None = None):
    """A model whose logits are all on the right tokens, and states that say so.

    mistaken: the program and the token of it that is foretold wrong.
    """
    count = first_pointer + 200
    hidden = torch.zeros(*out.hidden.shape[:2], count)
    program = 0
    for b, row in enumerate(batch):
        start = int((out.layouts[b].segment == 0).sum())
        for exercise in row:
            at = start + len(exercise.text.states) + exercise.first - 1
            for i, id in enumerate(exercise.text.ids[exercise.first : exercise.first + exercise.length].tolist()):
                wrong = mistaken == (program, i)
                hidden[b, at + i, id - 1 if wrong else id] = 50.0
            start += len(exercise.text)
            program += 1
    model = SimpleNamespace(
        language_model=SimpleNamespace(get_output_embeddings=lambda: lambda states: states[:, :first_pointer]),
        question_reader=SimpleNamespace(
            logits=lambda states, pieces: states[:, first_pointer : first_pointer + len(pieces)]
        ),
    )
    return model, LanguageOutput(hidden, out.layouts)


def test_a_model_that_foretells_all_has_no_loss_and_all_programs_right(model, batch):
    first_pointer = len(model[1].tokenizer)
    knowing, out = foretelling(a_run(model, batch), batch, first_pointer)
    score = score_programs(knowing, first_pointer, out, batch)
    assert float(score.loss) == pytest.approx(0.0, abs=1e-6)
    assert (score.programs, score.right, score.tokens) == (3, 3, 5 + 8 + 1)


@pytest.mark.parametrize("mistaken", [(0, 0), (0, 4), (1, 3), (1, 7), (2, 0)], ids=str)
def test_one_wrong_token_makes_one_program_wrong(model, batch, mistaken):
    first_pointer = len(model[1].tokenizer)
    knowing, out = foretelling(a_run(model, batch), batch, first_pointer, mistaken)
    score = score_programs(knowing, first_pointer, out, batch)
    assert score.right == 2 and float(score.loss) == pytest.approx(50.0, abs=1e-3)


def test_the_loss_teaches_words_and_pointers(model, batch):
    tiny, processor = model
    score = score_programs(tiny, len(processor.tokenizer), a_run(model, batch), batch)
    (score.loss / score.tokens).backward()
    for part in (tiny.question_reader, tiny.language_model):
        assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in part.parameters())
    assert len(OPERATIONS) > 50  # so that the loss of a random model is far from none
    assert float(score.loss.detach()) / score.tokens > 1.0
