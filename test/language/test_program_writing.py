"""Writing programs with random weights: whatever is asked, what is written is a program whose nouns are in the text."""

from __future__ import annotations

import pytest
import torch
from program_scene import a_scene
from tiny_model import tiny_program_model

from omd3d_ros.language.answering import MAX_QUERY, QueryError, answer_query, check_query
from omd3d_ros.language.program import Unfinished, parse
from omd3d_ros.language.program_writing import write_program
from omd3d_ros.language.scene_reading import readings_of

QUESTIONS = (
    "chair", "x", "7", "", "🪑🪑 🪑", "椅子在哪里?", "où est la chaise ?", "[SEG] [SEG]", "\u200b a", "the <OBJ001>",
    "ﬁnd the ﬂowers", "x" * MAX_QUERY, "a " * (MAX_QUERY // 2), "where is the red chair that stands by the window?",
)  # fmt: skip


@pytest.fixture(scope="module")
def model():
    return tiny_program_model()


@pytest.fixture(scope="module")
def reading(model):
    return readings_of(model[0]).of(a_scene(model[0]), model[1])


@pytest.mark.parametrize("seed", range(3))
def test_any_question_has_a_valid_program(seed):
    """Other random heads like other operations, so that all kinds of programs are written."""
    model, processor = tiny_program_model()
    torch.manual_seed(seed)
    torch.nn.init.normal_(model.language_model.get_input_embeddings().weight, std=2.0)
    prefix = readings_of(model).of(a_scene(model), processor).prefix
    for question in processor.read(QUESTIONS):
        written = write_program(prefix, question, model, processor)
        assert parse(_tokens(written, question, processor)) == written.program
        assert 0 <= written.probability <= 1
        for noun in (s for s in written.program.steps() if s.operation == "noun"):
            assert 0 <= noun.start <= noun.end <= len(question.text)
            assert noun.start < noun.end or not any(last > first for first, last in question.offsets)


def _tokens(written, question, processor):
    state, tokens = Unfinished(), []
    for id in written.ids:
        tokens.append(processor.programs.token(id, question.offsets, start=state.next == "start"))
        state.add(tokens[-1])
    return tokens


@torch.inference_mode()
def test_each_token_is_the_likeliest_that_may_stand_there(model, reading):
    """Judged by reading question and program at once; the cache holds all of them but the last token."""
    model, processor = model
    codec = processor.programs
    question = processor.read(["where is the red chair?"])[0]
    written = write_program(reading.prefix, question, model, processor)
    text = question.then(torch.tensor(written.ids))
    assert written.length == reading.prefix.length + len(text) - 1
    out = model([reading.tokens], processor.before, processor.after, [[text]])
    states = out.hidden[0, reading.prefix.length :]
    pieces, state = states[: len(question.states)], Unfinished()
    for hidden, id in zip(states[len(question) - 1 :], written.ids, strict=False):
        if state.next in ("start", "end"):
            logits = model.question_reader.logits(hidden[None], pieces)[0, 1:-1]
            assert state.next == "end" or int(logits.argmax()) == id - codec.vocabulary - 1
        else:
            logits = model.language_model.get_output_embeddings()(hidden)
            assert max(state.allowed(), key=lambda o: float(logits[codec.operation_id(o)])) == codec.token(id, [], True)
        state.add(codec.token(id, question.offsets, start=state.next == "start"))
    assert state.done


def test_whoever_asks_is_asked_before_each_token(model, reading):
    model, processor = model
    question = processor.read(["where is the red chair?"])[0]
    asked = []
    written = write_program(reading.prefix, question, model, processor, lambda: asked.append(1))
    assert len(asked) == len(written.ids)

    def stop():
        raise TimeoutError("too late")

    with pytest.raises(TimeoutError, match="too late"):
        write_program(reading.prefix, question, model, processor, stop)


def test_what_can_not_be_asked_is_said(model):
    with pytest.raises(QueryError, match="10000 characters; the limit is 1000"):
        answer_query(a_scene(model[0]), "chair" * 2000, *model)
    with pytest.raises(QueryError, match="empty"):
        check_query("🪑")


@pytest.mark.parametrize("query", ["7", "椅子在哪里?", "[SEG]", "x" * MAX_QUERY])
def test_any_question_is_answered(model, query):
    answer = answer_query(a_scene(model[0]), query, *model)
    assert answer.text and answer.query == query
