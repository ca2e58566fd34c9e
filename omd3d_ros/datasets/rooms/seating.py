"""Things to sit and lie on."""

from __future__ import annotations

import numpy as np

from .palette import ALL_COLORS, fabric, paint, pick, plain, wood
from .shapes import Shape, rotation
from .variants import variant

Rng = np.random.Generator


def stool(rng: Rng) -> Shape:
    """On four legs or on one column; the three-legged one is held out."""
    return variant(rng, (_four_legged_stool, _four_legged_stool, _column_stool), _three_legged_stool)(rng)


def _stool_shape(rng: Rng):
    color = "brown" if rng.random() < 0.5 else pick(rng, ALL_COLORS)
    material = "wooden" if color == "brown" else pick(rng, ("wooden", "plastic", "metal"))
    h = rng.choice([rng.uniform(0.42, 0.5), rng.uniform(0.6, 0.75)])
    return Shape("stool", color, material), paint(rng, color, material), rng.uniform(0.15, 0.2), h


def _column_stool(rng: Rng) -> Shape:
    shape, body, r, h = _stool_shape(rng)
    metal = plain(rng, pick(rng, ("grey", "black")), gloss=0.15)
    shape.cylinder((0, 0, 0.015), r * 1.1, 0.03, metal)
    shape.cylinder((0, 0, h / 2 - 0.02), 0.025, h - 0.04, metal)
    shape.cylinder((0, 0, h - 0.03), r, rng.uniform(0.03, 0.09), body)
    if h > 0.6:
        shape.tube((0, 0, h * 0.35), r * 0.8, r * 0.8, 0.02, metal)
        if rng.random() < 0.5:
            shape.box((0, -r * 0.9, h + 0.08), (r * 1.5, 0.02, 0.16), body, rotation(roll=0.15))
    return shape


def _three_legged_stool(rng: Rng) -> Shape:
    shape, body, r, h = _stool_shape(rng)
    shape.cylinder((0, 0, h - 0.02), r, 0.04, body)
    for k in range(3):
        c, s = np.cos(2.1 * k), np.sin(2.1 * k)
        shape.bar((r * c, r * s, 0), (0.5 * r * c, 0.5 * r * s, h - 0.03), 0.04, body, round=True)
    return shape


def _four_legged_stool(rng: Rng) -> Shape:
    shape, body, r, h = _stool_shape(rng)
    if rng.random() < 0.6:
        shape.cylinder((0, 0, h - 0.015), r, 0.03, body)
    else:
        shape.box((0, 0, h - 0.015), (2 * r, 1.6 * r, 0.03), body)
    for sx in (-1, 1):
        for sy in (-1, 1):
            shape.bar((sx * r * 0.9, sy * r * 0.75, 0), (sx * r * 0.6, sy * r * 0.5, h - 0.02), 0.03, body)
    if rng.random() < 0.5:
        shape.box((0, 0, h * 0.35), (r * 1.5, 0.02, 0.02), body)
    return shape


def pouf(rng: Rng) -> Shape:
    """A padded block or drum without legs or back."""
    color = pick(rng, ALL_COLORS)
    cloth = fabric(rng, color)
    shape = Shape("pouf", color, "fabric")
    r, h = rng.uniform(0.2, 0.34), rng.uniform(0.28, 0.44)
    style = rng.integers(3)
    if style == 0:
        shape.box((0, 0, h / 2), (2 * r, 2 * r * rng.uniform(0.8, 1), h), cloth)
    elif style == 1:
        shape.cylinder((0, 0, h * 0.45), r, h * 0.9, cloth)
        shape.ellipsoid((0, 0, h * 0.9), (2 * r, 2 * r, h * 0.2), cloth)
    else:
        shape.ellipsoid((0, 0, h * 0.45), (2.4 * r, 2.4 * r, h * 0.9), cloth)
        shape.ellipsoid((0, -r * 0.4, h * 0.8), (1.7 * r, 1.3 * r, h * 0.9), cloth)
    return shape


def sofa(rng: Rng) -> Shape:
    """Two or three seats with arms, or with a long chaise at one end; the frame sofa of wood is held out."""
    return variant(rng, (_block_sofa, _block_sofa, _corner_sofa), _frame_sofa)(rng, int(rng.integers(2, 4)))


def armchair(rng: Rng) -> Shape:
    return variant(rng, (_block_sofa, _block_sofa, _wing_chair), _frame_sofa)(rng, 1)


def _corner_sofa(rng: Rng, seats: int) -> Shape:
    shape = _block_sofa(rng, seats)
    low, high = shape.bounds()
    side, cloth = rng.choice([-1, 1]), shape.parts[0][-1]
    seat, wide, reach = shape.surfaces[0].center[2], rng.uniform(0.7, 0.9), rng.uniform(0.5, 0.9)
    x = side * (high[0] - wide / 2)
    shape.box((x, high[1] + reach / 2, seat / 2 + 0.02), (wide, reach, seat - 0.04), cloth)
    shape.box((x, high[1] + reach / 2, seat - 0.03), (wide - 0.02, reach - 0.02, 0.1), cloth.darker(1.08))
    shape.tags.add("corner sofa")
    return shape


