"""Writing the query program of a question: token by token, each one such as may stand there."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch

from .prefix import ScenePrefix
from .program import Step, Unfinished, parse
from .program.tree import Token
from .prompt import ReadQuestion

if TYPE_CHECKING:
    from transformers.cache_utils import Cache

    from ..models.openmaskdino3d import OpenMaskDINO3DModel, OpenMaskDINO3DProcessor


@dataclass
class WrittenProgram:
    """program; probability 0..1 that the model gave to it; ids: as they were written; cache: keys and values of the
    prompt with the program; length of that in tokens; pieces (T, H): the question's, embedded."""

    program: Step
    probability: float
    ids: list[int]
    cache: Cache
    length: int
    pieces: torch.Tensor


@torch.inference_mode()
def write_program(
    prefix: ScenePrefix,
    question: ReadQuestion,
    model: OpenMaskDINO3DModel,
    processor: OpenMaskDINO3DProcessor,
    check: Callable[[], None] | None = None,
) -> WrittenProgram:
    """The likeliest token each time, among those that a program may go on with.

    check: called before each token; what it raises ends the writing.
    """
    codec = processor.programs
    assert codec is not None
    question = question.to(model.device)
    cache = prefix.fork()
    embeds = model.embed_text(question)[None]
    pieces = embeds[0, : len(question.states)]
    hidden = model.read_on(embeds, cache, prefix.length)[0]
    piece_states = hidden[: len(question.states)]
    length = prefix.length + len(question)
    usable = torch.tensor([last > first for first, last in question.offsets], device=model.device)
    state = Unfinished()
    ids: list[int] = []
    written: list[Token] = []
    probability, first_piece = 0.0, 0
    while not state.done:
        if check is not None:
            check()
        if state.next in ("start", "end"):
            logits = model.question_reader.logits(hidden[-1:], piece_states)[0]
            allowed = usable.clone()
            if state.next == "end":
                allowed[:first_piece] = False
            offset = codec.vocabulary
        else:
            logits = model.language_model.get_output_embeddings()(hidden[-1])
            allowed = torch.zeros_like(logits, dtype=torch.bool)
            allowed[[codec.operation_id(name) for name in state.allowed()]] = True
            offset = 0
        if not allowed.any():  # a question of no pieces
            allowed[0] = True
        logp = logits.masked_fill(~allowed, -math.inf).log_softmax(-1)
        chosen = int(logp.argmax())
        probability += float(logp[chosen])
        token = codec.token(chosen + offset, question.offsets, start=state.next == "start")
        if state.next == "start":
            first_piece = chosen
        state.add(token)
        ids.append(chosen + offset)
        written.append(token)
        if not state.done:
            embedded = model.embed_ids(torch.tensor(ids[-1:], device=model.device), pieces)
            hidden = model.read_on(embedded[None], cache, length)[0]
            length += 1
    return WrittenProgram(parse(written), math.exp(probability), ids, cache, length, pieces)


@torch.inference_mode()
def read_again(
    written: WrittenProgram, prefix: ScenePrefix, question: ReadQuestion, model: OpenMaskDINO3DModel
) -> WrittenProgram:
    """A program as if it had been written after another prefix, of other objects of its scene."""
    question = question.to(model.device)
    ids = torch.tensor(written.ids[:-1], dtype=torch.long, device=model.device)
    cache = prefix.fork()
    embeds = torch.cat([model.embed_text(question), model.embed_ids(ids, written.pieces)])
    model.read_on(embeds[None], cache, prefix.length)
    return replace(written, cache=cache, length=prefix.length + len(embeds))
