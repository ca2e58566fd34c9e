"""Which proposal stands for which true object: by the IoU of their boxes, as published."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...boxes import box_iou_matrix
from .nouns import PreparedScene

MIN_IOU = 0.5  # that of the published preparation


@dataclass(frozen=True)
class Match:
    """proposal: index, -1 where the scene has none; iou of the boxes."""

    proposal: int
    iou: float


class Matches:
    """Best proposals for the true objects of a scene."""

    def __init__(self, scene: PreparedScene) -> None:
        self._row = {int(g): i for i, g in enumerate(scene.object_ids.tolist())}
        self._ids = scene.object_ids.numpy()
        self._iou = box_iou_matrix(scene.proposal_boxes.numpy(), scene.object_boxes.numpy())

    def __contains__(self, object_id: object) -> bool:
        return object_id in self._row

    def best(self, object_id: int) -> Match:
        """The proposal with the largest IoU, the first of several; raises KeyError for an unknown object."""
        column = self._iou[:, self._row[object_id]]
        return Match(int(column.argmax()), float(column.max())) if len(column) else Match(-1, 0.0)

    def of_proposal(self, proposal: int) -> tuple[int, float]:
        """The object with the largest IoU with a proposal, -1 where there is none, and the IoU."""
        row = self._iou[proposal]
        return (int(self._ids[row.argmax()]), float(row.max())) if len(row) else (-1, 0.0)

    def spoken_for(self, object_id: int) -> Match:
        """For captions: the best of the proposals that overlap no other object more; -1 where there is none."""
        column = self._iou[:, self._row[object_id]]
        if not len(column):
            return Match(-1, 0.0)
        own = (self._iou.argmax(1) == self._row[object_id]) & (column > 0)
        best = int(np.where(own, column, -1.0).argmax())
        return Match(best, float(column[best])) if own[best] else Match(-1, 0.0)
