"""Tables and what stores things: desks, cabinets, shelves, wardrobes."""

from __future__ import annotations

import numpy as np

from .palette import PLANKS, Paint, paint, pick, plain, wood
from .shapes import Shape
from .variants import variant

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
    """Round, oval, square or long, on corner legs, a column or panels; the trestle table is held out."""
    return variant(rng, (_legged_table, _legged_table, _legged_table, _round_table, _column_table), _trestle_table)(rng)


def _table_shape(rng: Rng) -> tuple[Shape, Paint, Paint, float, float]:
    """An empty dining table, the paints of its top and legs, its height and the thickness of its top."""
    top, color, material = _top_paint(rng, 0.72)
    if rng.random() < 0.07:
        top, color, material = plain(rng, "grey", gloss=0.7), "grey", "glass"
    legs = (
        top
        if rng.random() < 0.75 and material != "glass"
        else paint(rng, pick(rng, ("black", "white", "grey")), "metal")
    )
    return Shape("dining table", color, material), top, legs, rng.uniform(0.7, 0.78), rng.uniform(0.02, 0.055)


def _round_table(rng: Rng) -> Shape:
    shape, top, legs, h, thick = _table_shape(rng)
    r = rng.uniform(0.4, 0.75)
    stretch = 1.0 if rng.random() < 0.6 else rng.uniform(1.2, 1.7)
    shape.tags.add("round")
    shape.oval((0, 0, h - thick / 2), (2 * r * stretch, 2 * r, thick), top)
    style = rng.integers(3)
    if style == 0:
        shape.cylinder((0, 0, h / 2), rng.uniform(0.04, 0.07), h - thick, legs)
        shape.frustum((0, 0, 0.02), r * 0.5, r * 0.4, 0.04, legs)
    elif style == 1:
        shape.cylinder((0, 0, h / 2 + 0.1), 0.05, h - 0.2 - thick, legs)
        for k in range(int(rng.integers(3, 5))):
            c, s = r * 0.6 * np.cos(2 * k), r * 0.6 * np.sin(2 * k)
            shape.bar((0, 0, 0.2), (c, s, 0.02), 0.05, legs)
    else:
        _legs(rng, shape, r * 1.3 * stretch, r * 1.3, h - thick, legs, rng.uniform(0.04, 0.07))
    return shape.surface((0, 0, h), r * 1.35 * stretch, r * 1.35)


def _legged_table(rng: Rng) -> Shape:
    shape, top, legs, h, thick = _table_shape(rng)
    w, d = rng.uniform(1.0, 2.4), rng.uniform(0.72, 1.05)
    if rng.random() < 0.15:
        w = d = rng.uniform(0.7, 1.0)
    shape.box((0, 0, h - thick / 2), (w, d, thick), top)
    if rng.random() < 0.2:
        border = top.darker(0.85)
        for y in (-1, 1):
            shape.box((0, y * (d - 0.1) / 2, h - thick / 2), (w + 0.004, 0.1, thick + 0.002), border)
            shape.box((y * (w - 0.1) / 2, 0, h - thick / 2), (0.1, d + 0.004, thick + 0.002), border)
    _legs(rng, shape, w, d, h - thick, legs, rng.uniform(0.04, 0.11))
    if rng.random() < 0.15:
        face, metal = top.darker(1.1), plain(rng, "grey")
        for x in (-0.25, 0.25):
            shape.box((x * w, d / 2 - 0.01, h - thick - 0.05), (w * 0.4, 0.03, 0.09), face)
            shape.ellipsoid((x * w, d / 2 + 0.012, h - thick - 0.05), (0.03, 0.03, 0.03), metal)
    return shape.surface((0, 0, h), w, d)


def _column_table(rng: Rng) -> Shape:
    """One or two columns on crossed feet under a square or long top."""
    shape, top, legs, h, thick = _table_shape(rng)
    w, d = rng.uniform(0.65, 1.8), rng.uniform(0.65, 0.85)
    shape.box((0, 0, h - thick / 2), (w, d, thick), top)
    columns = (0.0,) if w < 1.1 else (-w * 0.28, w * 0.28)
    for x in columns:
        shape.bar((x, 0, 0), (x, 0, h - thick), rng.uniform(0.05, 0.09), legs, round=bool(rng.random() < 0.6))
        shape.box((x, 0, 0.02), (0.07, d * 0.8, 0.04), legs)
        if len(columns) == 1:
            shape.box((x, 0, 0.02), (w * 0.8, 0.07, 0.04), legs)
    if len(columns) == 2 and rng.random() < 0.5:
        shape.box((0, 0, 0.2), (w * 0.56, 0.04, 0.08), legs)
    return shape.surface((0, 0, h), w, d)


