"""What prepared data consists of: a scene, and a sample of language about one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch


@dataclass
class PreparedScene:
    """One scene of N points, M superpoints, K proposals and G true objects.

    points (N, 3) float32 metres, gravity-aligned; colors (N, 3) uint8; superpoints (N,) int64 in 0..M-1.
    proposal_masks (K, M) bool by majority, proposal_boxes (K, 6) centre and size, proposal_labels: K names, best
    proposal first; slot k of the object list is ``<OBJkkk>``.
    point_features (K, P) and image_features (K, I) float32: of the proposals, zeros where there are none.
    object_ids (G,) int64: the data set's own numbers; object_masks (G, M) bool by majority, object_boxes (G, 6),
    object_labels: G names.
    superpoint_features (M, C) float32: of the frozen encoder, None where they are to be computed.
    """

    scene_id: str
    points: torch.Tensor
    colors: torch.Tensor
    superpoints: torch.Tensor
    proposal_masks: torch.Tensor
    proposal_boxes: torch.Tensor
    proposal_labels: list[str]
    point_features: torch.Tensor
    image_features: torch.Tensor
    object_ids: torch.Tensor
    object_masks: torch.Tensor
    object_boxes: torch.Tensor
    object_labels: list[str]
    superpoint_features: torch.Tensor | None = None


@dataclass
class PreparedSample:
    """One question about a scene.

    task: a tag such as ``scanrefer`` or ``scanqa``; prompt: the question as the model reads it, answers: what it may
    say (training takes one), both with identifiers of proposals; object_ids: true objects that the answer is about,
    by the data set's numbers (empty: none); proposal_ids: the proposals matched to them, -1 where none overlaps enough;
    masked: whether the masks of object_ids are a target for ``[SEG]`` (not for ScanQA and SQA3D).
    extra: what evaluation needs of the record (obj_id, eval_type, sqa_type, qid, ...).
    """

    scene_id: str
    task: str
    prompt: str
    answers: list[str]
    object_ids: list[int] = field(default_factory=list)
    proposal_ids: list[int] = field(default_factory=list)
    masked: bool = True
    extra: dict[str, Any] = field(default_factory=dict)
