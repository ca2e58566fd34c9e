"""Words that are one slip away from known ones."""

import pytest

from omd3d_ros.language.spelling import spellings

WORDS = {"towel", "chairs", "desk", "cable", "candle", "chair"}


@pytest.mark.parametrize(
    ("word", "right"),
    [("tpwel", ["towel"]), ("chaiirs", ["chairs"]), ("dsek", ["desk"]), ("canle", ["candle", "cable"]), ("chair", []),
     ("xyzzy", []), ("dsk", []), ("stühle", [])],
)  # fmt: skip
def test_one_slip(word: str, right: list[str]) -> None:
    assert set(spellings(word, WORDS.__contains__)) == set(right)
