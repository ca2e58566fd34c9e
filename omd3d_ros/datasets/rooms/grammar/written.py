"""Programs as people write them down: ``find(near("chair", "window"))`` of a question that has those words."""

from __future__ import annotations

import re

from ....language.program import ProgramError, Step, parse, tokens

_PIECES = re.compile(r'\s*(?:"([^"]*)"|([a-z_]+(?::[a-z0-9]+)?)|([(),]))')


def read_program(question: str, written: str) -> Step:
    """The program, its quoted nouns as spans of the question: what ``Step.written`` writes, read again.

    A noun that the question has several times means its first place that no earlier noun has taken.  Raises
    ProgramError for a noun that is not in the question and for what is no program.
    """
    pieces = _pieces(written)
    taken: set[int] = set()
    step, rest = _read(question, pieces, 0, taken)
    if rest != len(pieces):
        raise ProgramError(f"nothing may follow the program in {written!r}")
    return parse(tokens(step))


def _pieces(written: str) -> list[tuple[str, str]]:
    out, at = [], 0
    while at < len(written.rstrip()):
        match = _PIECES.match(written, at)
        if match is None:
            raise ProgramError(f"not a program: {written!r}, from {written[at:]!r}")
        noun, operation, sign = match.groups()
        kind = "noun" if noun is not None else "operation" if operation is not None else "sign"
        out.append((kind, noun if noun is not None else operation or sign))
        at = match.end()
    return out


def _read(question: str, pieces: list[tuple[str, str]], at: int, taken: set[int]) -> tuple[Step, int]:
    kind, text = pieces[at] if at < len(pieces) else ("end", "")
    if kind == "noun":
        return _placed(question, text, taken), at + 1
    if kind != "operation":
        raise ProgramError(f"an operation or a noun was due instead of {text or 'the end'!r}")
    arguments = []
    at += 1
    if at < len(pieces) and pieces[at][1] == "(":
        at += 1
        while at < len(pieces) and pieces[at][1] != ")":
            argument, at = _read(question, pieces, at, taken)
            arguments.append(argument)
            if at < len(pieces) and pieces[at] == ("sign", ","):
                at += 1
        if at >= len(pieces):
            raise ProgramError("a bracket is not closed")
        at += 1
    return Step(text, tuple(arguments)), at


def _placed(question: str, noun: str, taken: set[int]) -> Step:
    start = question.find(noun)
    while start in taken:
        start = question.find(noun, start + 1)
    if start < 0:
        raise ProgramError(f"{noun!r} is not in {question!r}")
    taken.add(start)
    return Step("noun", (), start, start + len(noun))
