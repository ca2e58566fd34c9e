"""What a question costs when its scene has been read, and when the scene is read anew."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass

import torch

from ..language.generation import generate
from ..language.prefix import ScenePrefix
from .measuring import in_turns
from .random_llama import random_llama, random_scene

TOKENS = 16  # of an answer
QUESTION = "which of the chairs stands next to the table by the window ?"


@dataclass(frozen=True)
class PrefixCost:
    """Median milliseconds of a LLaMA of this width and number of layers, until ``generate`` tells the first token of an
    answer and until it returns the whole; on a CPU of the process's own time, which a busy machine changes less."""

    width: int
    layers: int
    objects: int
    prefix_tokens: int
    prefix_mb: float
    first_token_anew_ms: float
    first_token_kept_ms: float
    answer_anew_ms: float
    answer_kept_ms: float

    @property
    def first_token_share(self) -> float:
        """Of the time with the scene read anew."""
        return self.first_token_kept_ms / self.first_token_anew_ms

    @property
    def answer_share(self) -> float:
        return self.answer_kept_ms / self.answer_anew_ms


def prefix_cost(width: int, layers: int, objects: int, rounds: int, device: torch.device | str = "cpu") -> PrefixCost:
    """Both ways take turns, ``rounds`` times after one that does not count."""
    device = torch.device(device)
    model, processor = random_llama(width, layers, max(objects, 100), TOKENS, device)
    scene, question = random_scene(objects, device), processor.question(QUESTION)
    with torch.inference_mode():
        prefix = model.read_scene(scene, processor.before.to(device), processor.after.to(device))

    def answer(kept: ScenePrefix | None) -> tuple[float, float]:
        told: list[float] = []
        start = _clock(device)
        generate(scene, question, model, processor, kept, on_token=lambda said: told.append(_clock(device)))
        return 1e3 * (told[0] - start), 1e3 * (_clock(device) - start)

    times = in_turns({"anew": lambda: answer(None), "kept": lambda: answer(prefix)}, rounds)
    (first_anew, anew), (first_kept, kept) = (
        tuple(statistics.median(values) for values in zip(*times[way], strict=True)) for way in ("anew", "kept")
    )
    return PrefixCost(width, layers, objects, prefix.length, prefix.num_bytes / 1e6, first_anew, first_kept, anew, kept)


def _clock(device: torch.device) -> float:
    """Seconds: of the process on a CPU, of the wall once the queue is empty elsewhere."""
    if device.type == "cpu":
        return time.process_time()
    torch.accelerator.synchronize(device)
    return time.perf_counter()
