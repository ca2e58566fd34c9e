"""Boxes, bags, lamps, plants, toys and things without a name; all small things by name."""

from __future__ import annotations

import numpy as np

from .media import MEDIA
from .palette import ALL_COLORS, BRIGHT, NEUTRAL, fabric, paint, pick, plain, printed
from .shapes import Shape, rotation
from .tableware import TABLEWARE

Rng = np.random.Generator


def box(rng: Rng, big: bool = False) -> Shape:
    """Open or closed; cardboard, plastic or wood."""
    material = pick(rng, ("cardboard", "cardboard", "cardboard", "plastic", "wooden"))
    color = "brown" if material != "plastic" else pick(rng, ALL_COLORS)
    body = paint(rng, color, material)
    shape = Shape("box", color, material)
    k = 1.9 if big else 1.0
    w, d, h = rng.uniform(0.12, 0.32) * k, rng.uniform(0.1, 0.24) * k, rng.uniform(0.07, 0.24) * k
    if rng.random() < 0.35:
        _open_box(shape, w, d, h, 0.006, body)
        if material == "cardboard":
            for x in (-1, 1):
                shape.box((x * (w / 2 + 0.02), 0, h + 0.01), (w * 0.35, d, 0.005), body, rotation(pitch=x * 0.6))
        return shape
    shape.box((0, 0, h / 2), (w, d, h), body)
    if rng.random() < 0.4:
        front = plain(rng, pick(rng, ALL_COLORS)) if rng.random() < 0.6 else printed(rng, pick(rng, ALL_COLORS))
        shape.box((0, d / 2 + 0.001, h / 2), (w * 0.85, 0.003, h * 0.85), front)
    elif material == "cardboard":
        tape = plain(rng, "beige")
        shape.box((0, 0, h), (w + 0.001, 0.05, 0.002), tape)
    return shape


def _open_box(shape: Shape, w: float, d: float, h: float, t: float, body) -> None:
    shape.box((0, 0, t / 2), (w, d, t), body)
    for s in (-1, 1):
        shape.box((s * (w - t) / 2, 0, h / 2), (t, d, h), body)
        shape.box((0, s * (d - t) / 2, h / 2), (w, t, h), body)


def storage_box(rng: Rng) -> Shape:
    """A plastic tub, often translucent, with or without a lid."""
    color = pick(rng, ("white", "grey", "grey", "blue", "green", "black", "red"))
    body = plain(rng, color, gloss=0.22 if color in ("white", "grey") else 0.06)
    shape = Shape("storage box", color, "plastic")
    w, d, h = rng.uniform(0.22, 0.45), rng.uniform(0.17, 0.32), rng.uniform(0.1, 0.25)
    if rng.random() < 0.3:
        _open_box(shape, w, d, h, 0.005, body)
    else:
        shape.box((0, 0, h * 0.46), (w * 0.93, d * 0.92, h * 0.92), body)
        lid = body if rng.random() < 0.6 else plain(rng, pick(rng, ALL_COLORS))
        shape.box((0, 0, h * 0.95), (w, d, h * 0.1), lid)
    return shape


def basket(rng: Rng) -> Shape:
    color = pick(rng, ("brown", "beige", "white", "grey", "black"))
    shape = Shape("basket", color, "wicker")
    body = plain(rng, color, texture=8, scale=45.0).with_()
    r, h = rng.uniform(0.12, 0.22), rng.uniform(0.12, 0.3)
    shape.tube((0, 0, h / 2), r * rng.uniform(0.75, 0.95), r, h, body)
    return shape


def plant(rng: Rng, big: bool | None = None) -> Shape:
    shape = Shape("plant", "green", "organic")
    big = rng.random() < 0.3 if big is None else big
    k = rng.uniform(2.2, 3.4) if big else 1.0
    pot_h, r = 0.11 * k**0.8, 0.065 * k**0.8
    shape.tube(
        (0, 0, pot_h / 2),
        r * 0.75,
        r,
        pot_h,
        plain(rng, pick(rng, ("orange", "white", "black", "grey", "brown", "blue"))),
    )
    shape.cylinder((0, 0, pot_h * 0.4), r * 0.8, pot_h * 0.8, plain(rng, "brown").darker(0.4))
    crown = rng.uniform(0.1, 0.2) * k
    for _ in range(int(rng.integers(7, 14))):
        a, reach = rng.uniform(0, 2 * np.pi), crown * rng.uniform(0.3, 0.9)
        z = pot_h + crown * rng.uniform(0.2, 1.5)
        end = np.array([reach * np.cos(a), reach * np.sin(a), z])
        leaf = plain(rng, "green")
        turn = rotation(roll=rng.uniform(-0.8, 0.8), pitch=rng.uniform(-0.8, 0.8), yaw=a)
        shape.bar((0, 0, pot_h * 0.7), end, 0.008 * k**0.5, leaf.darker(0.7), round=True)
        shape.ellipsoid(end, np.array([0.14, 0.07, 0.02]) * k * rng.uniform(0.6, 1.1), leaf, turn)
    return shape


