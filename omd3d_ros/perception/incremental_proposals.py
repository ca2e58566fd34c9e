"""Features and proposals of a cloud that changes in places: which superpoints to encode again, and how often all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from .encoder import SuperpointEncoder
from .finding import Found
from .incremental_cloud import PreparedUpdate
from .incremental_encoding import Encoded, encode_rows, propose_others
from .proposals import ProposalHead, select_proposals
from .superpoint_inputs import superpoint_inputs

if TYPE_CHECKING:
    from ..models.openmaskdino3d import OpenMaskDINO3DModel


class IncrementalProposals:
    """``find_objects`` of one prepared cloud after another, for segmentor ``superpoint``.

    Encoded again are superpoints that are new or have other points, and those whose proposal held one that is no more;
    the proposals of those within ``margin`` metres may then hold them.  All are encoded where these would be more than
    ``most`` of all superpoints, and when since then, together, they have been ``renewal`` times all: what stays
    remembers what was around it.
    """

    def __init__(
        self, model: OpenMaskDINO3DModel, margin: float = 0.1, most: float = 0.7, renewal: float = 3.0
    ) -> None:
        self._model = model
        self.margin = float(margin)
        self.most = float(most)
        self.renewal = float(renewal)
        self._encoded: Encoded | None = None
        self._since_all = 0

    @staticmethod
    def fits(model: OpenMaskDINO3DModel) -> bool:
        """Whether this is how the model proposes objects."""
        return isinstance(model.encoder, SuperpointEncoder) and isinstance(model.segmentor, ProposalHead)

    @property
    def encoded(self) -> Encoded | None:
        """What is known of the superpoints of the last cloud."""
        return self._encoded

    def reset(self) -> None:
        """Forget what is known: the next update encodes all superpoints."""
        self._encoded = None

    @torch.inference_mode()
    def update(self, step: PreparedUpdate) -> Found:
        encoder, segmentor, before = self._model.encoder, self._model.segmentor, self._encoded
        device, prepared = self._model.device, step.prepared
        self._encoded = None  # until it is whole again
        if before is None:
            inputs = superpoint_inputs(prepared.aligned, prepared.superpoints, seed=0).to(device)
            encoded = Encoded.nothing(encoder, segmentor, inputs)
            rows = torch.arange(len(encoded), device=device)
        else:
            inputs = superpoint_inputs(prepared.aligned.select(step.fresh), step.owner, seed=0).to(device)
            known = torch.from_numpy(step.old).to(device)
            encoded = before.taken(known, encoder, inputs)
            rows = self._to_encode(before, known)
        self._since_all += len(rows)
        if len(rows) > self.most * len(encoded) or self._since_all > self.renewal * len(encoded):
            rows = torch.arange(len(encoded), device=device)
            self._since_all = 0
        if len(rows):
            encode_rows(encoder, segmentor, encoded, rows)
            propose_others(encoder, segmentor, encoded, self._around(encoded, rows), rows)
        self._encoded = encoded
        config = self._model.config
        proposals = select_proposals(
            encoded.mask_logits, encoded.class_logits, encoded.objectness, encoded.inputs.counts, config.max_objects
        )
        return Found(encoded.features, proposals, config.categories)

    def _to_encode(self, before: Encoded, known: torch.Tensor) -> torch.Tensor:
        """(R,) superpoints to encode again, of which i is known[i] of ``before``, -1: new."""
        kept = known >= 0
        lost = torch.ones(len(before), dtype=torch.bool, device=known.device)
        lost[known[kept]] = False
        chosen = ~kept
        chosen[kept] = (before.mask_logits[:, lost] > 0).any(1)[known[kept]]
        return torch.nonzero(chosen)[:, 0]

    def _around(self, encoded: Encoded, rows: torch.Tensor) -> torch.Tensor:
        """(L,) the superpoints within ``margin`` of those of ``rows``, without these."""
        boxes = encoded.inputs.boxes
        near = (_gaps(boxes, boxes[rows]) <= self.margin).any(1)
        near[rows] = False
        return torch.nonzero(near)[:, 0]


def _gaps(boxes: torch.Tensor, others: torch.Tensor) -> torch.Tensor:
    """(M, P) metres between boxes (M, 6) and others (P, 6)."""
    offset = others[None, :, :3] - boxes[:, None, :3]
    return (offset.abs() - others[None, :, 3:] / 2 - boxes[:, None, 3:] / 2).clamp_min(0).norm(dim=-1)
