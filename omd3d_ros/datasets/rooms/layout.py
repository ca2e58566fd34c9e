"""Where things stand: a room being furnished, which refuses what would overlap or stick out."""

from __future__ import annotations

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


class Layout:
    """Keeps the room's primitives and the footprints that are taken.  x in 0..size[0], y in 0..size[1]."""

    def __init__(self, rng: np.random.Generator, size: tuple[float, float, float]) -> None:
        self.rng = rng
        self.size = np.asarray(size, float)
        self.structure: list[np.ndarray] = []
        self.placed: list[Placed] = []
        self._taken: list[tuple[np.ndarray, np.ndarray, float, float, float, int]] = []

    # Four walls by number: 0 at y = 0, 1 at x = W, 2 at y = D, 3 at x = 0; each faces into the room.
    def wall(self, k: int) -> tuple[np.ndarray, float, float]:
        """Middle of the wall at the floor (3,), the yaw that turns +y into the room, and the wall's length."""
        w, d = self.size[:2]
        mid = np.array([(w / 2, 0, 0), (w, d / 2, 0), (w / 2, d, 0), (0, d / 2, 0)][k], float)
        return mid, (0.0, np.pi / 2, np.pi, -np.pi / 2)[k], w if k % 2 == 0 else d

    def build(self, center, size, paint: Paint) -> None:
        """A part of the house itself (object id 0)."""
        self.structure.append(Shape("structure", paint.color, "").box(center, size, paint).primitives())

    def put(
        self, shape: Shape, position, yaw: float = 0.0, *, mount: str = "floor", on: int | None = None,
        beside: tuple[int, ...] = (), solid: bool = True, check: bool = True,
    ) -> Placed | None:  # fmt: skip
        """Place a shape; None when it would leave the room or meet something outside ``beside`` and ``on``."""
        position = np.asarray(position, float)
        local = shape.primitives()
        low, high = shape.bounds()
        turn = rotation(yaw=yaw)
        middle = (turn @ ((low + high) / 2))[:2] + position[:2]
        half = (high - low)[:2] / 2
        z_low, z_high = position[2] + low[2], position[2] + high[2]
        corners = _corners(middle, half, yaw)
        if check:
            if corners.min() < -0.012 or (corners > self.size[:2] + 0.012).any() or z_high > self.size[2] + 0.01:
                return None
            allowed = {*beside, on}
            for other, other_half, other_yaw, other_low, other_high, other_id in self._taken:
                if other_id in allowed or z_low > other_high - 0.008 or z_high < other_low + 0.008:
                    continue
                if _overlap(middle, half, yaw, other, other_half, other_yaw):
                    return None
        new = Placed(
            len(self.placed) + 1, shape, position, yaw, mount, on, moved(local, position, turn, len(self.placed) + 1)
        )
        self.placed.append(new)
        if solid:
            self._taken.append((middle, half - 0.004, yaw, z_low, z_high, new.id))
        return new

    def keep_free(self, center, half, yaw: float = 0.0, height: float = 1.9) -> None:
        """No object may stand here (the swing of a door)."""
        self._taken.append((np.asarray(center, float)[:2], np.asarray(half, float), yaw, 0.02, height, -1))

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
        self, shape: Shape, support: Placed, surface: Surface, tries: int = 8, yaw: float | None = None
    ) -> Placed | None:
        """Rest a shape on one surface of a placed object, inside its edges."""
        low, high = shape.bounds()
        if high[2] > surface.headroom:
            return None
        for _ in range(tries):
            turn = self.rng.normal(0, 0.35) if yaw is None else yaw
            if surface.use == "shelf":
                turn *= 0.3
            c, s = abs(np.cos(turn)), abs(np.sin(turn))
            half = (high - low)[:2] / 2
            free = np.array(
                [surface.width / 2 - (c * half[0] + s * half[1]), surface.depth / 2 - (s * half[0] + c * half[1])]
            )
            if (free < 0).any():
                return None
            offset = self.rng.uniform(-free, free) - (rotation(yaw=turn) @ ((low + high) / 2))[:2]
            at = support.to_world(np.array([*offset, 0.0]) + np.asarray(surface.center))
            at[2] -= low[2]
            new = self.put(shape, at, support.yaw + turn, mount="on", on=support.id)
            if new is not None:
                return new
        return None

    def primitives(self) -> np.ndarray:
        parts = self.structure + [p.primitives for p in self.placed]
        return np.concatenate(parts) if parts else np.zeros(0, PRIMITIVE)


def _corners(middle: np.ndarray, half: np.ndarray, yaw: float) -> np.ndarray:
    axes = rotation(yaw=yaw)[:2, :2]
    signs = np.array([(-1, -1), (-1, 1), (1, 1), (1, -1)]) * half
    return middle + signs @ axes.T


def _overlap(a, a_half, a_yaw, b, b_half, b_yaw) -> bool:
    """Separating-axis test of two turned rectangles."""
    p, q = _corners(a, a_half, a_yaw), _corners(b, b_half, b_yaw)
    for yaw in (a_yaw, b_yaw):
        for axis in rotation(yaw=yaw)[:2, :2].T:
            u, v = p @ axis, q @ axis
            if u.max() <= v.min() or v.max() <= u.min():
                return False
    return True
