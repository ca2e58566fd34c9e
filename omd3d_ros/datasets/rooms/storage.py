"""What stores things behind doors and in drawers: cabinets, dressers, wardrobes, tv stands."""

from __future__ import annotations

import numpy as np

from .palette import ALL_COLORS, Paint, paint, pick, plain
from .shapes import Shape, rotation
from .variants import variant

Rng = np.random.Generator


def fronts(rng: Rng, shape: Shape, w: float, d: float, low: float, high: float, face: Paint, drawers: bool) -> None:
    """Doors or drawers with gaps and handles on the +y side of a box."""
    metal = plain(rng, pick(rng, ("grey", "grey", "black", "beige")), gloss=0.1)
    style = int(rng.integers(3)) if rng.random() < 0.5 else 0
    bar = style == 0
    n = max(1, round((high - low) / 0.24)) if drawers else max(1, round(w / rng.uniform(0.42, 0.62)))
    for i in range(n):
        if drawers:
            each = (high - low) / n
            center, size = (0.0, d / 2 + 0.009, low + (i + 0.5) * each), (w - 0.012, 0.018, each - 0.01)
            grip = (0.0, d / 2 + 0.03, low + (i + 0.72) * each)
        else:
            each = w / n
            x = -w / 2 + (i + 0.5) * each
            center, size = (x, d / 2 + 0.009, (low + high) / 2), (each - 0.008, 0.018, high - low - 0.008)
            side = 0.0 if bar else (1 if i % 2 == 0 else -1) * (each / 2 - 0.05)
            grip = (x + side, d / 2 + 0.03, high - 0.07)
        if rng.random() < 0.03:
            _stand_open(rng, shape, np.array(center), size, face, drawers)
            continue
        shape.box(center, size, face)
        if style == 2:
            continue
        if bar:
            shape.box(grip, (0.16, 0.012, 0.012), metal)
        else:
            shape.box(grip, (0.014, 0.014, 0.1), metal)


def _stand_open(rng: Rng, shape: Shape, center: np.ndarray, size, face: Paint, drawer: bool) -> None:
    """A drawer pulled out, or a door swung open, whose closed front has this centre and size (3,)."""
    width, thick, height = size
    inside = face.darker(0.55)
    shape.box(center, (width, 0.006, height), inside)
    if drawer:
        out = rng.uniform(0.08, 0.28)
        shape.box(center + [0, out, 0], size, face)
        shape.box(center + [0, out / 2, 0.03 - height / 2], (width * 0.92, out, 0.012), inside)
        for x in (-0.46, 0.46):
            shape.box(center + [x * width, out / 2, 0], (0.012, out, height * 0.7), inside)
        return
    side, swing = float(rng.choice([-1, 1])), rng.uniform(0.3, 1.6)
    turn = rotation(yaw=-side * swing)
    hinge = center + [side * width / 2, thick / 2, 0]
    shape.box(hinge + turn @ np.array([-side * width / 2, 0, 0]), size, face, turn)


def cabinet(rng: Rng) -> Shape:
    """A free-standing cupboard, sideboard or chest: closed, half open, with glass; stacked cubes are held out."""
    return variant(rng, (closed_cabinet, closed_cabinet, closed_cabinet, _half_open_cabinet, _glass_cabinet), _cubes)(
        rng
    )


def body_paint(rng: Rng) -> tuple[str, str, Paint]:
    """Colour, material and paint of a piece of storage furniture."""
    color = pick(rng, ("brown", "brown", "brown", "white", "white", "grey", "black", "red", "blue", "green", "beige"))
    material = "metal" if color == "grey" and rng.random() < 0.5 else "wooden"
    return color, material, paint(rng, color, material)


def closed_cabinet(rng: Rng, width: float | None = None, height: float | None = None) -> Shape:
    """Doors, drawers, or drawers over doors, on feet, on a plinth or on tall legs."""
    color, material, body = body_paint(rng)
    shape = Shape("cabinet", color, material)
    w = width or rng.choice([rng.uniform(0.4, 1.4), rng.uniform(0.3, 0.5), rng.uniform(1.4, 2.0)])
    d, h = rng.uniform(0.3, 0.55), height or rng.choice([rng.uniform(0.6, 1.0), rng.uniform(1.2, 1.6)])
    foot = pick(rng, (0.0, 0.05, 0.12, 0.2 if h > 0.6 else 0.05))
    shape.box((0, 0, (foot + h) / 2), (w, d, h - foot), body)
    for x in (-1, 1):
        if foot > 0.1:
            for y in (-1, 1):
                shape.box((x * (w / 2 - 0.04), y * (d / 2 - 0.04), foot / 2), (0.04, 0.04, foot), body.darker())
        elif foot:
            shape.box((x * (w / 2 - 0.04), 0, foot / 2), (0.05, d * 0.9, foot), body.darker())
    if rng.random() < 0.3:
        shape.box((0, 0.005, h + 0.012), (w + 0.04, d + 0.03, 0.024), body.darker(0.85))
        h += 0.024
    face = body if rng.random() < 0.8 else paint(rng, pick(rng, ALL_COLORS), "wooden")
    low, high = foot + 0.01, h - 0.035
    split = high - rng.uniform(0.14, 0.22) if rng.random() < 0.3 else None
    if split is not None:
        fronts(rng, shape, w, d, split, high, face, drawers=True)
    fronts(rng, shape, w, d, low, split or high, face, drawers=bool(split is None and rng.random() < 0.35))
    return shape.surface((0, 0, h), w, d, 1.2)


