"""Stage ``programs``: the language model learns to write the program of a question, without any scene."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from ...datasets.rooms.grammar import text_questions
from ...language.prompt import SceneTokens
from ...models.openmaskdino3d import OpenMaskDINO3DModel, OpenMaskDINO3DProcessor
from ..stage import run_stage
from .identifier_nouns import with_identifiers
from .programs import exercises, score_programs

_QUESTIONS = 64  # of a step


def has_bfloat16() -> bool:
    """Whether this CPU multiplies bfloat16 by itself: three times as fast as float32, fifty times slower without."""
    return any(torch.cpu.get_capabilities().get(unit, False) for unit in ("avx512_bf16", "amx_bf16", "bf16"))


def train_programs(
    model: OpenMaskDINO3DModel, processor: OpenMaskDINO3DProcessor, settings: dict, folder: Path, quiet: bool = False
) -> float:
    """New questions at every step.  Returns the seconds spent, over all runs of the stage."""
    features = sum(model.object_tokens.channels)
    nothing = SceneTokens(torch.zeros(0, features), torch.zeros(0, 6), torch.zeros(0, dtype=torch.long))

    native = has_bfloat16()

    def step(generator: torch.Generator) -> tuple[torch.Tensor, dict[str, float]]:
        rng = np.random.default_rng(int(torch.randint(1 << 62, (), generator=generator)))
        questions = with_identifiers(text_questions(rng, _QUESTIONS), rng, model.config.max_objects)
        with torch.autocast("cpu", torch.bfloat16, enabled=native):  # the text encoder is frozen
            batch = [[e] for e in exercises(questions, processor) if e is not None]
        out = model([nothing] * len(batch), processor.before, processor.after, [[e.text for e in row] for row in batch])
        score = score_programs(model, len(processor.tokenizer), out, batch)
        return score.loss / score.tokens, {"right": score.right / score.programs}

    trained = torch.nn.ModuleList([model.question_reader, model.language_model])
    return run_stage(
        "programs", trained, list(trained.parameters()), step, settings["program_steps"], folder,
        learning_rate=settings["rate"] * 1e-3, seed=settings["seed"] + 2, quiet=quiet,
    )  # fmt: skip
