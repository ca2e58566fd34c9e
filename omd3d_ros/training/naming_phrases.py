"""Phrases with the categories that they mean, and the many ways in which people say them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..datasets.rooms.grammar.voice import is_held_out
from ..datasets.rooms.lexicon import COLOR_NAMES, MATERIAL_NAMES, NAMES, SHARED, WIDER, held_out, plural, singular
from ..datasets.rooms.needs import NEEDS
from ..datasets.rooms.words_kinds import KINDS
from ..datasets.rooms.words_other import ANYTHING_WORDS, NOTHING, OTHER

ANYTHING = "object"
_MAYBE = 0.4  # membership in what a name may also mean
_UNKNOWN = 0.3  # membership of a thing without a name in "object"
_WEIGHTS = {"name": 1.0, "kind": 0.7, "wider": 1.0, "need": 0.4, "other": 0.4, "nothing": 0.5, "anything": 2.0}
_ADJECTIVES = (
    "old", "nice", "new", "broken", "little", "huge", "tall", "round", "beautiful", "dirty", "empty", "modern",
    "other", "same", "comfortable", "heavy",
)  # fmt: skip
_DETERMINERS = ("one", "another", "which", "two", "three", "every", "kind of", "sort of")

_REQUESTS = (
    "{}", "hey robot, {}", "please help: {}", "excuse me, {}", "{}, can you help?", "{} what can I use?", "well, {}",
    "something for this: {}", "because {}", "{} please", "sorry, {}",
)  # fmt: skip


@dataclass(frozen=True)
class Meaning:
    """``phrase`` means each of C categories as far as ``target`` (C,) says.

    ``kind``: of name, kind, wider, need, other, nothing, anything.  ``many``: the plural, for what has one.
    ``held_out``: never trained on.
    """

    phrase: str
    many: str
    target: np.ndarray
    kind: str
    held_out: bool

    @property
    def weight(self) -> float:
        return _WEIGHTS[self.kind]


def vocabulary(categories: Sequence[str]) -> list[Meaning]:
    """Everything in the word lists, as far as the categories know it."""
    return [m for m in _all(tuple(categories)) if m.target.any() or m.kind == "nothing"]


def _all(categories: tuple[str, ...]) -> Iterator[Meaning]:
    place = {category: i for i, category in enumerate(categories)}

    def target(means: Sequence[str], maybe: Sequence[str] = (), maybe_value: float = _MAYBE) -> np.ndarray:
        out = np.zeros(len(categories), np.float32)
        for value, members in ((maybe_value, maybe), (1.0, means)):
            out[[place[m] for m in members if m in place]] = value
        return out

    shared = {name: (means, maybe) for name, means, maybe in SHARED}
    named: dict[str, bool] = {}
    for category, names in NAMES.items():
        for i, name in enumerate(names):
            if category != ANYTHING and name not in named:
                named[name] = i > 0 and held_out(name)
                means, maybe = shared.get(name, ((category,), ()))
                yield Meaning(singular(name), plural(name), target(means, maybe), "name", named[name])
    for name, means, maybe in SHARED:
        if name not in named:
            yield Meaning(singular(name), plural(name), target(means, maybe), "name", False)
    for name, (means, maybe) in KINDS.items():
        yield Meaning(singular(name), plural(name), target(means, maybe), "kind", held_out(name))
    for name, means in WIDER.items():
        yield Meaning(singular(name), plural(name), target(means), "wider", held_out(name))
    for wishes, means in NEEDS:
        for wish in wishes:
            yield Meaning(wish, wish, target(means), "need", is_held_out(wish))
    for name in OTHER:
        yield Meaning(singular(name), plural(name), target((), (ANYTHING,), _UNKNOWN), "other", held_out(name))
    for name in NOTHING:
        yield Meaning(name, name, target(()), "nothing", held_out(name))
    for name in ANYTHING_WORDS:
        yield Meaning(singular(name), plural(name), target(categories), "anything", False)


def said(rng: np.random.Generator, meaning: Meaning, count: int) -> list[str]:
    """The phrase itself, its plural, and ``count`` other ways to say it."""
    if meaning.kind == "need":
        return [meaning.phrase, *(_asked(rng, meaning.phrase) for _ in range(count // 2))]
    if meaning.kind == "nothing":
        return [meaning.phrase, *(_mistyped(rng, meaning.phrase) for _ in range(2))]
    return [meaning.phrase, meaning.many, *(_described(rng, meaning) for _ in range(count))]


def _asked(rng: np.random.Generator, wish: str) -> str:
    text = _REQUESTS[int(rng.integers(len(_REQUESTS)))].format(wish)
    return _mistyped(rng, text) if rng.random() < 0.3 else text


def _described(rng: np.random.Generator, meaning: Meaning) -> str:
    """With words before it that say nothing about what it is, and sometimes a typing error."""
    text = meaning.many if rng.random() < 0.35 else meaning.phrase
    if meaning.kind != "anything":
        if rng.random() < 0.3:
            text = f"{_word(rng, MATERIAL_NAMES)} {text}"
        if rng.random() < 0.4:
            text = f"{_word(rng, COLOR_NAMES)} {text}"
        if rng.random() < 0.3:
            text = f"{_ADJECTIVES[int(rng.integers(len(_ADJECTIVES)))]} {text}"
    if rng.random() < 0.2:
        text = f"{_DETERMINERS[int(rng.integers(len(_DETERMINERS)))]} {text}"
    return _mistyped(rng, text) if rng.random() < 0.25 else text


def _word(rng: np.random.Generator, words: dict[str, tuple[str, ...]]) -> str:
    options = words[list(words)[int(rng.integers(len(words)))]]
    return options[int(rng.integers(len(options)))]


def _mistyped(rng: np.random.Generator, text: str) -> str:
    """One letter left out, doubled, or two swapped."""
    at = int(rng.integers(1, max(2, len(text) - 1)))
    kind = int(rng.integers(3))
    if kind == 0:
        return text[:at] + text[at + 1 :]
    if kind == 1:
        return text[:at] + text[at - 1] + text[at:]
    return text[:at] + text[at : at + 2][::-1] + text[at + 2 :]
