"""Identifiers in text, and text of SentencePiece tokens."""

from __future__ import annotations

import pytest

from omd3d_ros.language.identifiers import identifiers, object_token, restore_identifiers, shuffle_identifiers
from omd3d_ros.language.pieces import decode_pieces


def test_shuffled_and_restored():
    text, order = "Yes. <OBJ000>, <OBJ005>, and <OBJ002>.", [2, 4, 0, 1, 5, 3]
    shuffled = shuffle_identifiers(text, order)
    assert shuffled == "Yes. <OBJ002>, <OBJ004>, and <OBJ000>."
    assert restore_identifiers(shuffled, order) == text


def test_an_object_without_a_slot_is_refused():
    with pytest.raises(ValueError, match="<OBJ007> is not among the 2 objects"):
        shuffle_identifiers("<OBJ007>", [1, 0])


def test_a_number_that_no_slot_has_becomes_what_the_caller_says():
    assert restore_identifiers("<OBJ009> <OBJ000>", [3], lambda n: "?") == "? <OBJ003>"


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        (["▁a", "▁cha", "ir"], "a chair"),
        (["[SEG]", "<OBJ001>", "."], "[SEG] <OBJ001> ."),
        (["▁is", "▁", "<OBJ001>", "▁near"], "is  <OBJ001> near"),
        (["<0xC3>", "<0xA9>", "t", "<0xC3>", "<0xA9>"], "été"),
        (["<0xE4>", "<0xB8>", "<0x41>"], "\ufffd\ufffdA"),  # one for each byte of a character that is cut off
        (["<0xF5>", "<0x0A>"], "\ufffd\n"),
        ([], ""),
    ],
)
def test_pieces_become_text(pieces, text):
    assert decode_pieces(pieces, {"[SEG]", "<OBJ001>"}) == text


def test_identifiers_beyond_999_have_as_many_digits_as_they_need():
    assert identifiers("<OBJ1000> <OBJ999> <OBJ0999> <OBJ12345> <OBJ01>") == [1000, 999, 12345]
    assert object_token(12345) == "<OBJ12345>"
