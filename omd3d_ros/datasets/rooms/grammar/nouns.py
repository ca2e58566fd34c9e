"""Words for things, with the categories that they denote."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from .. import lexicon
from ..needs import NEEDS
from .compound_nouns import some_compound
from .extra_nouns import EXTRA
from .voice import Voice, is_held_out

ANYTHING = "object"
_PLAIN = 0.3
# Wider terms and wishes that a program says with operations.
_OPERATIONS = ("on the wall", "made of")
_WHERE_IS = ("where is the ", "where are the ")


@dataclass(frozen=True)
class Noun:
    """A noun as it is mentioned once: both numbers, what it denotes, and ``maybe``, what some would also call so.

    ``definite``: spoken of as known to the listener ("the chair", not "a chair").
    """

    one: str
    many: str
    categories: frozenset[str]
    maybe: frozenset[str] = frozenset()
    kind: str = "name"
    definite: bool = True

    @property
    def countable(self) -> bool:
        return self.one != self.many

    @property
    def phrase_like(self) -> bool:
        """Whether it can't take an adjective before it: "something to sit on"."""
        return self.one.startswith(("something", "anything", "a place", "somewhere"))


def need_of(wish: str, categories: tuple[str, ...]) -> Noun:
    return Noun(wish, wish, frozenset(categories), kind="need")


@cache
def _shared() -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    return {name: (frozenset(means), frozenset(maybe)) for name, means, maybe in lexicon.SHARED}


@cache
def name_of(word: str, category: str | None) -> Noun:
    """``word``: "singular/plural" or a name whose plural is regular, of this category; None: of no category known."""
    own = frozenset({category}) if category else frozenset()
    means, maybe = _shared().get(word, (own, frozenset()))
    return Noun(lexicon.singular(word), lexicon.plural(word), means, maybe)


@cache
def wider_of(word: str) -> Noun:
    return Noun(lexicon.singular(word), lexicon.plural(word), frozenset(lexicon.WIDER[word]), kind="wider")


@cache
def categories() -> tuple[str, ...]:
    """All that has a name of its own."""
    return tuple(c for c in lexicon.NAMES if c != ANYTHING)


@cache
def _unnamed(surely: bool) -> tuple[str, ...]:
    """Everyday words that name no category; ``surely``: nor a kind of one ("rocking chair")."""
    known = {lexicon.singular(w) for words in lexicon.NAMES.values() for w in words}
    kinds = {w.split()[-1] for w in known}
    words = (w for w in EXTRA if lexicon.singular(w) not in known)
    return tuple(w for w in words if not surely or lexicon.singular(w).split()[-1] not in kinds)


@cache
def without_material(noun: Noun) -> tuple[str, Noun]:
    """The material that the noun begins with ("plastic box") and the noun without it; "" and the noun for most."""
    first, _, rest = noun.one.partition(" ")
    for material, words in lexicon.MATERIAL_NAMES.items():
        if rest and first in words:
            return material, replace(noun, one=rest, many=noun.many.removeprefix(first + " "))
    return "", noun


def some_name(voice: Voice, category: str) -> Noun:
    """A name of the category, as one that the split may use."""
    return name_of(voice.name(lexicon.NAMES[category], _PLAIN), category)


def some_wider(voice: Voice) -> Noun:
    terms = _wider_terms(voice.split == "words")
    word = voice.pick(terms)
    if voice.split == "words" and lexicon.held_out(word):
        voice.held += word.split("/")
    return wider_of(word)


@cache
def _wider_terms(rare: bool) -> tuple[str, ...]:
    terms = tuple(w for w in lexicon.WIDER if not any(words in w for words in _OPERATIONS))
    return tuple(w for w in terms if lexicon.held_out(w) == rare) or terms


def some_unnamed(voice: Voice, surely: bool = False) -> Noun:
    """A word for what the rooms never hold; ``surely``: that can't be taken for anything they do hold."""
    if not surely and voice.chance(0.35):
        return name_of(some_compound(voice), None)
    return name_of(voice.pick(_unnamed(surely)), None)


def some_need(voice: Voice) -> Noun | None:
    """A wish of one group of NEEDS; None where the split has none of that group."""
    wishes, wanted = voice.pick(NEEDS)
    wishes = tuple(w for w in wishes if not w.startswith(_WHERE_IS))
    held = [w for w in wishes if is_held_out(w)]
    kept = [w for w in wishes if not is_held_out(w)]
    if voice.split == "phrasing" and held:
        wish = voice.pick(held)
        voice.held.append(wish)
        return need_of(wish, wanted)
    return need_of(voice.pick(kept), wanted) if kept else None
