"""Words of a question beside the nouns that are understood."""

from omd3d_ros.language.other_names import other_names


def test_words_outside_what_is_understood() -> None:
    text = "put a pin on the coat stand by the window"
    window = text.index("window"), len(text)
    assert [name for _, name in other_names(text, [window])] == ["put", "pin", "coat", "stand", "coat stand"]
    assert all(text[start:].startswith(name) for start, name in other_names(text, []))


def test_nothing_is_left_where_all_is_understood() -> None:
    assert other_names("the chair", [(4, 9)]) == []
