"""Boxes, tubs, baskets, bins and bags: open, closed, full, slumped."""

from __future__ import annotations

import numpy as np

from .palette import ALL_COLORS, Paint, fabric, paint, pick, plain, printed
from .shapes import Shape, rotation
from .variants import variant

Rng = np.random.Generator


def box(rng: Rng, big: bool = False) -> Shape:
    """Open or closed, of cardboard, plastic or wood; the round one is held out."""
    return variant(rng, (_closed_box, _closed_box, _open_box, _lidded_box, _display_box), _round_box)(
        rng, 1.9 if big else 1.0
    )


def _box_shape(rng: Rng, k: float) -> tuple[Shape, Paint, float, float, float]:
    material = pick(rng, ("cardboard", "cardboard", "cardboard", "plastic", "wooden", "wooden"))
    color = "brown" if material != "plastic" else pick(rng, ALL_COLORS)
    size = rng.uniform((0.1, 0.08, 0.06), (0.34, 0.26, 0.26)) * k
    return Shape("box", color, material), paint(rng, color, material), *size


def _closed_box(rng: Rng, k: float) -> Shape:
    shape, body, w, d, h = _box_shape(rng, k)
    shape.box((0, 0, h / 2), (w, d, h), body)
    if rng.random() < 0.35:
        front = plain(rng, pick(rng, ALL_COLORS)) if rng.random() < 0.5 else printed(rng, pick(rng, ALL_COLORS))
        shape.box((0, d / 2 + 0.001, h / 2), (w * 0.85, 0.003, h * 0.85), front)
    elif shape.material == "cardboard":
        shape.box((0, 0, h), (w + 0.001, 0.05, 0.002), plain(rng, "beige"))
        if rng.random() < 0.5:
            shape.box((w * 0.2, d * 0.1, h + 0.001), (w * 0.35, d * 0.4, 0.002), printed(rng, "white"))
    return shape


def _open_box(rng: Rng, k: float) -> Shape:
    shape, body, w, d, h = _box_shape(rng, k)
    shell(shape, w, d, h, 0.006, body)
    if shape.material == "cardboard":
        for x in (-1, 1):
            flap = rotation(pitch=x * rng.uniform(0.2, 1.1))
            shape.box((x * (w / 2 + 0.02), 0, h + 0.01), (w * 0.35, d, 0.005), body, flap)
    if rng.random() < 0.5:
        for _ in range(int(rng.integers(2, 5))):
            at = (rng.uniform(-0.3, 0.3) * w, rng.uniform(-0.3, 0.3) * d, h * 0.6)
            size = rng.uniform(0.2, 0.5, 3) * [w, d, h * 2]
            shape.box(at, size, plain(rng, pick(rng, ALL_COLORS)), rotation(rng.normal(0, 0.3), 0, 1.0))
    return shape


def _lidded_box(rng: Rng, k: float) -> Shape:
    """A shoe box, a tin or a chest whose lid stands out a little."""
    shape, body, w, d, h = _box_shape(rng, k)
    lid = body if rng.random() < 0.5 else plain(rng, pick(rng, ALL_COLORS))
    shape.box((0, 0, h * 0.42), (w, d, h * 0.84), body)
    shape.box((0, 0, h * 0.86), (w + 0.012, d + 0.012, h * 0.28), lid)
    return shape


def _display_box(rng: Rng, k: float) -> Shape:
    """A small case with a dark face that leans back, like a radio or a clock in a wooden case."""
    shape, body, w, d, h = _box_shape(rng, k)
    h, d = h + 0.06, d * 0.6
    turn = rotation(roll=rng.uniform(0.0, 0.3))
    middle = np.array([0, 0, h / 2 + 0.01])
    shape.box(middle, (w, d, h), body, turn)
    dark = plain(rng, "black", gloss=0.3) if rng.random() < 0.7 else printed(rng, pick(rng, ALL_COLORS))
    shape.box(middle + turn @ np.array([0, d / 2, 0.05 * h]), (w * 0.78, 0.006, h * 0.72), dark, turn)
    shape.box((0, 0, 0.008), (w * 1.05, d * 1.3, 0.016), body.darker(0.9))
    return shape.turned(np.eye(3))