def _half_open_cabinet(rng: Rng) -> Shape:
    """Open compartments above, or at one side of, closed ones."""
    color, material, body = body_paint(rng)
    shape = Shape("cabinet", color, material)
    w, d, h, t = rng.uniform(0.6, 1.6), rng.uniform(0.3, 0.45), rng.uniform(0.7, 1.9), 0.022
    inside = body.darker(0.75)
    shape.box((0, -d / 2 + 0.005, h / 2), (w, 0.01, h), inside)
    for x in (-1, 1):
        shape.box((x * (w - t) / 2, 0, h / 2), (t, d, h), body)
    for z in (0.05, h - t / 2):
        shape.box((0, 0, z), (w - 2 * t, d, t), body)
    if h > 1.1 or rng.random() < 0.4:
        split = h * rng.uniform(0.35, 0.6)
        shape.box((0, 0, split / 2), (w - 2 * t, d - 0.01, split), body)
        fronts(rng, shape, w - 2 * t, d, 0.06, split, body, drawers=rng.random() < 0.4)
        boards = np.linspace(split, h - t, max(2, round((h - split) / 0.34)) + 1)[:-1]
        x0, wide = 0.0, w - 2 * t
    else:
        wide = w * rng.uniform(0.35, 0.5)
        side = rng.choice([-1, 1])
        x0 = side * (w / 2 - t - wide / 2)
        closed = w - wide - 3 * t
        shape.add(
            _door_block(rng, closed, d - 0.01, h - 0.08, body), (x0 - side * (wide / 2 + t + closed / 2), 0, 0.06)
        )
        boards = np.linspace(0.06, h - t, 3)[:-1]
    gap = float(boards[1] - boards[0]) if len(boards) > 1 else h - float(boards[0])
    for z in boards:
        shape.box((x0, 0, z), (wide, d - 0.01, t), body)
        shape.surface((x0, 0, z + t / 2), wide - 0.03, d - 0.04, gap - 0.04, "shelf")
    return shape.surface((0, 0, h), w, d, 1.2)


def _door_block(rng: Rng, w: float, d: float, h: float, face: Paint) -> Shape:
    block = Shape("", face.color, "wooden").box((0, 0, h / 2), (w, d, h), face)
    fronts(rng, block, w, d, 0.0, h, face, drawers=rng.random() < 0.4)
    return block


def _glass_cabinet(rng: Rng) -> Shape:
    """A showcase: shelves behind panes in narrow frames."""
    color, material, body = body_paint(rng)
    shape = Shape("cabinet", color, material, tags={"glass front"})
    w, d, h, t = rng.uniform(0.5, 1.1), rng.uniform(0.3, 0.42), rng.uniform(1.2, 1.95), 0.025
    for x in (-1, 1):
        shape.box((x * (w - t) / 2, 0, h / 2), (t, d, h), body)
    shape.box((0, -d / 2 + 0.005, h / 2), (w, 0.01, h), body.darker(0.8))
    n = int(rng.integers(3, 5))
    for i, z in enumerate(np.linspace(0.08, h - t / 2, n + 1)):
        shape.box((0, 0, z), (w - 2 * t, d - 0.02, t), body)
        if i < n:
            shape.surface((0, -0.02, z + t / 2), w - 0.1, d - 0.1, (h - 0.1) / n - 0.04, "shelf")
    for share in (-0.5, -0.02, 0.02, 0.5):
        shape.box((share * (w - 0.04), d / 2, h / 2 + 0.03), (0.035, 0.018, h - 0.08), body)
    for z in (0.08, h - 0.03):
        shape.box((0, d / 2, z), (w, 0.018, 0.05), body)
    return shape.surface((0, 0, h), w, d, 0.8)


