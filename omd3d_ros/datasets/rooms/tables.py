"""Tables and what stores things: desks, cabinets, shelves, wardrobes."""

from __future__ import annotations

import numpy as np

from .palette import ALL_COLORS, PLANKS, Paint, paint, pick, plain, wood
from .shapes import Shape

Rng = np.random.Generator


def _top_paint(rng: Rng, wooden: float = 0.65) -> tuple[Paint, str, str]:
    if rng.random() < wooden:
        body = wood(rng)
        if rng.random() < 0.5:
            body = body.with_(texture=PLANKS, scale=rng.uniform(3, 8))
        return body, "brown", "wooden"
    color = pick(rng, ("white", "white", "black", "grey", "beige", "red", "blue", "green"))
    material = "wooden" if rng.random() < 0.4 else "plastic"
    return plain(rng, color), color, material


def _legs(rng: Rng, shape: Shape, w: float, d: float, h: float, body: Paint, thick: float) -> None:
    """Four corner legs, two trestle panels, or splayed legs under a top of w by d whose underside is at h."""
    style = pick(rng, ("corner", "corner", "corner", "panel", "splay"))
    if style == "panel":
        for x in (-1, 1):
            shape.box((x * (w / 2 - thick), 0, h / 2), (thick * 0.6, d * 0.86, h), body)
        shape.box((0, 0, h * 0.6), (w - 2 * thick, thick * 0.5, h * 0.25), body)
        return
    out = 0.0 if style == "corner" else rng.uniform(0.04, 0.12)
    for x in (-1, 1):
        for y in (-1, 1):
            px, py = x * (w / 2 - thick * 0.6 - out), y * (d / 2 - thick * 0.6 - out)
            shape.bar((px + x * out, py + y * out, 0), (px, py, h), thick, body, round=out > 0)
    if style == "corner" and rng.random() < 0.7:
        apron, drop = thick * 0.35, rng.uniform(0.05, 0.1)
        for y in (-1, 1):
            shape.box((0, y * (d / 2 - thick * 0.6), h - drop / 2), (w - 2 * thick, apron, drop), body)
        for x in (-1, 1):
            shape.box((x * (w / 2 - thick * 0.6), 0, h - drop / 2), (apron, d - 2 * thick, drop), body)


def dining_table(rng: Rng) -> Shape:
    top, color, material = _top_paint(rng, 0.72)
    shape = Shape("dining table", color, material)
    h, thick = rng.uniform(0.7, 0.78), rng.uniform(0.02, 0.055)
    legs = top if rng.random() < 0.75 else paint(rng, pick(rng, ("black", "white", "grey")), "metal")
    style = rng.random()
    if style < 0.24:
        r = rng.uniform(0.45, 0.75)
        stretch = 1.0 if rng.random() < 0.6 else rng.uniform(1.2, 1.6)
        shape.oval((0, 0, h - thick / 2), (2 * r * stretch, 2 * r, thick), top)
        if rng.random() < 0.5:
            shape.cylinder((0, 0, h / 2), rng.uniform(0.04, 0.07), h - thick, legs)
            shape.frustum((0, 0, 0.02), r * 0.5, r * 0.4, 0.04, legs)
        else:
            _legs(rng, shape, r * 1.3 * stretch, r * 1.3, h - thick, legs, rng.uniform(0.04, 0.07))
        return shape.surface((0, 0, h), r * 1.35 * stretch, r * 1.35)
    w, d = rng.uniform(1.0, 2.4), rng.uniform(0.72, 1.05)
    if rng.random() < 0.15:
        w = d = rng.uniform(0.75, 1.0)
    shape.box((0, 0, h - thick / 2), (w, d, thick), top)
    _legs(rng, shape, w, d, h - thick, legs, rng.uniform(0.04, 0.11))
    return shape.surface((0, 0, h), w, d)


def desk(rng: Rng) -> Shape:
    top, color, material = _top_paint(rng, 0.5)
    shape = Shape("desk", color, material)
    w, d, h = rng.uniform(1.0, 1.7), rng.uniform(0.55, 0.8), rng.uniform(0.7, 0.77)
    shape.box((0, 0, h - 0.0125), (w, d, 0.025), top)
    legs = top if rng.random() < 0.4 else plain(rng, pick(rng, ("black", "white", "grey")))
    if rng.random() < 0.5:
        side = rng.choice([-1, 1])
        shape.box((side * (w / 2 - 0.2), 0, (h - 0.025) / 2), (0.4, d * 0.92, h - 0.025), legs)
        for k in range(3):
            z = 0.08 + k * (h - 0.1) / 3 + (h - 0.1) / 6
            shape.box(
                (side * (w / 2 - 0.2), d * 0.46 + 0.008, z), (0.37, 0.016, (h - 0.1) / 3 - 0.015), legs.darker(1.12)
            )
            shape.box((side * (w / 2 - 0.2), d * 0.46 + 0.025, z + 0.03), (0.12, 0.015, 0.012), plain(rng, "grey"))
        shape.box((-side * (w / 2 - 0.015), 0, (h - 0.025) / 2), (0.03, d * 0.92, h - 0.025), legs)
    else:
        _legs(rng, shape, w, d, h - 0.025, legs, rng.uniform(0.035, 0.06))
    return shape.surface((0, 0, h), w, d)