def _frame_sofa(rng: Rng, seats: int) -> Shape:
    """Loose cushions in an open frame of wooden bars."""
    color = pick(rng, ("grey", "beige", "blue", "green", "red", "brown", "yellow"))
    cloth, frame = fabric(rng, color), wood(rng)
    shape = Shape("sofa" if seats > 1 else "armchair", color, "fabric")
    w, d, seat, top = seats * 0.62 + 0.08, rng.uniform(0.7, 0.8), 0.42, rng.uniform(0.75, 0.9)
    for x in (-w / 2, w / 2):
        for y, z in ((-d / 2, top), (d / 2, 0.6)):
            shape.bar((x, y, 0), (x, y, z), 0.05, frame)
        shape.box((x, 0, 0.61), (0.07, d + 0.06, 0.03), frame)
        shape.box((x, 0, seat - 0.14), (0.04, d, 0.06), frame)
    for y in (-d / 2, d / 2):
        shape.box((0, y, seat - 0.14), (w, 0.04, 0.07), frame)
    shape.box((0, -d / 2, top - 0.04), (w, 0.03, 0.06), frame)
    for i in range(seats):
        x = (i + 0.5 - seats / 2) * 0.62
        shape.box((x, 0.03, seat - 0.05), (0.6, d - 0.1, 0.13), cloth)
        shape.box((x, -d / 2 + 0.12, (seat + top) / 2 + 0.02), (0.58, 0.14, top - seat), cloth, rotation(roll=0.2))
    shape.aside["rail"] = (-d / 2, top, w * 0.9)
    return shape.surface((0, 0.1, seat + 0.015), w - 0.2, d - 0.3, 0.6, "seat")


def _wing_chair(rng: Rng, seats: int) -> Shape:
    """A high back with wings, on feet."""
    color = pick(rng, ALL_COLORS)
    cloth = fabric(rng, color)
    shape = Shape("armchair", color, "fabric")
    w, d, seat, top = rng.uniform(0.66, 0.8), rng.uniform(0.68, 0.8), 0.43, rng.uniform(0.95, 1.12)
    for x in (-1, 1):
        for y in (-1, 1):
            shape.bar((x * w * 0.42, y * d * 0.42, 0), (x * w * 0.38, y * d * 0.38, 0.2), 0.045, wood(rng), round=True)
        shape.box((x * (w / 2 - 0.05), 0.04, 0.4), (0.1, d * 0.85, 0.42), cloth)
        shape.box((x * (w / 2 - 0.04), -d * 0.32, top - 0.25), (0.08, 0.26, 0.45), cloth, rotation(yaw=-x * 0.2))
    shape.box((0, 0, 0.27), (w - 0.1, d, 0.16), cloth.darker(0.9))
    shape.box((0, 0.05, seat - 0.04), (w - 0.2, d - 0.1, 0.12), cloth)
    shape.box((0, -d / 2 + 0.06, (0.3 + top) / 2), (w - 0.06, 0.13, top - 0.3), cloth, rotation(roll=0.12))
    shape.aside["rail"] = (-d / 2, top, w * 0.7)
    return shape.surface((0, 0.1, seat + 0.02), w - 0.25, d - 0.35, 0.5, "seat")


def _block_sofa(rng: Rng, seats: int) -> Shape:
    color = pick(rng, ("grey", "beige", "brown", "black", "blue", "red", "green", "white", "grey"))
    material = "leather" if rng.random() < 0.3 else "fabric"
    body = plain(rng, color) if material == "leather" else fabric(rng, color)
    shape = Shape("sofa" if seats > 1 else "armchair", color, material)
    d, seat, arm = rng.uniform(0.78, 0.98), rng.uniform(0.38, 0.46), rng.uniform(0.12, 0.24)
    inner = seats * rng.uniform(0.55, 0.68)
    w, top = inner + 2 * arm, rng.uniform(0.72, 0.95)
    foot = rng.uniform(0.03, 0.14)
    shape.box((0, 0, (foot + seat - 0.13) / 2 + foot / 2), (w, d, seat - 0.13 - foot), body.darker(0.9))
    back = rng.uniform(0.16, 0.26)
    for i in range(seats):
        x = -inner / 2 + (i + 0.5) * inner / seats
        shape.box((x, back / 2, seat - 0.065), (inner / seats - 0.012, d - back, 0.13), body)
        shape.box(
            (x, -d / 2 + back * 0.75, (seat + top) / 2 + 0.03),
            (inner / seats - 0.015, back * 0.8, top - seat),
            body,
            rotation(roll=0.14),
        )
    shape.box((0, -d / 2 + back * 0.3, top / 2 + foot / 2), (w, back * 0.6, top - foot - 0.06), body)
    armtop = rng.uniform(seat + 0.08, seat + 0.24)
    for x in (-1, 1):
        shape.box((x * (w - arm) / 2, 0, (foot + armtop) / 2), (arm, d, armtop - foot), body)
        for y in (-1, 1):
            shape.box((x * (w / 2 - 0.06), y * (d / 2 - 0.06), foot / 2), (0.05, 0.05, foot), wood(rng, dark=True))
    shape.aside["rail"] = (-d / 2 + back * 0.3, top + foot / 2, inner)
    return shape.surface((0, back / 2, seat), inner, d - back, 0.6, "seat")


