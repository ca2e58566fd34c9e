"""What keeps a home clean and safe: brooms, buckets, ladders, washing."""

from __future__ import annotations

import numpy as np

from .palette import ALL_COLORS, fabric, paint, pick, plain, wood
from .shapes import Shape, rotation

Rng = np.random.Generator
LYING = rotation(pitch=np.pi / 2)


def fire_extinguisher(rng: Rng) -> Shape:
    shape = Shape("fire extinguisher", "red", "metal")
    red, dark = plain(rng, "red", gloss=0.1), plain(rng, "black")
    r, h = rng.uniform(0.065, 0.09), rng.uniform(0.35, 0.5)
    shape.cylinder((0, 0, h / 2), r, h, red)
    shape.ellipsoid((0, 0, h), (2 * r, 2 * r, r * 1.2), red)
    shape.cylinder((0, 0, h + 0.05), 0.02, 0.08, plain(rng, "grey", gloss=0.2))
    shape.box((0, 0.03, h + 0.1), (0.025, 0.14, 0.02), dark)
    shape.path(((0, 0, h + 0.07), (r + 0.02, 0, h * 0.8), (r + 0.02, 0.02, h * 0.3)), 0.022, dark)
    return shape


def ladder(rng: Rng) -> Shape:
    """A stepladder set up, or a straight one leaning back."""
    color = pick(rng, ("grey", "grey", "brown", "red", "white", "yellow"))
    material = "wooden" if color == "brown" else "metal"
    body = paint(rng, color, material)
    shape = Shape("ladder", color, material)
    w, h, steps = rng.uniform(0.36, 0.5), rng.uniform(1.0, 1.9), int(rng.integers(3, 7))
    spread = h * rng.uniform(0.2, 0.32)
    back = -spread if rng.random() < 0.6 else 0.0
    for x in (-1, 1):
        shape.bar((x * w / 2, spread, 0), (x * w * 0.42, 0, h), 0.04, body)
        if back:
            shape.bar((x * w / 2, back, 0), (x * w * 0.42, 0, h), 0.03, body)
    for k in range(steps):
        t = (k + 1) / (steps + 0.5)
        deep = 0.1 if back else 0.03
        shape.box((0, spread * (1 - t), h * t), (w * 0.9, deep, 0.025), body.darker(0.85))
    return shape


def broom(rng: Rng) -> Shape:
    """A broom or mop that leans back to a wall."""
    color = pick(rng, ALL_COLORS)
    shape = Shape("broom", color, "wooden", tags={"leans"})
    h, lean = rng.uniform(1.15, 1.5), rng.uniform(0.1, 0.25)
    top = (0.0, -lean * h, h)
    stick = wood(rng) if rng.random() < 0.5 else plain(rng, pick(rng, ALL_COLORS))
    shape.bar((0, 0, 0.08), top, 0.026, stick, round=True)
    if rng.random() < 0.7:
        shape.box((0, 0, 0.1), (rng.uniform(0.25, 0.4), 0.05, 0.035), plain(rng, color))
        shape.box((0, 0, 0.045), (rng.uniform(0.24, 0.4), 0.06, 0.09), plain(rng, pick(rng, ALL_COLORS), texture=5))
    else:
        shape.ellipsoid((0, 0, 0.08), (0.26, 0.2, 0.16), fabric(rng, pick(rng, ("white", "grey", "blue"))))
    return shape


def bucket(rng: Rng) -> Shape:
    color = pick(rng, ("blue", "red", "grey", "green", "black", "white", "yellow"))
    material = "metal" if color == "grey" else "plastic"
    body = paint(rng, color, material)
    shape = Shape("bucket", color, material)
    r, h = rng.uniform(0.12, 0.16), rng.uniform(0.22, 0.32)
    shape.tube((0, 0, h / 2), r * 0.78, r, h, body)
    arc = [(r * np.cos(a), rng.uniform(-0.02, 0.02), h + r * 0.9 * np.sin(a)) for a in np.linspace(0, np.pi, 5)]
    shape.path(arc, 0.01, plain(rng, "grey"))
    return shape


