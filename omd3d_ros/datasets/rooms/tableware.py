"""What one eats, drinks and cooks with."""

from __future__ import annotations

import numpy as np

from .palette import ALL_COLORS, BRIGHT, linear, paint, pick, plain, printed, wood
from .shapes import Shape

Rng = np.random.Generator
MUG_COLORS = ("white", "white", "white", "black", "red", "blue", "green", "yellow", "grey", "orange", "brown", "pink")


def mug(rng: Rng) -> Shape:
    color = pick(rng, MUG_COLORS)
    glaze = plain(rng, color)
    shape = Shape("mug", color, "ceramic")
    r, h = rng.uniform(0.036, 0.048), rng.uniform(0.08, 0.115)
    shape.tube((0, 0, h / 2), r * rng.uniform(0.8, 1.0), r, h, glaze)
    shape.cylinder((0, 0, h * 0.45), r * 0.86, h * 0.7, plain(rng, pick(rng, ("white", "brown", "black"))))
    reach, thick = rng.uniform(0.024, 0.034), 0.011
    for z in (0.25, 0.75):
        shape.bar((r * 0.85, 0, h * z), (r + reach, 0, h * z), thick, glaze)
    shape.bar((r + reach, 0, h * 0.24), (r + reach, 0, h * 0.76), thick, glaze)
    return shape


def bowl(rng: Rng) -> Shape:
    color = pick(rng, ALL_COLORS)
    shape = Shape(
        "bowl", color, pick(rng, ("ceramic", "plastic", "wooden") if color == "brown" else ("ceramic", "plastic"))
    )
    body = paint(rng, color, shape.material)
    r, h = rng.uniform(0.065, 0.15), rng.uniform(0.05, 0.09)
    shape.tube((0, 0, h / 2), r * 0.5, r, h, body)
    if rng.random() < 0.4:
        for _ in range(int(rng.integers(3, 6))):
            a, q = rng.uniform(0, 2 * np.pi), r * rng.uniform(0.1, 0.5)
            fruit = plain(rng, pick(rng, ("red", "orange", "yellow", "green")))
            shape.ellipsoid((q * np.cos(a), q * np.sin(a), h * 0.8), (0.07, 0.07, 0.065), fruit)
    return shape


def plate(rng: Rng) -> Shape:
    color = pick(rng, ("white", "white", "blue", "grey", "black", "green", "red"))
    shape = Shape("plate", color, "ceramic")
    r = rng.uniform(0.09, 0.14)
    shape.tube((0, 0, 0.011), r * 0.65, r, 0.022, plain(rng, color))
    shape.cylinder((0, 0, 0.005), r * 0.65, 0.01, plain(rng, color))
    return shape


def glass(rng: Rng) -> Shape:
    shape = Shape("glass", "grey", "glass")
    h = rng.uniform(0.09, 0.16)
    shape.tube(
        (0, 0, h / 2),
        0.028,
        rng.uniform(0.03, 0.04),
        h,
        plain(rng, "grey", gloss=0.55).with_(rgb=linear((190, 200, 205))),
    )
    return shape


def bottle(rng: Rng) -> Shape:
    color = pick(rng, ("green", "white", "blue", "brown", "black", "red", "grey", "orange", "yellow"))
    material = pick(rng, ("plastic", "glass")) if color in ("green", "brown", "white") else "plastic"
    body = plain(rng, color, gloss=0.4 if material == "glass" else 0.05)
    shape = Shape("bottle", color, material)
    r, h = rng.uniform(0.03, 0.045), rng.uniform(0.18, 0.33)
    shape.cylinder((0, 0, h * 0.32), r, h * 0.64, body)
    shape.frustum((0, 0, h * 0.73), r, r * 0.38, h * 0.18, body)
    shape.cylinder((0, 0, h * 0.91), r * 0.38, h * 0.18, body)
    shape.cylinder((0, 0, h * 0.98), r * 0.45, h * 0.06, plain(rng, pick(rng, ALL_COLORS)))
    if rng.random() < 0.6:
        shape.cylinder((0, 0, h * 0.33), r * 1.02, h * 0.25, printed(rng, pick(rng, ALL_COLORS)))
    return shape