def coffee_table(rng: Rng) -> Shape:
    top, color, material = _top_paint(rng, 0.6)
    if rng.random() < 0.12:
        top, color, material = plain(rng, "grey", gloss=0.75), "grey", "glass"
    shape = Shape("coffee table", color, material)
    h = rng.uniform(0.32, 0.48)
    legs = top if rng.random() < 0.6 else plain(rng, "black")
    if rng.random() < 0.3:
        r = rng.uniform(0.3, 0.5)
        shape.cylinder((0, 0, h - 0.015), r, 0.03, top)
        _legs(rng, shape, r * 1.3, r * 1.3, h - 0.03, legs, 0.035)
        return shape.surface((0, 0, h), r * 1.35, r * 1.35)
    w, d = rng.uniform(0.7, 1.3), rng.uniform(0.45, 0.7)
    shape.box((0, 0, h - 0.018), (w, d, 0.036), top)
    _legs(rng, shape, w, d, h - 0.036, legs, rng.uniform(0.03, 0.07))
    if rng.random() < 0.4:
        shape.box((0, 0, h * 0.35), (w * 0.9, d * 0.85, 0.02), legs)
    return shape.surface((0, 0, h), w, d)


def side_table(rng: Rng) -> Shape:
    top, color, material = _top_paint(rng, 0.6)
    shape = Shape("side table", color, material)
    w, h = rng.uniform(0.35, 0.55), rng.uniform(0.45, 0.65)
    shape.box((0, 0, h - 0.012), (w, w, 0.024), top)
    _legs(rng, shape, w, w, h - 0.024, top, 0.03)
    return shape.surface((0, 0, h), w, w)


def _fronts(rng: Rng, shape: Shape, w: float, d: float, low: float, high: float, face: Paint, drawers: bool) -> None:
    """Doors or drawers with gaps and handles on the +y side of a box."""
    metal = plain(rng, pick(rng, ("grey", "grey", "black", "beige")), gloss=0.1)
    bar = rng.random() < 0.7
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
        shape.box(center, size, face)
        if bar:
            shape.box(grip, (0.16, 0.012, 0.012), metal)
        else:
            shape.box(grip, (0.014, 0.014, 0.1), metal)


def cabinet(rng: Rng, width: float | None = None, height: float | None = None) -> Shape:
    """A free-standing cupboard, sideboard or chest, with doors or drawers."""
    color = pick(rng, ("brown", "brown", "white", "white", "grey", "black", "red", "blue", "green", "beige"))
    material = "metal" if color == "grey" and rng.random() < 0.5 else "wooden"
    body = paint(rng, color, material)
    shape = Shape("cabinet", color, material)
    w = width or rng.uniform(0.4, 1.4)
    d, h = rng.uniform(0.35, 0.55), height or rng.choice([rng.uniform(0.6, 1.0), rng.uniform(1.2, 1.6)])
    foot = pick(rng, (0.0, 0.05, 0.12))
    shape.box((0, 0, (foot + h) / 2), (w, d, h - foot), body)
    for x in (-1, 1):
        if foot:
            shape.box((x * (w / 2 - 0.04), 0, foot / 2), (0.05, d * 0.9, foot), body.darker())
    face = body if rng.random() < 0.8 else paint(rng, pick(rng, ALL_COLORS), "wooden")
    _fronts(rng, shape, w, d, foot + 0.01, h - 0.015, face, drawers=bool(rng.random() < 0.35))
    return shape.surface((0, 0, h), w, d, 1.2)


def nightstand(rng: Rng) -> Shape:
    shape = cabinet(rng, rng.uniform(0.38, 0.55), rng.uniform(0.42, 0.62))
    shape.category = "nightstand"
    return shape


def dresser(rng: Rng) -> Shape:
    color = pick(rng, ("brown", "white", "grey", "black"))
    body = paint(rng, color, "wooden")
    shape = Shape("dresser", color, "wooden")
    w, d, h = rng.uniform(0.8, 1.3), rng.uniform(0.42, 0.52), rng.uniform(0.75, 1.05)
    shape.box((0, 0, h / 2), (w, d, h), body)
    _fronts(rng, shape, w, d, 0.05, h - 0.02, body, drawers=True)
    return shape.surface((0, 0, h), w, d, 1.2)


def wardrobe(rng: Rng) -> Shape:
    color = pick(rng, ("brown", "white", "white", "grey", "black"))
    body = paint(rng, color, "wooden")
    shape = Shape("wardrobe", color, "wooden")
    w, d, h = rng.uniform(0.9, 1.9), rng.uniform(0.5, 0.62), rng.uniform(1.8, 2.2)
    shape.box((0, 0, h / 2), (w, d, h), body)
    _fronts(rng, shape, w, d, 0.06, h - 0.03, body, drawers=False)
    return shape


def shelf(rng: Rng, category: str = "shelf") -> Shape:
    """Open shelves standing on the floor; the boards carry things."""
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


def bookcase(rng: Rng) -> Shape:
    return shelf(rng, "bookcase")


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
