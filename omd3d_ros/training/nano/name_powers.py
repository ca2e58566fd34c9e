"""How far the segmentor's and the classifier's opinion of a name count: fitted on rooms that neither has seen."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.nn import functional as F
from tqdm import tqdm

from ...datasets.room_samples import RoomSample
from ...models.openmaskdino3d import OpenMaskDINO3DModel
from ...perception.finding import find_objects
from ...perception.object_opinions import classifier_logits
from .encoded_rooms import match_masks

_LEAST = 0.05


def fit_powers(model: OpenMaskDINO3DModel, rooms: Sequence[RoomSample], quiet: bool = False) -> None:
    """Set ``object_classifier.powers`` to those under which the true names of the objects found are likeliest."""
    index = {name: i for i, name in enumerate(model.config.categories)}
    scenes, own, true = [], [], []
    for room in tqdm(rooms, desc="names", disable=quiet):
        _, prepared = room.prepared()
        found = find_objects(prepared, model)
        match = match_masks(found.proposals.masks.cpu().numpy(), room)
        rows = list(match.values())
        scenes.append(found.proposals.class_logits[rows])
        own.append(classifier_logits(found, prepared.aligned, prepared.superpoints, model)[rows])
        true += [index[room.objects[g]] for g in match]
    if len(true) < 2:
        return
    powers = best_powers(torch.cat(scenes), torch.cat(own)[:, : len(index)], torch.tensor(true, device=model.device))
    model.object_classifier.powers.data.copy_(powers)


@torch.enable_grad()
def best_powers(scenes: torch.Tensor, own: torch.Tensor, true: torch.Tensor) -> torch.Tensor:
    """(2,) exponents, at least 0.05, of two distributions, logits (n, C), whose product makes ``true`` (n,) likely."""
    first, second = scenes.detach().log_softmax(-1), own.detach().log_softmax(-1)
    powers = torch.tensor([0.5, 0.5], device=first.device, requires_grad=True)
    optimizer = torch.optim.LBFGS([powers], max_iter=50, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        value = F.cross_entropy(powers[0] * first + powers[1] * second, true)
        value.backward()
        return value

    optimizer.step(loss)
    return powers.detach().clamp_min(_LEAST)
