"""What connects a place to the noun that it is told of: "that stands", "somebody left", "and also"."""

from __future__ import annotations

from ....language.program import Step
from . import places_wording as said
from .voice import Voice

_LINKS = ("", "", "", "that {is} ", "which {is} ", "located ", "{thats} ", "positioned ", "you see ", "that I see ")
_SOMEBODY = (
    "that someone left ", "somebody put ", "which I left ", "that I put ", "someone has left ", "that we keep ",
    "I have put ", "which somebody forgot ", "that was left ", "that they placed ", "you can see ", "which we have ",
)  # fmt: skip
_AND_ALSO = (
    "and ",
    "and {is} ",
    "and also ",
    "that {is} also ",
    "and that {is} ",
    "and which {is} ",
    "and at the same time ",
)
_PUT = {"near", "on", "under", "in", "front", "behind", "corner", "on_floor", "middle", "between"}
_PARTICIPLES = ("kept", "put", "hidden", "hung", "tucked", "before", "up", "down", "with")
_STANDING = (
    "standing ", "that {stand} ", "placed ", "which {stand} ", "that {is} standing ", "which {is} lying ", "lying ",
    "that {lie} ", "sitting ", "that {sit} ", "which {is} sitting ", "left ", "which {is} placed ", "that {is} put ",
    "which {is} found ", "which {is} right ",
)  # fmt: skip
_HANGING = (
    "that {hang} ", "hanging ", "which {hang} ", "which {is} hanging ", "that {is} hung ", "that {is} mounted ",
    "which {is} fixed ",
)  # fmt: skip


def and_also(voice: Voice) -> str:
    """Before a second place of the same thing."""
    return voice.say(_AND_ALSO)


def is_second_place(step: Step, voice: Voice) -> bool:
    """Whether a place is told besides another, of the same thing and not of what that is told by."""
    first = step.arguments[0].operation
    return first in said.RELATIONS and voice.chance(0.8) or first in said.ALONE and voice.chance(0.3)


def link(relation: str, predicate: str, voice: Voice) -> str:
    """What connects a place to its noun; a participle ("resting on ...") needs little."""
    first = predicate.partition(" ")[0]
    if first.endswith(("ing", "ed")) or first in _PARTICIPLES:
        return voice.say(_LINKS[:5])
    roll = voice.rng.random()
    if relation in ("on_wall", "above") and roll < 0.25:
        return voice.say(_HANGING)
    if relation in _PUT and roll < 0.08:
        return voice.say(_SOMEBODY)
    if (relation in _PUT or relation in ("left", "right", "against_wall")) and roll < 0.25:
        return voice.say(_STANDING)
    return voice.say(_LINKS)
