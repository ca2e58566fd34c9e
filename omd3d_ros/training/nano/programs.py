"""Loss of writing query programs: every token of each, operations as words and spans as pointers."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn import functional as F

from ...language.program import ProgramError
from ...language.prompt import ReadQuestion
from ...models.openmaskdino3d import OpenMaskDINO3DModel, OpenMaskDINO3DProcessor
from ...models.openmaskdino3d.modeling import LanguageOutput


@dataclass
class ProgramExercise:
    """text: the question with its program and what else is written, as the model reads it; first, length: where in
    ``text.ids`` the program stands."""

    text: ReadQuestion
    first: int
    length: int

    def then(self, ids: torch.Tensor) -> ProgramExercise:
        """The same with ``ids`` after the program."""
        return ProgramExercise(self.text.then(ids), self.first, self.length)


@dataclass
class ProgramScore:
    """Sums over ``tokens`` program tokens of ``programs`` programs; right: those without a wrong token."""

    loss: torch.Tensor
    tokens: int
    programs: int
    right: int


def exercises(queries: list[dict], processor: OpenMaskDINO3DProcessor) -> list[ProgramExercise | None]:
    """Per question with its ``query`` and ``program`` an exercise; None where the program's spans do not fit.

    That is so for questions that the text encoder cuts.
    """
    codec = processor.programs
    assert codec is not None
    out: list[ProgramExercise | None] = []
    for query, question in zip(queries, processor.read([q["query"] for q in queries]), strict=True):
        try:
            ids = codec.encode(query["program"], question.offsets)
        except ProgramError:
            out.append(None)
            continue
        out.append(ProgramExercise(question.then(torch.tensor(ids)), len(question.ids), len(ids)))
    return out


def score_programs(
    model: OpenMaskDINO3DModel,
    first_pointer: int,
    out: LanguageOutput,
    batch: list[list[ProgramExercise]],
) -> ProgramScore:
    """How well each program in a packed run of the model was foretold.

    first_pointer: the first id that is a pointer; batch: per scene the exercises in the order of the run.
    """
    states, wanted, pointer_losses = [], [], []
    wrong: list[torch.Tensor] = []
    owner: list[int] = []
    tokens = programs = 0
    for b, row in enumerate(batch):
        start = int((out.layouts[b].segment == 0).sum())
        for exercise in row:
            pieces = len(exercise.text.states)
            first = start + pieces + exercise.first - 1
            hidden = out.hidden[b, first : first + exercise.length]
            ids = exercise.text.ids[exercise.first : exercise.first + exercise.length]
            pointing = ids >= first_pointer
            states.append(hidden[~pointing])
            wanted.append(ids[~pointing])
            owner += [programs] * int((~pointing).sum())
            missed = torch.zeros((), dtype=torch.bool)
            if pointing.any():
                logits = model.question_reader.logits(hidden[pointing], out.hidden[b, start : start + pieces])
                target = ids[pointing] - first_pointer
                pointer_losses.append(F.cross_entropy(logits, target, reduction="sum"))
                missed = (logits.argmax(-1) != target).any()
            wrong.append(missed)
            tokens += exercise.length
            programs += 1
            start += len(exercise.text)
    logits = model.language_model.get_output_embeddings()(torch.cat(states))
    target = torch.cat(wanted)
    loss = F.cross_entropy(logits, target, reduction="sum")
    if pointer_losses:
        loss = loss + torch.stack(pointer_losses).sum()
    missed_words = torch.zeros(programs, dtype=torch.long).index_add(
        0, torch.tensor(owner), (logits.argmax(-1) != target).long()
    )
    right = int(((missed_words == 0) & ~torch.stack(wrong)).sum())
    return ProgramScore(loss, tokens, programs, right)
