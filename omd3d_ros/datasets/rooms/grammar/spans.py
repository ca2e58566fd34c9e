"""Nouns marked inside a text while it is being made, and their spans once it is finished.

A noun is enclosed in two private-use characters, of which the first tells its number; case, typing errors and
whatever is said around it leave them alone.
"""

from __future__ import annotations

import re

from ....language.program import Step

_FIRST = 0xE000
_END = "\uf8ff"
_MARK = re.compile("[\ue000-\uf8ff]")


def mark(number: int, words: str) -> str:
    return f"{chr(_FIRST + number)}{words}{_END}"


def is_mark(character: str) -> bool:
    return "\ue000" <= character <= "\uf8ff"


def read_spans(marked: str) -> tuple[str, dict[int, tuple[int, int]]]:
    """The text without marks; of each noun its first character and the one after its last."""
    out: list[str] = []
    spans: dict[int, tuple[int, int]] = {}
    opened: list[tuple[int, int]] = []
    length = read = 0
    for match in _MARK.finditer(marked):
        out.append(marked[read : match.start()])
        length += match.start() - read
        read = match.end()
        if match.group() == _END:
            number, start = opened.pop()
            spans[number] = (start, length)
        else:
            opened.append((ord(match.group()) - _FIRST, length))
    return "".join([*out, marked[read:]]), spans


def placed(step: Step, spans: dict[int, tuple[int, int]]) -> Step:
    """The program with its nouns' numbers replaced by their spans; raises KeyError for a noun that was never said."""
    if step.operation == "noun":
        return Step("noun", (), *spans[step.start])
    if not step.arguments:
        return step
    return Step(step.operation, tuple(placed(a, spans) for a in step.arguments))
