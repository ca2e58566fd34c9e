"""Stage ``objects``: the object classifier, on the points of the true objects of rooms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file
from torch.nn import functional as F

from ...datasets.room_samples import RoomSample
from ...datasets.rooms import make_room
from ...datasets.rooms.truth import truth_table
from ...models.openmaskdino3d import OpenMaskDINO3DModel
from ...perception.object_classifier import ObjectClassifier
from ...perception.object_points import ObjectPoints, object_points
from ...types import PointCloud
from ..stage import run_stage
from .object_views import fragments, mistaken, repainted, seen_otherwise

_ROOMS = 3  # of a step
_WEIGHTS = {"names": 1.0, "colors": 0.4, "materials": 0.3, "shapes": 0.1}
_ROOM_APART = 100.0  # metres
_FEW = 12  # points: what is seen of an object with fewer says nothing


@dataclass
class TrueObjects:
    """Which true objects a room shows and what they are: ids (K,), and classes (4, K) of names, colours, materials,
    shapes, -1 where there is no word for it."""

    ids: np.ndarray
    classes: torch.Tensor


def true_objects(sample: RoomSample, categories: Sequence[str]) -> TrueObjects:
    index = {name: i for i, name in enumerate(categories)}
    seen = torch.bincount(sample.owner, weights=sample.inputs.counts)
    shown = [g for g in sample.objects if g < len(seen) and seen[g] >= _FEW]
    table, ids = truth_table(make_room(sample.seed), shown)
    classes = [[index[sample.objects[g]] for g in ids]]
    for known in (table.colors, table.materials, table.shapes):
        classes.append([int(row.argmax()) if row.any() else -1 for row in known])
    return TrueObjects(np.array(ids, np.int64), torch.tensor(classes).reshape(4, len(ids)))


def objects_seen(sample: RoomSample, truth: TrueObjects, rng: np.random.Generator | None) -> ObjectPoints:
    """The points of a room's objects; with ``rng`` as a segmentor might have found them, else as they are.

    With ``rng``, parts of objects that are taken for objects follow the K true ones.
    """
    a = load_file(sample.path)
    cloud = PointCloud(a["xyz"], a["rgb"], a["normals"].astype(np.float32) / 127)
    superpoints = a["superpoints"].astype(np.int32)
    members = sample.owner.numpy()[None] == truth.ids[:, None]
    if rng is None:
        return object_points(cloud, superpoints, members, np.random.default_rng(0).permutation(len(cloud)))
    counts, boxes = sample.inputs.counts.numpy(), sample.inputs.boxes.numpy()
    members = np.concatenate([mistaken(members, counts, boxes, rng), fragments(members, counts, boxes, rng)])
    return object_points(cloud, superpoints, members, rng.permutation(len(cloud)))


def together(
    seen: Sequence[ObjectPoints], classes: Sequence[torch.Tensor]
) -> tuple[ObjectPoints, torch.Tensor, torch.Tensor]:
    """The objects of several rooms, too far apart to see each other; their classes (4, K), -1 for what follows the true
    ones; and which room each is in (K,)."""
    joined = ObjectPoints(*(torch.cat([getattr(s, f) for s in seen]) for f in ObjectPoints.__dataclass_fields__))
    room = torch.repeat_interleave(torch.arange(len(seen)), torch.tensor([len(s) for s in seen]))
    joined.boxes[:, [0, 3]] += _ROOM_APART * room[:, None]
    padded = [F.pad(c, (0, len(s) - c.shape[1]), value=-1) for s, c in zip(seen, classes, strict=True)]
    return joined, torch.cat(padded, 1), room


def classifier_loss(
    classifier: ObjectClassifier, objects: ObjectPoints, classes: torch.Tensor
) -> tuple[torch.Tensor, dict[str, float]]:
    """Cross-entropy over names, colours, materials and shapes; classes (4, K), -1 where the truth is not known."""
    said = classifier(objects).split(classifier.sizes, -1)
    losses, logs = [said[0].new_zeros(())], {}
    for (name, weight), target, logits in zip(_WEIGHTS.items(), classes, said, strict=True):
        if (target >= 0).any():
            losses.append(weight * F.cross_entropy(logits, target, ignore_index=-1, label_smoothing=0.05))
            known = target >= 0
            logs[name] = float((logits.detach().argmax(1) == target)[known].float().mean())
    return torch.stack(losses).sum(), logs


def train_objects(
    model: OpenMaskDINO3DModel, rooms: list[RoomSample], settings: dict, folder: Path, quiet: bool = False
) -> float:
    """Returns the seconds spent, over all runs of the stage."""

    @cache  # minutes, which a stage that is done need not spend
    def truths() -> list[TrueObjects]:
        return [true_objects(room, model.config.categories) for room in rooms]

    def step(generator: torch.Generator) -> tuple[torch.Tensor, dict[str, float]]:
        chosen = torch.randint(len(rooms), (_ROOMS,), generator=generator).tolist()
        rng = np.random.default_rng(int(torch.randint(2**62, (), generator=generator)))
        seen = [objects_seen(rooms[i], truths()[i], rng) for i in chosen]
        objects, classes, room = together(seen, [truths()[i].classes for i in chosen])
        objects, in_other_color = repainted(seen_otherwise(objects, room, generator), generator)
        classes[list(_WEIGHTS).index("colors"), in_other_color] = -1
        return classifier_loss(model.object_classifier, objects, classes)

    return run_stage(
        "objects", model.object_classifier, list(model.object_classifier.parameters()), step,
        settings["object_steps"], folder, learning_rate=settings["rate"] * 1e-3, seed=settings["seed"] + 2, quiet=quiet,
    )  # fmt: skip
