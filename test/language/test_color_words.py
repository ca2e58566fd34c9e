"""Colours in words."""

import numpy as np
import pytest

from omd3d_ros.language.color_words import color_words
from omd3d_ros.language.program import COLORS

# sRGB of the colours that CSS gives these names; its green and pink are not what people call the colour of a thing.
CSS = {
    "white": (255, 255, 255), "black": (0, 0, 0), "grey": (128, 128, 128), "red": (255, 0, 0),
    "blue": (0, 0, 255), "yellow": (255, 255, 0), "orange": (255, 165, 0), "purple": (128, 0, 128),
    "brown": (165, 42, 42), "beige": (245, 245, 220), "green": (0, 128, 0), "pink": (255, 192, 203),
}  # fmt: skip
HARD = ("brown", "beige", "blue")  # a red brown, a nearly white beige, a blue that no paint has


@pytest.mark.parametrize("word", [w for w in COLORS if w not in HARD])
def test_the_word_that_css_has_is_the_best(word: str) -> None:
    words = color_words(np.array([CSS[word]]))[0]
    assert COLORS[int(words.argmax())] == word and words.max() == 1.0


@pytest.mark.parametrize("word", HARD)
def test_other_colours_of_that_name_are_possible(word: str) -> None:
    assert color_words(np.array([CSS[word]]))[0, COLORS.index(word)] > 0.2


def test_shade_changes_hue_little() -> None:
    lit, dark = color_words(np.array([(60, 130, 60), (36, 78, 36)]))
    assert COLORS[int(lit.argmax())] == COLORS[int(dark.argmax())] == "green"


def test_no_objects() -> None:
    assert color_words(np.zeros((0, 3))).shape == (0, 12)
