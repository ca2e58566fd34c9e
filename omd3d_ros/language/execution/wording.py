"""The answer to a program in English, with the objects' identifiers."""

from __future__ import annotations

from ..program import Step
from . import object_words
from .deciding import Result
from .table import ObjectTable
from .telling import places_of

UNSURE = 0.6  # doubt from which an answer says that it is not sure
_NOTHING = "I see nothing like that here."
_UNKNOWN = (
    "I can't tell that from the map. You can ask me where things are, how many there are, what colour or material "
    "they have, or what is near them."
)
_DESCRIBED = 8  # kinds of objects that a description counts
_MADE_OF = {"wooden": "wood"}
_WORDS = 4  # a noun of more words is a need or a description, not a name to repeat
_ARTICLES = ("the", "a", "an", "any", "some", "all", "every", "my", "your", "this", "that", "these", "those")


def say(program: Step, result: Result, table: ObjectTable, question: str) -> str:
    """A sentence or two that answer ``question``, whose program gave ``result`` on ``table``."""
    if result.root == "unknown":
        return _UNKNOWN
    if result.root == "describe":
        return _description(result, table)
    text = _ANSWERS[result.root](program, result, table, question)
    if result.doubt < UNSURE:
        return text
    return f"I am not sure, but {text[0].lower() if not text.startswith('I ') else 'I'}{text[1:]}"


def _find(program: Step, result: Result, table: ObjectTable, question: str) -> str:
    if not result.chosen:
        return _none(program.arguments[0], question)
    return f"{_pronoun(table, result.chosen[0])} {object_words.listing(table, result.chosen)}."


def _pronoun(table: ObjectTable, thing: int) -> str:
    return "They are" if object_words.is_plural(object_words.name(table, thing)) else "It is"


def _all(program: Step, result: Result, table: ObjectTable, question: str) -> str:
    if not result.chosen:
        return _none(program.arguments[0], question)
    if len(result.chosen) == 1:
        return f"There is one: {object_words.listing(table, result.chosen)}."
    return f"There are {len(result.chosen)}: {object_words.listing(table, result.chosen)}."


def _count(program: Step, result: Result, table: ObjectTable, question: str) -> str:
    if not result.chosen:
        return "There are none."
    count = len(result.chosen)
    groups = object_words.grouped(table, result.chosen, colors=False)
    noun = groups[0][0] if len(groups) == 1 else ""
    if count == 1:
        return f"There is one: {object_words.listing(table, result.chosen)}."
    kind = f" {object_words.plural(noun)}" if noun else ""
    return f"There are {count}{kind}: {object_words.listing(table, result.chosen)}."


def _exists(program: Step, result: Result, table: ObjectTable, question: str) -> str:
    if not result.chosen:
        none = _none(program.arguments[0], question)
        return f"No, {none[0] if none.startswith('I ') else none[0].lower()}{none[1:]}"
    return f"Yes: {object_words.listing(table, result.chosen, definite=False)}."


def _color(program: Step, result: Result, table: ObjectTable, question: str) -> str:
    words = [object_words.color(table, i, sure=0.0) for i in result.chosen]
    return _attribute(program, result, table, question, words, "colour")


def _material(program: Step, result: Result, table: ObjectTable, question: str) -> str:
    words = [object_words.material(table, i) for i in result.chosen]
    made = [w and f"made of {_MADE_OF.get(w, w)}" for w in words]
    return _attribute(program, result, table, question, made, "material")


def _attribute(
    program: Step, result: Result, table: ObjectTable, question: str, words: list[str | None], what: str
) -> str:
    if not result.chosen:
        return _none(program.arguments[0], question)
    groups: dict[str, list[int]] = {}
    for thing, word in zip(result.chosen, words, strict=True):
        if word:
            groups.setdefault(word, []).append(thing)
    if not groups:
        return f"I can't tell the {what} of {_bare(table, result.chosen)}."
    if len(result.chosen) == 1:
        return f"{_pronoun(table, result.chosen[0])} {next(iter(groups))}: {_bare(table, result.chosen)}."
    if len(groups) == 1:
        return f"They are {next(iter(groups))}: {_bare(table, result.chosen)}."
    parts = [f"{_bare(table, some)} {'is' if len(some) == 1 else 'are'} {word}" for word, some in groups.items()]
    text = object_words.joined(parts)
    return f"{text[0].upper()}{text[1:]}."


