"""How costs grow with the map: objects that a question is about, rooms that are mapped and encoded."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import cycle

import numpy as np

from ...language.execution import ObjectTable, execute
from ...language.program import COLORS, MATERIALS, SHAPES, Step, parse
from ...perception.scene import build_scene, prepare_cloud
from ..figures import Figure, Unavailable
from ..inputs import Inputs, moved
from ..measuring import Samples, timed

OBJECTS = (100, 1_000, 10_000)
CATEGORIES = ("chair", "table", "lamp", "plant", "box", "door", "shelf", "mug", "book", "sofa")
SPACING = 0.8  # metres: objects of a large place stand as close as those of a small one
QUESTION = "which red chair near a table is nearest the door?"


def measure(inputs: Inputs) -> list[Figure]:
    """Executing a question's program on 100 to 10,000 objects; encoding and mapping one to ten rooms."""
    figures = [replace(_execution(n, inputs.repeats(5, 15)), group="decide") for n in OBJECTS]
    rooms = (1, 3) if inputs.quick else (1, 3, 10)
    figures += [replace(_mapping(inputs, n), group="map") for n in rooms]
    try:
        figures += [replace(_encoding(inputs, n), group="encode") for n in rooms]
    except Unavailable:  # no model: the areas that need one say why
        return figures
    return figures


def _execution(objects: int, repeats: int) -> Figure:
    table = random_table(objects, seed=0)
    work = partial(execute, question_program(), table, partial(_meaning, table))
    return timed(work, repeats).figure(f"decide a question, {objects:,} objects", f'"{QUESTION}", its program given')


def _mapping(inputs: Inputs, rooms: int) -> Figure:
    voxel_map = inputs.new_map()
    for copy in range(rooms):
        for frame in inputs.frames:
            voxel_map.integrate(moved(frame, copy))
    samples = Samples()
    for frame, _ in zip(cycle(inputs.frames), range(inputs.repeats(24, 60)), strict=False):
        samples.time(partial(voxel_map.integrate, frame))
    return samples.figure(f"map a frame, {_rooms(rooms)} in the map", f"{voxel_map.num_bytes() / 1e6:.0f} MB")


def _encoding(inputs: Inputs, rooms: int) -> Figure:
    model, _ = inputs.loaded
    cloud = inputs.side_by_side(rooms)
    samples = timed(lambda: build_scene(cloud, prepare_cloud(cloud, inputs.views), model), inputs.repeats(1, 5))
    return samples.figure(f"encode {_rooms(rooms)}", f"{len(cloud):,} points")


def _rooms(number: int) -> str:
    return "1 room" if number == 1 else f"{number} rooms"


def question_program() -> Step:
    """The query program of ``QUESTION``."""
    return parse(["find", "nearest", "near", "color:red", *_noun("chair"), *_noun("table"), *_noun("door")])


def _noun(word: str) -> tuple[str, int, int]:
    start = QUESTION.index(word)
    return "noun", start, start + len(word)


def random_table(objects: int, seed: int) -> ObjectTable:
    """Objects of random kinds, colours and sizes on the floor of one large square room."""
    rng = np.random.default_rng(seed)
    side = SPACING * np.sqrt(objects)
    size = rng.uniform(0.1, 0.8, (objects, 3))
    center = np.concatenate([rng.uniform(0, side, (objects, 2)), size[:, 2:] / 2], 1)
    return ObjectTable(
        boxes=np.concatenate([center, size], 1),
        exists=np.ones(objects),
        categories=CATEGORIES,
        names=_one_hot(rng, objects, len(CATEGORIES)),
        colors=_one_hot(rng, objects, len(COLORS)),
        materials=_one_hot(rng, objects, len(MATERIALS)),
        shapes=_one_hot(rng, objects, len(SHAPES)),
        low_high=np.array([[0.0, 0.0], [side, side]]),
    )


def _one_hot(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    return np.eye(columns)[rng.integers(0, columns, rows)]


def _meaning(table: ObjectTable, noun: Step) -> np.ndarray:
    return table.names[:, CATEGORIES.index(QUESTION[noun.start : noun.end])]