def jar(rng: Rng) -> Shape:
    color = pick(rng, ("red", "orange", "brown", "green", "white", "yellow"))
    shape = Shape("jar", color, "glass")
    r, h = rng.uniform(0.03, 0.05), rng.uniform(0.08, 0.16)
    shape.cylinder((0, 0, h * 0.44), r, h * 0.88, plain(rng, color, gloss=0.2))
    shape.cylinder((0, 0, h * 0.94), r * 0.9, h * 0.12, plain(rng, pick(rng, ("grey", "black", "red", "beige"))))
    return shape


def pot(rng: Rng) -> Shape:
    color = pick(rng, ("grey", "black", "red", "blue"))
    shape = Shape("pot", color, "metal")
    body = plain(rng, color, gloss=0.2)
    r, h = rng.uniform(0.09, 0.14), rng.uniform(0.08, 0.16)
    shape.cylinder((0, 0, h / 2), r, h, body)
    for x in (-1, 1):
        shape.box((x * (r + 0.02), 0, h * 0.8), (0.05, 0.06, 0.015), plain(rng, "black"))
    if rng.random() < 0.6:
        shape.ellipsoid((0, 0, h), (2 * r, 2 * r, 0.05), body)
        shape.cylinder((0, 0, h + 0.035), 0.015, 0.03, plain(rng, "black"))
    return shape


def vase(rng: Rng) -> Shape:
    color = pick(rng, ALL_COLORS)
    shape = Shape("vase", color, "ceramic")
    glaze = plain(rng, color)
    h, r = rng.uniform(0.15, 0.35), rng.uniform(0.05, 0.09)
    shape.frustum((0, 0, h * 0.3), r * 0.6, r, h * 0.6, glaze)
    shape.tube((0, 0, h * 0.8), r, r * 0.5, h * 0.4, glaze)
    if rng.random() < 0.5:
        for _ in range(int(rng.integers(3, 7))):
            x, y = rng.normal(0, 0.05, 2)
            top = h + rng.uniform(0.08, 0.2)
            shape.bar((x * 0.2, y * 0.2, h * 0.9), (x, y, top), 0.006, plain(rng, "green"), round=True)
            shape.ellipsoid((x, y, top), (0.05, 0.05, 0.045), plain(rng, pick(rng, BRIGHT)))
    return shape


def cable_tray(rng: Rng) -> Shape:
    """A dish rack or paper tray of thin bars."""
    shape = Shape(pick(rng, ("dish rack", "paper tray")), "grey", "metal")
    steel = plain(rng, pick(rng, ("grey", "black", "white")), gloss=0.1)
    shape.color = steel.color
    w, d, h = rng.uniform(0.28, 0.42), rng.uniform(0.22, 0.32), rng.uniform(0.07, 0.14)
    shape.box((0, 0, 0.012), (w, d, 0.012), steel)
    for x in np.linspace(-w / 2, w / 2, 7):
        shape.bar((x, -d / 2, 0), (x, -d / 2, h), 0.006, steel)
        shape.bar((x, d / 2, 0), (x, d / 2, h), 0.006, steel)
    for y in (-1, 1):
        shape.bar((-w / 2, y * d / 2, h), (w / 2, y * d / 2, h), 0.007, steel)
    return shape


def cutting_board(rng: Rng) -> Shape:
    shape = Shape("cutting board", "brown", "wooden")
    t = rng.uniform(0.012, 0.025)
    shape.box((0, 0, t / 2), (rng.uniform(0.2, 0.28), rng.uniform(0.3, 0.4), t), wood(rng))
    return shape


TABLEWARE = {
    "mug": mug, "bowl": bowl, "plate": plate, "glass": glass, "bottle": bottle, "jar": jar, "pot": pot, "vase": vase,
    "dish rack": cable_tray, "cutting board": cutting_board,
}  # fmt: skip
