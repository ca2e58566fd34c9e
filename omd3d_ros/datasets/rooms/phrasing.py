"""How a request is worded.  A fixed fifth of all wordings is held out for the ``phrasing`` split."""

from __future__ import annotations

from zlib import crc32

import numpy as np

# {np} is a noun phrase with its article; {bare} the same without.
ONE = (
    "{np}", "{np}", "{bare}", "find {np}", "show me {np}", "please find {np}", "can you find {np}?",
    "I am looking for {np}",
    "could you point out {np}?", "locate {np}", "segment {np}", "point to {np}", "mark {np} for me", "I need {np}",
    "highlight {np}", "go to {np}", "please show me {np}", "which one is {np}?", "do you see {np}? show me",
    "select {np}",
    "I want {np}", "look for {np}", "take me to {np}", "where might I find {np}?", "pick out {np}", "give me {np}",
    "let me see {np}", "identify {np}, please", "could you locate {np} in this room?", "help me find {np}",
    "get {np}",
    "I would like to see {np}", "search the room for {np}", "can you highlight {np} in the scene?",
    "try to find {np}",
)  # fmt: skip
MANY = (
    "{np}", "all {bare}", "all the {bare}", "find {np}", "show me all {bare}", "find every one of the {bare}",
    "list {np}",
    "mark all {bare}", "segment all of the {bare}", "please point out all {bare}", "can you find all the {bare}?",
    "I want to see all the {bare}", "highlight all the {bare} in the room", "where are {np}?",
    "where are all the {bare}?",
    "locate all {bare}", "select all the {bare}", "each of the {bare}", "show {np}", "could you mark {np}?",
)  # fmt: skip
WHERE = (
    "where is {np}?", "where's {np}?", "where can I find {np}?", "tell me where {np} is", "in which place is {np}?",
    "do you know where {np} is?", "where did I leave {np}?", "what is the location of {np}?",
    "where has {np} been put?",
    "can you tell me where {np} is?", "where does {np} stand?", "where should I look for {np}?",
)  # fmt: skip
COUNT = (
    "how many {bare} are there?", "how many {bare} do you see?", "count the {bare}", "what is the number of {bare}?",
    "how many {bare} are in this room?", "tell me how many {bare} there are", "number of {bare}?",
    "can you count the {bare}?",
    "how many {bare} can be seen?", "please count all {bare}", "what number of {bare} is here?",
    "how many {bare} does the room have?",
)  # fmt: skip
COLOR = (
    "what colour is {np}?", "what color is {np}?", "which colour does {np} have?", "tell me the colour of {np}",
    "what is the color of {np}?", "{np}: what colour?", "do you know the colour of {np}?", "in what colour is {np}?",
    "name the colour of {np}", "of which color is {np}?", "can you tell me what colour {np} is?",
)  # fmt: skip
MATERIAL = (
    "what is {np} made of?", "which material is {np} made of?", "tell me the material of {np}",
    "what material is {np}?",
    "of what is {np} made?", "what kind of material does {np} have?", "name the material of {np}",
    "from what is {np} built?",
)  # fmt: skip
EXISTS = (
    "is there {np}?", "is there {np} here?", "do you see {np}?", "is there {np} in this room?", "can you see {np}?",
    "does this room have {np}?", "have you seen {np} anywhere?", "is {np} in the room?",
    "does the room contain {np}?",
    "tell me whether there is {np}", "any {bare} around?", "I wonder if there is {np}",
)  # fmt: skip
WHAT_ON = (
    "what is on {np}?", "what's on {np}?", "what lies on {np}?", "which things are on {np}?",
    "what do you see on {np}?",
    "list the things on {np}", "what has been put on {np}?", "name everything on {np}", "what stands on {np}?",
    "show me what is on {np}", "which objects are on top of {np}?", "everything on {np}",
)  # fmt: skip
COUNT_ON = (
    "how many things are on {np}?", "how many objects are on {np}?", "count the things on {np}",
    "how many items lie on {np}?",
    "how many objects does {np} carry?", "what number of things is on {np}?", "tell me how many things are on {np}",
    "number of objects on {np}?",
)  # fmt: skip
NEED = (
    "{need}", "{need}", "{need}", "{need}", "hey robot, {need}", "please help: {need}",
      "{need} what can you suggest?",
    "excuse me, {need}", "{need} can you help?", "{need} any idea?", "listen, {need}",
)  # fmt: skip

