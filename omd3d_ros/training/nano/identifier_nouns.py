"""Questions that call objects by their identifiers, made of questions that call them by name."""

from __future__ import annotations

import numpy as np

from ...language.identifiers import object_token

_SHARE = 0.04  # of the questions


def with_identifiers(questions: list[dict], rng: np.random.Generator, objects: int) -> list[dict]:
    """Some of the questions with ``<OBJ007>`` in the place of one noun; spans moved to fit.

    questions: ``query`` and ``program`` as ``text_questions`` gives them.
    """
    return [_replaced(q, rng, objects) if rng.random() < _SHARE else q for q in questions]


def _replaced(question: dict, rng: np.random.Generator, objects: int) -> dict:
    program = question["program"]
    starts = [i for i, token in enumerate(program) if token == "noun"]
    if not starts:
        return question
    at = starts[int(rng.integers(len(starts)))]
    start, end = program[at + 1], program[at + 2]
    name = object_token(int(rng.integers(objects)))
    name = name if rng.random() < 0.6 else name.strip("<>") if rng.random() < 0.5 else f"object {name}"
    before = question["query"][:start]
    for article in ("the ", "The ", "a ", "A "):
        if before.endswith(article):
            before = before[: -len(article)]
    moved = len(before) + len(name) - end
    spans = {(start, end): (len(before), len(before) + len(name))}

    def shifted(place: int) -> int:
        return place + moved if place >= end else place

    written = list(program)
    for i in starts:
        first, last = program[i + 1], program[i + 2]
        if first < end and last > start and (first, last) != (start, end):
            return question  # one noun within another
        written[i + 1], written[i + 2] = spans.get((first, last), (shifted(first), shifted(last)))
    return {**question, "query": before + name + question["query"][end:], "program": written}
