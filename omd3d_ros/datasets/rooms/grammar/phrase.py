"""One noun phrase in its parts."""

from __future__ import annotations

from dataclasses import dataclass, field

from .nouns import Noun
from .spans import is_mark

_VERBS = {
    "{is}": ("is", "are"), "{isnt}": ("isn't", "aren't"), "{has}": ("has", "have"), "{stand}": ("stands", "stand"),
    "{its}": ("its", "their"), "{lie}": ("lies", "lie"), "{sit}": ("sits", "sit"), "{hang}": ("hangs", "hang"),
    "{does}": ("does", "do"), "{thats}": ("that's", "that are"),
}  # fmt: skip


@dataclass
class Phrase:
    """A noun phrase in parts; ``owner`` and ``determiner`` stand for the article ("the table's", "my").

    ``order`` is a superlative."""

    head: str
    plural: bool
    noun: Noun | None = None
    order: str = ""
    owner: str = ""
    determiner: str = ""
    adjectives: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    pronoun: bool = False
    whole: str = ""

    @property
    def bare(self) -> str:
        named = [self.whole] if self.whole else [self.owner, self.order, *self.adjectives, self.head]
        return " ".join(filter(None, [*named, *self.after]))

    @property
    def mass(self) -> bool:
        return self.noun is not None and not self.noun.countable

    @property
    def wordy(self) -> bool:
        """A phrase that takes no article: a pronoun, several phrases in one, "something to sit on"."""
        return self.pronoun or bool(self.whole or self.owner) or (self.noun is not None and self.noun.phrase_like)

    def the(self) -> str:
        if self.wordy:
            return self.bare
        return f"{self.determiner or 'the'} {self.bare}"

    def a(self) -> str:
        if self.order or self.determiner:
            return self.the()
        if self.wordy or self.plural or self.mass:
            return self.bare
        return f"{'an' if _vowel(self.bare) else 'a'} {self.bare}"


def _vowel(text: str) -> bool:
    said = text.lstrip("".join(c for c in text if is_mark(c))).lower()
    return said[:1] in tuple("aeiou") and not said.startswith(("one", "usb", "uni", "ute"))


def agree(text: str, plural: bool) -> str:
    """The verbs of a piece of wording in the number of their subject."""
    if "{" not in text:
        return text
    for name, (one, many) in _VERBS.items():
        text = text.replace(name, many if plural else one)
    return text
