"""Several sets in one noun phrase: "cups and plates", "all chairs except the red ones"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....language.program import Step
from . import places_wording as said
from .phrase import Phrase, agree

if TYPE_CHECKING:
    from .noun_phrases import NounPhrases

_NOT = ("that {is} not {x}", "that {isnt} {x}", "which {is} not {x}", "not {x}", "which {isnt} {x}")
_BUT = ("except {b}", "but {b}", "apart from {b}", "other than {b}", "except for {b}", "besides {b}", "excluding {b}")
_NOT_THE_ONE = (", not {b}", "and not {b}", "rather than {b}", "but not {b}", "instead of {b}")
_BUT_OF_ITS_KIND = ("except {b}", "apart from {b}", "other than {b}", "except for {b}", "excluding {b}", "without {b}")
_WITHOUT = ("without {b}", "without {b} on it", "that {has} no {bare} on it", "with no {bare} on it")


def either(words: NounPhrases, step: Step, plural: bool) -> Phrase:
    if plural and words.voice.chance(0.35):
        return Phrase("", True, whole=_listed(words, step))
    first, second = (words.phrase(a, plural) for a in step.arguments)
    if plural and words.voice.chance(0.35):
        return Phrase("", True, whole=f"{first.bare} and {second.bare}")
    word = words.voice.say(
        (" and ", " and ", " as well as ", " and also ", " plus ") if plural else (" or ", " or else ")
    )
    return Phrase("", plural, whole=first.the() + word + second.the())


def _listed(words: NounPhrases, step: Step) -> str:
    """ "the lamp, the fan and the rug", "cups and plates"."""
    many, articles = words.voice.chance(0.5), words.voice.chance(0.4)
    phrases = [words.phrase(s, many) for s in alternatives(step)]
    listed = [p.the() if articles else p.bare for p in phrases]
    end = words.voice.say((" and ", " and ", " & ", ", ", " and the ", ", and ", " plus "))
    return ", ".join(listed[:-1]) + (" and " if articles and end == " and the " else end) + listed[-1]


def excepted(words: NounPhrases, step: Step, plural: bool) -> Phrase:
    kept, left_out = step.arguments
    voice = words.voice
    about_things = left_out.arguments and left_out.arguments[0].operation == "thing"
    if about_things and left_out.operation == "with":
        phrase, carried = words.phrase(kept, plural), words.phrase(left_out.arguments[1])
        text = voice.say(_WITHOUT).replace("{bare}", carried.bare).replace("{b}", carried.a())
        phrase.after.append(agree(text, plural))
        return phrase
    kind = left_out.operation.partition(":")[0]
    related = left_out.operation in said.RELATIONS
    if about_things and (related or kind in ("color", "material", "shape")) and not plural and voice.chance(0.4):
        phrase = words.phrase(kept)
        unwanted = words.phrase(Step(left_out.operation, (Step("last"), *left_out.arguments[1:])))
        phrase.after.append(voice.say(_NOT_THE_ONE).replace("{b}", unwanted.the()))
        return phrase
    if about_things:
        phrase = words.phrase(kept, plural)
        phrase.after.append(agree(voice.say(_NOT).replace("{x}", words.predicate(left_out)), plural))
        return phrase
    unwanted = words.phrase(left_out, plural)
    but = voice.say(_BUT if _head(kept).operation == "thing" else _BUT_OF_ITS_KIND).replace("{b}", unwanted.the())
    of_things = kept.operation in said.RELATIONS and kept.arguments[0].operation == "thing"
    if of_things and plural and voice.chance(0.7):
        everything = voice.say(("everything", "all the stuff", "whatever is", "all that is", "anything", "all things"))
        return Phrase("", plural, whole=f"{everything} {words.predicate(kept)} {but}")
    if kept.operation == "thing":
        everything = voice.say(("everything", "all things", "all objects", "anything", "all"))
        return Phrase("", plural, whole=f"{everything} {but}")
    phrase = words.phrase(kept, plural)
    phrase.after.append(but)
    return phrase


def _head(step: Step) -> Step:
    return _head(step.arguments[0]) if step.arguments else step


def alternatives(step: Step) -> list[Step]:
    """What "or" combines, without brackets."""
    return [s for a in step.arguments for s in alternatives(a)] if step.operation == "or" else [step]
