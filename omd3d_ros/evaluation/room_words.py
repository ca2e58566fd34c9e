"""Whether the words of an answer are right: a number, a colour, a material, yes or no."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..language.identifiers import replace_identifiers
from ..language.program import COLORS, MATERIALS

# fmt: off
_NUMBERS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)
# fmt: on
_NONE = re.compile(r"\b(?:no|none|nothing|not any)\b", re.IGNORECASE)
_COUNTED = {**{word: str(n) for n, word in enumerate(_NUMBERS)}, **{str(n): str(n) for n in range(1000)}}
_COLORS = {**{word: word for word in COLORS}, "gray": "grey"}
_MATERIALS = {**{word: word for word in MATERIALS}, "wood": "wooden"}
_YES_NO = {"yes": "yes", "no": "no"}

# Type of a question -> what its answer must say, where the question has no program that tells.
_ROOTS = {
    "count": "count", "color": "color", "material": "material", "existence": "exists", "comparison": "more",
}  # fmt: skip


def words_right(query: Mapping[str, Any], text: str) -> bool | None:
    """Whether ``text`` says what the query asks for; None where the query can be answered in more than one right way.

    Counts must be equal, the first colour or material word the same, yes or no the same.
    """
    root, truth = asked_for(query), str(query["answer"])
    if root == "count":
        wanted = number_in(truth)
        return number_in(text) == (len(query["target_ids"]) if wanted is None else wanted)
    if root == "color":
        return _same(text, truth, _COLORS)
    if root == "material":
        return _same(text, truth, _MATERIALS)
    if root in ("exists", "more"):
        return _same(text, truth, _YES_NO)
    return None


def asked_for(query: Mapping[str, Any]) -> str | None:
    """The root of the query's program, such as ``count``; without a program told by its type, None where that can't."""
    program = query.get("program")
    if program:
        return str(program[0])
    return _ROOTS.get(query["type"])


def number_in(text: str) -> int | None:
    """The first number of a text, in digits or in words up to twenty; 0 where it only says none; None without one."""
    found = _first(text, _COUNTED)
    if found is not None:
        return int(found)
    return 0 if _NONE.search(text) else None


def _same(text: str, truth: str, words: Mapping[str, str]) -> bool:
    said = _first(text, words)
    return said is not None and said == _first(truth, words)


def _first(text: str, words: Mapping[str, str]) -> str | None:
    """What the first of the ``words`` in a text stands for; object identifiers don't count."""
    bare = replace_identifiers(text, lambda number: " ").lower()
    return next((words[word] for word in _words(bare) if word in words), None)


def _words(text: str) -> Iterable[str]:
    return re.findall(r"[a-z]+|\d+", text)
