"""Things to sit and lie on."""

from __future__ import annotations

import numpy as np

from .palette import ALL_COLORS, Paint, fabric, paint, pick, plain, wood
from .shapes import Shape, rotation

Rng = np.random.Generator


def chair(rng: Rng, style: str | None = None) -> Shape:
    """One of the constructions people call a chair; its front (where the knees go) is +y."""
    style = style or pick(
        rng, ("slats", "slats", "slats", "panel", "spindles", "shell", "frame", "frame", "office", "cushioned")
    )
    if style == "office":
        return office_chair(rng)
    if style in ("frame", "shell"):
        return _metal_chair(rng, style)
    color = "brown" if rng.random() < 0.7 else pick(rng, ALL_COLORS)
    body = paint(rng, color, "wooden")
    shape = Shape("chair", color, "wooden")
    w, d, seat = rng.uniform(0.39, 0.5), rng.uniform(0.4, 0.48), rng.uniform(0.43, 0.48)
    top, leg = rng.uniform(0.8, 1.02), rng.uniform(0.028, 0.05)
    lean = rng.uniform(0.02, 0.09)
    for x in (-w / 2 + leg / 2, w / 2 - leg / 2):
        shape.bar((x, d / 2 - leg / 2, 0), (x, d / 2 - leg / 2, seat), leg, body)
        shape.bar((x, -d / 2 + leg / 2, 0), (x, -d / 2 + leg / 2, seat), leg, body)
        shape.bar((x, -d / 2 + leg / 2, seat - 0.02), (x, -d / 2 + leg / 2 - lean, top), leg * 0.9, body)
    _seat(rng, shape, w, d, seat, body, cushioned=style == "cushioned" or rng.random() < 0.45)
    if rng.random() < 0.6:
        shape.box((0, d / 2 - leg / 2, seat - 0.06), (w - leg, leg * 0.5, 0.05), body)
        shape.box((0, -d / 2 + leg / 2, seat - 0.06), (w - leg, leg * 0.5, 0.05), body)
    _backrest(rng, shape, style, w - leg, d, seat, top, lean, leg, body)
    return shape


def _seat(rng: Rng, shape: Shape, w: float, d: float, seat: float, body: Paint, cushioned: bool) -> None:
    if cushioned:
        pad = plain(rng, pick(rng, ("brown", "black", "beige", "grey", "white", "red", "blue", "green")))
        shape.box((0, 0, seat - 0.02), (w * 0.99, d * 0.98, 0.035), body)
        shape.box((0, 0, seat + 0.015), (w * 0.92, d * 0.92, 0.045), pad)
    else:
        shape.box((0, 0, seat - 0.012), (w, d, rng.uniform(0.02, 0.04)), body)


def _backrest(rng, shape, style, w, d, seat, top, lean, leg, body) -> None:
    tilt = rotation(roll=float(np.arctan2(lean, top - seat)))

    def at(z: float) -> tuple[float, float, float]:
        return 0.0, -d / 2 + leg / 2 - lean * (z - seat) / (top - seat), z

    if style == "panel":
        low = seat + rng.uniform(0.05, 0.18)
        shape.box(at((low + top) / 2), (w, 0.02, top - low), body, tilt)
    elif style == "spindles":
        shape.box(at(top - 0.03), (w, 0.025, 0.06), body, tilt)
        n = int(rng.integers(3, 7))
        for x in np.linspace(-w / 2, w / 2, n + 2)[1:-1]:
            a, b = at(seat), at(top - 0.05)
            shape.bar((x, a[1], a[2]), (x, b[1], b[2]), rng.uniform(0.012, 0.03), body)
    elif style == "cushioned":
        low = seat + 0.08
        pad = fabric(rng, pick(rng, ALL_COLORS)) if rng.random() < 0.5 else body
        shape.box(at((low + top) / 2), (w, 0.05, top - low), pad, tilt)
    else:
        rail = rng.uniform(0.05, 0.12)
        shape.box(at(top - rail / 2), (w, 0.024, rail), body, tilt)
        low = seat + rng.uniform(0.1, 0.22)
        n = int(rng.integers(2, 5))
        each = (top - rail - low) / n
        for i in range(n):
            shape.box(at(low + (i + 0.4) * each), (w, 0.018, each * rng.uniform(0.4, 0.72)), body, tilt)


def _metal_chair(rng: Rng, style: str) -> Shape:
    """Thin bent tube with a thin seat and back board, or one moulded shell on thin legs."""
    color = pick(rng, ("black", "black", "white", "grey", "red", "blue", "green", "yellow", "orange", "brown"))
    material = (
        "metal" if style == "frame" and color in ("black", "grey") else ("wooden" if color == "brown" else "plastic")
    )
    board = paint(rng, color, material)
    tube = plain(rng, pick(rng, ("black", "grey", "grey")), gloss=0.12) if rng.random() < 0.75 else wood(rng)
    shape = Shape("chair", color, material)
    w, d, seat, top = rng.uniform(0.38, 0.48), rng.uniform(0.4, 0.46), rng.uniform(0.43, 0.47), rng.uniform(0.76, 0.9)
    thick, lean, splay = rng.uniform(0.016, 0.028), rng.uniform(0.04, 0.1), rng.uniform(0.0, 0.05)
    for x in (-1, 1):
        px = x * (w / 2 - 0.02)
        shape.bar((px + x * splay, d / 2 - 0.02 + splay, 0), (px, d / 2 - 0.04, seat), thick, tube, round=True)
        shape.bar((px + x * splay, -d / 2 + 0.02 - splay, 0), (px, -d / 2 + 0.04, seat), thick, tube, round=True)
    shape.box((0, 0, seat), (w, d, rng.uniform(0.012, 0.04)), board)
    tilt = rotation(roll=float(np.arctan2(lean, top - seat)))
    if style == "shell":
        shape.box((0, -d / 2 - lean / 2, (seat + top) / 2), (w * 0.95, 0.016, top - seat), board, tilt)
        for x in (-1, 1):
            if rng.random() < 0.5:
                shape.box((x * w / 2, -d / 4, seat + 0.07), (0.014, d / 2, 0.16), board)
    else:
        for x in (-1, 1):
            px = x * (w / 2 - 0.02)
            shape.bar((px, -d / 2 + 0.03, seat), (px, -d / 2 + 0.03 - lean, top), thick, tube, round=True)
        height = rng.uniform(0.1, 0.26)
        shape.box((0, -d / 2 + 0.03 - lean * 0.85, top - height / 2), (w, 0.014, height), board, tilt)
    return shape


