"""Decoding an answer token by token, with what the hidden states say of objects and masks."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional as F
from transformers import (
    LogitsProcessor,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopPLogitsWarper,
)

from .prefix import ScenePrefix
from .prompt import SceneTokens

if TYPE_CHECKING:
    from ..models.openmaskdino3d import OpenMaskDINO3DModel, OpenMaskDINO3DProcessor

_SIDE_BY_SIDE = 16  # questions decoded together


@dataclass
class Generated:
    """ids: what the model said; object_scores: slot -> probability when it was named; seg (Q, H): one state per mask;
    states: the hidden state at each token of the answer, but for an end token, which is not read again."""

    ids: list[int] = field(default_factory=list)
    object_scores: dict[int, float] = field(default_factory=dict)
    seg: list[torch.Tensor] = field(default_factory=list)
    states: list[torch.Tensor] = field(default_factory=list)


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
    answer.  on_token: called as soon as one is chosen, with what has been generated so far.
    """
    tell = None if on_token is None else lambda _, said: on_token(said)
    return generate_batch(scene, [question], model, processor, prefix, check, tell)[0]


@torch.inference_mode()
def generate_batch(
    scene: SceneTokens,
    questions: Sequence[torch.Tensor],
    model: OpenMaskDINO3DModel,
    processor: OpenMaskDINO3DProcessor,
    prefix: ScenePrefix | None = None,
    check: Callable[[], None] | None = None,
    on_token: Callable[[int, Generated], None] | None = None,
) -> list[Generated]:
    """Answers to several questions about one scene, decoded side by side; what each says, it would say alone.

    Arguments as for ``generate``; on_token is told the number of the question.
    """
    prefix = prefix or model.read_scene(scene, processor.before.to(model.device), processor.after.to(model.device))
    said: dict[int, Generated] = {}
    for group in _groups(questions, prefix.takes_padding):
        decoding = _Decoding(scene, [questions[i] for i in group], model, processor, prefix)
        said.update(zip(group, decoding.generated, strict=True))
        while decoding.left:
            if check is not None:
                check()
            for row in decoding.choose():
                if on_token is not None:
                    on_token(group[row], decoding.generated[row])
            decoding.read()
    published = model.config.evaluation_as_published
    for generated in said.values():
        generated.seg = (_published_seg_states if published else _seg_states)(generated, processor.seg_id)
    return [said[i] for i in range(len(questions))]


def _groups(questions: Sequence[torch.Tensor], takes_padding: bool) -> Iterator[list[int]]:
    """Questions to decode side by side: of like length, of the same one where padding would be seen."""
    order = sorted(range(len(questions)), key=lambda i: len(questions[i]))
    for _, same in groupby(order, key=lambda i: 0 if takes_padding else len(questions[i])):
        group = list(same)
        yield from (group[i : i + _SIDE_BY_SIDE] for i in range(0, len(group), _SIDE_BY_SIDE))


class _Decoding:
    """B questions that go on from one prefix, padded between it and them; those that have ended wait for the rest."""

    def __init__(
        self,
        scene: SceneTokens,
        questions: list[torch.Tensor],
        model: OpenMaskDINO3DModel,
        processor: OpenMaskDINO3DProcessor,
        prefix: ScenePrefix,
    ) -> None:
        device, settings = model.device, model.config.generation
        self.model, self.scene, self.eos_id, self.states = model, scene, processor.eos_id, prefix.states
        self.cache = prefix.fork(len(questions))
        self.forbidden = _forbidden(scene, model, processor).to(device)
        self.shape_logits = _processors(settings)
        seed = settings.get("seed", 0)
        self.sampling = [torch.Generator(device).manual_seed(seed) if _samples(settings) else None for _ in questions]
        self.said: Any = torch.empty((len(questions), 0), dtype=torch.long, device=device)
        self.generated = [Generated() for _ in questions]
        self.running = list(range(len(questions)))
        self.left, self.least = model.config.max_new_tokens, int(settings.get("min_new_tokens", 0))
        longest = max(len(q) for q in questions)
        lengths = torch.tensor([len(q) for q in questions], device=device)
        self.mask: torch.Tensor | None = None
        if any(len(q) < longest for q in questions):
            shown = torch.arange(longest, device=device) >= (longest - lengths)[:, None]
            self.mask = torch.cat([shown.new_ones(len(questions), prefix.length), shown], 1)
        rows = [model.embed_text(q.to(device)) for q in questions]
        embeds = torch.stack([F.pad(row, (0, 0, longest - len(row), 0)) for row in rows])
        self.position = prefix.length + lengths
        self.hidden = model.read_on(embeds, self.cache, self.position - longest, self.mask)[:, -1]

    def choose(self) -> list[int]:
        """One more token for each; the rows that go on, whose tokens are still to be read."""
        self.left -= 1
        logits = self.model.logits(self.hidden, self.states, self.scene.slots)
        logits = logits.masked_fill(self.forbidden, torch.finfo(logits.dtype).min)
        if self.said.shape[1] < self.least:
            logits[:, self.eos_id] = -math.inf
        for shape in self.shape_logits:
            logits = shape(self.said, logits)
        tokens = [_choose(row, sampling) for row, sampling in zip(logits, self.sampling, strict=True)]
        for row in self.running:
            self._add(self.generated[row], tokens[row], logits[row])
        self.running = [row for row in self.running if tokens[row] != self.eos_id]
        if not self.running:
            self.left = 0
        self.said = torch.cat([self.said, self.said.new_tensor(tokens)[:, None]], 1)
        return self.running

    def read(self) -> None:
        """The tokens chosen last: after the last of an answer too, for the state at it."""
        if not self.running:
            return
        if self.mask is not None:
            self.mask = F.pad(self.mask, (0, 1), value=True)
        embeds = self.model.embed_text(self.said[:, -1])[:, None]
        self.hidden = self.model.read_on(embeds, self.cache, self.position, self.mask)[:, 0]
        self.position = self.position + 1
        for row in self.running:
            self.generated[row].states.append(self.hidden[row])

    def _add(self, generated: Generated, token: int, logits: torch.Tensor) -> None:
        generated.ids.append(token)
        slot = token - self.model.first_object_id
        if slot >= 0 and slot not in generated.object_scores:
            generated.object_scores[slot] = float(logits.softmax(-1)[token])


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


def _processors(settings: dict[str, Any]) -> list[LogitsProcessor]:
    """transformers' own, applied to what has been generated only."""
    chain: list[LogitsProcessor] = []
    if settings.get("repetition_penalty", 1.0) != 1.0:
        chain.append(RepetitionPenaltyLogitsProcessor(float(settings["repetition_penalty"])))
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