def lamp(rng: Rng) -> Shape:
    """A table lamp."""
    return _lamp(rng, rng.uniform(0.3, 0.55), 0.02)


def floor_lamp(rng: Rng) -> Shape:
    return _lamp(rng, rng.uniform(1.35, 1.8), 0.028)


def _lamp(rng: Rng, h: float, thick: float) -> Shape:
    color = pick(rng, ("white", "beige", "yellow", "red", "blue", "green", "black", "grey"))
    shade = plain(rng, color, emission=0.25 if color != "black" and rng.random() < 0.5 else 0.0)
    metal = paint(rng, pick(rng, ("black", "grey", "brown", "white")), "metal")
    shape = Shape("lamp", color, "fabric")
    r = rng.uniform(0.1, 0.17) if h < 1 else rng.uniform(0.16, 0.24)
    tall = r * rng.uniform(0.9, 1.5)
    shape.cylinder((0, 0, 0.012), r * 0.75, 0.024, metal)
    shape.cylinder((0, 0, (h - tall / 2) / 2), thick / 2 + 0.004, h - tall / 2, metal)
    shape.tube((0, 0, h - tall / 2), r, r * rng.uniform(0.5, 0.95), tall, shade)
    return shape


def trash_can(rng: Rng) -> Shape:
    color = pick(rng, ("grey", "black", "white", "blue", "red", "green"))
    material = "metal" if color == "grey" else "plastic"
    body = paint(rng, color, material)
    shape = Shape("trash can", color, material)
    r, h = rng.uniform(0.12, 0.19), rng.uniform(0.26, 0.62)
    if rng.random() < 0.3:
        shape.box((0, 0, h / 2), (2 * r, 1.5 * r, h), body)
        shape.box((0, 0, h + 0.01), (2 * r + 0.01, 1.5 * r + 0.01, 0.03), body.darker())
    elif rng.random() < 0.4:
        shape.cylinder((0, 0, h / 2), r, h, body)
        shape.ellipsoid((0, 0, h), (2 * r, 2 * r, 0.08), body.darker(0.8))
    else:
        shape.tube((0, 0, h / 2), r * 0.78, r, h, body)
    return shape


def backpack(rng: Rng) -> Shape:
    color = pick(rng, ALL_COLORS)
    cloth = fabric(rng, color).with_(texture=5)
    shape = Shape(pick(rng, ("backpack", "backpack", "bag")), color, "fabric")
    w, d, h = rng.uniform(0.26, 0.36), rng.uniform(0.14, 0.22), rng.uniform(0.36, 0.5)
    shape.box((0, 0, h * 0.42), (w, d, h * 0.84), cloth)
    shape.ellipsoid((0, 0, h * 0.82), (w, d, h * 0.36), cloth)
    if shape.category == "backpack":
        shape.box((0, d / 2 + 0.03, h * 0.3), (w * 0.75, 0.06, h * 0.45), cloth.darker(0.85))
    else:
        for y in (-1, 1):
            shape.bar((-w * 0.25, y * d * 0.3, h * 0.9), (0, y * d * 0.3, h * 1.25), 0.02, cloth)
            shape.bar((w * 0.25, y * d * 0.3, h * 0.9), (0, y * d * 0.3, h * 1.25), 0.02, cloth)
    return shape


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


def thing(rng: Rng, scale: float | None = None) -> Shape:
    """No category at all: one to four solids put together."""
    color = pick(rng, ALL_COLORS)
    material = pick(rng, ("plastic", "metal", "wooden", "fabric"))
    body = paint(rng, color, material)
    shape = Shape("object", color, material)
    k = scale or rng.choice([rng.uniform(0.06, 0.15), rng.uniform(0.12, 0.3)])
    z = 0.0
    for i in range(int(rng.integers(1, 5))):
        w, d, h = rng.uniform(0.35, 1.0, 3) * k
        layer = body if i == 0 or rng.random() < 0.6 else paint(rng, pick(rng, ALL_COLORS), material)
        x, y = (0, 0) if i == 0 else rng.uniform(-0.25, 0.25, 2) * k
        style = rng.integers(4)
        if style == 0:
            shape.box((x, y, z + h / 2), (w, d, h), layer, rotation(yaw=rng.uniform(0, np.pi)))
        elif style == 1:
            shape.frustum((x, y, z + h / 2), w / 2, w / 2 * rng.uniform(0.3, 1), h, layer)
        elif style == 2:
            shape.ellipsoid((x, y, z + h / 2), (w, d, h), layer)
        else:
            shape.tube((x, y, z + h / 2), w / 2 * rng.uniform(0.6, 1), w / 2, h, layer)
        z += h * (0.9 if style == 2 else 1.0) if rng.random() < 0.7 else 0.0
    return shape


SMALLS = {
    **TABLEWARE, **MEDIA, "box": box, "storage box": storage_box, "basket": basket, "plant": plant, "lamp": lamp,
    "floor lamp": floor_lamp, "trash can": trash_can, "backpack": backpack, "pillow": pillow, "shoes": shoe,
    "teddy bear": teddy, "toy": toy, "tissue box": tissue_box, "object": thing,
}  # fmt: skip
