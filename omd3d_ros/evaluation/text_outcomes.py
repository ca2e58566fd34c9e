"""What became of each record of the tasks that texts decide: ScanQA, SQA3D, and captions of Scan2Cap."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from ..boxes import box_iou
from . import outcomes as o
from .answer_text import answer_match, answer_of, clean_answer
from .box_outcomes import BoxedScenes
from .outcomes import Outcome
from .records import Record, RecordError, check_records, references_of
from .sqa3d import TYPES


def answer_outcome(index: int, record: Record, task: str) -> Outcome:
    """ScanQA and SQA3D: right where the cleaned answer equals a reference.  Raises RecordError."""
    situated = task == "sqa3d"
    kinds = {"type_info": "integer"} if situated else {}
    check_records([record], pred="text", ref_captions="list", **kinds)
    references = references_of([record])[0]
    answer = answer_of(record["pred"])
    exact, refined = answer_match(answer, [clean_answer(text) for text in references] if situated else references)
    values = {"EM1": float(exact), "EM1_refined": float(refined)}
    if situated:
        kind = record["type_info"]
        if not 0 <= kind < len(TYPES):
            raise RecordError(f"'type_info' is {kind}; it must be 0 to {len(TYPES) - 1}")
        values |= {f"EM_type{kind}": float(exact), f"EM_refined_type{kind}": float(refined)}
    failure = None
    if not exact:
        failure = o.TEXT_CLOSE if refined else o.TEXT_WRONG if answer else o.NOTHING
    question = str(record.get("prompt", ""))
    return Outcome(
        where=_where(index, record),
        kind=TYPES[record["type_info"]] if situated else _first_word(question),
        question=question,
        expected=" / ".join(dict.fromkeys(references)),
        answered=record["pred"],
        score=exact or max(word_overlap(answer, clean_answer(text)) for text in references) / 2 + refined / 4,
        failure=failure,
        values=values,
    )


def caption_outcome(index: int, record: Record, scenes: BoxedScenes, corpus: Mapping[str, Sequence[str]]) -> Outcome:
    """Scan2Cap: right where the proposal fits the object at box IoU 0.5 and something is said of it.

    The caption scores are of the whole corpus; cases are sorted by the words that a caption shares with a reference.
    Raises RecordError.
    """
    check_records([record], scene_id="text", gt_id="integer", pred_id="integer", pred="text")
    scene, target, text = record["scene_id"], record["gt_id"], record["pred"]
    key = f"{scene}|{target}"
    if key not in corpus:
        raise RecordError(f"'{key}' is not in the corpus of reference sentences")
    proposal = scenes.proposed.rows(scene, [record["pred_id"]])
    true = scenes.true.rows(scene, [target])
    iou = box_iou(proposal, true)
    failure = None
    if not text.strip():
        failure = o.NOTHING
    elif iou < 0.5:
        volumes = (float(box[0, 3:].prod()) for box in (proposal, true))
        failure = o.set_failure(scenes.meant(scene, proposal), [target], scenes.names(scene), *volumes)
    sentences = [corpus[key]] if isinstance(corpus[key], str) else corpus[key]
    return Outcome(
        where=_where(index, record),
        kind=scenes.names(scene).get(target, "object"),
        question=str(record.get("prompt", "")),
        expected=" / ".join(map(str, sentences)),
        answered=text,
        score=max(word_overlap(text, str(sentence)) for sentence in sentences) * min(2 * iou, 1.0)
        if sentences
        else 0.0,
        failure=failure,
    )


def word_overlap(a: str, b: str) -> float:
    """F1 of the words of two texts, in lower case, 0..1."""
    ours, theirs = (Counter(text.lower().replace(".", " ").replace(",", " ").split()) for text in (a, b))
    total = sum(ours.values()) + sum(theirs.values())
    return 2 * sum((ours & theirs).values()) / total if total else 0.0


def _first_word(question: str) -> str:
    word = question.split()[0].lower().strip("?.,") if question.split() else ""
    return word if word in TYPES else "other"


def _where(index: int, record: Record) -> str:
    scene = record.get("scene_id")
    return f"record {index}, {scene}" if isinstance(scene, str) else f"record {index}"
