"""Cushions, shoes and toys; all small things by name."""

from __future__ import annotations

import numpy as np

from .bathroom import scale
from .clutter import cable, thing
from .containers import backpack, bag, basket, box, storage_box, trash_can
from .devices import DEVICES
from .household import HOUSEHOLD
from .lamps import floor_lamp, lamp
from .media import MEDIA
from .palette import ALL_COLORS, BRIGHT, NEUTRAL, fabric, pick, plain
from .pantry import PANTRY
from .plants import plant
from .shapes import Shape, rotation
from .tableware import TABLEWARE

Rng = np.random.Generator


def pillow(rng: Rng) -> Shape:
    color = pick(rng, ALL_COLORS)
    shape = Shape("pillow", color, "fabric")
    w, d, t = rng.uniform(0.36, 0.6), rng.uniform(0.32, 0.42), rng.uniform(0.1, 0.17)
    cloth = fabric(rng, color)
    shape.ellipsoid((0, 0, t / 2), (w * 1.1, d * 1.1, t), cloth)
    shape.box((0, 0, t * 0.42), (w * 0.86, d * 0.86, t * 0.5), cloth)
    return shape


def shoe(rng: Rng) -> Shape:
    """A pair of shoes."""
    color = pick(rng, NEUTRAL + BRIGHT)
    shape = Shape("shoes", color, "fabric")
    body, sole = plain(rng, color), plain(rng, pick(rng, ("white", "black", "brown")))
    for x in (-0.06, 0.06):
        y = rng.uniform(-0.03, 0.03)
        shape.box((x, y, 0.012), (0.09, 0.27, 0.024), sole)
        shape.ellipsoid((x, y + 0.05, 0.035), (0.09, 0.17, 0.07), body)
        shape.ellipsoid((x, y - 0.07, 0.05), (0.085, 0.13, 0.11), body)
    return shape


def teddy(rng: Rng) -> Shape:
    color = pick(rng, ("brown", "brown", "white", "grey", "pink", "beige"))
    fur = plain(rng, color, texture=5, scale=90.0)
    shape = Shape("teddy bear", color, "fabric")
    k = rng.uniform(0.8, 1.6)
    for center, size in (
        ((0, 0, 0.1), (0.16, 0.14, 0.2)), ((0, 0.01, 0.24), (0.13, 0.12, 0.12)), ((-0.05, 0, 0.3), (0.05, 0.03, 0.05)),
        ((0.05, 0, 0.3), (0.05, 0.03, 0.05)), ((-0.09, 0.04, 0.13), (0.06, 0.09, 0.06)),
        ((0.09, 0.04, 0.13), (0.06, 0.09, 0.06)), ((-0.06, 0.1, 0.035), (0.07, 0.15, 0.07)),
        ((0.06, 0.1, 0.035), (0.07, 0.15, 0.07)), ((0, 0.06, 0.225), (0.05, 0.05, 0.04)),
    ):  # fmt: skip
        shape.ellipsoid(np.array(center) * k, np.array(size) * k, fur)
    return shape


def toy(rng: Rng) -> Shape:
    """A toy car, a tower of blocks, or a ball."""
    color = pick(rng, BRIGHT)
    body = plain(rng, color)
    shape = Shape("toy", color, "plastic")
    style = rng.integers(3)
    if style == 0:
        k = rng.uniform(0.8, 1.8)
        shape.box((0, 0, 0.035 * k), (0.07 * k, 0.15 * k, 0.035 * k), body)
        shape.box((0, -0.01 * k, 0.065 * k), (0.06 * k, 0.08 * k, 0.03 * k), body.darker())
        for x in (-1, 1):
            for y in (-1, 1):
                shape.cylinder(
                    (x * 0.035 * k, y * 0.045 * k, 0.018 * k),
                    0.018 * k,
                    0.02 * k,
                    plain(rng, "black"),
                    rotation(pitch=np.pi / 2),
                )
    elif style == 1:
        for i in range(int(rng.integers(2, 5))):
            shape.box(
                (rng.uniform(-0.01, 0.01), 0, 0.025 + i * 0.05),
                (0.06, 0.05, 0.05),
                body if i % 2 == 0 else plain(rng, pick(rng, BRIGHT)),
            )
    else:
        r = rng.uniform(0.05, 0.12)
        shape.category = "ball"
        shape.ellipsoid((0, 0, r), (2 * r, 2 * r, 2 * r), body)
    return shape


def tissue_box(rng: Rng) -> Shape:
    color = pick(rng, ALL_COLORS)
    shape = Shape("tissue box", color, "cardboard")
    shape.box((0, 0, 0.05), (0.23, 0.12, 0.1), plain(rng, color))
    shape.ellipsoid((0, 0, 0.11), (0.08, 0.04, 0.07), plain(rng, "white"))
    return shape


SMALLS = {
    **TABLEWARE, **MEDIA, **PANTRY, **DEVICES, **HOUSEHOLD, "box": box, "storage box": storage_box, "basket": basket,
    "plant": plant, "lamp": lamp, "floor lamp": floor_lamp, "trash can": trash_can, "backpack": backpack, "bag": bag,
    "pillow": pillow, "shoes": shoe, "teddy bear": teddy, "toy": toy, "tissue box": tissue_box, "object": thing,
    "scale": scale, "cable": lambda rng: cable(rng, rng.uniform(0.3, 1.2)),
}  # fmt: skip
