"""A finished synthetic room: its primitives, its objects, and who owns a point in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from .labels import SurfaceLabels
from .plans import furnish
from .renderer import Packed
from .shapes import bounds


@dataclass(frozen=True)
class RoomObject:
    """One object: ``center`` and ``size`` (3,) of its axis-aligned box in the world, ``yaw`` of its front (+y) in it.

    ``mount`` is floor, on, wall or built-in; ``on`` the id of the object that carries it; ``wall`` the number of
    the wall that its back is near, or None.
    """

    id: int
    category: str
    color: str
    material: str
    center: np.ndarray
    size: np.ndarray
    yaw: float
    mount: str
    on: int | None
    wall: int | None
    tags: frozenset[str] = field(default_factory=frozenset)

    @property
    def low(self) -> np.ndarray:
        return self.center - self.size / 2

    @property
    def high(self) -> np.ndarray:
        return self.center + self.size / 2


@dataclass
class Room:
    """World: z up, floor at z = 0, the walls at x = 0, x = size[0], y = 0, y = size[1]."""

    seed: int
    kind: str
    size: np.ndarray
    primitives: np.ndarray
    objects: list[RoomObject]

    @cached_property
    def packed(self) -> Packed:
        return Packed.of(self.primitives)

    @cached_property
    def _labels(self) -> SurfaceLabels:
        return SurfaceLabels(self.primitives)

    def label_points(self, xyz: np.ndarray) -> np.ndarray:
        """(N,) int32: the object whose surface is nearest to each of (N, 3) points; 0 for structure or beyond 8 cm."""
        return self._labels(xyz)

    def object(self, id: int) -> RoomObject:
        return self.objects[id - 1]


def make_room(seed: int) -> Room:
    """The furnished room of this seed, always the same."""
    layout, kind = furnish(seed)
    objects = []
    for placed in layout.placed:
        low, high = bounds(placed.primitives)
        shape = placed.shape
        objects.append(
            RoomObject(
                placed.id, shape.category, shape.color, shape.material, (low + high) / 2, high - low, placed.yaw,
                placed.mount, placed.on, _wall_behind(low, high, layout.size), frozenset(shape.tags),
            )
        )  # fmt: skip
    return Room(seed, kind, layout.size.copy(), layout.primitives(), objects)


def _wall_behind(low: np.ndarray, high: np.ndarray, size: np.ndarray) -> int | None:
    gaps = np.array([low[1], size[0] - high[0], size[1] - high[1], low[0]])
    nearest = int(np.argmin(gaps))
    return nearest if gaps[nearest] < 0.12 else None
