"""Features and proposals of a cloud that changes in places: which superpoints to encode again, and how often all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from .encoder import SuperpointEncoder
from .finding import Found
from .incremental_cloud import PreparedUpdate
from .incremental_encoding import Encoded
from .proposals import ProposalHead
from .superpoint_inputs import superpoint_inputs

if TYPE_CHECKING:
    from ..models.openmaskdino3d import OpenMaskDINO3DModel


class IncrementalProposals:
    """``find_objects`` of one prepared cloud after another, for segmentor ``superpoint``.

    Encoded again are superpoints that are new or have other points, and those within ``margin`` metres of one of these
    or of one that is no more; where else a proposal held one that is no more, it is decided again what it holds.  All
    are encoded where these would be more than ``most`` of all superpoints, and when since then, together, they have
    been ``renewal`` times all: what stays remembers what was around it.
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

    def reset(self) -> None:
        """Forget what is known: the next update encodes all superpoints."""
        self._encoded = None

    @torch.inference_mode()
    def update(self, step: PreparedUpdate) -> Found:
        """Features and proposals of the cloud as it is now."""
        model, prepared, encoded = self._model, step.prepared, self._encoded
        self._encoded = None  # until it is whole again
        old = torch.from_numpy(step.old).to(model.device)
        if encoded is None:
            encoded = Encoded(model.encoder, model.segmentor)
            old = torch.full_like(old, -1)
            inputs = superpoint_inputs(prepared.aligned, prepared.superpoints, seed=0)
        else:
            inputs = superpoint_inputs(step.points, step.owner, seed=0)
        freed, bereft = encoded.leave(old)
        around = encoded.boxes[freed]
        fresh = encoded.enter(inputs.to(model.device))
        rows = encoded.near(torch.cat([around, encoded.boxes[fresh]]), self.margin)
        self._since_all += int(rows.sum())
        if rows.sum() > self.most * len(old) or self._since_all > self.renewal * len(old):
            rows = encoded.used
            self._since_all = 0
        if rows.any():
            encoded.encode(torch.nonzero(rows)[:, 0], bereft[~rows[bereft]])
        self._encoded = encoded
        features = encoded.features[encoded.slots]
        proposals = encoded.proposals(model.config.max_objects, model.proposal_quality)
        return Found(features, proposals, model.config.categories)
