"""Stage ``instances``: the scene encoder and the proposal head, on crops of rooms."""

from __future__ import annotations

from pathlib import Path

import torch

from ...datasets.room_samples import RoomSample
from ...models.openmaskdino3d import OpenMaskDINO3DModel
from ..stage import run_stage
from .augmentation import augment, crop
from .instance_loss import instance_loss

_ROOMS = 6  # of a step
_SUPERPOINTS = (140, 320)  # of a crop, at most: from, to
_POINTS = 24  # of a superpoint


def train_instances(
    model: OpenMaskDINO3DModel, rooms: list[RoomSample], settings: dict, folder: Path, quiet: bool = False
) -> float:
    """Returns the seconds spent, over all runs of the stage."""
    index = {name: i for i, name in enumerate(model.config.categories)}
    classes = [{g: index[c] for g, c in r.objects.items()} for r in rooms]

    def step(generator: torch.Generator) -> tuple[torch.Tensor, dict[str, float]]:
        losses, logs = [], []
        for i in torch.randint(len(rooms), (_ROOMS,), generator=generator).tolist():
            most = int(torch.randint(*_SUPERPOINTS, (), generator=generator))
            inputs, owner = crop(rooms[i].inputs, rooms[i].owner, most, generator)
            loss, parts = instance_loss(model, augment(inputs, _POINTS, generator), owner, classes[i])
            losses.append(loss)
            logs.append(parts)
        mean = {k: sum(p.get(k, 0.0) for p in logs) / len(logs) for k in logs[0]}
        return torch.stack(losses).mean(), mean

    trained = torch.nn.ModuleList([model.encoder, model.segmentor])
    return run_stage(
        "instances", trained, list(trained.parameters()), step, settings["instance_steps"], folder,
        learning_rate=settings["rate"] * 1e-3, seed=settings["seed"], quiet=quiet,
    )  # fmt: skip
