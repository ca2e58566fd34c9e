"""Prompts and answers of the tasks, in the published conventions; the sentences are our own."""

from __future__ import annotations

import string
from collections.abc import Iterable
from zlib import crc32

from ...language.identifiers import object_token

# {} is a description such as "the chair by the window" or a whole request.
GROUNDING = (
    'Which object is meant by "{}"? Give its identifier.',
    'Find the object that fits this description: "{}". Name its identifier.',
    'Somebody describes one object as "{}". Which one is it?',
    'Point out the object in question: "{}". Answer with its identifier.',
    'Look for "{}" and tell me the identifier of that object.',
    'The description is "{}". What is the identifier of the object?',
    'Pick the one object that "{}" refers to.',
    'From this description, tell which object is meant: "{}".',
    'Name the identifier of the object described by "{}".',
)
CAPTION = (
    "Describe {} and where it stands in the room.",
    "What does {} look like, and what is around it?",
    "Give a description by which someone could find {}.",
    "Tell me about the appearance and the place of {}.",
    "How would you describe {} to someone in this room?",
    "Describe {} with its surroundings.",
    "Say what {} is, how it looks and where it is.",
    "Write a sentence or two about {}.",
    "What can be said about {} and its place in the room?",
    "Give the details of {} and of what is near it.",
)
SEVERAL = (
    'Are there objects that fit "{}"? If so, list their identifiers.',
    'Which objects, if any, are meant by "{}"?',
    'List the identifiers of all objects that "{}" refers to, or say that there are none.',
    'Does anything in the room match "{}"? Name everything that does.',
    'Find every object described by "{}"; there may be none.',
    'Check whether objects fit this description, and give their identifiers: "{}".',
    'How about "{}": is it there, and if so, which objects are it?',
    'Tell me the identifiers of the objects that match "{}", if there are any.',
    'Are any objects described by "{}" in this room? Give all of their identifiers.',
    'Name all objects that "{}" stands for; answer no if nothing does.',
)
SHORT = " Answer the question using a single word or phrase."


def worded(templates: tuple[str, ...], text: str, *key: object) -> str:
    """One of the templates around a text; the same for the same key, whatever else is prepared."""
    return templates[crc32(repr(key).encode()) % len(templates)].format(text)


def bare_description(text: str) -> str:
    """Without the punctuation at its end."""
    text = text.strip()
    return text[:-1] if text and text[-1] in string.punctuation else text


def question_prompt(text: str) -> str:
    return text.strip() + SHORT


def align_prompt(proposal: int) -> str:
    return f"What is the {object_token(proposal)}?"


def align_answer(proposal: int, label: str) -> str:
    return f"{object_token(proposal)} is a {label}."


def grounding_answer(proposal: int) -> str:
    return f"{object_token(proposal)}."


def several_answer(proposals: Iterable[int]) -> str:
    """``No.``, ``Yes. A.``, ``Yes. A and B.`` or ``Yes. A, B, and C.``, ascending."""
    tokens = [object_token(p) for p in sorted(proposals)]
    if not tokens:
        return "No."
    if len(tokens) > 2:
        return f"Yes. {', '.join(tokens[:-1])}, and {tokens[-1]}."
    return f"Yes. {' and '.join(tokens)}."


def short_answer(text: str) -> str:
    """As training says it: capitalised, with a full stop."""
    text = text.strip().capitalize()
    return text if text.endswith(".") else text + "."
