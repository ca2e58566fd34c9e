"""What one eats, drinks and cooks with."""

from __future__ import annotations

import numpy as np

from .palette import ALL_COLORS, BRIGHT, Paint, linear, paint, pick, plain, printed, wood
from .shapes import Shape
from .variants import variant

Rng = np.random.Generator
MUG_COLORS = ("white", "white", "white", "black", "red", "blue", "green", "yellow", "grey", "orange", "brown", "pink")


def mug(rng: Rng) -> Shape:
    """Straight, tapered, bellied, with or without drink in it; the cup on a saucer is held out."""
    return variant(rng, (_straight_mug, _straight_mug, _bellied_mug), _cup_on_saucer)(rng)


def _mug_shape(rng: Rng) -> tuple[Shape, Paint]:
    color = pick(rng, MUG_COLORS)
    glaze = plain(rng, color)
    if rng.random() < 0.2:
        glaze = printed(rng, color)
    return Shape("mug", color, "ceramic"), glaze


def _handle(rng: Rng, shape: Shape, r: float, h: float, glaze: Paint) -> None:
    """A loop on the +x side of a vessel."""
    reach, thick = rng.uniform(0.022, 0.036), rng.uniform(0.008, 0.013)
    if rng.random() < 0.5:
        for z in (0.25, 0.75):
            shape.bar((r * 0.85, 0, h * z), (r + reach, 0, h * z), thick, glaze)
        shape.bar((r + reach, 0, h * 0.24), (r + reach, 0, h * 0.76), thick, glaze)
    else:
        loop = [(r * 0.92 + reach * np.sin(a), 0, h * (0.5 - 0.32 * np.cos(a))) for a in np.linspace(0, np.pi, 5)]
        shape.path(loop, thick, glaze)


def _straight_mug(rng: Rng) -> Shape:
    shape, glaze = _mug_shape(rng)
    r, h = rng.uniform(0.034, 0.05), rng.uniform(0.075, 0.125)
    shape.tube((0, 0, h / 2), r * rng.uniform(0.68, 1.0), r, h, glaze)
    filling = plain(rng, pick(rng, ("white", "brown", "black")))
    shape.cylinder((0, 0, h * 0.4), r * 0.68, h * rng.uniform(0.3, 0.75), filling)
    if rng.random() < 0.9:
        _handle(rng, shape, r, h, glaze)
    if rng.random() < 0.12:
        shape.bar((0, 0, 0.01), (r * 0.9, 0.01, h + 0.05), 0.008, plain(rng, "grey", gloss=0.2), round=True)
    return shape


def _bellied_mug(rng: Rng) -> Shape:
    shape, glaze = _mug_shape(rng)
    r, h = rng.uniform(0.038, 0.052), rng.uniform(0.08, 0.11)
    shape.frustum((0, 0, h * 0.25), r * 0.7, r, h * 0.5, glaze)
    shape.tube((0, 0, h * 0.75), r, r * 0.85, h * 0.5, glaze)
    _handle(rng, shape, r, h, glaze)
    return shape


def _cup_on_saucer(rng: Rng) -> Shape:
    shape, glaze = _mug_shape(rng)
    r, h = rng.uniform(0.036, 0.048), rng.uniform(0.05, 0.07)
    shape.tube((0, 0, 0.009), r * 1.2, r * 1.8, 0.018, glaze)
    shape.cylinder((0, 0, 0.004), r * 1.2, 0.008, glaze)
    shape.tube((0, 0, 0.01 + h / 2), r * 0.6, r, h, glaze)
    shape.cylinder((0, 0, 0.01 + h * 0.35), r * 0.6, h * 0.6, plain(rng, pick(rng, ("brown", "black"))))
    _handle(rng, shape, r, h, glaze)
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
    """With a neck, a spray head, wide as a flask or shaped as a carton; the square-shouldered one is held out."""
    color = pick(rng, ("green", "white", "blue", "brown", "black", "red", "grey", "orange", "yellow"))
    material = pick(rng, ("plastic", "glass")) if color in ("green", "brown", "white") else "plastic"
    body = plain(rng, color, gloss=0.4 if material == "glass" else 0.05)
    shape = Shape("bottle", color, material)
    make = variant(rng, (_necked_bottle, _necked_bottle, _flask, _spray_bottle), _square_bottle)
    return make(rng, shape, body)


