"""The choices of one speaker: which words and which pieces of wording a question is made of.

A fixed fifth of all pieces of wording is held out for the split ``phrasing``, and the synonyms that the lexicon holds
out for the split ``words``; training questions have none of either.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache
from typing import TypeVar
from zlib import crc32

from ..lexicon import held_out, usable

SPLITS = ("train", "phrasing", "words")
T = TypeVar("T")


def is_held_out(piece: str) -> bool:
    return crc32(("wording:" + piece).encode()) % 5 == 0


@cache
def _parted(pieces: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What training may use (all, if it had nothing else) and what is held out."""
    held = tuple(p for p in pieces if p and is_held_out(p))
    kept = tuple(p for p in pieces if p not in held)
    return (kept, held) if kept else (pieces, ())


@cache
def _names(words: tuple[str, ...], split: str) -> list[str]:
    return usable(words, split)


class Voice:
    """``rare_wording`` and ``rare_word`` tell whether the question so far has a held-out piece or synonym."""

    def __init__(self, rng: random.Random, split: str) -> None:
        if split not in SPLITS:
            raise ValueError(f"split must be one of {', '.join(SPLITS)}, got {split!r}")
        self.rng = rng
        self.split = split
        self.begin()

    def begin(self) -> None:
        """A new question by a new speaker."""
        self.rare_word = self.rare_wording = False
        self.american = self.chance(0.5)

    @property
    def fits(self) -> bool:
        """Whether the question is one of its split."""
        return {"train": True, "phrasing": self.rare_wording, "words": self.rare_word}[self.split]

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def pick(self, options: Sequence[T]) -> T:
        return options[int(self.rng.random() * len(options))]

    def say(self, pieces: tuple[str, ...]) -> str:
        """One of the pieces of wording that the split may use."""
        kept, held = _parted(pieces)
        if held and self.split == "phrasing" and self.chance(0.4):
            self.rare_wording = True
            return self.pick(held)
        return self.pick(kept)

    def name(self, words: tuple[str, ...], plain: float = 0.4) -> str:
        """One of the names of one thing; its first with at least the share ``plain``, but seldom a held-out one."""
        if self.split == "words":
            word = self.pick(_names(words, "words"))
        else:
            word = words[0] if self.chance(plain) else self.pick(_names(words, "train"))
        self.rare_word |= word != words[0] and held_out(word)
        return word