def _trestle_table(rng: Rng) -> Shape:
    """A board on two A-shaped trestles, or with X-shaped ends."""
    shape, top, legs, h, thick = _table_shape(rng)
    w, d, under = rng.uniform(1.2, 2.2), rng.uniform(0.7, 0.95), h - thick
    shape.box((0, 0, h - thick / 2), (w, d, thick), top)
    crossed = rng.random() < 0.5
    for x in (-w * 0.38, w * 0.38):
        for y in (-1, 1):
            high = -y if crossed else y * 0.15
            for aside in (0.0,) if crossed else (-0.09, 0.09):
                shape.bar((x + aside, y * d * 0.42, 0), (x, high * d * 0.42, under), 0.05, legs)
    shape.box((0, 0, under * (0.5 if crossed else 0.3)), (w * 0.76, 0.03, 0.06), legs)
    return shape.surface((0, 0, h), w, d)


def desk(rng: Rng) -> Shape:
    """On legs, with a block of drawers, or between panels; some have a raised board at the back."""
    top, color, material = _top_paint(rng, 0.5)
    shape = Shape("desk", color, material)
    w, d, h = rng.uniform(0.9, 1.8), rng.uniform(0.5, 0.8), rng.uniform(0.7, 0.77)
    shape.box((0, 0, h - 0.0125), (w, d, 0.025), top)
    under = h - 0.025
    legs = top if rng.random() < 0.4 else plain(rng, pick(rng, ("black", "white", "grey")))
    style = rng.random()
    if style < 0.45:
        side = rng.choice([-1, 1])
        shape.box((side * (w / 2 - 0.2), 0, under / 2), (0.4, d * 0.92, under), legs)
        for k in range(3):
            z = 0.08 + (k + 0.5) * (h - 0.1) / 3
            front = (0.37, 0.016, (h - 0.1) / 3 - 0.015)
            shape.box((side * (w / 2 - 0.2), d * 0.46 + 0.008, z), front, legs.darker(1.12))
            shape.box((side * (w / 2 - 0.2), d * 0.46 + 0.025, z + 0.03), (0.12, 0.015, 0.012), plain(rng, "grey"))
        shape.box((-side * (w / 2 - 0.015), 0, under / 2), (0.03, d * 0.92, under), legs)
    elif style < 0.6:
        for x in (-1, 1):
            shape.bar((x * (w / 2 - 0.15), 0, 0.04), (x * (w / 2 - 0.15), 0, under), 0.08, legs)
            shape.box((x * (w / 2 - 0.15), 0, 0.02), (0.08, d * 0.9, 0.04), legs)
        shape.box((0, -d * 0.3, h * 0.65), (w * 0.8, 0.02, 0.3), legs)
    else:
        _legs(rng, shape, w, d, under, legs, rng.uniform(0.035, 0.06))
        if rng.random() < 0.4:
            shape.box((0, d * 0.4, under - 0.05), (w * 0.6, 0.02, 0.09), top.darker(1.1))
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
        shape.tags.add("round")
        shape.cylinder((0, 0, h - 0.015), r, 0.03, top)
        _legs(rng, shape, r * 1.3, r * 1.3, h - 0.03, legs, 0.035)
        return shape.surface((0, 0, h), r * 1.35, r * 1.35)
    w, d = rng.uniform(0.6, 1.3), rng.uniform(0.4, 0.75)
    if rng.random() < 0.15:
        shape.box((0, 0, h / 2), (w * 0.9, d * 0.9, h - 0.02), legs)
        shape.box((0, 0, h - 0.018), (w, d, 0.036), top)
        return shape.surface((0, 0, h), w, d)
    shape.box((0, 0, h - 0.018), (w, d, 0.036), top)
    _legs(rng, shape, w, d, h - 0.036, legs, rng.uniform(0.03, 0.07))
    if rng.random() < 0.4:
        shape.box((0, 0, h * 0.35), (w * 0.9, d * 0.85, 0.02), legs)
    return shape.surface((0, 0, h), w, d)


def side_table(rng: Rng) -> Shape:
    top, color, material = _top_paint(rng, 0.6)
    shape = Shape("side table", color, material)
    w, h = rng.uniform(0.35, 0.55), rng.uniform(0.45, 0.65)
    if rng.random() < 0.4:
        shape.tags.add("round")
        shape.cylinder((0, 0, h - 0.012), w / 2, 0.024, top)
        shape.cylinder((0, 0, h / 2), 0.025, h - 0.02, top)
        shape.cylinder((0, 0, 0.012), w * 0.35, 0.024, top)
        return shape.surface((0, 0, h), w * 0.68, w * 0.68)
    shape.box((0, 0, h - 0.012), (w, w, 0.024), top)
    _legs(rng, shape, w, w, h - 0.024, top, 0.03)
    return shape.surface((0, 0, h), w, w)
