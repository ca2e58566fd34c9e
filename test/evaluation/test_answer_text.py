"""Answer cleaning, matching and identifiers."""

import pytest

from omd3d_ros.evaluation.answer_text import answer_match, answer_of, clean_answer, first_object_number, object_numbers


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("  On the  LETF side! ", "on left side"),
        ("2 chairs", "two chairs"),
        ("1 of 12, none of 23", "one of twelve, zero of twenty-three"),
        ("21", "21"),
        ("mat2", "mat"),
        ("mat22", "mat22"),
        ("10 oclock", "ten o'clock"),
        ("o'  clock", "o'clock"),
        ("a tv on an oak desk", "TV on oak desk"),
        ("the", "the"),
        ("let it walk backwards", "left it walk backward"),
        ("café", "caf"),
        ("", ""),
    ],
)
def test_cleaning(text: str, clean: str) -> None:
    assert clean_answer(text) == clean


def test_cleaning_happens_once() -> None:
    assert clean_answer("a a lamp") == "a lamp"
    assert clean_answer("a the lamp") == "lamp"


def test_a_sentence_loses_one_full_stop_and_its_capital() -> None:
    assert answer_of("Brown.") == "brown"
    assert answer_of(".") == ""
    assert answer_of("") == ""


@pytest.mark.parametrize(
    ("answer", "references", "match"),
    [
        ("table", ["chair", "table"], (1, 1)),
        ("left side", ["leftside"], (0, 1)),
        ("chair", ["office chair"], (0, 1)),
        ("office chair", ["chair"], (0, 1)),
        ("two", ["2"], (0, 0)),
        ("", ["x"], (0, 0)),
        ("", [""], (0, 0)),
    ],
)
def test_match(answer: str, references: list[str], match: tuple[int, int]) -> None:
    assert answer_match(answer, references) == match


def test_identifiers_have_three_digits_and_name_an_object() -> None:
    text = "<OBJ1> <OBJ0001> <obj002> <OBJ099> <OBJ005>, <OBJ005> and [SEG]<OBJ000>."
    assert object_numbers(text, count=8) == [5, 5, 0]
    assert first_object_number(text, count=8) == 5
    assert first_object_number(text, count=100) == 99
    assert first_object_number("nothing", count=8) == 0
