"""Chairs: the constructions people call a chair; the front (where the knees go) is +y.

``aside["rail"]`` of a chair is (y, z, width) of the upper edge of its back, over which things are hung.
"""

from __future__ import annotations

import numpy as np

from .light_chairs import cantilever_chair, folding_chair, garden_chair
from .palette import ALL_COLORS, Paint, fabric, paint, pick, plain, wood
from .shapes import Shape, rotation
from .variants import variant

Rng = np.random.Generator


def chair(rng: Rng) -> Shape:
    """A chair of any construction; the folding one is held out."""
    return variant(rng, COMMON, folding_chair)(rng)


def wooden_chair(rng: Rng, style: str | None = None) -> Shape:
    """Four square legs and a back of slats, a panel, spindles, a ladder or a cushion."""
    style = style or pick(rng, ("slats", "slats", "slats", "panel", "spindles", "ladder", "cushioned"))
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
    if rng.random() < 0.12:
        for x in (-1, 1):
            shape.bar(
                (x * (w / 2 - 0.02), -d / 2, seat + 0.2), (x * (w / 2 - 0.02), d / 2 - 0.06, seat + 0.2), 0.035, body
            )
            shape.bar(
                (x * (w / 2 - 0.02), d / 2 - 0.08, seat), (x * (w / 2 - 0.02), d / 2 - 0.08, seat + 0.2), leg, body
            )
    shape.aside["rail"] = (-d / 2 - lean + leg / 2, top, w)
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
    elif style == "ladder":
        for z in np.arange(seat + 0.12, top, rng.uniform(0.11, 0.16)):
            shape.box(at(z), (w, 0.016, 0.04), body, tilt)
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


def metal_chair(rng: Rng) -> Shape:
    """Thin bent tube with a thin seat and back board, or one moulded shell on thin legs."""
    style = pick(rng, ("frame", "shell"))
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
    shape.aside["rail"] = (-d / 2 + 0.02 - lean, top, w)
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
    if rng.random() < 0.25:
        shape.box((0, -d / 2 - 0.12, seat + 0.2 + back), (w * 0.55, 0.06, 0.16), pad, tilt)
    shape.aside["rail"] = (-d / 2 - 0.1, seat + 0.12 + back, w * 0.9)
    return shape


def upholstered_chair(rng: Rng) -> Shape:
    """A padded box of a chair on short legs, or a low tub that wraps round the sitter."""
    color = pick(rng, ALL_COLORS)
    cloth = fabric(rng, color) if rng.random() < 0.7 else plain(rng, color)
    shape = Shape("chair", color, "fabric")
    w, d, seat = rng.uniform(0.44, 0.56), rng.uniform(0.44, 0.54), rng.uniform(0.44, 0.49)
    legs = wood(rng) if rng.random() < 0.7 else plain(rng, "black")
    for x in (-1, 1):
        for y in (-1, 1):
            shape.bar(
                (x * w * 0.44, y * d * 0.44, 0), (x * w * 0.38, y * d * 0.38, seat - 0.08), 0.035, legs, round=True
            )
    shape.box((0, 0, seat - 0.05), (w, d, 0.1), cloth)
    if rng.random() < 0.5:
        top = rng.uniform(0.88, 1.05)
        shape.box((0, -d / 2, (seat + top) / 2), (w, 0.09, top - seat + 0.06), cloth, rotation(roll=0.1))
    else:
        top = rng.uniform(0.7, 0.82)
        for angle in np.linspace(-1.5, 1.5, 7):
            at = (np.sin(angle) * w * 0.5, -np.cos(angle) * d * 0.5 + 0.02, (seat + top) / 2 - 0.03)
            shape.box(at, (w * 0.28, 0.05, top - seat + 0.06), cloth, rotation(yaw=angle))
    shape.aside["rail"] = (-d / 2, top, w * 0.8)
    return shape


def windsor_chair(rng: Rng) -> Shape:
    """A round seat, splayed legs, and a bent row of thin spindles under a hoop; now and then on rockers."""
    color = "brown" if rng.random() < 0.6 else pick(rng, ("white", "black", "green", "blue", "grey"))
    body = paint(rng, color, "wooden")
    shape = Shape("chair", color, "wooden")
    r, seat, top = rng.uniform(0.2, 0.24), rng.uniform(0.42, 0.46), rng.uniform(0.82, 1.0)
    shape.oval((0, 0, seat - 0.015), (2 * r, 1.9 * r, 0.035), body)
    feet = [(x * r * 0.95, y * r * 0.95, 0.0) for x in (-1, 1) for y in (-1, 1)]
    for foot in feet:
        shape.bar(foot, (foot[0] * 0.55, foot[1] * 0.55, seat - 0.02), 0.03, body, round=True)
    shape.bar((-r * 0.75, 0, 0.2), (r * 0.75, 0, 0.2), 0.02, body, round=True)
    ends = []
    for angle in np.linspace(-1.1, 1.1, int(rng.integers(5, 9))):
        low = (np.sin(angle) * r * 0.85, -np.cos(angle) * r * 0.85, seat)
        high = (np.sin(angle) * r * 1.05, -np.cos(angle) * r * 1.05 - 0.06, top - 0.1 * angle**2)
        shape.bar(low, high, 0.014, body, round=True)
        ends.append(high)
    shape.path(ends, 0.03, body)
    shape.aside["rail"] = (-r - 0.06, top, r * 1.4)
    return shape


COMMON = (
    wooden_chair, wooden_chair, wooden_chair, wooden_chair, metal_chair, metal_chair, office_chair, cantilever_chair,
    upholstered_chair, windsor_chair, garden_chair,
)  # fmt: skip
