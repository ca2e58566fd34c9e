"""ScanQA: exact match and caption scores of answers."""

from __future__ import annotations

from collections.abc import Sequence

from .answer_text import answer_match, answer_of
from .captions import caption_scores
from .records import Record, check_records, references_of, share
from .segmentation_lines import segmentation_lines


def scanqa_scores(records: Sequence[Record], task: str = "scanqa") -> dict[str, float]:
    """``[task] EM1``, ``EM1_refined``, the caption scores of the cleaned answers (left out where they can't be
    computed, see captions.caption_scores) and the segmentation lines.

    records: with pred and ref_captions, which are compared as they are, without cleaning.  Raises RecordError.
    """
    check_records(records, pred="text", ref_captions="list")
    answers = [answer_of(record["pred"]) for record in records]
    references = references_of(records)
    matches = [answer_match(answer, texts) for answer, texts in zip(answers, references, strict=True)]
    scores = {
        f"[{task}] EM1": share(exact for exact, _ in matches),
        f"[{task}] EM1_refined": share(refined for _, refined in matches),
    }
    scores |= {f"[{task}] {name}": value for name, value in caption_scores(answers, references).items()}
    return scores | segmentation_lines(records, task)
