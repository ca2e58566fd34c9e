"""How far the words of a question mean the labels of objects, whatever detector gave these."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from .naming.matcher import plain
from .packaged_programs import ProgramReader

_SHARPNESS = 2.0  # power of what a word may mean: what it surely means comes first
_UNLIKE, _LIKE = 0.5, 0.9  # cosine of embeddings: a phrase and a label have nothing, or all, to do with one another
_ALIKE = 8  # labels that a detector may give in place of another: the most like it


class LabelWords:
    """labels: the L different ones, in small letters."""

    def __init__(self, labels: Sequence[str], reader: ProgramReader) -> None:
        self._reader, self._labels = reader, list(labels)
        self._embedded = reader.encoder.embed(self._labels).cpu().numpy()
        known = np.array([[label == category for category in reader.categories] for label in self._labels], float)
        unknown = np.flatnonzero(~known.any(1))
        known[unknown] = reader.meanings([self._labels[i] for i in unknown])
        self._categories = known
        order = np.argsort(-(self._embedded @ self._embedded.T), axis=1)
        self._alike = order[:, : 1 + _ALIKE]

    def meant(self, phrases: Sequence[str]) -> np.ndarray:
        """(P, L) 0..1: how far a phrase may mean an object of each label."""
        if not phrases:
            return np.zeros((0, len(self._labels)))
        texts = [plain(phrase) for phrase in phrases]
        by_name = (self._reader.meanings(texts) ** _SHARPNESS @ self._categories.T).clip(0.0, 1.0)
        cosine = self._reader.encoder.embed(texts).cpu().numpy() @ self._embedded.T
        by_text = ((cosine - _UNLIKE) / (_LIKE - _UNLIKE)).clip(0.0, 1.0)
        for row, text in zip(by_text, texts, strict=True):
            row[[label in _forms(text) for label in self._labels]] = 1.0
        return np.maximum(by_name, by_text)

    def mistaken(self, meant: np.ndarray) -> np.ndarray:
        """(P, L) 0..1: how far a thing of each label may be what is ``meant`` (P, L), were its label wrong."""
        out = np.zeros_like(meant)
        for label, alike in enumerate(self._alike):
            out[:, alike] = np.maximum(out[:, alike], meant[:, label, None])
        return out


def _forms(text: str) -> set[str]:
    """A name and, where it may be several, one of them."""
    return {text, text.removesuffix("s"), text.removesuffix("es"), re.sub("ves$", "f", text)}
