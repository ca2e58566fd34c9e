"""Spatial relations between objects, each answered clearly yes (1), clearly no (-1), or open to doubt (0)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .room import Room, RoomObject


class Space:
    """Measures objects of one room, as seen by a viewer where one is given.

    ``T_world_viewer`` (4, 4): x right, y forward, z up, heading horizontal.
    """

    def __init__(self, room: Room, T_world_viewer: np.ndarray | None = None) -> None:
        self.room = room
        self._into_view = np.eye(4) if T_world_viewer is None else np.linalg.inv(np.asarray(T_world_viewer, float))

    def view(self, thing: RoomObject) -> np.ndarray:
        """Centre (3,) in the viewer's frame: right, forward, up."""
        return self._into_view[:3, :3] @ thing.center + self._into_view[:3, 3]

    def reach(self, thing: RoomObject) -> np.ndarray:
        """Half extent (3,) of the box along the viewer's axes."""
        return np.abs(self._into_view[:3, :3]) @ (thing.size / 2)

    def gap(self, a: RoomObject, b: RoomObject) -> float:
        """Metres between the two boxes, 0 when they touch."""
        return float(np.linalg.norm(np.maximum(0.0, np.abs(a.center - b.center) - (a.size + b.size) / 2)))

    def apart(self, a: RoomObject, b: RoomObject) -> float:
        """What people compare when they say nearest: the gap, and a little of the centre distance."""
        return self.gap(a, b) + 0.3 * float(np.linalg.norm(a.center - b.center))

    def corner_distance(self, thing: RoomObject) -> tuple[float, float]:
        """Gaps to the nearest wall along x and along y."""
        low, high = thing.low[:2], self.room.size[:2] - thing.high[:2]
        gaps = np.maximum(0.0, np.minimum(low, high))
        return float(gaps[0]), float(gaps[1])


Relation = Callable[[Space, RoomObject, RoomObject], int]


def near(space: Space, a: RoomObject, b: RoomObject) -> int:
    if a.on == b.id or b.on == a.id:
        return 0
    return _graded(space.gap(a, b), 0.3, 0.7)


def on(space: Space, a: RoomObject, b: RoomObject) -> int:
    if a.on == b.id:
        return 1
    carrier = a.on
    while carrier is not None:
        if carrier == b.id:
            return 0
        carrier = space.room.object(carrier).on
    return -1


def under(space: Space, a: RoomObject, b: RoomObject) -> int:
    inside = np.all(np.abs(a.center - b.center)[:2] < b.size[:2] / 2)
    if a.on is not None or a.mount != "floor" or a.high[2] > b.high[2] + 0.02:
        return -1 if a.on is None or a.center[2] > b.center[2] else 0
    if inside:
        return 1
    return 0 if space.gap(a, b) < 0.05 else -1


def above(space: Space, a: RoomObject, b: RoomObject) -> int:
    if a.on == b.id:
        return 0
    aside = np.maximum(0.0, np.abs(a.center - b.center)[:2] - (a.size + b.size)[:2] / 2)
    if a.low[2] > b.high[2] + 0.02 and aside.max() < 0.02:
        return 1
    return 0 if a.center[2] > b.high[2] and aside.max() < 0.5 else -1


def left(space: Space, a: RoomObject, b: RoomObject) -> int:
    return _side(space, a, b, -1.0)


def right(space: Space, a: RoomObject, b: RoomObject) -> int:
    return _side(space, a, b, 1.0)


def _side(space: Space, a: RoomObject, b: RoomObject, sign: float) -> int:
    across, along, up = space.view(a) - space.view(b)
    reach = space.reach(b) + space.reach(a)
    beyond = sign * across
    if beyond < 0.05:
        return -1
    if beyond > max(0.12, 0.6 * reach[0]) and abs(along) < 0.6 + 0.8 * beyond and space.gap(a, b) < 2.0:
        return 1 if abs(up) < 1.0 else 0
    return 0


def front(space: Space, a: RoomObject, b: RoomObject) -> int:
    across, along, _ = _facing(space, a, b)
    return _depth_order(space, a, b, across, -along)


def behind(space: Space, a: RoomObject, b: RoomObject) -> int:
    across, along, _ = _facing(space, a, b)
    return _depth_order(space, a, b, across, along)


def _facing(space: Space, a: RoomObject, b: RoomObject) -> np.ndarray:
    """Offset of a from b: along b's own back-to-front axis where it stands at a wall, else as the viewer sees it."""
    if b.wall is None:
        return space.view(a) - space.view(b)
    offset = a.center - b.center
    inward = np.array([(0, 1), (-1, 0), (0, -1), (1, 0)][b.wall], float)
    along = float(offset[:2] @ inward)
    across = float(offset[0] * inward[1] - offset[1] * inward[0])
    return np.array([across, -along, offset[2]])


def _depth_order(space: Space, a: RoomObject, b: RoomObject, across: float, beyond: float) -> int:
    if beyond < 0.05:
        return -1
    wide = float(max(b.size[:2]) / 2)
    if beyond > 0.25 and abs(across) < max(wide, 0.3) + 0.1 and space.gap(a, b) < 1.6 and a.on != b.id:
        return 1
    return 0


def left_end(space: Space, a: RoomObject, b: RoomObject) -> int:
    return _end(space, a, b, -1.0)


def right_end(space: Space, a: RoomObject, b: RoomObject) -> int:
    return _end(space, a, b, 1.0)


def _end(space: Space, a: RoomObject, b: RoomObject, sign: float) -> int:
    across, along, _ = space.view(a) - space.view(b)
    half = space.reach(b)
    if half[0] < 1.15 * half[1]:
        return 0
    place = sign * across / half[0]
    if 0.6 < place < 1.9 and abs(along) < half[1] * 0.75:
        return 1
    return -1 if place < 0.4 or space.gap(a, b) > 0.9 else 0


def between(space: Space, a: RoomObject, b: RoomObject, c: RoomObject) -> int:
    axis = (c.center - b.center)[:2]
    length = float(np.linalg.norm(axis))
    if length < 0.3:
        return 0
    offset = (a.center - b.center)[:2]
    t = float(offset @ axis) / length**2
    aside = abs(float(offset[0] * axis[1] - offset[1] * axis[0])) / length
    if 0.2 < t < 0.8 and aside < 0.25 * length and aside < 0.6:
        return 1
    return -1 if not 0.0 < t < 1.0 or aside > 0.5 * length else 0


def in_corner(space: Space, a: RoomObject) -> int:
    gaps = space.corner_distance(a)
    if max(gaps) < 0.35:
        return 1
    return -1 if max(gaps) > 0.8 else 0


def on_wall(space: Space, a: RoomObject) -> int:
    if a.mount == "wall":
        return 1
    return -1 if a.wall is None or a.mount in ("on", "floor") else 0


def against_wall(space: Space, a: RoomObject) -> int:
    if a.mount not in ("floor", "built-in"):
        return 0 if a.mount == "wall" else -1
    return _graded(min(space.corner_distance(a)), 0.12, 0.5)


def _graded(value: float, yes: float, no: float) -> int:
    return 1 if value < yes else (-1 if value > no else 0)


# name -> (relation, needs a viewer)
PAIRS: dict[str, tuple[Relation, bool]] = {
    "near": (near, False), "on": (on, False), "under": (under, False), "above": (above, False), "left": (left, True),
    "right": (right, True), "front": (front, True), "behind": (behind, True), "left end": (left_end, True),
    "right end": (right_end, True),
}  # fmt: skip
ALONE = {"corner": in_corner, "wall": on_wall, "against": against_wall}
