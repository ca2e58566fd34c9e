"""How a question is finally typed: politeness, a name for the robot, capitals, full stops, slips of the finger."""

from __future__ import annotations

from .spans import is_mark
from .voice import Voice

ROBOTS = (
    "robot",
    "Robby",
    "buddy",
    "assistant",
    "computer",
    "Kit",
    "Spot",
    "machine",
    "R2",
    "dear robot",
    "mate",
    "Max",
    "Pepper",
)
_BEFORE = (
    "hey {name}, ", "{name}, ", "hello {name}, ", "ok {name}, ", "hi, ", "excuse me, ", "hey, ", "ok, ", "well, ",
    "so, ",
    "and ", "now, ", "quick question: ", "tell me, ", "one more thing: ", "alright, ", "right, ", "say, ", "um, ",
    "please, ",
    "good morning, ", "listen {name}, ", "okay {name} ", "hello, ", "oh, ", "just wondering, ", "dear {name}, ",
    "question: ",
)  # fmt: skip
_AFTER = (
    ", please", " please", ", thanks", ", thank you", ", if you can", ", {name}", " now", " here", ", would you",
    ". Thanks!", " right now", ", quickly", " if possible", ", ok",
)  # fmt: skip
_PLAIN_AFTER = (", please", " please", ", {name}", ", thanks")
_TYPING_ERRORS, _NO_APOSTROPHES = 0.06, 0.08


def finish(text: str, voice: Voice, chat: bool = False) -> str:
    """``text`` may have marked nouns, which stay marked.  ``chat``: nothing polite is put around it."""
    rng = voice.rng
    text = _spelled(" ".join(text.split()), voice.american)
    text = text.replace("?.", "?").replace("?,", "?").replace("..", ".").replace(" ,", ",")
    if not chat:
        if voice.chance(0.12) and not text.startswith(("please", "hey", "listen", "well", "sorry", "and ")):
            text = voice.say(_BEFORE).replace("{name}", voice.pick(ROBOTS)) + _uncapitalised(text)
        if voice.chance(0.1) and "please" not in text and "thank" not in text:
            end = "?" if text.endswith("?") else ""
            pieces = _PLAIN_AFTER if end or text[-1:] == "." else _AFTER
            text = text.rstrip("?. ") + voice.say(pieces).replace("{name}", voice.pick(ROBOTS)) + end
    if voice.chance(_NO_APOSTROPHES):
        text = text.replace("'", "")
    if voice.chance(_TYPING_ERRORS):
        text = mistyped(text, voice)
    roll = rng.random()
    if roll < 0.25:
        text = text.rstrip("?.!")
    elif text[-1] not in "?.!" and roll < 0.5:
        text += "."
    elif roll > 0.985:
        text += voice.pick(("!", "??", "?!", "..."))
    roll = rng.random()
    if roll < 0.42:
        return _capitalised(text)
    if roll < 0.445:
        return text.upper()
    if roll < 0.75:
        return text.lower()
    return text


def mistyped(text: str, voice: Voice) -> str:
    """One letter swapped, dropped, doubled or replaced by a neighbour, never the first of a word."""
    places = [
        i for i in range(1, len(text) - 1)
        if text[i - 1].isalpha() and text[i].isalpha() and text[i + 1].isalpha() and not is_mark(text[i - 1])
        and not is_mark(text[i]) and not is_mark(text[i + 1])
    ]  # fmt: skip
    if not places:
        return text
    i = voice.pick(places)
    kind = voice.pick(("swap", "drop", "double", "neighbour"))
    if kind == "swap":
        return text[:i] + text[i + 1] + text[i] + text[i + 2 :]
    if kind == "drop":
        return text[:i] + text[i + 1 :]
    if kind == "double":
        return text[:i] + text[i] + text[i:]
    return text[:i] + _NEIGHBOURS.get(text[i], text[i]) + text[i + 1 :]


_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEIGHBOURS = {c: row[i + 1] for row in _ROWS for i, c in enumerate(row[:-1])}


def _spelled(text: str, american: bool) -> str:
    text = text.replace("{colour}", "colour").replace("{centre}", "centre")
    if american and ("colour" in text or "centre" in text):
        text = text.replace("colour", "color").replace("centre", "center")
    return text


def _first_letter(text: str) -> int:
    return 1 if text and is_mark(text[0]) else 0


def _capitalised(text: str) -> str:
    i = _first_letter(text)
    return text[:i] + text[i : i + 1].upper() + text[i + 1 :]


def _uncapitalised(text: str) -> str:
    i = _first_letter(text)
    if text[i : i + 2] in ("I ", "I'"):
        return text
    return text[:i] + text[i : i + 1].lower() + text[i + 1 :]
