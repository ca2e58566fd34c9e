"""How likely proposals fit an object: fitted on rooms that the encoder has not seen, where it errs as it will."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.nn import functional as F
from tqdm import tqdm

from ...datasets.room_samples import RoomSample
from ...models.openmaskdino3d import OpenMaskDINO3DModel
from ...perception.candidates import Candidates
from ...perception.one_piece import in_one_piece
from ...perception.proposal_quality import ProposalQuality, proposal_figures
from ...perception.proposals import FEW_OBJECTNESS
from ...perception.superpoint_inputs import superpoint_inputs

_STEPS = 1500
_BATCH = 512
_RATE = 3e-3
_FITS = 0.5  # mask IoU


def fit_quality(model: OpenMaskDINO3DModel, rooms: Sequence[RoomSample], seed: int, quiet: bool = False) -> None:
    """Train ``model.proposal_quality`` on what the superpoints of these rooms propose."""
    quality = model.proposal_quality
    if quality is None:
        return
    rated = [rated_proposals(model, room) for room in tqdm(rooms, desc="proposals", disable=quiet)]
    figures, fits = (torch.cat(part) for part in zip(*rated, strict=True))
    if len(figures) > 1:
        fit(quality, figures, fits, torch.Generator().manual_seed(seed))


@torch.inference_mode()
def rated_proposals(model: OpenMaskDINO3DModel, room: RoomSample) -> tuple[torch.Tensor, torch.Tensor]:
    """Figures (K, 14) of the masks proposed in a room, and (K,) 1 for those that fit one of its objects, else 0."""
    _, prepared = room.prepared()
    inputs = superpoint_inputs(prepared.aligned, prepared.superpoints, seed=0).to(model.device)
    masks, class_logits, objectness = model.segmentor(*model.encoder(inputs))
    probability, counts = in_one_piece(masks.sigmoid(), inputs.boxes), inputs.counts
    found = Candidates.of(probability, objectness.sigmoid(), counts, FEW_OBJECTNESS)
    figures = proposal_figures(found, probability, class_logits, objectness, counts)
    owner = room.owner.to(counts.device)
    true = (owner == torch.tensor(list(room.objects), device=owner.device)[:, None]).to(counts.dtype)
    shared = (found.hard * counts) @ true.T
    union = found.points[:, None] + true @ counts - shared
    best = (shared / union.clamp_min(1)).amax(1) if len(true) else figures.new_zeros(len(figures))
    return figures.cpu(), (best >= _FITS).float().cpu()


@torch.enable_grad()
def fit(quality: ProposalQuality, figures: torch.Tensor, fits: torch.Tensor, generator: torch.Generator) -> None:
    """Cross-entropy over figures (K, 14) with fits (K,) of 0 and 1."""
    device = quality.middle.device
    quality.middle.copy_(figures.mean(0))
    quality.spread.copy_(figures.std(0) + 1e-3)
    optimizer = torch.optim.AdamW(quality.parameters(), lr=_RATE, weight_decay=0.1)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / _STEPS)
    for _ in range(_STEPS):
        some = torch.randint(len(figures), (_BATCH,), generator=generator)
        logits = quality.logits(figures[some].to(device))
        loss = F.binary_cross_entropy_with_logits(logits, fits[some].to(device))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
