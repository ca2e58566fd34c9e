"""Parity of answer cleaning, answer matching, box IoU and the tokeniser of the caption scores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..boxes import box_iou
from ..evaluation.answer_text import answer_match, clean_answer
from ..evaluation.captions import why_left_out
from ..evaluation.java import ptb_tokenize
from .comparison import Comparison, FixtureError, largest_error
from .reading import read_json

_IOU_TOLERANCE = 1e-9


def compare(folder: Path) -> list[Comparison]:
    """Texts must be equal, the error is the number of cases that differ; box IoU at 1e-9; the tokeniser only where it
    runs (Java)."""
    cases = read_json(folder / "cases.json", dict)
    boxes = read_json(folder / "box_iou.json", list)
    try:
        comparisons = [
            _differing("clean_answer", [(clean_answer(text), clean) for text, clean in cases["clean_answer"]]),
            _differing(
                "answer_match", [(answer_match(text, refs), tuple(em)) for text, refs, em in cases["answer_match"]]
            ),
            Comparison(
                "box_iou",
                largest_error([box_iou(pair["a"], pair["b"]) for pair in boxes], [pair["iou"] for pair in boxes]),
                _IOU_TOLERANCE,
            ),
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise FixtureError(f"{folder}: a case that is not as the README says: {error!r}") from error
    return comparisons if why_left_out() else [*comparisons, _compare_tokens(folder)]


def _compare_tokens(folder: Path) -> Comparison:
    inputs = read_json(folder / "ptb_inputs.json", dict)
    expected = read_json(folder / "ptb.json", dict)
    tokens = iter(ptb_tokenize([sentence for sentences in inputs.values() for sentence in sentences]))
    ours = {name: [next(tokens) for _ in sentences] for name, sentences in inputs.items()}
    return _differing("ptb", [(ours.get(name), expected.get(name)) for name in inputs.keys() | expected.keys()])


def _differing(what: str, pairs: list[tuple[Any, Any]]) -> Comparison:
    return Comparison(what, sum(ours != reference for ours, reference in pairs), 0.0)
