"""How long decoding takes, ours and plain transformers' with the same model, and what the device's memory allows."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import torch
from torch import nn

from omd3d_ros.language.generation import generate
from omd3d_ros.language.prompt import SceneTokens
from omd3d_ros.models.openmaskdino3d import OpenMaskDINO3DModel, OpenMaskDINO3DProcessor

PROBE_BYTES = 1 << 29
PROBES = 7


@dataclass
class Decoding:
    """Of one answer: seconds from the question to the first token's logits, median milliseconds from there to the next
    and so on, and what was said."""

    first_token_s: float
    ms_per_token: float
    ids: list[int] = field(default_factory=list)


class Stopwatch:
    """Of a device: its queue is empty whenever the clock is read."""

    def __init__(self, device: torch.device) -> None:
        self.device = device

    def __call__(self) -> float:
        """Seconds."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        return time.perf_counter()

    def median_ms(self, call: Callable[[], Any], rounds: int) -> float:
        """Of ``rounds`` calls after one that does not count."""
        call()
        times = []
        for _ in range(rounds):
            start = self()
            call()
            times.append(self() - start)
        return 1e3 * statistics.median(times)


def ours(
    scene: SceneTokens, question: torch.Tensor, model: OpenMaskDINO3DModel, processor: OpenMaskDINO3DProcessor
) -> Decoding:
    """As the package answers."""
    with _stamped(model) as stamps:
        said = generate(scene, question, model, processor)
    return _decoding(stamps, said.ids)


@torch.inference_mode()
def peer(
    scene: SceneTokens, question: torch.Tensor, model: OpenMaskDINO3DModel, processor: OpenMaskDINO3DProcessor
) -> Decoding:
    """transformers' ``generate`` with the same language model, the same input embeddings and number of tokens.

    Token table and head are float32 beside half precision layers; hooks cast between them, as our code does.
    """
    llm, dtype, tokens = model.language_model, model.language_dtype, model.config.max_new_tokens
    head = llm.get_output_embeddings()
    casts = [
        llm.get_input_embeddings().register_forward_hook(lambda module, inputs, output: output.to(dtype)),
        head.register_forward_pre_hook(lambda module, inputs: (inputs[0].to(module.weight.dtype),)),
    ]
    try:
        with _stamped(model) as stamps:
            ids = [part.to(model.device) for part in (processor.before, processor.after, question)]
            embeds = model.embed([scene], ids[0], ids[1], [[ids[2]]])[0].to(dtype)
            said = llm.generate(
                inputs_embeds=embeds,
                attention_mask=torch.ones(embeds.shape[:2], dtype=torch.long, device=embeds.device),
                max_new_tokens=tokens,
                min_new_tokens=tokens,
                do_sample=False,
                eos_token_id=processor.eos_id,
                pad_token_id=processor.eos_id,
            )
    finally:
        for cast in casts:
            cast.remove()
    return _decoding(stamps, said[0].tolist())


@contextmanager
def _stamped(model: OpenMaskDINO3DModel) -> Iterator[list[float]]:
    """Times: now, and whenever the head has given the logits of the next token."""
    clock = Stopwatch(model.device)
    head: nn.Module = model.language_model.get_output_embeddings()
    stamps: list[float] = []
    hook = head.register_forward_hook(lambda module, inputs, output: stamps.append(clock()))
    stamps.append(clock())
    try:
        yield stamps
    finally:
        hook.remove()


def _decoding(stamps: list[float], ids: list[int]) -> Decoding:
    steps = [1e3 * (after - before) for before, after in pairwise(stamps[1:])]
    return Decoding(stamps[1] - stamps[0], statistics.median(steps) if steps else 0.0, ids)


def bandwidth(device: torch.device, size: int = PROBE_BYTES) -> dict[str, float]:
    """GB/s of copying (read and written bytes both count) and of reading (a sum), the best of a few."""
    clock = Stopwatch(device)
    source = torch.ones(size // 4, device=device)
    target = torch.empty_like(source)
    rates = {}
    for name, moved, call in (("copy", 2 * size, lambda: target.copy_(source)), ("read", size, source.sum)):
        call()
        times = []
        for _ in range(PROBES):
            start = clock()
            call()
            times.append(clock() - start)
        rates[name] = moved / min(times) / 1e9
    return rates


def bytes_per_token(model: OpenMaskDINO3DModel, context: int) -> int:
    """What one step must read: the language model's weights but for the token table, and keys and values of
    ``context`` tokens."""
    llm = model.language_model
    table = set() if llm.config.tie_word_embeddings else {id(llm.get_input_embeddings().weight)}
    weights = sum(stored_bytes(p) for p in llm.parameters() if id(p) not in table)
    c = llm.config
    width = getattr(c, "head_dim", None) or c.hidden_size // c.num_attention_heads
    return weights + 2 * c.num_hidden_layers * c.num_key_value_heads * width * context * model.language_dtype.itemsize


def stored_bytes(tensor: torch.Tensor) -> int:
    """With the scales of its blocks, where it is of 4 bits."""
    scales = getattr(getattr(tensor, "quant_state", None), "absmax", None)
    return tensor.numel() * tensor.element_size() + (0 if scales is None else scales.numel() * scales.element_size())
