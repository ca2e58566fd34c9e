"""Nouns replaced by identifiers: the spans of a program go on covering the nouns of its question."""

from __future__ import annotations

import re

import numpy as np
import pytest

from omd3d_ros.language.program import parse
from omd3d_ros.training.nano import identifier_nouns
from omd3d_ros.training.nano.identifier_nouns import with_identifiers

QUERY = "find the red chair near the table by the chair"
QUESTION = {
    "query": QUERY,
    "program": ["find", "near", "color:red", "noun", 13, 18, "or", "noun", 28, 33, "noun", 41, 46],
}
_NAME = re.compile(r"(object )?<?OBJ(\d{3})>?")


def nouns(question: dict) -> list[str]:
    program = question["program"]
    text = question["query"]
    return [text[program[i + 1] : program[i + 2]] for i, t in enumerate(program) if t == "noun"]


@pytest.fixture
def always(monkeypatch):
    monkeypatch.setattr(identifier_nouns, "_SHARE", 1.0)


@pytest.mark.parametrize("seed", range(12))
def test_one_noun_becomes_an_identifier_and_the_others_stay(always, seed):
    (changed,) = with_identifiers([QUESTION], np.random.default_rng(seed), 100)
    spoken = nouns(changed)
    (named,) = [n for n in spoken if _NAME.fullmatch(n)]
    at = spoken.index(named)
    assert [n for n in spoken if n != named] == [n for i, n in enumerate(["chair", "table", "chair"]) if i != at]
    assert 0 <= int(_NAME.fullmatch(named)[2]) < 100
    assert [t for t in changed["program"] if isinstance(t, str)] == [
        t for t in QUESTION["program"] if isinstance(t, str)
    ]
    parse(changed["program"])


def test_an_article_goes_with_its_noun(always):
    made = [with_identifiers([QUESTION], np.random.default_rng(s), 9)[0]["query"] for s in range(12)]
    assert any(re.match(r"find the red chair near (object )?<?OBJ00\d>? by the chair", q) for q in made)
    assert not any(re.search(r"the (object )?<?OBJ", q) for q in made)


def test_the_same_noun_in_two_places_of_a_program_moves_in_both(always):
    question = {
        "query": "is the mug on the desk?",
        "program": ["more", "noun", 7, 10, "on", "noun", 7, 10, "noun", 18, 22],
    }
    for seed in range(8):
        (changed,) = with_identifiers([question], np.random.default_rng(seed), 9)
        first, again, other = nouns(changed)
        assert first == again and ("mug" in (first, other) or "desk" in (first, other))


def test_a_noun_within_another_stays(always):
    question = {"query": "a kitchen chair", "program": ["more", "noun", 2, 15, "noun", 10, 15]}
    assert with_identifiers([question], np.random.default_rng(0), 9) == [question]


def test_questions_without_nouns_and_most_others_stay():
    chat = {"query": "who are you?", "program": ["unknown"]}
    asked = [chat, *[QUESTION] * 200]
    changed = with_identifiers(asked, np.random.default_rng(0), 9)
    assert changed[0] is chat
    assert 0 < sum(q is not QUESTION for q in changed[1:]) < 30
    assert QUESTION["query"] == QUERY
