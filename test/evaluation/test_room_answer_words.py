"""Numbers, colours, materials, yes and no in the words of an answer."""

from __future__ import annotations

import pytest

from omd3d_ros.evaluation.room_words import number_in, words_right


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("There are three chairs.", 3),
        ("<OBJ004>, <OBJ007>: 2 chairs", 2),
        ("Twenty of them", 20),
        ("No, there is one lamp.", 1),
        ("There are no chairs.", 0),
        ("none", 0),
        ("a brown chair", None),
        ("someone", None),
    ],
)
def test_the_number_that_a_text_says(text: str, number: int | None) -> None:
    assert number_in(text) == number


@pytest.mark.parametrize(
    ("kind", "truth", "text", "right"),
    [
        ("count", "two", "I see 2 of them", True),
        ("count", "two", "I see a chair", False),
        ("count", "none", "There are none.", True),
        ("count", "these", "two chairs", True),  # no number in the truth: the two targets are counted
        ("color", "grey", "It is gray, not brown.", True),
        ("color", "brown", "grey and brown", False),
        ("color", "brown", "I do not know", False),
        ("material", "wood", "It is wooden.", True),
        ("material", "wood", "It is made of glass.", False),
        ("existence", "yes", "Yes, <OBJ001>.", True),
        ("existence", "no", "yes", False),
        ("comparison", "no", "No, there are more tables.", True),
        ("location", "in the corner", "by the wall", None),
    ],
)
def test_words_against_the_truth(kind: str, truth: str, text: str, right: bool | None) -> None:
    query = {"type": kind, "answer": truth, "target_ids": [1, 2]}
    assert words_right(query, text) is right


def test_a_program_tells_what_is_asked_whatever_the_type_is_called() -> None:
    query = {"type": "follow_up", "answer": "three", "target_ids": [], "program": ["count", "last"]}
    assert words_right(query, "three") is True
    assert words_right({**query, "program": ["find", "last"]}, "three") is None
