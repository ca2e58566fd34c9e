"""Answers as prediction files, in the form that the published evaluation writes."""

from __future__ import annotations

from typing import Any

import torch

from ...boxes import box_iou_matrix
from ...datasets.prepared import PreparedSample, PreparedScene
from ...language.identifiers import object_token, replace_identifiers
from ..reason_seg import mask_iou
from .answerer import ModelAnswer
from .questions import Question

TRUE_OBJECTS = ("nr3d", "sr3d")  # tasks whose identifiers number true objects


def record_of(question: Question, answer: ModelAnswer, scene: PreparedScene) -> dict[str, Any]:
    """scene_id, gt_id, pred_id, qid, prompt, pred, ref_captions, type_info, and spiou of a model with masks.

    qid is the sample's number where the data has none.
    """
    sample, extra = question.sample, question.sample.extra
    record = {
        "scene_id": sample.scene_id,
        "gt_id": target_number(sample),
        "pred_id": int(extra.get("pred_id", 0)),
        "qid": extra.get("qid", question.index),
        "prompt": sample.prompt,
        "pred": _as_true_objects(answer.text, scene) if question.task in TRUE_OBJECTS else answer.text,
        "ref_captions": references_of(question),
        "type_info": _type(question.task, sample, scene),
    }
    if answer.mask is not None:
        target = proposal_target(question.task, sample, scene)
        record["spiou"] = mask_iou(mask_of(answer.mask, scene), target)
    return record


def mask_of(superpoints: list[int], scene: PreparedScene) -> torch.Tensor:
    """(M,) bool."""
    mask = torch.zeros(scene.object_masks.shape[1], dtype=torch.bool)
    mask[superpoints] = True
    return mask


def proposal_target(task: str, sample: PreparedSample, scene: PreparedScene) -> torch.Tensor:
    """(M,) bool: what spiou is measured with, the proposal of the record; of several objects those of all."""
    proposals = (
        [p for p in sample.proposal_ids if p >= 0] if task == "multi3dref" else [sample.extra.get("pred_id", -1)]
    )
    known = [p for p in proposals if 0 <= p < len(scene.proposal_masks)]
    return scene.proposal_masks[known].any(0)


def true_target(sample: PreparedSample, scene: PreparedScene) -> torch.Tensor | None:
    """(M,) bool: the superpoints of the objects that the answer is about; None where no mask is asked for."""
    if not sample.masked:
        return None
    return scene.object_masks[torch.isin(scene.object_ids, torch.tensor(sample.object_ids, dtype=torch.int64))].any(0)


def target_number(sample: PreparedSample) -> int:
    """The true object that a record is about, the first of several; 0 of none."""
    return int(sample.extra.get("obj_id", sample.object_ids[0] if sample.object_ids else 0))


def references_of(question: Question) -> list[Any]:
    """As the task's score reads them: numbers of true objects for Multi3DRefer, texts for the others."""
    sample = question.sample
    if question.task == "multi3dref":
        return list(sample.object_ids)
    return list(sample.extra.get("ref_captions", sample.answers))


def _type(task: str, sample: PreparedSample, scene: PreparedScene) -> Any:
    if task == "sqa3d":
        return int(sample.extra.get("sqa_type", 5))
    if task == "multi3dref":
        return sample.extra.get("eval_type") or _number_of_targets(sample, scene)
    if task in TRUE_OBJECTS:
        return sample.extra.get("eval_type", 0)
    return 0


def _number_of_targets(sample: PreparedSample, scene: PreparedScene) -> str:
    """Multi3DRefer's type, of data that has none: distractors are others with the target's label, or objects whose
    label stands in a request for nothing that is there."""
    if len(sample.object_ids) > 1:
        return "mt"
    labels = dict(zip(scene.object_ids.tolist(), scene.object_labels, strict=True))
    if sample.object_ids:
        alike = list(labels.values()).count(labels.get(sample.object_ids[0], ""))
        return "st_w_d" if alike > 1 else "st_wo_d"
    words = f" {sample.prompt.lower()} "
    return "zt_w_d" if any(label.lower() in words for label in labels.values()) else "zt_wo_d"


def _as_true_objects(text: str, scene: PreparedScene) -> str:
    """Each identifier of a proposal replaced by that of the true object which the proposal's box overlaps most."""
    iou = box_iou_matrix(scene.proposal_boxes.numpy(), scene.object_boxes.numpy())

    def true(proposal: int) -> str:
        if proposal >= len(iou) or not iou.shape[1] or iou[proposal].max() == 0:
            return "(no object)"
        return object_token(int(scene.object_ids[int(iou[proposal].argmax())]))

    return replace_identifiers(text, true)
