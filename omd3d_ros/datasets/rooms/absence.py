"""Words for what is there and, surely, for what is not."""

from __future__ import annotations

from .lexicon import COLOR_NAMES, NAMES, SHARED, singular
from .wording import ANYTHING, Noun, Speaker


def some_category(speaker: Speaker) -> str:
    named = sorted(speaker.categories - {ANYTHING})
    return speaker.pick(named or [ANYTHING])


def _missing(speaker: Speaker) -> Noun | None:
    """Something that the whole room lacks, under every reading of its name."""
    present = {o.category for o in speaker.room.objects}
    missing = [c for c in NAMES if c not in present and c != "object"]
    noun = speaker.noun(speaker.pick(missing)) if missing else None
    if noun is None:
        return None
    readings = noun.categories | {c for n, means, maybe in SHARED if singular(n) == noun.one for c in (*means, *maybe)}
    return None if readings & present else noun


def absent_phrase(speaker: Speaker) -> tuple[str, str, bool] | None:
    """(bare phrase, its plural, countable) of what is not there: a missing kind, or a kind in another colour."""
    if speaker.rng.random() < 0.6:
        noun = _missing(speaker)
        if noun is None:
            return None
        if speaker.rng.random() < 0.3:
            color = speaker.color_word(speaker.pick(list(COLOR_NAMES)))
            return f"{color} {noun.one}", f"{color} {noun.many}", noun.countable
        return noun.one, noun.many, noun.countable
    noun = speaker.noun(some_category(speaker))
    if noun is None:
        return None
    color = speaker.pick(list(COLOR_NAMES))
    everywhere = [o for o in speaker.room.objects if o.category in noun.categories]
    if speaker.of_color(everywhere, color) != []:
        return None
    word = speaker.color_word(color)
    return f"{word} {noun.one}", f"{word} {noun.many}", noun.countable
