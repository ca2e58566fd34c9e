"""Text of answers: cleaning, exact match, and the object identifiers in it.

The cleaning is that of the SQA3D and LEO evaluations, step by step and once each, oddities included: scores are
only comparable with published ones when the texts are treated alike.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..language.identifiers import identifiers

_SPELLING = {
    "letf": "left",
    "let": "left",
    "tehre": "there",
    "rigth": "right",
    "rght": "right",
    "behine": "behind",
    "tv": "TV",
    "chai": "chair",
    "wasing": "washing",
    "waslked": "walked",
    "oclock": "o'clock",
}
# fmt: off
_NUMBERS = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
]
# fmt: on
_NUMBER_WORDS = {"none": "zero", **{str(i): word for i, word in enumerate(_NUMBERS)}, "23": "twenty-three"}


def _whole_words(words: dict[str, str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(words)})\b")


_MISSPELT = _whole_words(_SPELLING)
_NUMBER = _whole_words(_NUMBER_WORDS)


def clean_answer(text: str) -> str:
    """Lower case without punctuation, articles and known misspellings; numbers as words."""
    text = text.lower()
    text = re.sub(r" +$", "", text)
    text = re.sub(r"^ +", "", text)
    text = re.sub(r" {2,}", " ", text)
    text = re.sub(r"[^a-zA-Z0-9,'\s\-:]+", "", text)
    text = _MISSPELT.sub(lambda match: _SPELLING[match[0]], text)
    text = re.sub(r"\bo' +clock\b", "o'clock", text)
    text = _NUMBER.sub(lambda match: _NUMBER_WORDS[match[0]], text)
    text = re.sub(r"\b([a-zA-Z]+)[0-9]\b", r"\1", text)
    for article in ("a", "an", "the"):
        text = re.sub(rf"\b{article}\b ([a-zA-Z]+)", r"\1", text)
    return re.sub(r"\bbackwards\b", "backward", text)


def answer_match(answer: str, references: Sequence[str]) -> tuple[int, int]:
    """(exact match, refined match), each 0 or 1.

    Exact: equal to a reference.  Refined: also if, without white space, one contains the other.  An empty answer
    matches nothing.
    """
    if not answer:
        return 0, 0
    if answer in references:
        return 1, 1
    bare = "".join(answer.split())
    contained = any(bare in other or other in bare for other in ("".join(r.split()) for r in references))
    return 0, int(contained)


def answer_of(generated: str) -> str:
    """The answer in a generated sentence, cleaned: without the final full stop and with a small first letter."""
    if len(generated) > 1:
        generated = generated.removesuffix(".")
        generated = generated[0].lower() + generated[1:]
    return clean_answer(generated)


def object_numbers(text: str, count: int) -> list[int]:
    """The object numbers in a text that are below ``count``, in order, repeated ones included."""
    return [number for number in identifiers(text) if number < count]


def first_object_number(text: str, count: int) -> int:
    """The first identifier's number below ``count``; 0 where there is none."""
    return next(iter(object_numbers(text, count)), 0)