def _round_box(rng: Rng, k: float) -> Shape:
    shape, body, w, _, h = _box_shape(rng, k)
    shape.tags.add("round")
    shape.cylinder((0, 0, h * 0.4), w / 2, h * 0.8, body)
    shape.cylinder((0, 0, h * 0.85), w / 2 + 0.006, h * 0.25, plain(rng, pick(rng, ALL_COLORS)))
    return shape


def shell(shape: Shape, w: float, d: float, h: float, t: float, body: Paint) -> None:
    """Four walls and a bottom, ``t`` thick, round an inside of w by d by h."""
    shape.box((0, 0, t / 2), (w, d, t), body)
    for s in (-1, 1):
        shape.box((s * (w - t) / 2, 0, h / 2), (t, d, h), body)
        shape.box((0, s * (d - t) / 2, h / 2), (w, t, h), body)


def storage_box(rng: Rng) -> Shape:
    """A plastic tub, often translucent, with or without a lid, low or high."""
    color = pick(rng, ("white", "white", "grey", "grey", "blue", "green", "black", "red"))
    body = plain(rng, color, gloss=0.22 if color in ("white", "grey") else 0.06)
    shape = Shape("storage box", color, "plastic")
    w, d, h = rng.uniform(0.18, 0.45), rng.uniform(0.14, 0.32), rng.uniform(0.07, 0.28)
    if rng.random() < 0.3:
        shell(shape, w, d, h, 0.005, body)
        return shape
    shape.box((0, 0, h * 0.4), (w * 0.88, d * 0.86, h * 0.8), body)
    shape.box((0, 0, h * 0.7), (w * 0.94, d * 0.92, h * 0.5), body)
    lid = body if rng.random() < 0.5 else plain(rng, pick(rng, ("white", "grey", "blue", "green", "red", "black")))
    shape.box((0, 0, h * 0.95), (w, d, h * 0.1), lid)
    for x in (-1, 1):
        shape.box((x * w / 2, 0, h * 0.85), (0.02, d * 0.35, h * 0.2), lid)
    return shape


def basket(rng: Rng) -> Shape:
    """Round or square, with or without a handle over it."""
    color = pick(rng, ("brown", "brown", "beige", "white", "grey", "black"))
    shape = Shape("basket", color, "wicker")
    body = plain(rng, color, texture=8, scale=45.0)
    r, h = rng.uniform(0.1, 0.22), rng.uniform(0.1, 0.3)
    if rng.random() < 0.35:
        shell(shape, 2.2 * r, 1.6 * r, h, 0.012, body)
    else:
        shape.tube((0, 0, h / 2), r * rng.uniform(0.7, 0.95), r, h, body)
    if rng.random() < 0.35:
        shape.path([(r * np.cos(a), 0, h + r * np.sin(a)) for a in np.linspace(0, np.pi, 5)], 0.02, body)
    return shape


def trash_can(rng: Rng) -> Shape:
    """A pail, a pedal bin, a box; the bin with a swinging roof is held out."""
    make = variant(rng, (_pail, _pail, _pedal_bin, _square_bin), _swing_bin)
    color = pick(rng, ("grey", "black", "white", "blue", "red", "green"))
    material = "metal" if color == "grey" else "plastic"
    return make(rng, Shape("trash can", color, material), paint(rng, color, material))


def _pail(rng: Rng, shape: Shape, body: Paint) -> Shape:
    r, h = rng.uniform(0.11, 0.17), rng.uniform(0.24, 0.4)
    shape.tube((0, 0, h / 2), r * 0.78, r, h, body)
    if rng.random() < 0.4:
        shape.tube((0, 0, h * 0.62), r * 0.9, r * 1.06, h * 0.8, plain(rng, pick(rng, ("white", "black", "blue"))))
    return shape


def _pedal_bin(rng: Rng, shape: Shape, body: Paint) -> Shape:
    r, h = rng.uniform(0.12, 0.18), rng.uniform(0.3, 0.65)
    shape.cylinder((0, 0, h / 2), r, h, body)
    shape.ellipsoid((0, 0, h), (2 * r, 2 * r, 0.08), body.darker(0.8))
    shape.box((0, r + 0.02, 0.015), (0.08, 0.06, 0.015), plain(rng, "black"))
    return shape


