"""Words of a question that may name something, beside the nouns of its program that are understood."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
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
_SHORTEST = 4  # letters of a word that may be misspelt
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_SPELLINGS = 8  # of one word


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


def spellings(word: str, is_known: Callable[[str], bool]) -> list[str]:
    """Known words that are one slip away from an unknown one: a letter missing, too many, wrong, or two exchanged."""
    if len(word) < _SHORTEST or not set(word) <= set(_LETTERS) or is_known(word):
        return []
    cuts = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    slips = [a + b[1:] for a, b in cuts if b]
    slips += [a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1]
    slips += [a + c + b[1:] for a, b in cuts if b for c in _LETTERS]
    slips += [a + c + b for a, b in cuts for c in _LETTERS]
    return [w for w in dict.fromkeys(slips) if w != word and is_known(w)][:_SPELLINGS]
