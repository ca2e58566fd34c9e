"""SQA3D: exact match of situated answers, also per type of question, and caption scores."""

from __future__ import annotations

from collections.abc import Sequence

from .answer_text import answer_match, answer_of, clean_answer
from .captions import caption_scores
from .records import Record, RecordError, check_records, references_of, share
from .segmentation_lines import segmentation_lines

TYPES = ("what", "is", "how", "can", "which", "other")


def sqa3d_scores(records: Sequence[Record], task: str = "sqa3d") -> dict[str, float]:
    """``[task] EM1``, ``EM1_refined``, both per type (``EM_type0`` ..., by the question's first word, see TYPES),
    the caption scores (left out where they can't be computed, see captions.caption_scores), the segmentation lines.

    records: with pred, ref_captions (cleaned like the answers) and type_info, 0 to 5.  A type's score is
    hits / (count + 1e-10), as published.  Raises RecordError.
    """
    check_records(records, pred="text", ref_captions="list", type_info="integer")
    answers = [answer_of(record["pred"]) for record in records]
    references = [[clean_answer(text) for text in texts] for texts in references_of(records)]
    matches = [answer_match(answer, texts) for answer, texts in zip(answers, references, strict=True)]
    scores = {
        f"[{task}] EM1": share(exact for exact, _ in matches),
        f"[{task}] EM1_refined": share(refined for _, refined in matches),
    }
    kinds = [_kind(index, record) for index, record in enumerate(records)]
    for kind in range(len(TYPES)):
        exact, refined = _share_of_type([m for m, k in zip(matches, kinds, strict=True) if k == kind])
        scores |= {f"[{task}] EM_type{kind}": exact, f"[{task}] EM_refined_type{kind}": refined}
    scores |= {f"[{task}] {name}": value for name, value in caption_scores(answers, references).items()}
    return scores | segmentation_lines(records, task)


def _kind(index: int, record: Record) -> int:
    kind = record["type_info"]
    if not 0 <= kind < len(TYPES):
        raise RecordError(f"record {index}: 'type_info' is {kind}; it must be 0 to {len(TYPES) - 1}")
    return int(kind)


def _share_of_type(matches: Sequence[tuple[int, int]]) -> tuple[float, float]:
    count = len(matches) + 1e-10
    return sum(exact for exact, _ in matches) / count, sum(refined for _, refined in matches) / count
