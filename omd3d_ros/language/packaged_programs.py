"""Questions read as query programs by the packaged model, for models that write none: no scene is needed for that."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from .program import Step
from .program_writing import write_program
from .prompt import SceneTokens

if TYPE_CHECKING:
    from ..models.openmaskdino3d import OpenMaskDINO3DModel, OpenMaskDINO3DProcessor
    from ..models.text_encoder import TextEncoder

_WEIGHTS = Path(__file__).parents[1] / "models" / "weights" / "nano"


class ProgramReader:
    """A model that writes query programs, shown no objects."""

    def __init__(self, model: OpenMaskDINO3DModel, processor: OpenMaskDINO3DProcessor) -> None:
        self._model, self._processor = model, processor
        self.categories: tuple[str, ...] = tuple(model.config.categories)
        nothing = SceneTokens(
            torch.zeros(0, sum(model.object_tokens.channels)), torch.zeros(0, 6), torch.zeros(0, dtype=torch.long)
        )
        with torch.inference_mode():
            self._prefix = model.read_scene(nothing, processor.before, processor.after)

    @property
    def encoder(self) -> TextEncoder:
        return self._processor.text_encoder

    def program(self, query: str) -> tuple[str, Step]:
        """The question as it was read, which the spans of its program's nouns are of, and the program."""
        question = self._processor.read([query])[0]
        return question.text, write_program(self._prefix, question, self._model, self._processor).program

    def meanings(self, phrases: Sequence[str]) -> np.ndarray:
        """(P, C) 0..1: how far each phrase means each category."""
        if not phrases:
            return np.zeros((0, len(self.categories)), np.float32)
        return self._model.name_matcher.use_encoder(self.encoder).membership(phrases)


@lru_cache
def packaged_programs() -> ProgramReader:
    """With nano's weights, on the CPU; loaded once."""
    from ..models.loading import load_model

    return ProgramReader(*load_model(_WEIGHTS, "cpu"))
