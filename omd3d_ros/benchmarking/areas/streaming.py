"""Mapping while questions are asked: frames come as from a camera, scenes are encoded in the background."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count

import numpy as np

from ...assistant import Assistant
from ...types import Frame
from ..figures import Figure, Unavailable
from ..inputs import Inputs, moved
from ..measuring import figure_of
from .asking import QUESTIONS

CAMERA_HZ = 30.0
QUESTIONS_HZ = 2.0
_FIRST_FRAMES = 8  # mapped before the clock starts


@dataclass(frozen=True)
class Phase:
    """rate: frames mapped a second; waits: seconds from when each question was due to its answer."""

    rate: float
    waits: list[float]


def measure(inputs: Inputs) -> list[Figure]:
    """Frames mapped a second without and with questions, and how long an answer takes meanwhile."""
    seconds = inputs.repeats(4, 20)
    try:
        assistant = Assistant(inputs.preset, background=True)
    except ValueError as error:
        raise Unavailable(" ".join(str(error).split())) from error
    try:
        alone = stream(assistant, inputs.frames, seconds, 0.0)
        asked = stream(assistant, inputs.frames, seconds, QUESTIONS_HZ)
    finally:
        assistant.close()
    note = f"{CAMERA_HZ:g} frames a second offered for {seconds} s, objects found in the background"
    questions = f"{QUESTIONS_HZ:g} questions a second"
    waits = 1e3 * np.array(asked.waits)
    late = float(np.percentile(waits, 95))
    return [
        Figure("frames mapped a second, no questions", alone.rate, "fps", "higher", bar=CAMERA_HZ * 0.95, note=note),
        Figure("frames mapped a second, questions", asked.rate, "fps", "higher", note=questions),
        Figure("rate kept while questions are asked", 100 * asked.rate / alone.rate, "%", "higher", note=questions),
        figure_of("answers meanwhile", waits, "ms", note=f"{questions}, from when each was due"),
        Figure("answers meanwhile, 95th percentile", late, "ms", repeats=len(waits), note=questions),
    ]


def stream(assistant: Assistant, frames: Sequence[Frame], seconds: float, questions_hz: float) -> Phase:
    """Offer frames to an emptied map for some seconds, and ask meanwhile where ``questions_hz`` is not 0."""
    assistant.reset()
    offered = _endless(frames)
    for _ in range(min(_FIRST_FRAMES, len(frames))):
        assistant.observe(next(offered))
    assistant.ask(QUESTIONS[0])
    end = time.monotonic() + seconds
    with ThreadPoolExecutor(1) as asker:
        waits = asker.submit(_ask, assistant, questions_hz, end)
        rate = _observe(assistant, offered, end)
        return Phase(rate, waits.result())


def _observe(assistant: Assistant, offered: Iterator[Frame], end: float) -> float:
    """Frames mapped a second until ``end``; a frame that comes while another is mapped waits for it."""
    began, mapped = time.monotonic(), 0
    while (now := time.monotonic()) < end:
        due = began + mapped / CAMERA_HZ
        if now < due:
            time.sleep(due - now)
        assistant.observe(next(offered))
        mapped += 1
    return mapped / (time.monotonic() - began)


def _endless(frames: Sequence[Frame]) -> Iterator[Frame]:
    """The frames forth and back, then again in a room beside the last, so that the map goes on growing."""
    for copy in count():
        for frame in (*frames, *frames[-2:0:-1]):
            yield moved(frame, copy)


def _ask(assistant: Assistant, hz: float, end: float) -> list[float]:
    """Seconds from when each question was due to its answer; at least one question is asked, none where hz is 0."""
    waits: list[float] = []
    began = time.monotonic()
    while hz > 0 and (not waits or time.monotonic() < end):
        due = began + len(waits) / hz
        time.sleep(max(due - time.monotonic(), 0.0))
        assistant.ask(QUESTIONS[len(waits) % len(QUESTIONS)])
        waits.append(time.monotonic() - due)
    return waits