def _square_bin(rng: Rng, shape: Shape, body: Paint) -> Shape:
    w, d, h = rng.uniform(0.22, 0.4), rng.uniform(0.18, 0.3), rng.uniform(0.35, 0.7)
    shape.box((0, 0, h / 2), (w, d, h), body)
    shape.box((0, 0, h + 0.01), (w + 0.01, d + 0.01, 0.03), body.darker())
    return shape


def _swing_bin(rng: Rng, shape: Shape, body: Paint) -> Shape:
    w, d, h = rng.uniform(0.24, 0.34), rng.uniform(0.2, 0.28), rng.uniform(0.4, 0.6)
    shape.box((0, 0, h / 2), (w, d, h), body)
    for s in (-1, 1):
        shape.box((0, s * d * 0.24, h + 0.07), (w, d * 0.62, 0.015), body.darker(0.8), rotation(roll=-s * 0.7))
        shape.box((s * w * 0.49, 0, h + 0.05), (0.01, d * 0.6, 0.1), body)
    return shape


def backpack(rng: Rng) -> Shape:
    color = pick(rng, ALL_COLORS)
    cloth = fabric(rng, color).with_(texture=5)
    shape = Shape("backpack", color, "fabric")
    w, d, h = rng.uniform(0.26, 0.36), rng.uniform(0.14, 0.22), rng.uniform(0.36, 0.5)
    shape.box((0, 0, h * 0.42), (w, d, h * 0.84), cloth)
    shape.ellipsoid((0, 0, h * 0.82), (w, d, h * 0.36), cloth)
    shape.box((0, d / 2 + 0.03, h * 0.3), (w * 0.75, 0.06, h * 0.45), cloth.darker(0.85))
    for x in (-0.3, 0.3):
        shape.path(((x * w, -d / 2, h * 0.8), (x * w, -d / 2 - 0.05, h * 0.5), (x * w, -d / 2, h * 0.15)), 0.03, cloth)
    roll = rng.random()
    if roll < 0.3:
        return shape.turned(rotation(roll=rng.uniform(0.15, 0.4)))
    return shape.turned(rotation(roll=np.pi / 2 if roll < 0.4 else 0.0, pitch=rng.normal(0, 0.12)))


def bag(rng: Rng) -> Shape:
    """A shopping bag, a handbag, a holdall, or one that has slumped."""
    color = pick(rng, ALL_COLORS)
    cloth = fabric(rng, color).with_(texture=5) if rng.random() < 0.7 else plain(rng, color)
    shape = Shape("bag", color, pick(rng, ("fabric", "fabric", "leather", "plastic")))
    w, d, h = rng.uniform(0.25, 0.42), rng.uniform(0.1, 0.2), rng.uniform(0.24, 0.4)
    style = rng.integers(4)
    if style == 0:
        shape.box((0, 0, h / 2), (w, d, h), cloth)
    elif style == 1:
        shape.box((0, 0, h * 0.3), (w, d, h * 0.6), cloth)
        shape.ellipsoid((0, 0, h * 0.6), (w * 0.9, d * 0.9, h * 0.8), cloth)
    elif style == 2:
        h *= 0.7
        shape.cylinder((0, 0, h / 2), h / 2, w * 1.4, cloth, rotation(pitch=np.pi / 2))
    else:
        for _ in range(4):
            x, y = rng.uniform(-0.3, 0.3) * w, rng.uniform(-0.3, 0.3) * d
            size = (w * 0.7, d * 1.3, h * rng.uniform(0.35, 0.7))
            shape.ellipsoid((x, y, size[2] * 0.48), size, cloth, rotation(yaw=rng.normal(0, 0.5)))
        return shape.turned(np.eye(3))
    for y in (-0.3, 0.3):
        strap = ((-w * 0.25, y * d, h * 0.9), (0, y * d, h * 1.3), (w * 0.25, y * d, h * 0.9))
        shape.path(strap, 0.02, cloth.darker(0.8))
    return shape