def ironing_board(rng: Rng) -> Shape:
    color = pick(rng, ALL_COLORS)
    shape = Shape("ironing board", color, "fabric")
    h, w = rng.uniform(0.78, 0.92), rng.uniform(1.1, 1.3)
    cloth, metal = fabric(rng, color), plain(rng, pick(rng, ("grey", "white")), gloss=0.1)
    shape.box((-0.1, 0, h - 0.015), (w - 0.2, 0.36, 0.03), cloth)
    shape.cylinder((w / 2 - 0.2, 0, h - 0.015), 0.18, 0.03, cloth)
    for y in (-0.12, 0.12):
        shape.bar((-0.4, y, 0), (0.35, y, h - 0.03), 0.025, metal, round=True)
        shape.bar((0.4, y, 0), (-0.35, y, h - 0.03), 0.025, metal, round=True)
    return shape.surface((-0.1, 0, h), w - 0.25, 0.32)


def vacuum_cleaner(rng: Rng) -> Shape:
    color = pick(rng, ("red", "blue", "black", "grey", "green", "yellow"))
    body, dark = plain(rng, color, gloss=0.08), plain(rng, "black")
    shape = Shape("vacuum cleaner", color, "plastic")
    if rng.random() < 0.6:
        shape.ellipsoid((0, 0, 0.13), (0.28, 0.42, 0.24), body)
        shape.box((0, 0, 0.06), (0.22, 0.36, 0.1), dark)
        shape.path(((0, 0.2, 0.15), (0.2, 0.4, 0.3), (0.35, 0.3, 0.7), (0.4, 0.15, 0.9)), 0.04, dark)
        shape.bar((0.4, 0.15, 0.9), (0.35, 0.55, 0.06), 0.032, plain(rng, "grey", gloss=0.2), round=True)
        shape.box((0.35, 0.57, 0.03), (0.28, 0.08, 0.05), dark)
    else:
        shape.box((0, 0, 0.03), (0.28, 0.2, 0.06), dark)
        shape.bar((0, -0.02, 0.05), (0, -0.2, 1.1), 0.03, plain(rng, "grey"), round=True)
        shape.bar((0, -0.03, 0.25), (0, -0.12, 0.75), 0.13, body, round=True)
    return shape


def watering_can(rng: Rng) -> Shape:
    color = pick(rng, ("green", "grey", "blue", "red", "white", "yellow"))
    body = plain(rng, color)
    shape = Shape("watering can", color, "metal" if color == "grey" else "plastic")
    r, h = rng.uniform(0.07, 0.11), rng.uniform(0.16, 0.24)
    shape.cylinder((0, 0, h / 2), r, h, body)
    shape.bar((r * 0.8, 0, h * 0.25), (r + 0.16, 0, h * 1.1), 0.028, body, round=True)
    shape.ellipsoid((r + 0.17, 0, h * 1.12), (0.07, 0.07, 0.05), body)
    shape.path(((-r, 0, h * 0.3), (-r - 0.08, 0, h * 0.7), (-r * 0.3, 0, h * 1.25), (r * 0.6, 0, h)), 0.02, body)
    return shape


def clothes_rack(rng: Rng) -> Shape:
    """A folding airer with some washing on it."""
    shape = Shape("clothes rack", "white", "metal")
    metal = plain(rng, pick(rng, ("white", "grey")), gloss=0.1)
    shape.color = metal.color
    w, d, h = rng.uniform(0.8, 1.2), rng.uniform(0.5, 0.6), rng.uniform(0.85, 1.0)
    for x in (-w / 2, w / 2):
        shape.bar((x, -d / 2, 0), (x, d / 2, h), 0.02, metal, round=True)
        shape.bar((x, d / 2, 0), (x, -d / 2, h), 0.02, metal, round=True)
    for y in np.linspace(-d / 2, d / 2, 6):
        shape.bar((-w / 2, y, h), (w / 2, y, h), 0.01, metal, round=True)
        if rng.random() < 0.5:
            wide, drop = rng.uniform(0.2, 0.5) * w, rng.uniform(0.2, 0.55)
            x = rng.uniform(-0.5, 0.5) * (w - wide)
            shape.box(
                (x, y + rng.normal(0, 0.01), h - drop / 2), (wide, 0.02, drop), fabric(rng, pick(rng, ALL_COLORS))
            )
    return shape


CLEANING = {
    "fire extinguisher": fire_extinguisher, "ladder": ladder, "broom": broom, "bucket": bucket,
    "ironing board": ironing_board, "vacuum cleaner": vacuum_cleaner, "watering can": watering_can,
    "clothes rack": clothes_rack,
}  # fmt: skip
