"""Words that are one slip of the pen away from what was written."""

from __future__ import annotations

from collections.abc import Callable

_SHORTEST = 4  # letters of a word that may be misspelt
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_MOST = 8  # spellings of one word


def spellings(word: str, is_known: Callable[[str], bool]) -> list[str]:
    """Known words that are one slip away from an unknown one: a letter missing, too many, wrong, or two exchanged."""
    if len(word) < _SHORTEST or not set(word) <= set(_LETTERS) or is_known(word):
        return []
    cuts = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    slips = [a + b[1:] for a, b in cuts if b]
    slips += [a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1]
    slips += [a + c + b[1:] for a, b in cuts if b for c in _LETTERS]
    slips += [a + c + b for a, b in cuts for c in _LETTERS]
    return [w for w in dict.fromkeys(slips) if w != word and is_known(w)][:_MOST]