def bench(rng: Rng) -> Shape:
    body = wood(rng)
    shape = Shape("bench", "brown", "wooden")
    w, d, h = rng.uniform(0.9, 1.5), rng.uniform(0.3, 0.42), rng.uniform(0.42, 0.48)
    shape.box((0, 0, h - 0.02), (w, d, 0.04), body)
    for x in (-1, 1):
        shape.box((x * (w / 2 - 0.08), 0, (h - 0.04) / 2), (0.05, d * 0.9, h - 0.04), body)
    if rng.random() < 0.35:
        top = rng.uniform(0.75, 0.95)
        for z in np.arange(h + 0.1, top, 0.12):
            shape.box((0, -d / 2 - 0.03, z), (w, 0.02, 0.07), body, rotation(roll=0.12))
        for x in (-1, 1):
            shape.bar((x * w * 0.45, -d / 2, h), (x * w * 0.45, -d / 2 - 0.05, top), 0.04, body)
        shape.aside["rail"] = (-d / 2 - 0.04, top, w)
    return shape.surface((0, 0, h), w, d, 0.8, "seat")


def bed(rng: Rng) -> Shape:
    """With a headboard; some with a footboard of bars; the four-poster is held out."""
    return variant(rng, (_plain_bed, _plain_bed, _barred_bed), _four_poster)(rng)


def _barred_bed(rng: Rng) -> Shape:
    shape = _plain_bed(rng)
    w, length, _ = shape.footprint()
    metal = plain(rng, pick(rng, ("black", "white", "grey", "brown")), gloss=0.1)
    y, top = length / 2 - 0.03, rng.uniform(0.65, 0.9)
    shape.path(((-w / 2, y, 0), (-w / 2, y, top), (w / 2, y, top), (w / 2, y, 0)), 0.035, metal)
    for x in np.linspace(-w / 2, w / 2, 8)[1:-1]:
        shape.bar((x, y, 0.25), (x, y, top), 0.02, metal, round=True)
    shape.aside["rail"] = (y, top, w)
    return shape


def _four_poster(rng: Rng) -> Shape:
    shape = _plain_bed(rng)
    w, length, _ = shape.footprint()
    body, top = wood(rng), rng.uniform(1.8, 2.1)
    corners = [(x * w / 2, y * length / 2) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))]
    for (x, y), (to_x, to_y) in zip(corners[:-1], corners[1:], strict=True):
        shape.bar((x, y, 0), (x, y, top), 0.06, body)
        shape.bar((x, y, top), (to_x, to_y, top), 0.05, body)
    return shape


def _plain_bed(rng: Rng) -> Shape:
    color = pick(rng, ("white", "grey", "blue", "beige", "green", "red", "pink", "purple", "yellow"))
    cover, frame = fabric(rng, color), paint(rng, pick(rng, ("brown", "brown", "white", "black", "grey")), "wooden")
    shape = Shape("bed", color, "fabric")
    w, length, h = pick(rng, (0.9, 1.2, 1.4, 1.6, 1.8)) + 0.06, rng.uniform(1.95, 2.1), rng.uniform(0.4, 0.6)
    shape.box((0, 0, h * 0.35), (w, length, h * 0.35), frame)
    sheet = plain(rng, "white", texture=5)
    shape.box((0, 0, h * 0.72), (w - 0.04, length - 0.04, h * 0.42), sheet)
    fold = rng.uniform(0.25, 0.5)
    shape.box((0, fold / 2, h * 0.76), (w + 0.02, length - fold, h * 0.5 + 0.04), cover)
    head = rng.uniform(0.8, 1.15)
    shape.box((0, -length / 2 - 0.02, head / 2), (w + 0.04, 0.05, head), frame)
    for x in (-1, 1):
        for y in (-1, 1):
            shape.box((x * (w / 2 - 0.06), y * (length / 2 - 0.06), h * 0.09), (0.07, 0.07, h * 0.18), frame)
    shape.surface((0, -length / 2 + 0.22, h * 0.93), w - 0.1, 0.36, 0.8, "pillow")
    return shape.surface((0, 0.15, h * 1.01 + 0.02), w * 0.9, length * 0.5, 0.8, "seat")
