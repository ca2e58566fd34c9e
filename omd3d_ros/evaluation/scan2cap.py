"""Scan2Cap dense captioning: caption scores in which a caption counts only where its proposal's box fits the object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..boxes import box_iou
from .boxes import SceneBoxes
from .captions import caption_scores_of_sets
from .records import Record, RecordError, check_records
from .segmentation_lines import segmentation_lines

_EMPTY = "sos eos"
_THRESHOLDS = (0.25, 0.5)


def scan2cap_scores(
    records: Sequence[Record],
    corpus: Mapping[str, Sequence[str]],
    proposals: Mapping[str, Mapping[str, Any]],
    ground_truth: Mapping[str, Mapping[str, Any]],
    task: str = "scan2cap",
) -> dict[str, float]:
    """``[task] Bleu_1@0.25`` ... ``CIDEr@0.50`` over all objects of the corpus, with the segmentation lines.

    records: with scene_id, gt_id, pred_id, pred; of two for one object the later counts.  corpus: ``scene|object`` ->
    reference sentences; proposals, ground_truth: attributes, see SceneBoxes.  The caption scores are left out where
    they can't be computed, see captions.caption_scores.  Raises RecordError for what these do not hold.
    """
    check_records(records, scene_id="text", gt_id="integer", pred_id="integer", pred="text")
    proposed, true = SceneBoxes(proposals, "proposals"), SceneBoxes(ground_truth, "ground-truth objects")
    described = {}
    for record in records:
        key = f"{record['scene_id']}|{record['gt_id']}"
        if key not in corpus:
            raise RecordError(f"'{key}' is not in the corpus of reference sentences")
        described[key] = (_iou(record, proposed, true), f"sos {record['pred']} eos")
    references = [_sentences(key, sentences) for key, sentences in corpus.items()]
    sets = [_candidates(corpus, described, threshold) for threshold in _THRESHOLDS]
    scores = {
        f"[{task}] {name}@{threshold:.2f}": value
        for threshold, found in zip(_THRESHOLDS, caption_scores_of_sets(sets, references), strict=True)
        for name, value in found.items()
    }
    return scores | segmentation_lines(records, task)


def _candidates(corpus: Iterable[str], described: Mapping[str, tuple[float, str]], threshold: float) -> list[str]:
    """Per key of the corpus the caption whose box fits, else an empty one."""
    found = (described.get(key, (0.0, _EMPTY)) for key in corpus)
    return [text if iou >= threshold else _EMPTY for iou, text in found]


def _iou(record: Record, proposed: SceneBoxes, true: SceneBoxes) -> float:
    scene = record["scene_id"]
    return box_iou(proposed.rows(scene, [record["pred_id"]]), true.rows(scene, [record["gt_id"]]))


def _sentences(key: str, sentences: Sequence[str]) -> Sequence[str]:
    if isinstance(sentences, str) or not sentences or not all(isinstance(sentence, str) for sentence in sentences):
        raise RecordError(f"the corpus entry '{key}' must be one or more sentences, it is {sentences!r}")
    return sentences
