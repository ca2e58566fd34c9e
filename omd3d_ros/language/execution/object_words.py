"""Objects in words: their colours and names with identifiers, one or many."""

from __future__ import annotations

from collections.abc import Sequence

from ..identifiers import object_token
from ..program import COLORS, MATERIALS
from .table import ObjectTable

_COLOR_SURE = 0.5  # probability from which a colour is part of a name
_LISTED = 12  # objects named one by one; of more the number is given
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_IRREGULAR = {"shelf": "shelves", "person": "people", "knife": "knives", "loaf": "loaves", "mouse": "mice"}
_PLURAL = ("books", "shoes", "scissors", "curtains", "blinds", "stairs", "clothes", "people", "papers", "glasses")


def name(table: ObjectTable, thing: int) -> str:
    """What it is to be called, or its most probable category; ``object`` where none is known."""
    if thing in table.called:
        return table.called[thing]
    row = table.names[thing]
    return table.categories[int(row.argmax())] if row.size and row.max() > 0 else "object"


def full_name(table: ObjectTable, thing: int) -> str:
    """With its colour where that is known: ``red chair``."""
    word = color(table, thing)
    return f"{word} {name(table, thing)}" if word else name(table, thing)


def color(table: ObjectTable, thing: int, sure: float = _COLOR_SURE) -> str | None:
    row = table.colors[thing]
    return COLORS[int(row.argmax())] if row.max() >= max(sure, 1e-6) else None


def material(table: ObjectTable, thing: int) -> str | None:
    row = table.materials[thing]
    return MATERIALS[int(row.argmax())] if row.max() > 0 else None


def token(thing: int) -> str:
    return object_token(thing)


def plural(noun: str) -> str:
    """Of the last word: ``side tables``, ``boxes``."""
    start, space, last = noun.rpartition(" ")
    if last in _PLURAL:
        return noun
    if last in _IRREGULAR:
        many = _IRREGULAR[last]
    elif last.endswith(("s", "x", "ch", "sh")):
        many = last + "es"
    elif last.endswith("y") and last[-2:-1] not in tuple("aeiou"):
        many = last[:-1] + "ies"
    else:
        many = last + "s"
    return start + space + many


def is_plural(noun: str) -> bool:
    return noun.rpartition(" ")[2] in _PLURAL


def article(noun: str) -> str:
    """``a mug``, ``an armchair``; no article before what is always many."""
    if is_plural(noun):
        return noun
    return ("an " if noun[:1].lower() in tuple("aeiou") else "a ") + noun


def number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def joined(parts: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]


def grouped(table: ObjectTable, things: Sequence[int], colors: bool = True) -> list[tuple[str, list[int]]]:
    """Objects of one name together, in the order of their first ones."""
    groups: dict[str, list[int]] = {}
    for thing in things:
        groups.setdefault(full_name(table, thing) if colors else name(table, thing), []).append(thing)
    return list(groups.items())


def listing(table: ObjectTable, things: Sequence[int], definite: bool = True) -> str:
    """``the white mugs <OBJ001> and <OBJ004> and the red mug <OBJ009>``; or with ``a`` instead of ``the``."""
    parts = []
    for noun, some in grouped(table, things[:_LISTED]):
        tokens = joined([token(i) for i in some])
        if len(some) == 1:
            parts.append(f"{'the ' + noun if definite else article(noun)} {tokens}")
        else:
            parts.append(f"{'the' if definite else number(len(some))} {plural(noun)} {tokens}")
    if len(things) > _LISTED:
        parts.append(f"{len(things) - _LISTED} more")
    return joined(parts)
