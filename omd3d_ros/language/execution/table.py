"""The objects of a scene as arrays: all that a query program is executed on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ..program import COLORS, MATERIALS, SHAPES
from .gaps import SurfaceGaps
from .nearby import close_pairs


@dataclass
class ObjectTable:
    """K objects in the room frame: metres, z up, the floor at z = 0, x and y along the walls.

    boxes (K, 6): centre + size; exists (K,) 0..1.  Probabilities: names (K, C) of each of ``categories``, colors
    (K, 12), materials (K, 10) and shapes (K, 2) in the order of ``language.program``; a row of zeros: not known.
    low_high (2, 2): xy of the room's walls.  viewer (2,) and heading (2,) unit: xy, None where nobody looks.
    supports (K, K) 0..1: i rests on, or stands in, j; None: worked out from the boxes.  mounts: floor, on (another
    object), wall or built-in, each None where it is not known.  gaps (K, K): metres between surfaces, an array or
    what is indexed as one; None: boxes'.  called: what an answer calls objects in place of their likeliest names.
    Raises ValueError for arrays that do not fit together.
    """

    boxes: np.ndarray
    exists: np.ndarray
    categories: tuple[str, ...]
    names: np.ndarray
    colors: np.ndarray
    materials: np.ndarray
    shapes: np.ndarray
    low_high: np.ndarray
    viewer: np.ndarray | None = None
    heading: np.ndarray | None = None
    supports: np.ndarray | None = None
    mounts: Sequence[str | None] | None = None
    gaps: np.ndarray | SurfaceGaps | None = None
    called: Mapping[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        k = len(self.boxes)
        self.boxes = np.asarray(self.boxes, float).reshape(k, 6)
        shapes = {
            "exists": (k,), "names": (k, len(self.categories)), "colors": (k, len(COLORS)),
            "materials": (k, len(MATERIALS)), "shapes": (k, len(SHAPES)), "low_high": (2, 2), "viewer": (2,),
            "heading": (2,), "supports": (k, k), "gaps": (k, k),
        }  # fmt: skip
        for name, shape in shapes.items():
            value = getattr(self, name)
            if value is None:
                continue
            value = value if isinstance(value, SurfaceGaps) else np.asarray(value, float)
            if value.shape != shape:
                raise ValueError(f"{name} of {k} objects must be {shape}, got {value.shape}")
            setattr(self, name, value)
        if self.mounts is not None and len(self.mounts) != k:
            raise ValueError(f"mounts of {k} objects must be as many, got {len(self.mounts)}")

    def __len__(self) -> int:
        return len(self.boxes)

    @property
    def center(self) -> np.ndarray:
        return self.boxes[:, :3]

    @property
    def size(self) -> np.ndarray:
        return self.boxes[:, 3:]

    @cached_property
    def low(self) -> np.ndarray:
        return self.center - self.size / 2

    @cached_property
    def high(self) -> np.ndarray:
        return self.center + self.size / 2

    @cached_property
    def wall_gaps(self) -> np.ndarray:
        """(K, 4) metres from the walls at low y, high x, high y, low x, negative for what sticks into them."""
        (x0, y0), (x1, y1) = self.low_high
        low, high = self.low, self.high
        return np.stack([low[:, 1] - y0, x1 - high[:, 0], y1 - high[:, 1], low[:, 0] - x0], 1)

    @cached_property
    def supports_twice(self) -> np.ndarray:
        """(K, K): on how many things that rest on j does i rest, by the known ``supports``."""
        assert self.supports is not None
        return self.supports @ self.supports

    @cached_property
    def carried(self) -> np.ndarray:
        """(K,) 0..1: another object is under its bottom."""
        points = np.concatenate([self.center, np.zeros((len(self), 3))], 1)
        i, j = close_pairs(points, self.boxes, 0.0)
        point, middle, bottom = self.center[i, :2], self.center[i, 2], self.low[i, 2]
        over = ((point > self.low[j, :2]) & (point < self.high[j, :2])).all(1)
        over &= (bottom < self.high[j, 2] + 0.08) & (bottom > self.low[j, 2] - 0.05)
        over &= (middle > self.center[j, 2]) | (bottom > self.low[j, 2] + 0.06)
        over &= i != j
        carried = np.zeros(len(self))
        np.maximum.at(carried, i[over], self.exists[j[over]])
        return carried

    def calling(self, names: Mapping[int, str]) -> ObjectTable:
        """The same objects, measured no second time, some of which are called by other names than the likeliest."""
        other = copy(self)
        other.called = names
        return other

    def view(self) -> View:
        """Where the viewer stands; in the room's middle looking along +y where there is none."""
        position = self.low_high.mean(0) if self.viewer is None else self.viewer
        heading = np.array([0.0, 1.0]) if self.heading is None else self.heading / np.linalg.norm(self.heading)
        return View(position, heading)


@dataclass(frozen=True)
class View:
    """Somebody at ``position`` (2,) looking along ``heading`` (2,) unit; ``target`` (2,): the point they look at."""

    position: np.ndarray
    heading: np.ndarray
    target: np.ndarray | None = None

    def axes(self) -> np.ndarray:
        """(2, 2): to the right and ahead, in the room."""
        return np.array([[self.heading[1], -self.heading[0]], self.heading])

    def offsets(self, table: ObjectTable) -> np.ndarray:
        """(K, 2) metres from the viewer to the objects' centres: to the right, ahead."""
        return (table.center[:, :2] - self.position) @ self.axes().T

    def at(self, position: np.ndarray, middle: np.ndarray) -> View:
        """Moved, looking at what they looked at or else to the room's middle."""
        ahead = middle if self.target is None else self.target
        return View(position, _towards(position, ahead, self.heading), self.target)

    def facing(self, target: np.ndarray) -> View:
        return View(self.position, _towards(self.position, target, self.heading), target)


def _towards(start: np.ndarray, end: np.ndarray, otherwise: np.ndarray) -> np.ndarray:
    step = np.asarray(end, float) - start
    length = float(np.linalg.norm(step))
    return step / length if length > 0.05 else otherwise
