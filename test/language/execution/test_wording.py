"""Answers in English: names with identifiers, honest about what is not there and what is not sure."""

import numpy as np
import pytest
from small_scenes import program_of, run, table_of_boxes

from omd3d_ros.language.execution import say
from omd3d_ros.language.execution.object_words import article, joined, plural
from omd3d_ros.language.program import MATERIALS

ROWS = [
    ("table", "brown", (2.5, 2.0, 0.37), (1.4, 0.8, 0.74)),
    ("mug", "white", (2.1, 2.0, 0.79), (0.1, 0.1, 0.1)),
    ("mug", "white", (2.9, 2.2, 0.79), (0.1, 0.1, 0.1)),
    ("mug", "red", (2.5, 1.8, 0.79), (0.1, 0.1, 0.1)),
    ("poster", None, (2.5, 3.99, 1.5), (0.8, 0.02, 0.6)),
    ("armchair", "green", (0.4, 0.4, 0.45), (0.7, 0.7, 0.9)),
]


def said(text: str, **changes) -> str:
    table = table_of_boxes(ROWS, **changes)
    question, program = program_of(text)
    return say(program, run(text, table), table, question)


@pytest.mark.parametrize(
    ("program", "answer"),
    [
        ('find(color:red("mug"))', "It is the red mug <OBJ003>."),
        ('find("the piano?")', "I see no piano here."),
        ('find(color:red("table"))', "I see no red table here."),
        ('find("something to sit on")', "I see nothing like that here."),
        ('all("mug")', "There are 3: the white mugs <OBJ001> and <OBJ002> and the red mug <OBJ003>."),
        ('count("mug")', "There are 3 mugs: the white mugs <OBJ001> and <OBJ002> and the red mug <OBJ003>."),
        ('count("piano")', "There are none."),
        ('exists("armchair")', "Yes: a green armchair <OBJ005>."),
        ('exists("piano")', "No, I see no piano here."),
        ('color("armchair")', "It is green: the armchair <OBJ005>."),
        (
            'color("mug")',
            "The mugs <OBJ001> and <OBJ002> are white and the mug <OBJ003> is red.",
        ),
        ('color("poster")', "I can't tell the colour of the poster <OBJ004>."),
        ('material("table")', "I can't tell the material of the table <OBJ000>."),
        ('where("poster")', "The poster <OBJ004> is on the wall."),
        ('where("armchair")', "The armchair <OBJ005> is in the corner of the room."),
        ('what(on(thing,"table"))', "There are two white mugs <OBJ001> and <OBJ002> and a red mug <OBJ003>."),
        ('what(in(thing,"table"))', "I see nothing there."),
        (
            'more("mug","table")',
            "Yes, there are 3 mugs and 1 table: the mugs <OBJ001>, <OBJ002> and <OBJ003> and the table <OBJ000>.",
        ),
    ],
)
def test_answers(program: str, answer: str) -> None:
    assert said(program) == answer


def test_where_tells_what_carries_it() -> None:
    assert said('where(color:red("mug"))').startswith("The mug <OBJ003> is on the table <OBJ000>")


def test_what_wood_is_called() -> None:
    materials = np.tile(np.array([m == "wooden" for m in MATERIALS], float), (len(ROWS), 1))
    assert said('material("table")', materials=materials) == "It is made of wood: the table <OBJ000>."


def test_low_confidence_is_said() -> None:
    exists = np.full(len(ROWS), 0.33)
    assert said('find("armchair")', exists=exists) == "I am not sure, but it is the green armchair <OBJ005>."


def test_a_description_counts_and_tells_what_lies_where() -> None:
    text = said("describe()")
    assert "3 mugs" in text and "a table <OBJ000>" in text
    assert "On the table <OBJ000> are" in text


def test_what_no_map_can_tell_is_refused_with_what_can_be_asked() -> None:
    text = said("unknown()")
    assert text.startswith("I can't tell that from the map.") and "ask" in text


def test_what_is_always_many_is_they() -> None:
    table = table_of_boxes([("shoes", "black", (1.0, 1.0, 0.05), (0.3, 0.3, 0.1))])
    question, program = program_of('find("shoes")')
    assert say(program, run('find("shoes")', table), table, question) == "They are the black shoes <OBJ000>."


def test_long_lists_end_in_a_number() -> None:
    rows = [("mug", "red", (0.2 * i, 1.0, 0.05), (0.1, 0.1, 0.1)) for i in range(20)]
    table = table_of_boxes(rows)
    question, program = program_of('all("mug")')
    assert say(program, run('all("mug")', table), table, question).endswith("and 8 more.")


def test_nouns() -> None:
    assert [plural(n) for n in ("chair", "box", "wall shelf", "shoes", "daisy")] == [
        "chairs", "boxes", "wall shelves", "shoes", "daisies",
    ]  # fmt: skip
    assert article("armchair") == "an armchair"
    assert joined(["a", "b", "c"]) == "a, b and c"
