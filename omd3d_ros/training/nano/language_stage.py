"""Stage ``language``: programs beside a scene, and masks of the objects that are named."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import torch
from tqdm import tqdm

from ...datasets.room_samples import RoomSample
from ...models.openmaskdino3d import OpenMaskDINO3DModel, OpenMaskDINO3DProcessor
from ..settings import TrainingError
from ..stage import run_stage
from .encoded_rooms import EncodedRoom, encode_room
from .objects_loss import RoomExercises, room_loss
from .programs import exercises

_ROOMS = 8  # of a step
_QUESTIONS = 4  # of a room


def train_language(
    model: OpenMaskDINO3DModel,
    processor: OpenMaskDINO3DProcessor,
    rooms: list[RoomSample],
    settings: dict,
    folder: Path,
    quiet: bool = False,
) -> float:
    """Scene encoder, proposal head, object classifier and naming stay as they are.  Returns the stage's seconds."""
    model.eval()
    few = rooms[: settings.get("language_rooms", len(rooms))]

    @cache  # minutes, which a stage that is done need not spend
    def learned() -> list[RoomExercises]:
        encoded = (encode_room(r, model) for r in tqdm(few, desc="scenes", disable=quiet))
        return [e for e in (_exercises(room, processor) for room in encoded) if e is not None]

    def step(generator: torch.Generator) -> tuple[torch.Tensor, dict[str, float]]:
        if not learned():
            raise TrainingError(
                "the proposals cover no object of any question: train with more --rooms or more --instance-steps"
            )
        chosen = torch.randint(len(learned()), (_ROOMS,), generator=generator).tolist()
        return room_loss(model, processor, [learned()[i] for i in chosen], _QUESTIONS, generator)

    trained = torch.nn.ModuleList(
        [model.question_reader, model.language_model, model.object_tokens, model.text_hidden_fcs, model.mask_decoder]
    )
    return run_stage(
        "language", trained, list(trained.parameters()), step, settings["language_steps"], folder,
        learning_rate=settings["rate"] * 5e-4, seed=settings["seed"] + 1, quiet=quiet,
    )  # fmt: skip


def _exercises(room: EncodedRoom, processor: OpenMaskDINO3DProcessor) -> RoomExercises | None:
    """None for a room about which nothing is asked."""
    read = exercises(room.queries, processor)
    kept = [(e, q) for e, q in zip(read, room.queries, strict=True) if e is not None]
    if not kept or not room.match:
        return None
    found = [[room.match[int(t)] for t in q["target_ids"] if int(t) in room.match] for _, q in kept]
    return RoomExercises(room, [e for e, _ in kept], found)
