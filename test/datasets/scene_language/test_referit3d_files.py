"""Tables of Nr3D and Sr3D with quotes, odd rows, and stimuli of one to many objects."""

from __future__ import annotations

from pathlib import Path

import pytest

from omd3d_ros.datasets.scannet import AnnotationError
from omd3d_ros.datasets.scene_language import read_referit3d
from omd3d_ros.datasets.scene_language.referit3d import Stimulus, parse_stimulus

HEADER = "assignmentid,stimulus_id,utterance,scan_id,instance_type,target_id,tokens,mentions_target_class\n"
STIMULUS = "scene0001_00-office_chair-3-5-6-7"


def table(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "nr3d.csv"
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows))
    return path


def row(number: int = 1, utterance: str = "the chair", tokens: str = "['the', 'chair']", mentions: str = "True") -> str:
    return f'{number},{STIMULUS},{utterance},scene0001_00,office chair,5,"{tokens}",{mentions}'


def test_a_stimulus_of_several_objects():
    assert parse_stimulus(STIMULUS) == Stimulus("scene0001_00", "office chair", 3, 5, (6, 7))


def test_a_stimulus_without_distractors_has_four_parts():
    assert parse_stimulus("scene0002_01-lamp-1-9") == Stimulus("scene0002_01", "lamp", 1, 9, ())


def test_a_category_may_have_a_hyphen():
    assert parse_stimulus("scene0002_01-t-shirt-2-9-4").category == "t-shirt"


@pytest.mark.parametrize("text", ["", "scene0001_00", "scene0001_00-chair-2-5", "scene0001_00-chair-x-5", "a-b-1-2"])
def test_other_stimuli_are_refused(text):
    with pytest.raises(AnnotationError, match="stimulus_id"):
        parse_stimulus(text)


def test_easy_and_view_dependent_by_their_rules(tmp_path):
    """Easy is at most two objects of the class; a token, not a part of one, makes an utterance view-dependent."""
    tokens = ["['the', 'chair', 'behind']", "['backpack', 'chair']"]
    samples = read_referit3d(table(tmp_path, row(1, tokens=tokens[0]), row(2, tokens=tokens[1])))
    assert [(s.easy, s.view_dependent, s.eval_type) for s in samples] == [
        (False, True, "hard_dep"),
        (False, False, "hard_indep"),
    ]


def test_quotes_commas_and_lines_within_a_cell(tmp_path):
    utterance = '"The ""red"" one, by\nthe door"'
    (sample,) = read_referit3d(table(tmp_path, row(utterance=utterance, tokens="['it', \"'s\", 'red']")
                                     .replace("\"'s\"", "\"\"'s\"\"")))  # fmt: skip
    assert sample.text == 'The "red" one, by\nthe door'
    assert sample.tokens == ("it", "'s", "red")


def test_a_quote_that_never_ends_is_named_with_its_line(tmp_path):
    with pytest.raises(AnnotationError, match=r"line \d+ is no row of a CSV table"):
        read_referit3d(table(tmp_path, row(1), row(2, utterance='"the chair'), row(3)))


def test_odd_rows_are_skipped(tmp_path):
    path = table(
        tmp_path,
        row(1),
        row(2) + ",more",
        "3,fewer",
        row(4).replace("chair,5,", "chair,6,"),
        row(5, tokens="[the, chair"),
        row(6, tokens="__import__('os').system('true')"),
        row(7, mentions="perhaps"),
    )
    found = read_referit3d(path)
    assert [s.key for s in found] == ["1"] and found.num_skipped == 6
    assert "but its stimulus_id about another" in found.skipped[2].reason


def test_what_published_figures_leave_out(tmp_path):
    long = str(["word"] * 25)
    path = table(tmp_path, row(1), row(2, mentions="False"), row(3, tokens=long))
    assert [s.key for s in read_referit3d(path, usual=True)] == ["1"]
    assert len(read_referit3d(path)) == 3


def test_tables_of_something_else(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("")
    with pytest.raises(AnnotationError, match="is empty"):
        read_referit3d(path)
    path.write_text("stimulus_id,text\n1,2\n")
    with pytest.raises(AnnotationError, match="no column scan_id, target_id, utterance"):
        read_referit3d(path)
    path.write_text(HEADER)
    with pytest.raises(AnnotationError, match="an empty split"):
        read_referit3d(path)
