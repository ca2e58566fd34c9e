"""A room's ground truth as the table that query programs are executed on."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ...language.execution import ObjectTable
from ...language.program import COLORS, MATERIALS
from .lexicon import NAMES
from .room import Room, RoomObject
from .shapes import BOX

CATEGORIES = tuple(NAMES)
_ALIKE = 0.75  # ratio of the horizontal sides of what may be called round


def truth_table(
    room: Room, visible_ids: Iterable[int] | None = None, viewer: np.ndarray | None = None
) -> tuple[ObjectTable, list[int]]:
    """The objects in sight with their true attributes, each 0 or 1, and the ids of the table's rows.

    visible_ids: None for all of the room's objects.  viewer: T_world_viewer (4, 4), x right, y forward, z up, level.
    Colours and materials that programs have no word for ("colourful", "paper") are rows of zeros.
    """
    seen = {o.id for o in room.objects} if visible_ids is None else set(visible_ids)
    things = [o for o in room.objects if o.id in seen]
    ids = [o.id for o in things]
    T = None if viewer is None else np.asarray(viewer, float)
    supports = np.array([[a.on == b.id for b in things] for a in things], float).reshape(len(ids), len(ids))
    table = ObjectTable(
        boxes=np.array([[*o.center, *o.size] for o in things], float).reshape(len(ids), 6),
        exists=np.ones(len(ids)),
        categories=CATEGORIES,
        names=_one_hot([o.category for o in things], CATEGORIES),
        colors=_one_hot([o.color for o in things], COLORS),
        materials=_one_hot([o.material for o in things], MATERIALS),
        shapes=_shapes(room, things),
        low_high=np.array([[0.0, 0.0], room.size[:2]]),
        viewer=None if T is None else T[:2, 3],
        heading=None if T is None else T[:2, 1] / np.linalg.norm(T[:2, 1]),
        supports=supports,
        mounts=[o.mount for o in things],
    )
    return table, ids


def _one_hot(words: list[str], known: tuple[str, ...]) -> np.ndarray:
    return np.array([[word == k for k in known] for word in words], float).reshape(len(words), len(known))


def _shapes(room: Room, things: list[RoomObject]) -> np.ndarray:
    """(K, 2) round, rectangular: by the kind of primitive that makes up most of the surface as it would be seen."""
    owner = room.primitives["object"]
    out = np.zeros((len(things), 2))
    for row, thing in zip(out, things, strict=True):
        parts = room.primitives[owner == thing.id]
        x, y, z = parts["half"].T.astype(float)
        area = x * y + y * z + x * z
        level = np.minimum(x, y) / np.maximum(x, y) > _ALIKE
        curved = parts["kind"] != BOX
        row[0] = area[curved & level].sum() > 0.5 * area.sum()
        row[1] = area[~curved].sum() > 0.5 * area.sum()
    return out
