"""What a question asks for among objects of which only labels, boxes and colours are known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from .color_words import color_words
from .execution import EXACT, ObjectTable, members
from .label_words import LabelWords
from .lenient import lenient
from .other_names import other_names
from .packaged_programs import ProgramReader
from .program import COLORS, MATERIALS, SHAPES, Step
from .program.operations import DISTANCES, RELATIONS

_RELATING = (*RELATIONS, *DISTANCES, "between", "stand", "face")
_MISTAKEN = 0.35  # how far a thing of a label like the right one may be what is meant
_UNDERSTOOD = 0.5  # how far a noun must mean some label; else the words in it are looked at one by one


@dataclass(frozen=True)
class QuestionSets:
    """Memberships (K,), any number each.  asked: what is asked for; mistaken: the same were some labels wrong; named:
    what that is related to, and all else that the question names; related: whether it is related to anything."""

    asked: list[np.ndarray]
    mistaken: list[np.ndarray]
    named: list[np.ndarray]
    related: bool


class QuestionSetReader:
    """Reads questions as programs and runs them.  labels, boxes (K, 6), rgb (K, 3): as for ObjectSelector."""

    def __init__(self, labels: Sequence[str], boxes: np.ndarray, reader: ProgramReader, rgb: np.ndarray | None) -> None:
        self._reader = reader
        names, self._label_of = np.unique([label.lower() for label in labels], return_inverse=True)
        self._words = LabelWords(names.tolist(), reader)
        self._table = _table_of(boxes, rgb)

    def of(self, query: str) -> QuestionSets:
        text, program = self._reader.program(query)
        spans = list(dict.fromkeys((s.start, s.end) for s in program.steps() if s.operation == "noun"))
        meant = self._words.meant([text[i:j] for i, j in spans])
        understood = [span for span, row in zip(spans, meant, strict=True) if row.max() >= _UNDERSTOOD]
        others = self._named(other_names(text, understood))
        unknown = []
        for span, row in zip(spans, meant, strict=True):
            if span not in understood:
                instead = [other for start, other in others if not understood or span[0] <= start < span[1]]
                row[:] = np.max([row, *instead], 0)
                if not instead:
                    unknown.append(span)

        relations = [step for step in program.steps() if step.operation in _RELATING]
        related_to = [argument for step in relations for argument in step.arguments[1:]]

        def run(steps: Iterable[Step], meant: np.ndarray) -> list[np.ndarray]:
            nouns = dict(zip(spans, meant[:, self._label_of], strict=True))
            run_one = partial(
                members, table=self._table, meaning=lambda step: nouns[step.start, step.end], thresholds=EXACT
            )
            return [run_one(lenient(step, unknown)) for step in steps]

        either = np.maximum(meant, _MISTAKEN * self._words.mistaken(meant))
        nouns = [row[self._label_of] for row in (*meant, *(other for _, other in others))]
        return QuestionSets(
            run(program.arguments, meant),
            run(program.arguments, either),
            run(related_to, meant) + nouns,
            bool(relations),
        )

    def _named(self, names: list[tuple[int, str]]) -> list[tuple[int, np.ndarray]]:
        """Those of the names that mean a label: where they start, and (L,) what they mean."""
        meant = self._words.meant([name for _, name in names])
        return [(start, row) for (start, _), row in zip(names, meant, strict=True) if row.max() >= _UNDERSTOOD]


def _table_of(boxes: np.ndarray, rgb: np.ndarray | None) -> ObjectTable:
    """What is not known of the objects is no reason to leave one out."""
    k = len(boxes)
    low, high = boxes[:, :2] - boxes[:, 3:5] / 2, boxes[:, :2] + boxes[:, 3:5] / 2
    colors = np.ones((k, len(COLORS)))
    if rgb is not None:
        seen = ~np.isnan(rgb).any(1)
        colors[seen] = color_words(rgb[seen])
    return ObjectTable(
        boxes,
        exists=np.ones(k),
        categories=(),
        names=np.zeros((k, 0)),
        colors=colors,
        materials=np.ones((k, len(MATERIALS))),
        shapes=np.ones((k, len(SHAPES))),
        low_high=np.stack([low.min(0, initial=0.0), high.max(0, initial=0.0)]),
    )