def _necked_bottle(rng: Rng, shape: Shape, body: Paint) -> Shape:
    r, h, shoulder = rng.uniform(0.028, 0.048), rng.uniform(0.17, 0.34), rng.uniform(0.5, 0.72)
    neck = rng.uniform(0.3, 0.55) * r
    shape.cylinder((0, 0, h * shoulder / 2), r, h * shoulder, body)
    shape.frustum((0, 0, h * (shoulder + 0.08)), r, neck, h * 0.16, body)
    rest = h * (0.84 - shoulder)
    shape.cylinder((0, 0, h * (shoulder + 0.16) + rest / 2), neck, rest, body)
    shape.cylinder((0, 0, h * 0.98), neck * 1.2, h * 0.06, plain(rng, pick(rng, ALL_COLORS)))
    if rng.random() < 0.6:
        shape.cylinder((0, 0, h * 0.3), r * 1.02, h * rng.uniform(0.15, 0.35), printed(rng, pick(rng, ALL_COLORS)))
    return shape


def _flask(rng: Rng, shape: Shape, body: Paint) -> Shape:
    r, h = rng.uniform(0.032, 0.045), rng.uniform(0.18, 0.3)
    shape.cylinder((0, 0, h * 0.43), r, h * 0.86, body)
    shape.cylinder(
        (0, 0, h * 0.93), r * rng.uniform(0.7, 1.0), h * 0.14, plain(rng, pick(rng, ("black", "grey", "white")))
    )
    return shape


def _spray_bottle(rng: Rng, shape: Shape, body: Paint) -> Shape:
    w, d, h = rng.uniform(0.07, 0.1), rng.uniform(0.045, 0.06), rng.uniform(0.16, 0.22)
    top = plain(rng, pick(rng, ("white", "red", "blue", "black")))
    shape.oval((0, 0, h * 0.4), (w, d, h * 0.8), body)
    shape.frustum((0, 0, h * 0.9), d * 0.45, 0.016, h * 0.2, body)
    shape.box((0.01, 0, h + 0.025), (0.075, 0.03, 0.04), top)
    shape.bar((0.025, 0, h + 0.02), (0.045, 0, h - 0.03), 0.012, top)
    return shape


def _square_bottle(rng: Rng, shape: Shape, body: Paint) -> Shape:
    w, h = rng.uniform(0.06, 0.085), rng.uniform(0.15, 0.26)
    shape.box((0, 0, h * 0.4), (w, w, h * 0.8), body)
    shape.cylinder((0, 0, h * 0.9), w * 0.25, h * 0.2, plain(rng, pick(rng, ALL_COLORS)))
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


def _belly(shape: Shape, r: float, h: float, glaze: Paint) -> None:
    shape.frustum((0, 0, h * 0.3), r * 0.6, r, h * 0.6, glaze)
    shape.tube((0, 0, h * 0.8), r, r * 0.5, h * 0.4, glaze)


def _slender(shape: Shape, r: float, h: float, glaze: Paint) -> None:
    shape.tube((0, 0, h / 2), r * 0.4, r * 0.8, h, glaze)
    shape.cylinder((0, 0, h * 0.4), r * 0.4, h * 0.8, glaze)


def _globe(shape: Shape, r: float, h: float, glaze: Paint) -> None:
    shape.ellipsoid((0, 0, h * 0.36), (2.4 * r, 2.4 * r, h * 0.72), glaze)
    shape.tube((0, 0, h * 0.85), r * 0.35, r * 0.5, h * 0.3, glaze)


def vase(rng: Rng) -> Shape:
    """Bellied, slender, or straight; the round one with a narrow neck is held out.  Half of them hold flowers."""
    color = pick(rng, ALL_COLORS)
    shape = Shape("vase", color, "ceramic")
    glaze = plain(rng, color)
    h, r = rng.uniform(0.15, 0.35), rng.uniform(0.05, 0.09)
    variant(rng, (_belly, _belly, _slender), _globe)(shape, r, h, glaze)
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