def office_chair(rng: Rng) -> Shape:
    color = pick(rng, ("black", "black", "grey", "blue", "red", "green", "white", "brown"))
    pad = fabric(rng, color).with_(texture=5)
    dark = plain(rng, "black", gloss=0.1)
    shape = Shape("chair", color, "fabric", tags={"office chair"})
    seat, spread = rng.uniform(0.44, 0.54), rng.uniform(0.26, 0.32)
    for k in range(5):
        a = 2 * np.pi * k / 5 + 0.3
        end = (spread * np.cos(a), spread * np.sin(a), 0.06)
        shape.bar((0, 0, 0.1), end, 0.04, dark)
        shape.ellipsoid((end[0], end[1], 0.03), (0.06, 0.06, 0.06), dark)
    shape.cylinder((0, 0, (0.1 + seat) / 2), 0.027, seat - 0.1, dark)
    w, d = rng.uniform(0.45, 0.52), rng.uniform(0.45, 0.5)
    shape.box((0, 0, seat), (w, d, rng.uniform(0.06, 0.1)), pad)
    back = rng.uniform(0.45, 0.7)
    tilt = rotation(roll=0.12)
    shape.bar((0, -d / 2 + 0.05, seat - 0.02), (0, -d / 2 - 0.04, seat + 0.25), 0.05, dark)
    shape.box((0, -d / 2 - 0.03, seat + 0.12 + back / 2), (w * 0.92, 0.06, back), pad, tilt)
    if rng.random() < 0.6:
        for x in (-1, 1):
            shape.bar((x * w / 2, 0, seat), (x * w / 2, 0, seat + 0.2), 0.03, dark)
            shape.box((x * w / 2, 0, seat + 0.21), (0.06, 0.26, 0.03), dark)
    return shape


def stool(rng: Rng) -> Shape:
    color = "brown" if rng.random() < 0.5 else pick(rng, ALL_COLORS)
    material = "wooden" if color == "brown" else pick(rng, ("wooden", "plastic", "metal"))
    body = paint(rng, color, material)
    shape = Shape("stool", color, material)
    r, h = rng.uniform(0.15, 0.2), rng.choice([rng.uniform(0.42, 0.5), rng.uniform(0.6, 0.75)])
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


def sofa(rng: Rng, seats: int | None = None) -> Shape:
    seats = seats or int(rng.integers(2, 4))
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
    return shape.surface((0, back / 2, seat), inner, d - back, 0.6, "seat")


def armchair(rng: Rng) -> Shape:
    return sofa(rng, seats=1)


def bench(rng: Rng) -> Shape:
    body = wood(rng)
    shape = Shape("bench", "brown", "wooden")
    w, d, h = rng.uniform(0.9, 1.5), rng.uniform(0.3, 0.42), rng.uniform(0.42, 0.48)
    shape.box((0, 0, h - 0.02), (w, d, 0.04), body)
    for x in (-1, 1):
        shape.box((x * (w / 2 - 0.08), 0, (h - 0.04) / 2), (0.05, d * 0.9, h - 0.04), body)
    return shape.surface((0, 0, h), w, d, 0.8, "seat")


def bed(rng: Rng) -> Shape:
    color = pick(rng, ("white", "grey", "blue", "beige", "green", "red", "pink", "purple", "yellow"))
    cover, frame = fabric(rng, color), paint(rng, pick(rng, ("brown", "brown", "white", "black", "grey")), "wooden")
    shape = Shape("bed", color, "fabric")
    w, length, h = pick(rng, (0.9, 1.2, 1.4, 1.6, 1.8)) + 0.06, rng.uniform(1.95, 2.1), rng.uniform(0.4, 0.6)
    shape.box((0, 0, h * 0.35), (w, length, h * 0.35), frame)
    sheet = plain(rng, "white", texture=5)
    shape.box((0, 0, h * 0.72), (w - 0.04, length - 0.04, h * 0.42), sheet)
    fold = rng.uniform(0.25, 0.5)
    shape.box((0, fold / 2, h * 0.76), (w + 0.02, length - fold, h * 0.5 + 0.04), cover)
    shape.box((0, -length / 2 - 0.02, rng.uniform(0.4, 0.55)), (w + 0.04, 0.05, rng.uniform(0.8, 1.1)), frame)
    for x in (-1, 1):
        for y in (-1, 1):
            shape.box((x * (w / 2 - 0.06), y * (length / 2 - 0.06), h * 0.09), (0.07, 0.07, h * 0.18), frame)
    shape.surface((0, -length / 2 + 0.22, h * 0.93), w - 0.1, 0.36, 0.8, "pillow")
    return shape.surface((0, 0.15, h * 1.01 + 0.02), w * 0.9, length * 0.5, 0.8, "seat")
