"""What people say of a thing besides where it stands: its parts, its age, whose it is.

A part that makes up most of what is seen of a thing has the thing's own colour or material ("a box with a dark
front"); of a small part ("a jar with a red lid") nothing is known, so that only the noun counts.
"""

from __future__ import annotations

from ....language.program import COLORS, MATERIALS
from .. import lexicon
from .nouns import Noun
from .phrase import agree
from .voice import Voice

# {x}: a colour or material.  {part}: what is most of the thing.
_ABOUT_THE_WHOLE = (
    "with a {x} {part}", "with the {x} {part}", "with {x} {parts}", "that {has} a {x} {part}",
    "that {has} the {x} {part}", "having a {x} {part}",
    "which {has} a {x} {part}", "whose {part} is {x}", "with {its} {x} {part}", "with a {part} in {x}",
)  # fmt: skip
_BODY = (("front", "fronts"), ("body", "bodies"), ("surface", "surfaces"), ("finish", "finishes"), ("side", "sides"),
         ("exterior", "exteriors"), ("outside", "outsides"), ("casing", "casings"), ("cover", "covers"))  # fmt: skip
_SEAT = (("seat", "seats"), ("upholstery", "cushions"), ("cover", "covers"), ("backrest", "backrests"))
_TOP = (("top", "tops"), ("tabletop", "boards"), ("surface", "surfaces"), ("plate", "plates"))
_SHADE = (("shade", "shades"), ("lampshade", "shades"), ("body", "bodies"))
_DOOR = (("front", "fronts"), ("door", "doors"), ("front panel", "front panels"), ("side", "sides"))
_MOST = {
    **dict.fromkeys(("chair", "stool", "sofa", "armchair", "bench", "pouf"), _SEAT),
    **dict.fromkeys(("dining table", "desk", "coffee table", "side table", "counter"), _TOP),
    **dict.fromkeys(("lamp", "ceiling lamp"), _SHADE),
    **dict.fromkeys(("cabinet", "wardrobe", "refrigerator", "wall cupboard", "dresser", "nightstand"), _DOOR),
}

_SMALL_PART = (
    "lid", "handle", "leg", "wheel", "label", "button", "knob", "hinge", "sticker", "zip", "strap", "spout", "rim",
    "edge", "foot", "castor", "hook", "switch", "logo", "screw", "corner", "stripe", "dot", "base", "pocket", "grip",
    "armrest", "screw cap", "nozzle", "buckle", "stopper", "tag", "bottom", "lining", "trim", "ribbon", "seam",
)  # fmt: skip
_MANY = {"foot": "feet", "switch": "switches"}
_OF_SMALL = (
    "with a {y} {part}", "with the {y} {part}", "with {y} {parts}", "with {parts}", "on wheels", "on four legs",
    "on castors", "without {parts}",
    "that {has} a {y} {part}", "with two {y} {parts}", "that {has} {y} {parts}", "with a {part}",
    "with {its} {y} {part}",
    "whose {part} is {y}", "without a {part}", "missing {its} {part}", "with no {parts}", "with the {part} that is {y}",
    "which {has} {parts}", "with {y} {parts} and {parts2}", "with a {y} {part} and a {part2}",
)  # fmt: skip
_STATES = (
    "broken", "loose", "long", "thick", "shiny", "bent", "torn", "missing", "golden", "bright", "striped", "tiny",
    "chipped", "curved", "wide", "rusty", "new", "funny", "dark", "light-coloured", "thin", "rounded",
)  # fmt: skip
_OF_NO_MATTER = (
    "that I bought last week", "my sister gave me", "that we talked about", "I told you about", "nobody ever uses",
    "that needs to be fixed", "everybody likes", "from the flea market", "we got from our neighbours",
    "that I use every day", "we ordered online", "that was delivered today", "I mentioned earlier", "that came by post",
    "that my colleague uses", "that is always in the way", "you moved yesterday", "for the guests", "of my uncle",
    "I showed you before", "we inherited", "that belongs to Anna", "with the funny look", "the kids broke",
)  # fmt: skip
_QUALITIES = (
    "old", "new", "nice", "dirty", "clean", "empty", "broken", "heavy", "fancy", "ugly", "spare", "used", "cheap",
    "favourite", "pretty", "dusty", "full", "second-hand", "shiny", "worn", "good old", "stupid", "half-empty",
    "expensive", "comfy", "antique", "modern", "colourful", "striped", "open", "famous", "lovely",
)  # fmt: skip
_OWNERS = ("my", "my", "our", "your", "this", "that", "my wife's", "dad's", "the boss's", "Anna's", "somebody's")


def of_the_whole(voice: Voice, noun: Noun | None, word: str, plural: bool) -> str:
    """ "with a red front": said of a part, meant of the thing."""
    parts = next((_MOST[c] for c in sorted(noun.categories) if c in _MOST), _BODY) if noun else _BODY
    part, parts_word = voice.pick(parts)
    text = voice.say(_ABOUT_THE_WHOLE).replace("{x}", word).replace("{parts}", parts_word).replace("{part}", part)
    return agree(_with_articles(text), plural)


def of_a_part(voice: Voice, plural: bool) -> str:
    """ "with wooden legs", "I told you about": what the program does not know."""
    if voice.chance(0.2):
        return voice.say(_OF_NO_MATTER)
    text = voice.say(_OF_SMALL)
    for end in ("2}", "}"):
        part = voice.pick(_SMALL_PART)
        text = text.replace("{parts" + end, _MANY.get(part, part + "s")).replace("{part" + end, part)
    return agree(_with_articles(text.replace("{y}", _any_look(voice))), plural)


def quality(voice: Voice) -> str:
    return voice.say(_QUALITIES)


def owner(voice: Voice) -> str:
    """What may stand in the place of "the" before what is one's own."""
    return voice.pick(_OWNERS)


def _any_look(voice: Voice) -> str:
    roll = voice.rng.random()
    if roll < 0.4:
        return voice.name(lexicon.COLOR_NAMES[voice.pick(COLORS)], 0.6)
    if roll < 0.65:
        return voice.name(lexicon.MATERIAL_NAMES[voice.pick(MATERIALS)], 0.5)
    return voice.say(_STATES)


def _with_articles(text: str) -> str:
    words = text.split(" ")
    for i, word in enumerate(words[:-1]):
        if word == "a" and words[i + 1][:1] in tuple("aeiou"):
            words[i] = "an"
    return " ".join(words)
