"""Questions about no room, for learning to read: all operations, in many words; and programs written by hand."""

import json
import random
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from omd3d_ros.datasets.rooms.grammar import TYPES, text_questions
from omd3d_ros.datasets.rooms.grammar.finishing import finish, mistyped
from omd3d_ros.datasets.rooms.grammar.nouns import Noun, name_of, without_material
from omd3d_ros.datasets.rooms.grammar.sentences import sentence
from omd3d_ros.datasets.rooms.grammar.spans import mark, placed, read_spans
from omd3d_ros.datasets.rooms.grammar.voice import Voice, is_held_out
from omd3d_ros.datasets.rooms.grammar.written import read_program
from omd3d_ros.datasets.rooms.lexicon import COLOR_NAMES
from omd3d_ros.language.program import OPERATIONS, ProgramError, Step, parse

HANDWRITTEN = {"natural_questions.jsonl": 120, "everyday_questions.jsonl": 60}


@pytest.fixture(scope="module")
def texts() -> list[dict]:
    return text_questions(np.random.default_rng(0), 6000)


def test_programs_are_valid_and_nouns_are_spans(texts) -> None:
    for q in texts:
        spans = {(s.start, s.end) for s in parse(q["program"]).steps() if s.operation == "noun"}
        assert spans == {(n["start"], n["end"]) for n in q["nouns"]}
        assert all(q["query"][n["start"] : n["end"]] == n["phrase"] for n in q["nouns"])


def test_every_operation_and_type_occurs(texts) -> None:
    assert {t for q in texts for t in q["program"] if isinstance(t, str)} == set(OPERATIONS)
    assert {q["type"] for q in texts} == set(TYPES)


def test_hardly_any_question_occurs_twice(texts) -> None:
    counted = Counter(q["query"].lower() for q in texts if q["type"] not in ("unanswerable", "describe", "need"))
    assert sum(n - 1 for n in counted.values()) < 0.05 * len(texts)


def test_texts_are_repeatable_and_their_splits_differ() -> None:
    train, again, held = (
        {q["query"] for q in text_questions(np.random.default_rng(1), 300, split)}
        for split in ("train", "train", "phrasing")
    )
    assert train == again and not train & held


def test_a_fifth_of_the_wordings_is_held_out() -> None:
    assert 0.15 < np.mean([is_held_out(f"wording {i}") for i in range(2000)]) < 0.25


def test_typing_errors_change_one_place_and_no_first_letter() -> None:
    text = "show me " + mark(0, "bookshelf")
    for seed in range(200):
        changed, spans = read_spans(mistyped(text, Voice(random.Random(seed), "train")))
        start, end = spans[0]
        assert changed[0] == "s" and changed[start] == "b" and abs(len(changed) - len("show me bookshelf")) <= 1
        assert end == len(changed)


def test_finishing_keeps_nouns_whole() -> None:
    for seed in range(300):
        text = finish(
            "is the " + mark(0, "mug") + " near the " + mark(1, "window") + "?", Voice(random.Random(seed), "train")
        )
        query, spans = read_spans(text)
        assert query[slice(*spans[0])].lower()[0] == "m" and query[slice(*spans[1])].lower()[0] == "w"


@pytest.mark.parametrize(
    ("program", "words"),
    [
        (Step("find", (Step("nth:2", (Step("largest", (Step("noun", (), 0, 0),)),)),)), ("chair",)),
        (
            Step("all", (Step("except", (Step("noun", (), 0, 0), Step("color:red", (Step("thing"),)))),)),
            ("chairs", "red"),
        ),
        (Step("count", (Step("on", (Step("thing"), Step("noun", (), 0, 0))),)), ("chair",)),
        (Step("exists", (Step("under", (Step("noun", (), 0, 0), Step("last"))),)), ("chair",)),
    ],
)
def test_sentences_say_what_their_programs_need(program: Step, words: tuple[str, ...]) -> None:
    for seed in range(60):
        voice = Voice(random.Random(seed), "train")
        query, spans = read_spans(sentence(program, [name_of("chair", "chair")], voice))
        assert query[slice(*spans[0])] in ("chair", "chairs")
        assert placed(program, spans).written(query).count('"chair') == 1
        assert words[0][:5] in query


def test_a_colour_may_be_told_of_what_most_of_a_thing_is() -> None:
    program = Step("find", (Step("color:black", (Step("noun", (), 0, 0),)),))
    said = [_said(program, name_of("box", "box"), seed) for seed in range(8000)]
    fronts = [text for text in said if " front" in text]
    assert any("dark" in text for text in fronts)
    assert all(any(word in text for word in COLOR_NAMES["black"]) for text in said)


def test_of_small_parts_the_program_knows_nothing() -> None:
    program = Step("find", (Step("noun", (), 0, 0),))
    said = " / ".join(_said(program, name_of("jar", "jar"), seed) for seed in range(20000))
    for part in ("lid", "handle", "leg", "wheel", "label"):
        assert re.search(rf"jars? [a-z ]*\b{part}", said), part


def _said(program: Step, noun: Noun, seed: int) -> str:
    voice = Voice(random.Random(seed), "train")
    query, spans = read_spans(sentence(program, [noun], voice))
    assert query[slice(*spans[0])] in (noun.one, noun.many)
    return query


@pytest.mark.parametrize(
    ("name", "material", "rest"),
    [
        ("plastic box/plastic boxes", "plastic", "box"),
        ("wicker basket", "wicker", "basket"),
        ("glass/glasses", "", "glass"),
    ],
)
def test_a_material_at_the_head_of_a_name_is_a_material(name: str, material: str, rest: str) -> None:
    noun = name_of(name, "storage box")
    said, bare = without_material(noun)
    assert (said, bare.one, bare.categories) == (material, rest, noun.categories)


@pytest.mark.parametrize("file", HANDWRITTEN)
def test_handwritten_questions_have_readable_programs_and_are_not_of_the_grammar(file: str, texts) -> None:
    asked = [json.loads(line) for line in (Path(__file__).parent / file).read_text().splitlines()]
    assert len(asked) == len({q["query"] for q in asked}) == HANDWRITTEN[file]
    for q in asked:
        written = read_program(q["query"], q["program"]).written(q["query"])
        assert written == q["program"].replace("()", ""), q
    assert not {q["query"].lower() for q in asked if len(q["query"].split()) > 4} & {q["query"].lower() for q in texts}


def test_a_program_in_writing_is_read_as_it_was_written(texts) -> None:
    for q in texts[:500]:
        program = parse(q["program"])
        if len({n["phrase"] for n in q["nouns"]}) == len(q["nouns"]):
            written = program.written(q["query"])
            assert read_program(q["query"], written).written(q["query"]) == written


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ('find("sofa")', "not in"), ('find("chair"', "bracket"), ("find(&)", "not a program"), ("near", "due"),
        ("find(thing) thing", "follow"), ("find()", "before it is complete"),
    ],
)  # fmt: skip
def test_what_is_no_program_is_said(written: str, message: str) -> None:
    with pytest.raises(ProgramError, match=message):
        read_program("where is the chair", written)
