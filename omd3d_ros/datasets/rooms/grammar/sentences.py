"""Programs as sentences: ``find(near(noun, noun))`` is "show me the chair next to the window"."""

from __future__ import annotations

from ....language.program import Step
from . import ranking_wording as ranks
from . import requests_wording as said
from .noun_phrases import NounPhrases
from .nouns import Noun
from .phrase import Phrase, agree
from .voice import Voice
from .wishes import THING_LIKE

_NUMBERS = {3: "three", 4: "four", 5: "five", 6: "six"}
_INTRODUCED = 0.06


def sentence(program: Step, nouns: list[Noun], voice: Voice, number: int | None = None) -> str:
    """The question of a program, its nouns marked (see ``spans``), not yet with capitals and the like.

    ``number``: of objects that it is about, where the speaker knows.
    """
    return _Sentences(voice, nouns, number).of(program)


class _Sentences:
    def __init__(self, voice: Voice, nouns: list[Noun], number: int | None) -> None:
        self.voice = voice
        self.number = number
        self.phrases = NounPhrases(voice, nouns)
        self.nouns = nouns

    def of(self, program: Step) -> str:
        if program.operation == "describe":
            return self.voice.say(said.DESCRIBE)
        if program.operation == "more":
            x, y = (self.phrases.phrase(a, True).bare for a in program.arguments)
            return self.voice.say(said.MORE).format(x=x, y=y)
        viewpoint, step = self._viewpoint(program.arguments[0])
        asked = getattr(self, "_" + program.operation)(step)
        if not viewpoint:
            return asked
        if self.voice.chance(0.15) and asked.endswith("?") and ", " not in asked:
            return f"{asked[:-1]}{self.voice.pick((', ', ' '))}{_lowered(viewpoint)}?"
        return viewpoint + self.voice.pick((", ", ". ", ": ", ", ", " - ")) + asked

    def _viewpoint(self, step: Step) -> tuple[str, Step]:
        if step.operation == "stand":
            at, inner = step.arguments
            if inner.operation == "face":
                to, rest = inner.arguments
                text = self.voice.say(said.STAND_FACE)
                return text.format(at=self.phrases.anchor(at), to=self.phrases.anchor(to)), rest
            return self.voice.say(said.STAND).format(at=self.phrases.anchor(at)), inner
        if step.operation == "face":
            to, rest = step.arguments
            return self.voice.say(said.FACE).format(to=self.phrases.anchor(to)), rest
        return "", step

    def _find(self, step: Step) -> str:
        voice = self.voice
        compared = self._compared(step)
        if compared:
            return compared
        roll = voice.rng.random()
        if self.phrases.has_predicate(step) and roll < 0.6:
            pair = tuple(a.operation for a in step.arguments[:2])
            pieces = said.OF_THEM if pair[0] == "last" else said.FROM_IT if pair == ("thing", "last") else ()
            if pieces:
                return agree(voice.say(pieces), False).replace("{pred}", self.phrases.predicate(step))
        if self.phrases.has_predicate(step) and step.arguments[0].operation != "last":
            inner = self.phrases.phrase(step.arguments[0])
            plain = not inner.whole and not (inner.noun and inner.noun.phrase_like)
            if roll < 0.2 and plain:
                return self._which(said.WHICH, step)
            if roll < 0.27 and plain and self.phrases.can_lead(step):
                text = voice.say(said.PLACE_FIRST).replace("{pred}", self.phrases.predicate(step))
                return text.replace("{the}", inner.the()).replace("{a}", inner.a())
        if step.operation == "on" and 0.27 < roll < 0.29:
            keywords = (self.phrases.phrase(a) for a in step.arguments)
            return _terse(" ".join(k.bare for k in keywords))
        phrase = self.phrases.phrase(step)
        if roll < 0.34 and not phrase.wordy:
            return _terse(phrase.bare)
        if roll < 0.4 and not phrase.wordy:
            return voice.say(said.WHICH_ONE).replace("{the}", phrase.the())
        definite = all(n.definite for n in self._named(step))
        return self._request(phrase.the() if definite else phrase.a(), said.WISHES)

    def _all(self, step: Step) -> str:
        voice = self.voice
        if step.operation == "noun" and self.nouns[step.start].kind == "need":
            thing_like = self.nouns[step.start].one.startswith(THING_LIKE)
            need, text = self.phrases.phrase(step).bare, voice.say(said.NEED_OF_THING if thing_like else said.NEED)
            if thing_like:
                return text.replace("{need}", need)
            if not need.endswith("?") and not text.endswith("{need}"):
                need += "."
            return text.replace("{need}", need)
        of_them = bool(step.arguments) and step.arguments[0].operation == "last"
        if of_them and self.phrases.has_predicate(step) and voice.chance(0.6):
            return voice.say(said.ALL_OF_THEM).replace("{pred}", self.phrases.predicate(step))
        if self._of_things(step) and voice.chance(0.7):
            np = voice.say(said.ALL_THINGS).replace("{pred}", self.phrases.predicate(step))
            return self._request(np, said.ALL_WISHES)
        if self.phrases.has_predicate(step) and voice.chance(0.2) and not of_them:
            inner = self.phrases.phrase(step.arguments[0], True)
            if not inner.whole:
                text = voice.say(said.WHICH_ALL).replace("{pred}", self.phrases.predicate(step))
                return text.replace("{bare}", inner.bare)
        phrase = self.phrases.phrase(step, True)
        if phrase.wordy:
            np = phrase.bare
            if phrase.noun is not None and phrase.noun.phrase_like is False and voice.chance(0.3):
                np = "all " + np
            return self._request(np, said.ALL_WISHES)
        if phrase.order:
            return self._request(phrase.the(), said.ALL_WISHES)
        counted = self.number == 2 or self.number in _NUMBERS
        if counted and not phrase.mass and voice.chance(0.1):
            text = voice.say(said.BOTH_NP if self.number == 2 else said.COUNTED_NP)
            np = text.replace("{n}", _NUMBERS.get(self.number or 0, "")).replace("{bare}", phrase.bare)
        elif voice.chance(0.12) and not phrase.mass:
            np = voice.say(said.EACH_NP).replace("{one}", self.phrases.phrase(step).bare)
        elif phrase.mass:
            np = voice.say(said.MASS_NP).replace("{the}", phrase.the()).replace("{bare}", phrase.bare)
            return self._request(np, said.MASS_WISHES)
        else:
            np = voice.say(said.ALL_NP).replace("{the}", phrase.the()).replace("{bare}", phrase.bare)
        return self._request(np, said.ALL_WISHES)

    def _count(self, step: Step) -> str:
        voice = self.voice
        if step.operation == "last":
            return voice.pick(("how many are there?", "how many are those?", "and how many of them?", "how many?"))
        inner_is_last = bool(step.arguments) and step.arguments[0].operation == "last"
        if self.phrases.has_predicate(step) and (inner_is_last or voice.chance(0.4)):
            predicate = self.phrases.predicate(step)
            if inner_is_last:
                return (
                    voice.pick(("how many of them are ", "how many of those are ", "how many are ")) + predicate + "?"
                )
            bare = self.phrases.phrase(step.arguments[0], True).bare
            return voice.say(said.COUNT_PRED).replace("{pred}", predicate).replace("{bare}", bare)
        if step.operation == "or":
            return voice.say(said.COUNT).replace("{bare}", " and ".join(self._alternatives(step)))
        phrase = self.phrases.phrase(step, True)
        uncounted = phrase.mass and not phrase.head.endswith("s\uf8ff")
        return voice.say(said.COUNT_MASS if uncounted else said.COUNT).replace("{bare}", phrase.bare)

    def _of_things(self, step: Step) -> bool:
        """Whether it is a place or attribute of anything at all."""
        return self.phrases.has_predicate(step) and step.arguments[0].operation == "thing"

    def _alternatives(self, step: Step) -> list[str]:
        if step.operation == "or":
            return [words for a in step.arguments for words in self._alternatives(a)]
        return [self.phrases.phrase(step, True).bare]

    def _exists(self, step: Step) -> str:
        voice = self.voice
        inner_is_last = bool(step.arguments) and step.arguments[0].operation == "last"
        if self._of_things(step) and voice.chance(0.7):
            return voice.say(said.EXISTS_THING).replace("{pred}", self.phrases.predicate(step))
        if self.phrases.has_predicate(step) and (inner_is_last or voice.chance(0.35)):
            inner = self.phrases.phrase(step.arguments[0])
            predicate = self.phrases.predicate(step)
            if inner_is_last:
                return voice.pick((f"is it {predicate}?", f"is that {predicate}?", f"is that one {predicate}?"))
            text = voice.say(said.EXISTS_PRED).replace("{pred}", predicate)
            return text.replace("{the}", inner.the()).replace("{a}", inner.a())
        if voice.chance(0.4):
            return voice.say(said.EXISTS_MANY).replace("{bare}", self.phrases.phrase(step, True).bare)
        phrase = self.phrases.phrase(step)
        return voice.say(said.EXISTS).replace("{a}", phrase.a()).replace("{bare}", phrase.bare)

    def _color(self, step: Step) -> str:
        return self._about(said.COLOR, step)

    def _material(self, step: Step) -> str:
        return self._about(said.MATERIAL, step)

    def _where(self, step: Step) -> str:
        return self._about(said.WHERE, step)

    def _what(self, step: Step) -> str:
        voice = self.voice
        if step.operation == "last":
            return voice.pick(
                ("what is it?", "what is that?", "what's that one?", "what is this thing?", "what are those?")
            )
        if step.operation == "with":
            return voice.say(said.WHAT_CARRIES).format(b=self.phrases.anchor(step.arguments[1]))
        if step.operation == "on" and voice.chance(0.4):
            return voice.say(said.WHAT_ON).format(b=self.phrases.anchor(step.arguments[1]))
        if len(step.arguments) == 2 and step.arguments[1].operation != "last" and voice.chance(_INTRODUCED):
            anchor = self.phrases.phrase(step.arguments[1])
            return self._introduced(anchor) + voice.say(said.WHAT).replace("{pred}", self.phrases.predicate(step, "it"))
        single = step.operation in ("nearest", "farthest") or step.operation in ranks.EXTREMES
        pieces = said.WHAT_ONE if single else said.WHAT
        return voice.say(pieces).replace("{pred}", self.phrases.predicate(step))

    def _about(self, pieces: tuple[str, ...], step: Step) -> str:
        phrase = self.phrases.phrase(step)
        text = self.voice.say(pieces)
        if not phrase.wordy and self.voice.chance(_INTRODUCED):
            return self._introduced(phrase) + text.replace("{the}", "it")
        many = phrase.mass and phrase.noun is not None and phrase.noun.one.endswith("s")
        if many or phrase.pronoun and phrase.head == "them":
            text = text.replace(" is {the}", " are {the}").replace("where's {the}", "where are {the}")
        return text.replace("{the}", phrase.the())

    def _introduced(self, phrase: Phrase) -> str:
        return self.voice.say(said.INTRODUCED).replace("{the}", phrase.the()).replace("{a}", phrase.a())

    def _request(self, np: str, wishes: tuple[str, ...]) -> str:
        voice = self.voice
        if voice.chance(0.4):
            return voice.say(wishes).format(np=np)
        return voice.say(said.FRAMES).format(do=voice.say(said.VERBS), np=np)

    def _which(self, pieces: tuple[str, ...], step: Step) -> str:
        voice = self.voice
        text = voice.say(pieces)
        many = "{many}" in text
        inner = self.phrases.phrase(step.arguments[0], many)
        predicate = self.phrases.predicate(step)
        text = text.replace("{many}", inner.bare).replace("{bare}", inner.bare).replace("{pred}", predicate)
        return agree(text, False)

    def _compared(self, step: Step) -> str | None:
        if not step.arguments or step.arguments[0].operation != "or":
            return None
        x, y = (self.phrases.anchor(a) for a in step.arguments[0].arguments)
        if step.operation in ranks.MORE_SO:
            more = self.voice.say(ranks.MORE_SO[step.operation])
        elif step.operation in ("nearest", "farthest"):
            pieces = ranks.NEARER if step.operation == "nearest" else ranks.FARTHER
            more = self.voice.say(pieces).replace("{b}", self.phrases.anchor(step.arguments[1]))
        else:
            return None
        return self.voice.say(said.WHICH_MORE).replace("{more}", more).replace("{x}", x).replace("{y}", y)

    def _named(self, step: Step) -> list[Noun]:
        if step.operation == "noun":
            return [self.nouns[step.start]]
        return self._named(step.arguments[0]) if step.arguments else []


def _lowered(text: str) -> str:
    return text if text.startswith("I") else text[0].lower() + text[1:]


def _terse(text: str) -> str:
    """Keywords: without the small words."""
    small = ("the ", "a ", "an ", "that is ", "which is ")
    for word in small:
        text = text.replace(" " + word, " ")
        if text.startswith(word):
            text = text[len(word) :]
    return text
