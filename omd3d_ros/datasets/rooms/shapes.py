"""Primitives and the objects composed of them.

Every primitive is a unit solid, scaled by ``half``, rotated and moved:
  BOX        |x|, |y|, |z| <= 1
  ELLIPSOID  x^2 + y^2 + z^2 <= 1
  FRUSTUM    |z| <= 1, radius from ends[0] at z = -1 to ends[1] at z = +1 (both 1: a cylinder)
  TUBE       the same, but hollow and open at the top
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from .palette import Paint

BOX, ELLIPSOID, FRUSTUM, TUBE = range(4)

PRIMITIVE = np.dtype(
    [
        ("kind", "i4"), ("object", "i4"), ("center", "f4", 3), ("rotation", "f4", (3, 3)), ("half", "f4", 3),
        ("ends", "f4", 2), ("rgb", "f4", 3), ("accent", "f4", 3), ("texture", "i4"), ("scale", "f4"), ("seed", "i4"),
        ("gloss", "f4"), ("emission", "f4"),
    ]
)  # fmt: skip


def rotation(roll: float = 0.0, pitch: float = 0.0, yaw: float = 0.0) -> np.ndarray:
    """(3, 3) rotation: about x by roll, then y by pitch, then z by yaw (radians)."""
    cr, sr, cp, sp, cy, sy = (f(a) for a in (roll, pitch, yaw) for f in (np.cos, np.sin))
    rx = np.array([[1, 0, 0], [0, cr, -sr], [0, sr, cr]])
    ry = np.array([[cp, 0, sp], [0, 1, 0], [-sp, 0, cp]])
    rz = np.array([[cy, -sy, 0], [sy, cy, 0], [0, 0, 1]])
    return rz @ ry @ rx


@dataclass(frozen=True)
class Surface:
    """A level rectangle of a shape that can carry things: centre, extent, free height above, and its use."""

    center: tuple[float, float, float]
    width: float
    depth: float
    headroom: float = 1.5
    use: str = "top"


@dataclass
class Shape:
    """An object at its own origin: resting at z = 0, centred in x and y, its front towards +y."""

    category: str
    color: str
    material: str
    parts: list[tuple] = field(default_factory=list)
    surfaces: list[Surface] = field(default_factory=list)
    tags: set[str] = field(default_factory=set)
    aside: dict = field(default_factory=dict)
    _built: tuple[np.ndarray, np.ndarray, np.ndarray] | None = field(default=None, repr=False)

    def box(self, center, size, paint: Paint, turn: np.ndarray | None = None) -> Shape:
        return self._add(BOX, center, np.asarray(size, float) / 2, (1, 1), paint, turn)

    def ellipsoid(self, center, size, paint: Paint, turn: np.ndarray | None = None) -> Shape:
        return self._add(ELLIPSOID, center, np.asarray(size, float) / 2, (1, 1), paint, turn)

    def cylinder(self, center, radius, height, paint: Paint, turn: np.ndarray | None = None) -> Shape:
        return self.frustum(center, radius, radius, height, paint, turn)

    def oval(self, center, size, paint: Paint) -> Shape:
        """An upright cylinder of elliptic section."""
        return self._add(FRUSTUM, center, np.asarray(size, float) / 2, (1, 1), paint, None)

    def frustum(self, center, bottom, top, height, paint: Paint, turn: np.ndarray | None = None) -> Shape:
        return self._round(FRUSTUM, center, bottom, top, height, paint, turn)

    def tube(self, center, bottom, top, height, paint: Paint, turn: np.ndarray | None = None) -> Shape:
        return self._round(TUBE, center, bottom, top, height, paint, turn)

    def bar(self, start, end, width, paint: Paint, round: bool = False) -> Shape:
        """A straight bar from start to end, square or round in section."""
        start, end = np.asarray(start, float), np.asarray(end, float)
        axis = end - start
        length = float(np.sqrt(axis @ axis))
        turn = _along(*(axis / length).tolist())
        half = np.array([width / 2, width / 2, length / 2])
        return self._add(FRUSTUM if round else BOX, (start + end) / 2, half, (1, 1), paint, turn)

    def path(self, points, width, paint: Paint) -> Shape:
        """Round bars from each point (3,) to the next."""
        for start, end in zip(points[:-1], points[1:], strict=True):
            self.bar(start, end, width, paint, round=True)
        return self

    def surface(self, center, width, depth, headroom=1.5, use="top") -> Shape:
        self.surfaces.append(
            Surface((float(center[0]), float(center[1]), float(center[2])), width, depth, headroom, use)
        )
        return self

    def _round(self, kind, center, bottom, top, height, paint, turn) -> Shape:
        widest = max(bottom, top)
        return self._add(
            kind, center, np.array([widest, widest, height / 2]), (bottom / widest, top / widest), paint, turn
        )

    def _add(self, kind, center, half, ends, paint, turn) -> Shape:
        turn = np.eye(3) if turn is None else turn
        self.parts.append((kind, np.asarray(center, float), turn, np.maximum(half, 5e-4), ends, paint))
        return self

    def primitives(self) -> np.ndarray:
        """(P,) structured PRIMITIVE array in the shape's own frame, object id 0; not to be written to."""
        if self._built is not None and len(self._built[0]) == len(self.parts):
            return self._built[0]
        out = np.zeros(len(self.parts), PRIMITIVE)
        if not self.parts:
            return out
        kind, center, turn, half, ends, paints = zip(*self.parts, strict=True)
        out["kind"], out["center"], out["rotation"], out["half"], out["ends"] = kind, center, turn, half, ends
        for name in ("rgb", "accent", "texture", "scale", "seed", "gloss", "emission"):
            out[name] = [getattr(paint, name) for paint in paints]
        self._built = (out, *bounds(out))
        return out

    def turned(self, turn: np.ndarray) -> Shape:
        """The same shape turned about its origin (3, 3) and set down again: lowest point at 0, centred, no surfaces."""
        parts = [(kind, turn @ center, turn @ own, *rest) for kind, center, own, *rest in self.parts]
        low, high = replace(self, parts=parts, _built=None).bounds()
        shift = np.array([*(low + high)[:2] / 2, low[2]])
        parts = [(kind, center - shift, *rest) for kind, center, *rest in parts]
        return Shape(self.category, self.color, self.material, parts, tags=set(self.tags), aside=dict(self.aside))

    def add(self, other: Shape, offset) -> Shape:
        """Take over the parts of another shape, moved by ``offset`` (3,)."""
        self.parts += [(kind, center + np.asarray(offset, float), *rest) for kind, center, *rest in other.parts]
        return self

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Low and high corner (3,) of the box round the shape; raises ValueError when it has no parts."""
        self.primitives()
        if self._built is None:
            raise ValueError("a shape without parts has no bounds")
        return self._built[1], self._built[2]

    def footprint(self) -> tuple[float, float, float]:
        """Width (x), depth (y) and height of the box round the shape; raises ValueError when it has no parts."""
        low, high = self.bounds()
        return float(high[0] - low[0]), float(high[1] - low[1]), float(high[2])


def _along(x: float, y: float, z: float) -> np.ndarray:
    """(3, 3) rotation whose third axis is the unit vector (x, y, z) and whose first is level where it can be."""
    if abs(y) < 0.9:
        across = math.hypot(x, z)
        a, b, c = z / across, 0.0, -x / across
    else:
        across = math.hypot(y, z)
        a, b, c = 0.0, -z / across, y / across
    return np.array([[a, y * c - z * b, x], [b, z * a - x * c, y], [c, x * b - y * a, z]])


def bounds(primitives: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Low and high corner (3,) of the axis-aligned box round the primitives."""
    if len(primitives) == 0:
        raise ValueError("no primitives to put a box round")
    reach = extents(primitives)
    center = primitives["center"].astype(np.float64)
    return (center - reach).min(0), (center + reach).max(0)


def extents(primitives: np.ndarray) -> np.ndarray:
    """(P, 3) half sizes of each primitive's own axis-aligned box, exact but for cones (their cylinder's)."""
    spans = primitives["rotation"].astype(np.float64) * primitives["half"][:, None, :]
    square = np.abs(spans).sum(2)
    ball = np.sqrt((spans**2).sum(2))
    disc = np.sqrt((spans[:, :, :2] ** 2).sum(2)) + np.abs(spans[:, :, 2])
    kind = primitives["kind"][:, None]
    return np.where(kind == BOX, square, np.where(kind == ELLIPSOID, ball, disc))


def moved(primitives: np.ndarray, position: np.ndarray, turn: np.ndarray, object_id: int) -> np.ndarray:
    """A copy turned about the origin, then moved, and marked as the object's."""
    out = primitives.copy()
    out["center"] = primitives["center"] @ turn.T.astype(np.float32) + np.asarray(position, np.float32)
    out["rotation"] = turn.astype(np.float32) @ primitives["rotation"]
    out["object"] = object_id
    return out