# Relations: {t} target noun (no article), {a} and {b} anchors with articles.
RELATIONS: dict[str, tuple[str, ...]] = {
    "near": ("{t} near {a}", "{t} next to {a}", "{t} beside {a}", "{t} by {a}", "{t} close to {a}", "{t} at {a}",
             "{t} that is next to {a}", "{t} standing by {a}", "{t} adjacent to {a}", "{t} in the vicinity of {a}"),
    "nearest": ("{t} nearest to {a}", "{t} closest to {a}", "nearest {t} to {a}", "{t} that is nearest to {a}",
                "closest {t} to {a}", "{t} with the shortest distance to {a}", "{t} right by {a}", "{t} nearest {a}"),
    "farthest": ("{t} farthest from {a}", "{t} furthest away from {a}", "farthest {t} from {a}",
      "{t} most distant from {a}",
                 "{t} that is farthest from {a}", "furthest {t} from {a}", "{t} at the greatest distance from {a}",
                 "{t} far away from {a}"),
    "on": ("{t} on {a}", "{t} on top of {a}", "{t} standing on {a}", "{t} lying on {a}", "{t} that is on {a}",
      "{t} placed on {a}",
           "{t} resting on {a}", "{t} sitting on {a}", "{t} which lies on {a}", "{t} upon {a}"),
    "under": ("{t} under {a}", "{t} below {a}", "{t} beneath {a}", "{t} underneath {a}", "{t} that is under {a}",
              "{t} lying under {a}", "{t} pushed under {a}", "{t} down below {a}"),
    "left": ("{t} left of {a}", "{t} to the left of {a}", "{t} on the left of {a}", "{t} on the left side of {a}",
             "{t} that is left of {a}", "{t} to the left side of {a}", "{t} leftwards of {a}", "{t} left from {a}"),
    "right": ("{t} right of {a}", "{t} to the right of {a}", "{t} on the right of {a}",
      "{t} on the right side of {a}",
              "{t} that is right of {a}", "{t} to the right side of {a}", "{t} rightwards of {a}",
              "{t} right from {a}"),
    "front": ("{t} in front of {a}", "{t} standing in front of {a}", "{t} that is in front of {a}", "{t} before {a}",
              "{t} located in front of {a}", "{t} at the front of {a}", "{t} placed in front of {a}",
              "{t} ahead of {a}"),
    "behind": ("{t} behind {a}", "{t} at the back of {a}", "{t} that is behind {a}", "{t} standing behind {a}",
               "{t} located behind {a}", "{t} on the far side of {a}", "{t} in back of {a}", "{t} placed behind {a}"),
    "above": ("{t} above {a}", "{t} over {a}", "{t} higher up than {a}", "{t} hanging above {a}",
      "{t} that is above {a}",
              "{t} right above {a}", "{t} up over {a}", "{t} mounted above {a}"),
    "between": ("{t} between {a} and {b}", "{t} in between {a} and {b}", "{t} that is between {a} and {b}",
                "{t} standing between {a} and {b}", "{t} in the middle of {a} and {b}",
                "{t} located between {a} and {b}",
                "{t} halfway between {a} and {b}", "{t} that stands in between {a} and {b}"),
    "corner": ("{t} in the corner", "{t} in the corner of the room", "{t} standing in the corner", "{t} in a corner",
               "{t} that is in the corner", "{t} located in the room's corner", "{t} in one corner",
               "{t} placed in the corner"),
    "wall": ("{t} on the wall", "{t} hanging on the wall", "{t} mounted on the wall", "{t} at the wall",
      "{t} fixed to the wall",
             "{t} that hangs on the wall", "{t} attached to the wall", "{t} up on the wall"),
    "against": ("{t} against the wall", "{t} along the wall", "{t} standing against the wall", "{t} by the wall",
                "{t} placed against the wall", "{t} that stands at the wall", "{t} with its back to the wall",
                "{t} near the wall"),
    "left end": ("{t} at the left end of {a}", "{t} at the left side of {a}", "{t} at {a}'s left end",
      "{t} at the left edge of {a}",
                 "{t} on the left end of {a}", "{t} standing at the left end of {a}", "{t} by the left end of {a}",
                 "{t} at the end of {a} on the left"),
    "right end": ("{t} at the right end of {a}", "{t} at the right side of {a}", "{t} at {a}'s right end",
                  "{t} at the right edge of {a}", "{t} on the right end of {a}",
                  "{t} standing at the right end of {a}",
                  "{t} by the right end of {a}", "{t} at the end of {a} on the right"),
}  # fmt: skip

