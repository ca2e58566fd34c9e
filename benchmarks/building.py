"""A building of synthetic rooms that stand side by side, questions about it, and the scene that a model would have.

Questions come from the rooms' grammar; what is right, their programs say, run on the true objects.  A share of the
objects has the label of one of the kinds most like its own, as a detector's mistakes would be, and all have the colour
of their surfaces in a light of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from omd3d_ros.datasets.rooms.grammar import make_queries
from omd3d_ros.datasets.rooms.room import Room, make_room
from omd3d_ros.datasets.rooms.truth import CATEGORIES, truth_table
from omd3d_ros.language.execution import ObjectTable, members
from omd3d_ros.language.program import Step, parse
from omd3d_ros.language.program.operations import RANKED, VIEWER_SIDES
from omd3d_ros.models.text_encoder import TextEncoder
from omd3d_ros.types import Instance, PointCloud, Scene, object_id

CORRIDOR = 2.0  # metres between rooms
PER_ROOM = 4  # questions
ALIKE = 5  # kinds that a thing may be taken for
RIGHT = 0.9  # share of the best membership from which an object is right
LIGHT, GRAIN = (0.6, 1.1), 8.0  # how bright an object is to how it is painted; standard deviation of its colour, of 255
POINTS, SUPERPOINTS = 24, 4  # of an object in a scene
SEEN_BY_A_VIEWER = (
    "last", "stand", "face", "closest", "remotest", "leftmost", "rightmost", "left", "right", "front", "behind",
    "left_end", "right_end", *VIEWER_SIDES,
)  # fmt: skip


@dataclass
class Building:
    """table: its K objects as they are; rooms: the same room by room, with the number of each room's first object;
    questions: of the grammar; rgb (K, 3) 0..255."""

    table: ObjectTable
    rooms: list[tuple[ObjectTable, int]]
    questions: list[dict[str, Any]]
    rgb: np.ndarray


def a_building(objects: int, first_room: int) -> Building:
    """Rooms of rising seeds from ``first_room`` on, until there are as many objects."""
    rooms: list[tuple[ObjectTable, int]] = []
    questions: list[dict[str, Any]] = []
    boxes, rgb = [], []
    count, x, height = 0, 0.0, 0.0
    while count < objects:
        seed = first_room + len(rooms)
        room = make_room(seed)
        table, ids = truth_table(room)
        questions += make_queries(room, np.random.default_rng(seed), PER_ROOM)
        boxes.append(table.boxes + [x, 0, 0, 0, 0, 0])
        rgb += [_surface_color(room, number) for number in ids]
        rooms.append((table, count))
        x, height = x + room.size[0] + CORRIDOR, max(height, room.size[1])
        count += len(table)
    joined = {name: np.concatenate([getattr(table, name) for table, _ in rooms]) for name in
              ("exists", "names", "colors", "materials", "shapes")}  # fmt: skip
    low_high = np.array([[0.0, 0.0], [x, height]])
    table = ObjectTable(np.concatenate(boxes), categories=CATEGORIES, low_high=low_high, **joined)
    rng = np.random.default_rng(first_room)
    seen = np.array(rgb) * rng.uniform(*LIGHT, (count, 1)) + rng.normal(0, GRAIN, (count, 3))
    return Building(table, rooms, questions, seen.clip(0, 255))


def _surface_color(room: Room, number: int) -> np.ndarray:
    """(3,) sRGB 0..255, the mean over the surfaces of an object."""
    parts = room.primitives[room.primitives["object"] == number]
    x, y, z = parts["half"].T.astype(float)
    area = x * y + y * z + x * z
    return np.asarray(255 * (area @ parts["rgb"] / area.sum()) ** (1 / 2.2))


def right_objects(question: dict[str, Any], building: Building) -> np.ndarray:
    """(K,) bool; relations hold within rooms, and the largest and the nearest are of the whole building."""
    (argument, *_) = parse(question["program"]).arguments
    spans = {(n["start"], n["end"]): np.isin(CATEGORIES, list(n["categories"])) for n in question["nouns"]}

    def run(table: ObjectTable) -> np.ndarray:
        return members(argument, table, lambda step: table.names @ spans[step.start, step.end])

    ranked = any(step.operation in RANKED for step in argument.steps())
    found = run(building.table) if ranked else np.concatenate([run(table) for table, _ in building.rooms])
    best = found.max(initial=0.0)
    return found >= RIGHT * best if best > 0.5 else np.zeros(len(found), bool)


def can_be_asked(question: dict[str, Any]) -> bool:
    """A building has no viewer, and no answer comes before."""
    return "previous" not in question and not any(s.operation in SEEN_BY_A_VIEWER for s in _steps(question))


def _steps(question: dict[str, Any]) -> list[Step]:
    return list(parse(question["program"]).steps())


def noisy_labels(table: ObjectTable, share: float, encoder: TextEncoder) -> list[str]:
    rng = np.random.default_rng(7)
    embedded = encoder.embed(CATEGORIES).cpu().numpy()
    alike = np.argsort(-(embedded @ embedded.T), axis=1)[:, 1 : 1 + ALIKE]
    own = table.names.argmax(1)
    taken = np.where(rng.random(len(own)) < share, alike[own, rng.integers(ALIKE, size=len(own))], own)
    return [CATEGORIES[i] for i in taken]


def scene_of(building: Building, objects: int, object_channels: int, superpoint_channels: int) -> Scene:
    """The first ``objects`` of them, their surfaces as points, with random features.

    Features of objects are positive, as colours are.  Masks are windows on one array: no scene of ten thousand objects
    would else fit into memory.
    """
    rng = np.random.default_rng(0)
    boxes = building.table.boxes[:objects].astype(np.float32)
    unit = rng.uniform(-0.5, 0.5, (objects, POINTS, 3)).astype(np.float32)
    side = rng.integers(0, 3, (objects, POINTS, 1))
    np.put_along_axis(unit, side, np.copysign(0.5, np.take_along_axis(unit, side, 2)), 2)
    xyz = (boxes[:, None, :3] + unit * boxes[:, None, 3:]).reshape(-1, 3)
    rgb = np.repeat(building.rgb[:objects].astype(np.uint8), POINTS, 0)
    on_points, on_superpoints = _diagonal(objects, POINTS, bool), _diagonal(objects, SUPERPOINTS, np.float32)
    labels = [CATEGORIES[i] for i in building.table.names[:objects].argmax(1)]
    return Scene(
        cloud=PointCloud(xyz, rgb),
        superpoints=np.repeat(np.arange(objects * SUPERPOINTS, dtype=np.int32), POINTS // SUPERPOINTS),
        superpoint_features=rng.normal(size=(objects * SUPERPOINTS, superpoint_channels)).astype(np.float32),
        instances=[
            Instance(object_id(k), label, 0.9, on_points[k], boxes[k, :3], boxes[k, 3:])
            for k, label in enumerate(labels)
        ],
        object_masks=on_superpoints,
        object_features=np.abs(rng.normal(size=(objects, object_channels))).astype(np.float32),
        object_boxes=boxes,
        T_aligned_world=np.eye(4),
    )


def _diagonal(rows: int, each: int, dtype: type) -> np.ndarray:
    """(rows, rows * each): 1 at ``each`` places of each row, those of the next row after them."""
    line = np.zeros(2 * rows * each, dtype)
    line[rows * each : (rows + 1) * each] = 1
    step = line.itemsize
    return as_strided(line[rows * each :], (rows, rows * each), (-each * step, step), writeable=False)