def _bare(table: ObjectTable, things: list[int]) -> str:
    """By name without colours: the colour is the answer."""
    parts = []
    for noun, some in object_words.grouped(table, things, colors=False):
        tokens = object_words.joined([object_words.token(i) for i in some])
        parts.append(f"the {noun if len(some) == 1 else object_words.plural(noun)} {tokens}")
    return object_words.joined(parts)


def _where(program: Step, result: Result, table: ObjectTable, question: str) -> str:
    if not result.chosen:
        return _none(program.arguments[0], question)
    thing = result.chosen[0]
    told = ", ".join(_told(table, place.words, place.anchor) for place in places_of(table, thing))
    noun = object_words.name(table, thing)
    verb = "are" if object_words.is_plural(noun) else "is"
    return f"The {noun} {object_words.token(thing)} {verb} {told or 'in the room'}."


def _told(table: ObjectTable, words: str, anchor: int | None) -> str:
    return words if anchor is None else f"{words} {_bare(table, [anchor])}"


def _what(program: Step, result: Result, table: ObjectTable, question: str) -> str:
    if not result.chosen:
        return "I see nothing there."
    if len(result.chosen) == 1:
        return f"{_pronoun(table, result.chosen[0])} {object_words.listing(table, result.chosen, definite=False)}."
    return f"There are {object_words.listing(table, result.chosen, definite=False)}."


def _more(program: Step, result: Result, table: ObjectTable, question: str) -> str:
    first, second = len(result.chosen), len(result.others)
    kinds = [_counted(step, question, n) for step, n in zip(program.arguments, (first, second), strict=True)]
    counts = f"{first} {kinds[0]} and {second} {kinds[1]}" if all(kinds) else f"{first} against {second}"
    some = [*result.chosen, *result.others]
    shown = f": {_bare(table, some)}" if some else ""
    return f"{'Yes' if result.value else 'No'}, there are {counts}{shown}."


def _counted(step: Step, question: str, count: int) -> str | None:
    words = _spoken(step, question)
    return words if words is None or count == 1 or words.endswith("s") else object_words.plural(words)


def _description(result: Result, table: ObjectTable) -> str:
    if not result.chosen:
        return "I see no objects here yet."
    groups = object_words.grouped(table, sorted(result.chosen, key=lambda i: -table.size[i].prod()), colors=False)
    groups.sort(key=lambda group: -float(table.size[group[1]].prod(1).max()))
    parts = []
    for noun, some in groups[:_DESCRIBED]:
        tokens = " ".join(object_words.token(i) for i in some)
        parts.append(
            f"{object_words.article(noun) if len(some) == 1 else f'{len(some)} {object_words.plural(noun)}'} {tokens}"
        )
    rest = sum(len(some) for _, some in groups[_DESCRIBED:])
    if rest:
        parts.append(f"{rest} other things")
    return f"I see {object_words.joined(parts)}.{_notable(result, table)}"


def _notable(result: Result, table: ObjectTable) -> str:
    """What lies on the large thing that carries most."""
    carried: dict[int, list[int]] = {}
    for thing in result.chosen[:200]:
        for place in places_of(table, thing)[:1]:
            if place.words == "on" and place.anchor is not None:
                carried.setdefault(place.anchor, []).append(thing)
    if not carried:
        return ""
    carrier = max(carried, key=lambda i: len(carried[i]))
    things = carried[carrier]
    verb = "is" if len(things) == 1 and not object_words.is_plural(object_words.name(table, things[0])) else "are"
    return f" On {_bare(table, [carrier])} {verb} {object_words.listing(table, things, definite=False)}."


def _none(step: Step, question: str) -> str:
    words = _spoken(step, question)
    return f"I see no {words} here." if words else _NOTHING


def _spoken(step: Step, question: str) -> str | None:
    """``red chair`` for a noun of a few words and its colour or material; None for anything more."""
    kind, _, word = step.operation.partition(":")
    if kind in ("color", "material"):
        inner = _spoken(step.arguments[0], question)
        return f"{word} {inner}" if inner else None
    if kind != "noun":
        return None
    words = question[step.start : step.end].strip(" ?.!,").lower().split()
    while words and words[0] in _ARTICLES:
        words = words[1:]
    return " ".join(words) if 0 < len(words) <= _WORDS and words[0] not in ("something", "anything") else None


_ANSWERS = {
    "find": _find, "all": _all, "count": _count, "exists": _exists, "color": _color, "material": _material,
    "where": _where, "what": _what, "more": _more,
}  # fmt: skip
