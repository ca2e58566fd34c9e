"""Questions about a room with their programs and true answers, and questions about no room at all."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from ....language.execution import Result
from ....language.program import Step, tokens
from ..room import Room
from .answers import answer_text
from .draft import Draft, Unsaid
from .finishing import finish
from .nouns import Noun
from .scene import SceneInSight
from .sentences import sentence
from .spans import placed, read_spans
from .types import TYPES
from .unanswerable import unanswerable
from .voice import Voice
from .worlds import NoRoom, World

_TRIES = 6  # for a type that a scene seldom offers, or common types would crowd it out
_ONE = ("find", "where", "color", "material")
_MAY_BE_EMPTY = ("count", "existence", "comparison", "zero")
_CHAT = ("describe", "unknown")
_KINDS = list(TYPES)
_ODDS = list(accumulate(weight for _, weight in TYPES.values()))


@dataclass
class _Asked:
    """A question before it is worded."""

    type: str
    program: Step
    nouns: list[Noun]


def make_queries(
    room: Room, rng: np.random.Generator, count: int, visible_ids: Iterable[int] | None = None,
    viewer: np.ndarray | None = None, split: str = "train",
) -> list[dict]:  # fmt: skip
    """Up to ``count`` different questions, each clear: {"query", "type", "target_ids", "answer", "program", "nouns"}.

    Speaks only of ``visible_ids`` (all objects by default).  ``viewer`` (T_world_viewer 4x4: x right, y forward, z up)
    allows left, right, in front, behind, nearest to me.  ``split``: "train", or only questions with a held-out wording
    ("phrasing") or a held-out word ("words").  "program": tokens as ``language.program`` has them, spans of the query;
    "nouns": {"start", "end", "phrase", "categories" that it denotes}.  A follow-up also has "previous", the question
    before, and "last_ids", what that was about.  Raises ValueError for another split.
    """
    voice = Voice(random.Random(int(rng.integers(2**63))), split)
    scene = SceneInSight(room, voice, visible_ids, viewer)
    if not scene.objects:
        return []
    out: dict[str, dict] = {}
    for _ in range(count * (40 if split == "words" else 15)):
        if len(out) >= count:
            break
        kind = _some_type(voice)
        for _ in range(_TRIES):
            query = _ask(kind, scene, voice, list(out.values()))
            if query is not None and voice.fits(query["query"]):
                out.setdefault(query["query"].lower().strip(" .?!"), query)
                break
    return list(out.values())


def text_questions(rng: np.random.Generator, count: int, split: str = "train") -> list[dict]:
    """``count`` questions about nothing that exists: {"query", "type", "program", "nouns"} as in ``make_queries``.

    Raises ValueError for another split.
    """
    voice = Voice(random.Random(int(rng.integers(2**63))), split, fanciful=True)
    world = NoRoom(voice)
    out: list[dict] = []
    while len(out) < count:
        voice.begin()
        kind = _some_type(voice)
        try:
            draft = _composed(kind, world, voice)
        except Unsaid:
            continue
        query = _worded(draft, voice, voice.rng.randint(2, 6))
        if voice.fits(query["query"]):
            out.append(query)
    return out


def _some_type(voice: Voice) -> str:
    return voice.rng.choices(_KINDS, cum_weights=_ODDS)[0]


def _composed(kind: str, world: World, voice: Voice) -> _Asked:
    draft = Draft(world, voice)
    program = TYPES[kind][0](draft)
    return _Asked(kind, program, draft.nouns)


def _ask(kind: str, scene: SceneInSight, voice: Voice, before: list[dict]) -> dict | None:
    """A question of this type with its answer; None where the scene offers none, or none that is clear."""
    voice.begin()
    previous = _previous(before, voice) if kind == "follow_up" else None
    if kind == "follow_up" and previous is None:
        return None
    try:
        asked = _composed(kind, scene, voice)
    except Unsaid:
        return None
    last = None if previous is None else np.isin(scene.ids, previous["target_ids"]).astype(float)
    result = scene.answer(asked.program, asked.nouns, last)
    if result is None or not _clear(asked, result):
        return None
    query = _worded(asked, voice, len(result.chosen))
    chosen = [*result.chosen, *result.others]
    query["target_ids"] = sorted(scene.ids[i] for i in chosen)
    query["answer"] = answer_text(asked.program, result, asked.nouns, scene)
    if previous is not None:
        query |= {"previous": previous["query"], "last_ids": previous["target_ids"]}
    return query


def _previous(before: list[dict], voice: Voice) -> dict | None:
    """An earlier question whose answer pointed at something."""
    some = [q for q in before if q["target_ids"] and len(q["target_ids"]) < 8 and q["type"] != "follow_up"]
    return voice.pick(some) if some else None


def _clear(asked: _Asked, result: Result) -> bool:
    """Whether nobody could doubt the answer."""
    root = asked.program.operation
    if root in _CHAT:
        return True
    grades = result.membership
    if root in _ONE:
        rival = float(np.sort(grades)[-2]) if len(grades) > 1 else 0.0
        if not result.chosen:
            return asked.type == "zero" and float(grades.max(initial=0.0)) < 0.15
        if asked.type == "zero" or len(result.chosen) > 1 or grades.max() < 0.7 or rival > 0.3:
            return False
        return root not in ("color", "material") or (result.value is not None and result.doubt < 0.3)
    if root == "more":
        return result.doubt < 0.3 and len(result.chosen) + len(result.others) > 0
    if np.any((grades > 0.3) & (grades < 0.7)):
        return False
    if asked.type == "zero":
        return not result.chosen
    return bool(result.chosen) or asked.type in _MAY_BE_EMPTY or root in ("count", "exists")


def _worded(asked: _Asked, voice: Voice, number: int) -> dict:
    program = asked.program
    chat = program.operation == "unknown"
    text = unanswerable(voice) if chat else sentence(program, asked.nouns, voice, number)
    query, spans = read_spans(finish(text, voice, chat))
    program = placed(program, spans)
    nouns = [
        {"start": a, "end": b, "phrase": query[a:b], "categories": sorted(asked.nouns[number].categories)}
        for number, (a, b) in sorted(spans.items(), key=lambda item: item[1])
    ]
    return {"query": query, "type": asked.type, "program": tokens(program), "nouns": nouns}