def _cubes(rng: Rng) -> Shape:
    """Open boxes stacked side by side, not all equally high."""
    color, material, body = body_paint(rng)
    shape = Shape("cabinet", color, material)
    side, d, t = rng.uniform(0.33, 0.42), rng.uniform(0.3, 0.4), 0.02
    columns = int(rng.integers(1, 4))
    for i in range(columns):
        x = (i - (columns - 1) / 2) * side
        rows = int(rng.integers(1, 4))
        for k in range(rows):
            for end in (-1, 1):
                shape.box((x + end * (side - t) / 2, 0, (k + 0.5) * side), (t, d, side), body)
                shape.box((x, 0, (k + 0.5) * side + end * (side - t) / 2), (side, d, t), body)
            shape.box((x, -d / 2 + 0.005, (k + 0.5) * side), (side, 0.01, side), body.darker(0.8))
            shape.surface((x, 0, k * side + t), side - 0.06, d - 0.04, side - 0.06, "shelf")
        shape.surface((x, 0, rows * side), side, d, 1.0)
    return shape


def nightstand(rng: Rng) -> Shape:
    shape = closed_cabinet(rng, rng.uniform(0.38, 0.55), rng.uniform(0.42, 0.62))
    shape.category = "nightstand"
    return shape


def dresser(rng: Rng) -> Shape:
    color = pick(rng, ("brown", "white", "grey", "black"))
    body = paint(rng, color, "wooden")
    shape = Shape("dresser", color, "wooden")
    w, d, h = rng.uniform(0.8, 1.3), rng.uniform(0.42, 0.52), rng.uniform(0.75, 1.05)
    shape.box((0, 0, h / 2), (w, d, h), body)
    fronts(rng, shape, w, d, 0.05, h - 0.02, body, drawers=True)
    return shape.surface((0, 0, h), w, d, 1.2)


def wardrobe(rng: Rng) -> Shape:
    color = pick(rng, ("brown", "white", "white", "grey", "black"))
    body = paint(rng, color, "wooden")
    shape = Shape("wardrobe", color, "wooden")
    w, d, h = rng.uniform(0.9, 1.9), rng.uniform(0.5, 0.62), rng.uniform(1.8, 2.2)
    shape.box((0, 0, h / 2), (w, d, h), body)
    if rng.random() < 0.3:
        fronts(rng, shape, w, d, 0.06, 0.5, body, drawers=True)
        fronts(rng, shape, w, d, 0.5, h - 0.03, body, drawers=False)
    else:
        fronts(rng, shape, w, d, 0.06, h - 0.03, body, drawers=False)
    if rng.random() < 0.25:
        glass = plain(rng, "grey", gloss=0.9)
        shape.box((rng.choice([-1, 1]) * w / 4, d / 2 + 0.02, h / 2), (w * 0.35, 0.006, h * 0.75), glass)
    return shape.surface((0, 0, h), w, d, 0.5)


def built_in_closet(rng: Rng, height: float) -> Shape:
    """Doors from the floor to a ceiling at ``height``, so deep that the room becomes an L."""
    color = pick(rng, ("white", "white", "white", "brown", "grey", "beige"))
    body = paint(rng, color, "wooden")
    shape = Shape("wardrobe", color, "wooden", tags={"built-in"})
    w, d = rng.uniform(0.8, 2.0), rng.uniform(0.55, 1.3)
    shape.box((0, 0, height / 2), (w, d, height), body)
    fronts(rng, shape, w, d, 0.06, min(height - 0.02, 2.1), body, drawers=False)
    if height > 2.3:
        fronts(rng, shape, w, d, 2.12, height - 0.02, body, drawers=False)
    return shape


def tv_stand(rng: Rng) -> Shape:
    color = pick(rng, ("brown", "black", "white", "grey"))
    body = paint(rng, color, "wooden")
    shape = Shape("tv stand", color, "wooden")
    w, d, h = rng.uniform(1.0, 1.8), rng.uniform(0.35, 0.45), rng.uniform(0.35, 0.55)
    shape.box((0, 0, h - 0.015), (w, d, 0.03), body)
    shape.box((0, 0, 0.06), (w, d, 0.03), body)
    for x in (-w / 2 + 0.015, 0.0, w / 2 - 0.015):
        shape.box((x, 0, h / 2), (0.03, d - 0.01, h - 0.03), body)
    shape.box((0, -d / 2 + 0.006, h / 2), (w, 0.01, h - 0.03), body.darker())
    if rng.random() < 0.5:
        shape.box((w / 4, d / 2, h / 2 + 0.02), (w / 2 - 0.03, 0.016, h - 0.1), body)
    return shape.surface((0, 0, h), w, d)
