"""Open shelves and bookcases that stand on the floor; their boards carry things."""

from __future__ import annotations

import numpy as np

from .palette import ALL_COLORS, paint, pick, plain
from .shapes import Shape
from .storage import body_paint
from .variants import variant

Rng = np.random.Generator


def shelf(rng: Rng) -> Shape:
    """Open shelves standing on the floor; the boards carry things.  The leaning ladder shelf is held out."""
    return variant(rng, (_plain_shelf, _plain_shelf, _plain_shelf, _cube_shelf, _trolley), _ladder_shelf)(rng, "shelf")


def bookcase(rng: Rng) -> Shape:
    return variant(rng, (_plain_shelf, _plain_shelf, _cube_shelf), _ladder_shelf)(rng, "bookcase")


def _cube_shelf(rng: Rng, category: str) -> Shape:
    """A grid of square compartments, some closed by a door."""
    color, material, body = body_paint(rng)
    shape = Shape(category, color, "wooden")
    n, m, side, d, t = (
        int(rng.integers(2, 5)),
        int(rng.integers(2, 5)),
        rng.uniform(0.32, 0.38),
        rng.uniform(0.3, 0.4),
        0.025,
    )
    w, h = n * side, m * side
    shape.box((0, -d / 2 + 0.004, h / 2), (w, 0.008, h), body.darker(0.85))
    for i in range(n + 1):
        shape.box((i * side - w / 2, 0, (h + t) / 2), (t, d, h + t), body)
    for k in range(m + 1):
        shape.box((0, 0, k * side + t / 2), (w, d, t), body)
    for i in range(n):
        for k in range(m):
            x, z = (i + 0.5) * side - w / 2, (k + 0.5) * side
            if rng.random() < 0.15:
                face = body if rng.random() < 0.5 else paint(rng, pick(rng, ALL_COLORS), "wooden")
                shape.box((x, d / 2, z + t / 2), (side - t - 0.01, 0.015, side - t - 0.01), face)
            else:
                shape.surface((x, 0, k * side + t), side - t - 0.03, d - 0.04, side - t - 0.03, "shelf")
    return shape.surface((0, 0, h + t), w, d, 1.0)


def _trolley(rng: Rng, category: str) -> Shape:
    """Two or three trays between four posts, on castors."""
    color = pick(rng, ("grey", "black", "white", "green", "blue"))
    metal = paint(rng, color, "metal")
    shape = Shape(category, color, "metal")
    w, d, h = rng.uniform(0.4, 0.8), rng.uniform(0.3, 0.45), rng.uniform(0.7, 1.0)
    for x in (-1, 1):
        for y in (-1, 1):
            shape.bar((x * w / 2, y * d / 2, 0.05), (x * w / 2, y * d / 2, h + 0.06), 0.025, metal, round=True)
            shape.ellipsoid((x * w / 2, y * d / 2, 0.03), (0.06, 0.06, 0.06), plain(rng, "black"))
    levels = np.linspace(0.15, h, int(rng.integers(2, 4)))
    for z in levels:
        shape.box((0, 0, z), (w, d, 0.015), metal)
        for y in (-1, 1):
            shape.box((0, y * d / 2, z + 0.025), (w, 0.01, 0.05), metal)
        room = float(levels[1] - levels[0]) - 0.05 if z < h else 1.0
        shape.surface((0, 0, z + 0.008), w - 0.06, d - 0.06, room, "shelf")
    return shape


def _ladder_shelf(rng: Rng, category: str) -> Shape:
    """Steps of growing depth between two leaning rails."""
    color, material, body = body_paint(rng)
    shape = Shape(category, color, material)
    w, d, h = rng.uniform(0.5, 0.8), rng.uniform(0.4, 0.5), rng.uniform(1.5, 1.9)
    for x in (-1, 1):
        shape.bar((x * w / 2, d / 2, 0), (x * w / 2, -d / 2, h), 0.035, body)
    levels = np.linspace(0.25, h - 0.3, 4)
    for z in levels:
        deep = d * (1 - z / h) + 0.06
        shape.box((0, -d / 2 + deep / 2, z), (w - 0.03, deep, 0.02), body)
        shape.surface(
            (0, -d / 2 + deep / 2, z + 0.01), w - 0.08, deep - 0.02, float(levels[1] - levels[0]) - 0.05, "shelf"
        )
    return shape


def _plain_shelf(rng: Rng, category: str) -> Shape:
    color = pick(rng, ("brown", "brown", "white", "white", "black", "grey", "red"))
    material = "metal" if color in ("grey", "black") and rng.random() < 0.5 else "wooden"
    body = paint(rng, color, material)
    shape = Shape(category, color, material)
    w, d, h = rng.uniform(0.5, 1.3), rng.uniform(0.24, 0.42), rng.uniform(0.8, 2.1)
    n = max(2, round(h / rng.uniform(0.3, 0.42)))
    open_frame = material == "metal" or (category == "shelf" and rng.random() < 0.3)
    if open_frame:
        for x in (-1, 1):
            for y in (-1, 1):
                shape.box((x * (w / 2 - 0.015), y * (d / 2 - 0.015), h / 2), (0.03, 0.03, h), body)
    else:
        for x in (-1, 1):
            shape.box((x * (w / 2 - 0.01), 0, h / 2), (0.02, d, h), body)
        if rng.random() < 0.8:
            shape.box((0, -d / 2 + 0.004, h / 2), (w, 0.008, h), body.darker(0.85))
    for i in range(n + 1):
        z = 0.06 + i * (h - 0.08) / n
        shape.box((0, 0, z), (w - 0.02, d, 0.02), body)
        if i < n or h < 1.5:
            room = (h - 0.08) / n - 0.03 if i < n else 1.0
            shape.surface((0, 0, z + 0.01), w - 0.06, d - 0.03, room, "shelf" if i < n else "top")
    return shape
