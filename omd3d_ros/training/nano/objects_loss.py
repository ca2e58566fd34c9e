"""Losses over whole scenes: the programs asked of them and the masks of ``[SEG]``."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from ...language.prompt import SceneTokens
from ...models.openmaskdino3d import OpenMaskDINO3DModel, OpenMaskDINO3DProcessor
from ..mask_loss import mask_loss
from .encoded_rooms import EncodedRoom
from .programs import ProgramExercise, score_programs

_NAMED = 4  # objects that one answer points at, at most


@dataclass
class RoomExercises:
    """A room with its questions; what each is about: ``targets`` (object numbers), where they were all found."""

    room: EncodedRoom
    exercises: list[ProgramExercise]
    targets: list[list[int]]


def room_loss(
    model: OpenMaskDINO3DModel,
    processor: OpenMaskDINO3DProcessor,
    rooms: list[RoomExercises],
    per_room: int,
    generator: torch.Generator,
) -> tuple[torch.Tensor, dict[str, float]]:
    """Over ``per_room`` questions of each room: programs, and masks after the objects' names."""
    scenes, batch, wanted = [], [], []
    for room in rooms:
        order = torch.randperm(len(room.room.tokens.slots), generator=generator)
        slot_of = torch.empty_like(order)
        slot_of[order] = torch.arange(len(order))
        scenes.append(_shuffled(room.room.tokens, order, generator))
        row: list[ProgramExercise] = []
        named: list[list[int]] = []
        for q in torch.randint(len(room.exercises), (per_room,), generator=generator).tolist():
            objects = room.targets[q] or _some(room.room, generator)
            objects = [objects[i] for i in torch.randperm(len(objects), generator=generator).tolist()][:_NAMED]
            ids = [i for k in objects for i in (model.first_object_id + int(slot_of[k]), processor.seg_id)]
            row.append(room.exercises[q].then(torch.tensor(ids, dtype=torch.long)))
            named.append(objects)
        batch.append(row)
        wanted.append(named)
    out = model(scenes, processor.before, processor.after, [[e.text for e in row] for row in batch])
    score = score_programs(model, len(processor.tokenizer), out, batch)
    masks = []
    for b, (room, row, named) in enumerate(zip(rooms, batch, wanted, strict=True)):
        start = int((out.layouts[b].segment == 0).sum())
        states, truth = [], []
        for exercise, objects in zip(row, named, strict=True):
            start += len(exercise.text)
            states += [out.hidden[b, start - 1 - 2 * (len(objects) - 1 - i)] for i in range(len(objects))]
            truth += [room.room.masks[k] for k in objects]
        if states:
            predictions = model.segment(torch.stack(states), room.room.superpoint_features)
            masks.append(mask_loss(predictions, torch.stack(truth).float()[:, None]))
    program = score.loss / score.tokens
    mask = torch.stack(masks).mean() if masks else program.new_zeros(())
    parts = {"program": float(program.detach()), "right": score.right / score.programs, "mask": float(mask.detach())}
    return program + 0.5 * mask, parts


def _some(room: EncodedRoom, generator: torch.Generator) -> list[int]:
    """One object whose truth is known, for a question without targets; none in a room that has none."""
    known = list(room.match.values())
    return [known[int(torch.randint(len(known), (), generator=generator))]] if known else []


def _shuffled(tokens: SceneTokens, order: torch.Tensor, generator: torch.Generator) -> SceneTokens:
    features = tokens.features[order]
    boxes = tokens.boxes[order]
    features = features + 0.05 * torch.randn(features.shape, generator=generator)
    boxes = boxes + 0.02 * torch.randn(boxes.shape, generator=generator)
    boxes[:, 3:].clamp_(min=0.02)
    return SceneTokens(features, boxes, torch.arange(len(order)))
