"""Object identifiers in text: ``<OBJ007>`` found, shuffled for training, and mapped back."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from ..types import object_id

_IDENTIFIER = re.compile(r"<OBJ([0-9]{3}|[1-9][0-9]{3,})>")


def object_token(index: int) -> str:
    """``<OBJ007>``: how object 7 is written in text."""
    return f"<{object_id(index)}>"


def identifiers(text: str) -> list[int]:
    """The object numbers in a text (three digits each, more from 1000 on), in order, repeated ones included."""
    return [int(n) for n in _IDENTIFIER.findall(text)]


def replace_identifiers(text: str, new: Callable[[int], str]) -> str:
    """The text with every identifier replaced by what ``new`` gives for its number."""
    return _IDENTIFIER.sub(lambda m: new(int(m[1])), text)


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