SUPERLATIVES: dict[str, tuple[str, ...]] = {
    "largest": ("largest {t}", "biggest {t}", "{t} that is the largest", "most massive {t}",
      "{t} of the greatest size",
                "{t} that takes up the most space", "biggest of the {ts}", "largest one of the {ts}"),
    "smallest": ("smallest {t}", "tiniest {t}", "{t} that is the smallest", "littlest {t}", "{t} of the least size",
                 "{t} that takes up the least space", "smallest of the {ts}", "smallest one of the {ts}"),
    "tallest": ("tallest {t}", "{t} that is the tallest", "{t} with the greatest height", "{t} that reaches highest",
                "tallest of the {ts}", "most upright {t}", "tallest one of the {ts}", "{t} that stands tallest"),
    "leftmost": ("leftmost {t}", "{t} on the far left", "{t} furthest to the left", "{t} most to the left",
      "far left {t}",
                 "outermost left {t}", "leftmost of the {ts}", "{t} that is the furthest left"),
    "rightmost": ("rightmost {t}", "{t} on the far right", "{t} furthest to the right", "{t} most to the right",
      "far right {t}",
                  "outermost right {t}", "rightmost of the {ts}", "{t} that is the furthest right"),
    "closest": ("closest {t}", "nearest {t}", "{t} closest to me", "{t} nearest to me", "{t} nearest to the camera",
                "{t} right in front of me", "closest of the {ts}", "{t} that is nearest to us"),
    "remotest": ("farthest {t}", "{t} farthest from me", "{t} furthest away", "most distant {t}",
      "{t} farthest from the camera",
                 "{t} at the far end of the room", "farthest of the {ts}", "{t} that is furthest from us"),
    "longest": ("longest {t}", "{t} that is the longest", "widest {t}", "longest of the {ts}",
      "{t} with the greatest length",
                "most elongated {t}", "longest one of the {ts}", "{t} of the greatest length"),
}  # fmt: skip


def is_held_out(wording: str) -> bool:
    return crc32(("wording:" + wording).encode()) % 5 == 0


def wordings(options: tuple[str, ...], held: bool) -> list[str]:
    """The held-out or the training part of a list; the training part where nothing is held out."""
    chosen = [w for w in options if is_held_out(w) == held]
    return chosen or [w for w in options if not is_held_out(w)] or list(options)


def finish(rng: np.random.Generator, text: str) -> str:
    """People's ways with capitals, politeness and full stops."""
    text = " ".join(text.split())
    if (
        rng.random() < 0.07
        and not text.lower().startswith(("please", "hey", "excuse", "listen"))
        and "please" not in text
    ):
        text = text.rstrip("?.") + ", please" + ("?" if text.endswith("?") else "")
    if rng.random() < 0.2:
        text = text.rstrip("?.!")
    elif text[-1] not in "?.!" and rng.random() < 0.25:
        text += "."
    roll = rng.random()
    if roll < 0.45:
        text = text[0].upper() + text[1:]
    elif roll < 0.48:
        text = text.upper()
    elif roll < 0.75:
        text = text.lower()
    return text


def article(noun: str) -> str:
    return ("an " if noun[0].lower() in "aeiou" else "a ") + noun


NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def number(count: int) -> str:
    return NUMBERS[count] if count < len(NUMBERS) else str(count)
