"""Decoding an answer token by token, with what the hidden states say of objects and masks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from transformers import (
    LogitsProcessorList,
    MinNewTokensLengthLogitsProcessor,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopPLogitsWarper,
)

from .prefix import ScenePrefix
from .prompt import SceneTokens

if TYPE_CHECKING:
    from ..models.openmaskdino3d import OpenMaskDINO3DModel, OpenMaskDINO3DProcessor


@dataclass
class Generated:
    """ids: what the model said; object_scores: slot -> probability when it was named; seg (Q, H): one state per mask;
    states: the hidden state at each token of the answer, but for an end token, which is not read again."""

    ids: list[int] = field(default_factory=list)
    object_scores: dict[int, float] = field(default_factory=dict)
    seg: list[torch.Tensor] = field(default_factory=list)
    states: list[torch.Tensor] = field(default_factory=list)


@torch.inference_mode()
def generate(
    scene: SceneTokens,
    question: torch.Tensor,
    model: OpenMaskDINO3DModel,
    processor: OpenMaskDINO3DProcessor,
    prefix: ScenePrefix | None = None,
    check: Callable[[], None] | None = None,
    on_token: Callable[[Generated], None] | None = None,
) -> Generated:
    """Decode with a key/value cache: greedily, or as ``config.generation`` says.

    prefix: of this scene, where it has been read already.  check: called before each token; what it raises ends the
    answer.  on_token: called after each with what has been generated so far.
    """
    device = model.device
    settings = model.config.generation
    prefix = prefix or model.read_scene(scene, processor.before.to(device), processor.after.to(device))
    cache = prefix.fork()
    states = prefix.states
    hidden = model.read_on(model.embed_text(question.to(device))[None], cache, prefix.length)[0]
    logits = model.logits(hidden[-1:], states, scene.slots)
    forbidden = _forbidden(scene, model, processor).to(device)
    lowest = torch.finfo(logits.dtype).min
    shape_logits = _processors(settings, processor.eos_id)
    sampling = torch.Generator(device).manual_seed(settings.get("seed", 0)) if _samples(settings) else None
    said: Any = torch.empty((1, 0), dtype=torch.long, device=device)
    position = prefix.length + len(question)
    generated = Generated()
    for _ in range(model.config.max_new_tokens):
        if check is not None:
            check()
        logits = shape_logits(said, logits.masked_fill(forbidden, lowest))
        token = _choose(logits[0], sampling)
        generated.ids.append(token)
        slot = token - model.first_object_id
        if slot >= 0 and slot not in generated.object_scores:
            generated.object_scores[slot] = float(logits[0].softmax(-1)[token])
        if token == processor.eos_id:
            break
        if on_token is not None:
            on_token(generated)
        said = torch.cat([said, said.new_tensor([[token]])], 1)
        hidden = model.read_on(model.embed_text(said[0, -1:])[None], cache, position)[0]
        generated.states.append(hidden[0])
        logits = model.logits(hidden, states, scene.slots)
        position += 1
    published = model.config.evaluation_as_published
    generated.seg = (_published_seg_states if published else _seg_states)(generated, processor.seg_id)
    return generated


def _seg_states(generated: Generated, seg_id: int) -> list[torch.Tensor]:
    """The state at each [SEG]: one mask per [SEG], none without."""
    return [state for token, state in zip(generated.ids, generated.states, strict=False) if token == seg_id]


def _published_seg_states(generated: Generated, seg_id: int) -> list[torch.Tensor]:
    """One state: the mean of those one token before a [SEG] that is not the first token, else that at the first.

    The original's, which fails on an answer of a single token; here that gives the state at it, or none after an
    end token.
    """
    chosen = [generated.states[j] for j, token in enumerate(generated.ids[1:]) if token == seg_id]
    chosen = chosen or generated.states[:1]
    return [torch.stack(chosen).mean(0)] if chosen else []


def _forbidden(scene: SceneTokens, model: OpenMaskDINO3DModel, processor: OpenMaskDINO3DProcessor) -> torch.Tensor:
    """(V,) bool: words that the model has not learned to say, and identifiers that no object has."""
    forbidden = processor.unspoken
    if not model.config.evaluation_as_published:
        forbidden[model.first_object_id :] = True
        forbidden[model.first_object_id + scene.slots.cpu()] = False
    return forbidden


def _processors(settings: dict[str, Any], eos_id: int) -> LogitsProcessorList:
    """transformers' own, applied to what has been generated only."""
    chain = LogitsProcessorList()
    if settings.get("repetition_penalty", 1.0) != 1.0:
        chain.append(RepetitionPenaltyLogitsProcessor(float(settings["repetition_penalty"])))
    if settings.get("min_new_tokens", 0) > 0:
        chain.append(MinNewTokensLengthLogitsProcessor(0, int(settings["min_new_tokens"]), eos_id))
    if settings.get("temperature", 1.0) != 1.0:
        chain.append(TemperatureLogitsWarper(float(settings["temperature"])))
    if settings.get("top_p", 1.0) < 1.0:
        chain.append(TopPLogitsWarper(float(settings["top_p"])))
    return chain


def _samples(settings: dict[str, Any]) -> bool:
    return "temperature" in settings or "top_p" in settings


def _choose(logits: torch.Tensor, sampling: torch.Generator | None) -> int:
    if sampling is None:
        return int(logits.argmax())
    return int(torch.multinomial(logits.softmax(-1), 1, generator=sampling))
