"""The choices of one speaker: which words and which pieces of wording a question is made of.

A fixed fifth of all pieces of wording is held out for the split ``phrasing``, and the synonyms that the lexicon holds
out for the split ``words``; training questions have none of either.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from functools import cache
from typing import TypeVar
from zlib import crc32

from ..lexicon import held_out, usable

SPLITS = ("train", "phrasing", "words")
T = TypeVar("T")
_PLACEHOLDER = re.compile(r"{[^}]*}")


def is_held_out(piece: str) -> bool:
    return crc32(("wording:" + piece).encode()) % 5 == 0


@cache
def _parted(pieces: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What training may use, the plain first piece always, and what is held out."""
    held = tuple(p for p in pieces if p != pieces[0] and _literal(p) and is_held_out(p))
    return tuple(p for p in pieces if p not in held), held


@cache
def _literal(piece: str) -> tuple[str, ...]:
    """What of a piece of wording is said as it stands."""
    return tuple(filter(None, (part.strip(" ?.!,:;-") for part in _PLACEHOLDER.split(piece.lower()))))


@cache
def _names(words: tuple[str, ...], split: str) -> list[str]:
    return usable(words, split)


class Voice:
    """``held`` are the held-out pieces or synonyms that were chosen for the question so far.

    ``fanciful``: speaks of no room, so that what is said need not be true of one.
    """

    def __init__(self, rng: random.Random, split: str, fanciful: bool = False) -> None:
        if split not in SPLITS:
            raise ValueError(f"split must be one of {', '.join(SPLITS)}, got {split!r}")
        self.rng = rng
        self.split = split
        self.fanciful = fanciful
        self.begin()

    def begin(self) -> None:
        """A new question by a new speaker."""
        self.held: list[str] = []
        self.american = self.chance(0.5)

    def fits(self, question: str) -> bool:
        """Whether the finished question is one of its split: with something held out in it, except for training."""
        said = question.lower()
        return self.split == "train" or any(all(part in said for part in _literal(piece)) for piece in self.held)

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def pick(self, options: Sequence[T]) -> T:
        return options[int(self.rng.random() * len(options))]

    def say(self, pieces: tuple[str, ...]) -> str:
        """One of the pieces of wording that the split may use."""
        kept, held = _parted(pieces)
        if held and self.split == "phrasing" and self.chance(0.4):
            piece = self.pick(held)
            self.held.append(piece)
            return piece
        return self.pick(kept)

    def name(self, words: tuple[str, ...], plain: float = 0.4) -> str:
        """One of the names of one thing; its first with at least the share ``plain``, but seldom a held-out one."""
        if self.split == "words":
            word = self.pick(_names(words, "words"))
        else:
            word = words[0] if self.chance(plain) else self.pick(_names(words, "train"))
        if self.split == "words" and word != words[0] and held_out(word):
            self.held += word.split("/")
        return word
