"""Words of a question that may name something, beside the nouns of its program that are understood."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_OTHER_WORDS = """
a all am an and any are as at away be been by can closest color colour count did do does each every farthest find for
from get have here how i in is it its just largest let like made many material me more most much my nearest next not of
on one or please room see show smallest some tell than that the their them there these they thing things this those to
under want was we were what where which who will with would you your left right front behind above below between beside
close black white grey gray red green blue yellow orange purple pink brown beige
"""
_NO_NAMES = frozenset(_OTHER_WORDS.split())
_LONGEST = 2  # words of a name
_MOST = 16  # names of one question


def other_names(text: str, understood: Sequence[tuple[int, int]]) -> list[tuple[int, str]]:
    """At most ``_MOST`` single words and pairs of words that stand outside the spans that are ``understood``, (start,
    end) in characters, and may be names; with the character where each starts."""
    words = [(found.start(), found.group().lower()) for found in _WORD.finditer(text)]

    def possible(word: tuple[int, str]) -> bool:
        return word[1] not in _NO_NAMES and not any(start <= word[0] < end for start, end in understood)

    names: list[tuple[int, str]] = []
    for usable, run in groupby(words, possible):
        if usable:
            some = list(run)
            for length in range(1, _LONGEST + 1):
                for first in range(len(some) - length + 1):
                    names.append((some[first][0], " ".join(word for _, word in some[first : first + length])))
    return names[:_MOST]
