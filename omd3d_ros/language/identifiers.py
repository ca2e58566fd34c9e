"""Object identifiers in text: ``<OBJ007>`` found, shuffled for training, and mapped back."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from .prompt import object_token

IDENTIFIER = re.compile(r"<OBJ(\d{3})>")


def identifiers(text: str) -> list[int]:
    """The object numbers in a text, in order, repeated ones included."""
    return [int(n) for n in IDENTIFIER.findall(text)]


def replace_identifiers(text: str, new: Callable[[int], str]) -> str:
    """The text with every identifier replaced by what ``new`` gives for its number."""
    return IDENTIFIER.sub(lambda m: new(int(m[1])), text)


def shuffle_identifiers(text: str, assigned_ids: Sequence[int]) -> str:
    """Identifiers as the model sees them, where list slot i shows object ``assigned_ids[i]``.

    Raises ValueError for an object that has no slot.
    """
    slot = {int(old): i for i, old in enumerate(assigned_ids)}

    def new(old: int) -> str:
        if old not in slot:
            raise ValueError(f"{object_token(old)} is not among the {len(slot)} objects of the scene: {text!r}")
        return object_token(slot[old])

    return replace_identifiers(text, new)


def restore_identifiers(text: str, assigned_ids: Sequence[int], unknown: Callable[[int], str] = object_token) -> str:
    """The inverse of ``shuffle_identifiers``; a number that no slot has becomes ``unknown(number)``."""

    def old(slot: int) -> str:
        return object_token(int(assigned_ids[slot])) if slot < len(assigned_ids) else unknown(slot)

    return replace_identifiers(text, old)
