"""Where things stand: a room being furnished, which refuses what would overlap or stick out."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .palette import Paint
from .shapes import PRIMITIVE, Shape, Surface, moved, rotation


@dataclass
class Placed:
    """A shape put into the room; ``mount`` says how: floor, on (another object), wall, built-in."""

    id: int
    shape: Shape
    position: np.ndarray
    yaw: float
    mount: str
    on: int | None
    primitives: np.ndarray

    def to_world(self, local) -> np.ndarray:
        return rotation(yaw=self.yaw) @ np.asarray(local, float) + self.position


@dataclass(frozen=True)
class Taken:
    """A turned box that something fills: middle, half extents and yaw on the floor, heights, and whose it is."""

    x: float
    y: float
    half_x: float
    half_y: float
    yaw: float
    low: float
    high: float
    id: int

    def kept_by(self, id: int) -> Taken:
        """The same place as the object's own, a few millimetres smaller, so that neighbours may touch."""
        return Taken(self.x, self.y, self.half_x - 0.004, self.half_y - 0.004, self.yaw, self.low, self.high, id)


class Layout:
    """Keeps the room's primitives and the footprints that are taken.  x in 0..size[0], y in 0..size[1]."""

    def __init__(self, rng: np.random.Generator, size: tuple[float, float, float]) -> None:
        self.rng = rng
        self.size = np.asarray(size, float)
        self.structure: list[np.ndarray] = []
        self.placed: list[Placed] = []
        self._taken: list[Taken] = []

    # Four walls by number: 0 at y = 0, 1 at x = W, 2 at y = D, 3 at x = 0; each faces into the room.
    def wall(self, k: int) -> tuple[np.ndarray, float, float]:
        """Middle of the wall at the floor (3,), the yaw that turns +y into the room, and the wall's length."""
        w, d = self.size[:2]
        mid = np.array([(w / 2, 0, 0), (w, d / 2, 0), (w / 2, d, 0), (0, d / 2, 0)][k], float)
        return mid, (0.0, np.pi / 2, np.pi, -np.pi / 2)[k], w if k % 2 == 0 else d

    def build(self, center, size, paint: Paint, turn: np.ndarray | None = None) -> None:
        """A part of the house itself (object id 0)."""
        self.structure.append(Shape("structure", paint.color, "").box(center, size, paint, turn).primitives())

    def put(
        self, shape: Shape, position, yaw: float = 0.0, *, mount: str = "floor", on: int | None = None,
        beside: tuple[int, ...] = (), solid: bool = True, check: bool = True,
    ) -> Placed | None:  # fmt: skip
        """Place a shape; None when it would leave the room or meet something outside ``beside`` and ``on``."""
        position = np.asarray(position, float)
        local = shape.primitives()
        low, high = shape.bounds()
        turn = rotation(yaw=yaw)
        x, y = (turn @ ((low + high) / 2))[:2] + position[:2]
        half_x, half_y, _ = (high - low) / 2
        mine = Taken(x, y, half_x, half_y, yaw, position[2] + low[2], position[2] + high[2], 0)
        if check and not (self._inside(mine) and self._is_free(mine, {*beside, on})):
            return None
        new = Placed(
            len(self.placed) + 1, shape, position, yaw, mount, on, moved(local, position, turn, len(self.placed) + 1)
        )
        self.placed.append(new)
        if solid:
            self._taken.append(mine.kept_by(new.id))
        return new

    def _inside(self, box: Taken) -> bool:
        c, s = abs(math.cos(box.yaw)), abs(math.sin(box.yaw))
        reach_x, reach_y = c * box.half_x + s * box.half_y, s * box.half_x + c * box.half_y
        w, d, h = self.size
        along_x = box.x - reach_x >= -0.012 and box.x + reach_x <= w + 0.012
        along_y = box.y - reach_y >= -0.012 and box.y + reach_y <= d + 0.012
        return along_x and along_y and box.high <= h + 0.01

    def _is_free(self, box: Taken, allowed: set[int | None]) -> bool:
        for other in self._taken:
            if other.id in allowed or box.low > other.high - 0.008 or box.high < other.low + 0.008:
                continue
            if _overlap(box, other):
                return False
        return True

    def keep_free(self, center, half, yaw: float = 0.0, height: float = 1.9, low: float = 0.02) -> None:
        """No object may stand between the heights ``low`` and ``height`` here (the swing of a door)."""
        (x, y), (half_x, half_y) = np.asarray(center, float)[:2].tolist(), np.asarray(half, float).tolist()
        self._taken.append(Taken(x, y, half_x, half_y, yaw, low, height, -1))

    def against(self, shape: Shape, k: int, s: float, z: float = 0.0, gap: float = 0.0, **options) -> Placed | None:
        """Put a shape's back to wall k, ``s`` metres along from the wall's middle."""
        mid, yaw, _ = self.wall(k)
        low, _ = shape.bounds()
        at = mid + rotation(yaw=yaw) @ np.array([s, -low[1] + gap, 0.0])
        at[2] = z
        return self.put(shape, at, yaw, **options)

    def somewhere_along(
        self, shape: Shape, walls=(0, 1, 2, 3), tries: int = 14, z: float = 0.0, **options
    ) -> Placed | None:
        """Back to some wall, wherever it fits."""
        width = shape.footprint()[0]
        for _ in range(tries):
            k = int(self.rng.choice(walls))
            reach = self.wall(k)[2] / 2 - width / 2 - 0.02
            if reach < 0:
                continue
            gap = 0.0 if options.get("mount") == "wall" else self.rng.uniform(0.0, 0.04)
            new = self.against(shape, k, self.rng.uniform(-reach, reach), z, gap, **options)
            if new is not None:
                return new
        return None

    def somewhere(self, shape: Shape, tries: int = 12, yaw: float | None = None, **options) -> Placed | None:
        """On the floor, away from the walls."""
        for _ in range(tries):
            at = np.append(self.rng.uniform(0.25, 0.75, 2) * self.size[:2], 0.0)
            new = self.put(shape, at, self.rng.uniform(-np.pi, np.pi) if yaw is None else yaw, **options)
            if new is not None:
                return new
        return None

    def set_on(
        self, shape: Shape, support: Placed, surface: Surface, tries: int = 8, yaw: float | None = None, *,
        at=None, beside: tuple[int, ...] = (), lift: float = 0.0,
    ) -> Placed | None:  # fmt: skip
        """Rest a shape on one surface of a placed object, inside its edges.

        ``at`` (2,) asks for a place on the surface, from its middle; ``lift`` holds it metres above.
        """
        low, high = shape.bounds()
        if high[2] > surface.headroom:
            return None
        half, middle = (high - low)[:2] / 2, (low + high) / 2
        for _ in range(tries):
            turn = self._some_turn(surface) if yaw is None else yaw
            c, s = abs(np.cos(turn)), abs(np.sin(turn))
            free = np.array(
                [surface.width / 2 - (c * half[0] + s * half[1]), surface.depth / 2 - (s * half[0] + c * half[1])]
            )
            if (free < 0).any():
                return None
            spot = self.rng.uniform(-free, free) if at is None else np.clip(at, -free, free)
            offset = spot - (rotation(yaw=turn) @ middle)[:2]
            place = support.to_world(np.array([*offset, lift]) + np.asarray(surface.center))
            place[2] -= low[2]
            new = self.put(shape, place, support.yaw + turn, mount="on", on=support.id, beside=beside)
            if new is not None:
                return new
        return None

    def _some_turn(self, surface: Surface) -> float:
        """About straight, seldom anyhow; straighter on shelves."""
        if surface.use == "shelf":
            return float(self.rng.normal(0, 0.12))
        if self.rng.random() < 0.3:
            return float(self.rng.uniform(-np.pi, np.pi))
        return float(self.rng.normal(0, 0.35))

    def primitives(self) -> np.ndarray:
        parts = self.structure + [p.primitives for p in self.placed]
        return np.concatenate(parts) if parts else np.zeros(0, PRIMITIVE)


def _overlap(a: Taken, b: Taken) -> bool:
    """Separating-axis test of two turned rectangles."""
    dx, dy = b.x - a.x, b.y - a.y
    if dx * dx + dy * dy > (a.half_x + a.half_y + b.half_x + b.half_y) ** 2:
        return False
    across, along = abs(math.cos(b.yaw - a.yaw)), abs(math.sin(b.yaw - a.yaw))
    for p, q in ((a, b), (b, a)):
        c, s = math.cos(p.yaw), math.sin(p.yaw)
        if abs(dx * c + dy * s) >= p.half_x + across * q.half_x + along * q.half_y:
            return False
        if abs(dy * c - dx * s) >= p.half_y + along * q.half_x + across * q.half_y:
            return False
    return True
