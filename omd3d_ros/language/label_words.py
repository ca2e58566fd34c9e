"""How far the words of a question mean the labels of objects, whatever detector gave these."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from .naming.matcher import plain
from .packaged_programs import ProgramReader
from .spelling import spellings

_SHARPNESS = 2.0  # power of what a word may mean: what it surely means comes first
_UNLIKE, _LIKE = 0.5, 0.9  # cosine of embeddings: a phrase and a label have nothing, or all, to do with one another
_ENDS = 2  # pieces that every text has: [CLS] and [SEP]
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
        """(P, L) 0..1: how far a phrase, or what it is but for a slip of the pen, may mean an object of each label."""
        out = np.zeros((len(phrases), len(self._labels)))
        written = [(row, text) for row, phrase in enumerate(phrases) for text in self._spelt(plain(phrase))]
        if written:
            rows, texts = zip(*written, strict=True)
            for row, meant in zip(rows, self._as_written(texts), strict=True):
                if meant.max(initial=0.0) > out[row].max(initial=0.0):
                    out[row] = meant
        return out

    def _as_written(self, texts: Sequence[str]) -> np.ndarray:
        by_name = (self._reader.meanings(texts) ** _SHARPNESS @ self._categories.T).clip(0.0, 1.0)
        cosine = self._reader.encoder.embed(texts).cpu().numpy() @ self._embedded.T
        by_text = ((cosine - _UNLIKE) / (_LIKE - _UNLIKE)).clip(0.0, 1.0)
        for row, text in zip(by_text, texts, strict=True):
            row[[label in _forms(text) for label in self._labels]] = 1.0
        return np.maximum(by_name, by_text)

    def _spelt(self, phrase: str) -> list[str]:
        """The phrase, and those that it may be with one word spelt right."""
        words = phrase.split()
        return [phrase] + [
            " ".join([*words[:i], right, *words[i + 1 :]])
            for i, word in enumerate(words)
            for right in spellings(word, self._is_word)
        ]

    def _is_word(self, text: str) -> bool:
        return any(len(self._reader.encoder.pieces(t)) == 1 + _ENDS for t in (text, text.removesuffix("s")))

    def mistaken(self, meant: np.ndarray) -> np.ndarray:
        """(P, L) 0..1: how far a thing of each label may be what is ``meant`` (P, L), were its label wrong."""
        out = np.zeros_like(meant)
        for label, alike in enumerate(self._alike):
            out[:, alike] = np.maximum(out[:, alike], meant[:, label, None])
        return out


def _forms(text: str) -> set[str]:
    """A name and, where it may be several, one of them."""
    return {text, text.removesuffix("s"), text.removesuffix("es"), re.sub("ves$", "f", text)}
