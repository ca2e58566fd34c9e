"""Pictures of an answer about a synthetic room beside the truth, from the same viewpoint."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np

from ..datasets.room_samples import RoomSample, load_rooms
from ..pictures import answer_pose, draw_answer
from ..types import Answer, Camera, Instance, Scene, object_id
from .outcomes import Outcome
from .report import Picture
from .room_shards import model_of, one_thread
from .room_truth import truth_of_room
from .rooms import WORDINGS, RoomResult, answer_room_query, scene_of

_CAMERA = Camera(800, 600, 694.0, 694.0, 400.0, 300.0)
_UP = np.array([0.0, 0.0, 1.0])


def room_drawer(preset: str, folder: Path, results: list[RoomResult]) -> Callable[[Outcome], list[Picture]]:
    """Draws an outcome of these results: asks its query again, and shows what was answered and what was meant.

    The map of the room drawn last is kept, since cases of one room often follow one another.
    """
    places = {
        outcome.where: (result.seed, split, index)
        for result in results
        for split, outcomes in result.outcomes.items()
        for index, outcome in enumerate(outcomes)
    }

    @lru_cache(maxsize=1)
    def room_and_scene(seed: int) -> tuple[RoomSample, Scene]:
        room = load_rooms(folder, [seed], workers=1, quiet=True)[0]
        return room, scene_of(room, model_of(preset)[0])

    def draw(outcome: Outcome) -> list[Picture]:
        seed, split, index = places[outcome.where]
        with one_thread():
            room, scene = room_and_scene(seed)
            query = room.queries[WORDINGS[split]][index]
            answer = answer_room_query(scene, query, truth_of_room(scene, room), *model_of(preset))
        return pictures_of(scene, answer, truth_of(scene, room, query))

    return draw


def pictures_of(scene: Scene, answer: Answer, truth: Answer) -> list[Picture]:
    """What was answered, and the truth, both seen from where both show."""
    masks = [instance.mask for instance in (*truth.instances, *answer.instances)]
    pose = answer_pose(scene.cloud, masks, _UP, _CAMERA)
    return [
        Picture(caption, draw_answer(scene.cloud, shown, _UP, _CAMERA, pose))
        for caption, shown in (("answered", answer), ("truth, with the room's own numbers", truth))
    ]


def truth_of(scene: Scene, room: RoomSample, query: dict) -> Answer:
    """The right answer: the targets' masks, as the superpoints allow them, and the words."""
    owner = room.owner.numpy()[scene.superpoints]
    instances = [
        Instance.from_mask(object_id(number), room.objects.get(number, "object"), 1.0, owner == number, scene.cloud.xyz)
        for number in query["target_ids"]
        if (owner == number).any()
    ]
    return Answer(query["query"], query["answer"], instances)
