"""Sets of objects as noun phrases: ``near(color:red(noun), noun)`` is "the red chair by the window"."""

from __future__ import annotations

from ....language.program import Step
from .. import lexicon
from . import places_wording as said
from . import ranking_wording as ranks
from .combined_phrases import either, excepted
from .linking import and_also, is_second_place, link
from .nouns import Noun
from .parts_wording import of_a_part, of_the_whole, owner, quality
from .phrase import Phrase, agree
from .spans import mark
from .voice import Voice

_ATTRIBUTE_AFTER = (
    "that {is} {x}",
    "which {is} {x}",
    "{thats} {x}",
    "of {x} {colour}",
    "in {x}",
    "whose {colour} is {x}",
)
_MATERIAL_AFTER = ("made of {x}", "that {is} made of {x}", "made from {x}", "of {x}", "which {is} made out of {x}")
_THINGS = (("thing", "things"), ("object", "objects"), ("item", "items"), ("thing", "things"))
_FRONT = {"near", "under", "on", "in", "above", "front", "behind", "left", "right", "between", "corner", "middle"}


class NounPhrases:
    """Words sets of objects; ``nouns`` are those that the program's noun steps count from 0."""

    def __init__(self, voice: Voice, nouns: list[Noun]) -> None:
        self.voice = voice
        self.nouns = nouns

    def phrase(self, step: Step, plural: bool = False) -> Phrase:
        name, voice = step.operation, self.voice
        if name == "noun":
            noun = self.nouns[step.start]
            words = noun.many if plural else noun.one
            said_to_end = words.rstrip("?.!")
            phrase = Phrase(mark(step.start, said_to_end) + words[len(said_to_end) :], plural, noun)
            if noun.kind == "name":
                self._remark(phrase)
            return phrase
        if name == "thing":
            return Phrase(voice.pick(_THINGS)[plural], plural)
        if name == "last":
            return self._last(plural)
        if name == "or":
            return either(self, step, plural)
        if name == "except":
            return excepted(self, step, plural)
        if name.startswith("nth:"):
            return self._ordinal(step, plural)
        if name in ranks.EXTREMES and not plural and voice.chance(0.06):
            return self._most_of(name, step.arguments[0])
        phrase = self._core(step.arguments[0], plural)
        if ":" in name:
            self._adjective(phrase, name)
        elif name in ranks.EXTREMES:
            if voice.chance(0.25) and not phrase.after:
                phrase.after.append(agree("that {is} " + voice.say(ranks.EXTREMES_AFTER[name]), phrase.plural))
            else:
                phrase.order = voice.say(ranks.EXTREMES[name])
        elif name in ("nearest", "farthest"):
            self._distance(phrase, step)
        elif name == "with":
            phrase.after.append(agree(self._carrying(step.arguments[1]), plural))
        elif name == "on" and not plural and not phrase.wordy and voice.chance(0.04):
            self._owned(phrase, self.anchor(step.arguments[1]))
        else:
            predicate = self.predicate(step)
            linked = and_also(voice) if is_second_place(step, voice) else link(name, predicate, voice)
            phrase.after.append(agree(linked + predicate, phrase.plural))
        return phrase

    def anchor(self, step: Step) -> str:
        """A set as what something else stands to: "the window", "a red chair", "it"."""
        phrase = self.phrase(step)
        definite = all(self.nouns[s.start].definite for s in _heads(step))
        return phrase.the() if definite else phrase.a()

    def predicate(self, step: Step, anchor: str = "") -> str:
        """What is said after "is": "red", "made of wood", "next to the window", "the largest".

        ``anchor``: how that is said from which the place is told, where not by its own name ("it").
        """
        name, voice = step.operation, self.voice
        kind, _, value = name.partition(":")
        if kind == "color":
            return self._color(value)
        if kind == "material":
            word = self._material(value)
            return word if voice.chance(0.5) else "made of " + _stuff(word)
        if kind == "shape":
            return voice.say(said.SHAPES[value])
        if kind == "size":
            return voice.say(said.SIZES[value])
        if name in said.ALONE:
            return voice.say(said.ALONE[name])
        if name in ranks.EXTREMES_AFTER:
            return voice.say(ranks.EXTREMES_AFTER[name])
        others = [anchor or self.anchor(a) for a in step.arguments[1:]]
        if name == "nearest":
            return voice.say(ranks.NEAREST).format(b=others[0])
        if name == "farthest":
            return voice.say(ranks.FARTHEST).format(b=others[0])
        pieces = said.RELATIONS[name]
        text = voice.say(pieces).replace("{b's}", _possessive(others[0]))
        return text.replace("{b}", others[0]).replace("{c}", others[-1])

    def has_predicate(self, step: Step) -> bool:
        name = step.operation
        return (
            name.partition(":")[0] in ("color", "material", "shape", "size")
            or name in said.ALONE
            or (name in ranks.EXTREMES_AFTER or name in said.RELATIONS or name in ("nearest", "farthest"))
        )

    def can_lead(self, step: Step) -> bool:
        """Whether its place can be said before the noun: "on the table there is a mug"."""
        return step.operation in _FRONT

    def _owned(self, phrase: Phrase, owner: str) -> None:
        """ "the table's mug", where the owner is one plain noun."""
        if owner.startswith("the ") and owner.count(" ") == 1:
            phrase.owner = owner + "'s"
        else:
            phrase.after.append("on " + owner)

    def _remark(self, phrase: Phrase) -> None:
        """Sometimes more about a thing than the program knows: a part of it, what it is like, whose it is."""
        roll = self.voice.rng.random()
        if roll < 0.05:
            phrase.after.append(of_a_part(self.voice, phrase.plural))
        elif roll < 0.075:
            phrase.adjectives.append(quality(self.voice))
        elif roll < 0.09:
            phrase.determiner = owner(self.voice)

    def _most_of(self, name: str, step: Step) -> Phrase:
        """ "the tallest of the plants"."""
        many = self.phrase(step, True)
        which = "them" if many.pronoun else f"{ranks.of_several(self.voice)} {many.bare}"
        return Phrase("", False, whole=f"the {self.voice.say(ranks.EXTREMES[name])} of {which}")

    def _carrying(self, step: Step) -> str:
        """ "with a laptop on it"; of no room, also how many there are and what is inside."""
        if self.voice.fanciful and self.voice.chance(0.25):
            carried = self.phrase(step, True)
            if not carried.wordy and not carried.mass and not carried.order:
                number = self.voice.pick(said.SEVERAL)
                return self.voice.say(said.WITH_MANY).replace("{n}", number).replace("{many}", carried.bare)
        pieces = said.WITH_INSIDE if self.voice.fanciful and self.voice.chance(0.15) else said.WITH
        return self.voice.say(pieces).replace("{b}", self.anchor(step))

    def _core(self, step: Step, plural: bool) -> Phrase:
        phrase = self.phrase(step, plural)
        if phrase.pronoun:
            return Phrase("ones" if plural else "one", plural)
        return phrase

    def _last(self, plural: bool) -> Phrase:
        options = ("them", "those", "these", "them") if plural else ("it", "it", "that one", "this one", "that", "it")
        return Phrase(self.voice.pick(options), plural, pronoun=True)

    def _color(self, value: str) -> str:
        return self.voice.name(lexicon.COLOR_NAMES[value], 0.6)

    def _material(self, value: str) -> str:
        return self.voice.name(lexicon.MATERIAL_NAMES[value], 0.5)

    def _adjective(self, phrase: Phrase, name: str) -> None:
        kind, _, value = name.partition(":")
        voice = self.voice
        after = (phrase.noun is not None and phrase.noun.phrase_like) or voice.chance(0.12)
        if kind == "color":
            word = self._color(value)
            if phrase.noun is not None and not after and voice.chance(0.08):
                phrase.after.append(of_the_whole(voice, phrase.noun, word, phrase.plural))
                return
            if after:
                pieces = _ATTRIBUTE_AFTER[:3] if word.endswith("ish") else _ATTRIBUTE_AFTER
                phrase.after.append(agree(voice.say(pieces).replace("{x}", word), phrase.plural))
                return
        elif kind == "material":
            word = self._material(value)
            if phrase.noun is not None and not after and voice.chance(0.04):
                phrase.after.append(of_the_whole(voice, phrase.noun, word, phrase.plural))
                return
            if after:
                phrase.after.append(agree(voice.say(_MATERIAL_AFTER).replace("{x}", _stuff(word)), phrase.plural))
                return
        else:
            word = voice.say((said.SHAPES if kind == "shape" else said.SIZES)[value])
            if after:
                phrase.after.append(agree("that {is} " + word, phrase.plural))
                return
        phrase.adjectives.insert(0, word)

    def _distance(self, phrase: Phrase, step: Step) -> None:
        name, voice = step.operation, self.voice
        if not phrase.after and voice.chance(0.4):
            before = ranks.NEAREST_BEFORE if name == "nearest" else ranks.FARTHEST_BEFORE
            phrase.order, link = voice.pick(before)
            phrase.after.append(link.format(b=self.anchor(step.arguments[1])))
            return
        link = voice.say(("", "that {is} ", "which {is} ", "standing ", "located "))
        phrase.after.append(agree(link + self.predicate(step), phrase.plural))

    def _ordinal(self, step: Step, plural: bool) -> Phrase:
        number, inner = int(step.operation[4:]), step.arguments[0]
        voice = self.voice
        phrase = self._core(inner.arguments[0], plural)
        order = voice.say(ranks.ORDERS[number])
        if inner.operation in ("leftmost", "rightmost"):
            phrase.order = order
            phrase.after.append(
                voice.say(ranks.FROM_THE_LEFT if inner.operation == "leftmost" else ranks.FROM_THE_RIGHT)
            )
        elif inner.operation in ("nearest", "farthest"):
            before = ranks.NEAREST_BEFORE if inner.operation == "nearest" else ranks.FARTHEST_BEFORE
            word, link = voice.pick(before)
            phrase.order = f"{order} {word}"
            phrase.after.append(link.format(b=self.anchor(inner.arguments[1])))
        else:
            phrase.order = f"{order} {voice.say(ranks.EXTREMES[inner.operation])}"
        return phrase


def _stuff(word: str) -> str:
    return {"wooden": "wood", "metallic": "metal", "upholstered": "fabric", "woven": "wicker"}.get(word, word)


def _possessive(text: str) -> str:
    return {"it": "its", "them": "their", "those": "their", "these": "their"}.get(text, text + "'s")


def _heads(step: Step) -> list[Step]:
    """The nouns that a set is named with, not those that its relations are to."""
    if step.operation == "noun":
        return [step]
    return _heads(step.arguments[0]) if step.arguments else []
