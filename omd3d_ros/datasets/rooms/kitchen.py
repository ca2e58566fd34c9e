"""Kitchen built-ins and appliances; their backs are at -y, against the wall."""

from __future__ import annotations

import numpy as np

from .palette import SPECKLE, Paint, paint, pick, plain, screen, wood
from .shapes import Shape, rotation
from .storage import fronts

Rng = np.random.Generator


def cabinet_run(rng: Rng, width: float, face: Paint, depth: float, height: float) -> Shape:
    """Base cabinets below a counter: hollow, so that a basin can hang in them."""
    shape = Shape("cabinet", face.color, "wooden", tags={"base"})
    kick = plain(rng, pick(rng, ("grey", "black", "white")))
    shape.box((0, depth / 2 - 0.02, 0.1 + (height - 0.1) / 2), (width, 0.03, height - 0.1), face.darker(0.9))
    for x in (-1, 1):
        shape.box((x * (width / 2 - 0.01), 0, 0.1 + (height - 0.1) / 2), (0.02, depth, height - 0.1), face)
    shape.box((0, depth / 2 - 0.07, 0.05), (width, 0.02, 0.1), kick)
    fronts(rng, shape, width, depth, 0.105, height - 0.005, face, drawers=width < 0.7 and rng.random() < 0.3)
    return shape


def counter_paint(rng: Rng) -> tuple[Paint, str, str]:
    roll = rng.random()
    if roll < 0.35:
        stone = plain(rng, "black", texture=SPECKLE, gloss=rng.uniform(0.3, 0.7))
        return stone.with_(accent=tuple(min(1.0, c * 4 + 0.03) for c in stone.rgb)), "black", "stone"
    if roll < 0.6:
        return wood(rng), "brown", "wooden"
    color = pick(rng, ("white", "grey", "grey", "beige"))
    return plain(rng, color, texture=SPECKLE, gloss=0.15), color, "stone"


def counter_top(
    rng: Rng, width: float, depth: float, height: float, top: tuple[Paint, str, str], basin: tuple[float, float] | None
) -> Shape:
    """A slab ``height`` high at its upper face; ``basin`` (x, width) leaves a hole for a sink."""
    slab, color, material = top
    shape = Shape("counter", color, material, tags={"built-in"})
    t = rng.uniform(0.03, 0.045)
    z, over = height - t / 2, 0.03
    if basin is None:
        shape.box((0, over / 2, z), (width, depth + over, t), slab)
        return shape.surface((0, 0.02, height), width - 0.04, depth - 0.06, 0.4)
    x, bw = basin
    hole = 0.36
    left, right = x - bw / 2 + width / 2, width / 2 - x - bw / 2
    shape.box((-width / 2 + left / 2, over / 2, z), (left, depth + over, t), slab)
    shape.box((width / 2 - right / 2, over / 2, z), (right, depth + over, t), slab)
    front = depth / 2 + over - (hole / 2 + 0.02)
    shape.box((x, hole / 2 + 0.02 + front / 2, z), (bw, front, t), slab)
    back = depth / 2 - hole / 2 + 0.02
    shape.box((x, -depth / 2 + back / 2, z), (bw, back, t), slab)
    for side, center in ((left, -width / 2 + left / 2), (right, width / 2 - right / 2)):
        if side > 0.2:
            shape.surface((center, 0.02, height), side - 0.04, depth - 0.06, 0.4)
    return shape


def sink(rng: Rng, width: float) -> Shape:
    """A basin whose rim lies at z = 0 and which hangs below, with a tap behind."""
    color = "grey" if rng.random() < 0.75 else "white"
    steel = plain(rng, color, gloss=0.2 if color == "grey" else 0.03)
    shape = Shape("sink", color, "metal" if color == "grey" else "ceramic")
    d, deep, y = 0.36, rng.uniform(0.14, 0.2), 0.02
    shape.box((0, y, -deep), (width, d, 0.006), steel.darker(0.85))
    for x in (-1, 1):
        shape.box((x * (width / 2 - 0.004), y, -deep / 2), (0.008, d, deep), steel)
        shape.box((x * (width / 2 + 0.012), y, 0.003), (0.03, d + 0.05, 0.006), steel)
        shape.box((0, y + x * (d / 2 - 0.004), -deep / 2), (width, 0.008, deep), steel)
        shape.box((0, y + x * (d / 2 + 0.012), 0.003), (width + 0.05, 0.03, 0.006), steel)
    tap = rng.uniform(0.18, 0.34)
    chrome = plain(rng, "grey", gloss=0.3)
    back = y - d / 2 - 0.03
    shape.cylinder((0, back, tap / 2), 0.014, tap, chrome)
    shape.bar((0, back, tap - 0.01), (0, back + 0.17, tap - 0.03), 0.02, chrome, round=True)
    shape.cylinder((0, back + 0.17, tap - 0.05), 0.011, 0.05, chrome)
    return shape


def stove(rng: Rng, height: float, depth: float, over: float) -> Shape:
    """An oven with a hob on top."""
    color = pick(rng, ("white", "black", "grey"))
    body, dark = paint(rng, color, "metal"), plain(rng, "black", gloss=0.75)
    shape = Shape("stove", color, "metal")
    w, d = 0.6, depth
    shape.box((0, 0, height / 2), (w, d, height - 0.01), body)
    shape.box((0, over / 2, height + 0.004), (w - 0.02, d + over - 0.03, 0.012), dark)
    for x in (-0.14, 0.14):
        for y in (-0.13, 0.13):
            shape.cylinder((x, y, height + 0.012), rng.uniform(0.06, 0.1), 0.006, plain(rng, "grey", gloss=0.3))
    shape.box((0, d / 2 + 0.01, height * 0.42), (w - 0.04, 0.02, height * 0.5), dark if color != "white" else body)
    shape.box((0, d / 2 + 0.021, height * 0.4), (w - 0.16, 0.004, height * 0.3), dark)
    shape.bar(
        (-w / 2 + 0.06, d / 2 + 0.05, height * 0.72),
        (w / 2 - 0.06, d / 2 + 0.05, height * 0.72),
        0.02,
        plain(rng, "grey"),
    )
    for x in np.linspace(-0.22, 0.22, 5):
        shape.cylinder((x, d / 2 + 0.015, height * 0.86), 0.02, 0.03, plain(rng, "grey"), rotation(roll=np.pi / 2))
    return shape


def under_counter(rng: Rng, height: float, depth: float) -> Shape:
    """A dishwasher or washing machine the size of a base cabinet."""
    return _front_loader(rng, pick(rng, ("dishwasher", "washing machine")), height, depth)


def washing_machine(rng: Rng) -> Shape:
    """One that stands on its own."""
    shape = _front_loader(rng, "washing machine", 0.85, 0.56)
    return shape.surface((0, 0, 0.845), 0.58, 0.54, 0.8)


def _front_loader(rng: Rng, kind: str, height: float, depth: float) -> Shape:
    color = pick(rng, ("white", "white", "grey"))
    body = paint(rng, color, "metal")
    shape = Shape(kind, color, "metal")
    shape.box((0, 0, height / 2), (0.595, depth, height - 0.01), body)
    shape.box((0, depth / 2 + 0.004, height - 0.07), (0.57, 0.01, 0.1), body.darker(0.75))
    if kind == "dishwasher":
        shape.bar(
            (-0.2, depth / 2 + 0.03, height - 0.14), (0.2, depth / 2 + 0.03, height - 0.14), 0.02, plain(rng, "grey")
        )
    else:
        facing = rotation(roll=np.pi / 2)
        shape.cylinder((0, depth / 2 + 0.01, height * 0.47), 0.19, 0.04, plain(rng, "grey"), facing)
        shape.cylinder((0, depth / 2 + 0.02, height * 0.47), 0.14, 0.04, plain(rng, "black", gloss=0.7), facing)
    return shape


def refrigerator(rng: Rng) -> Shape:
    color = pick(rng, ("white", "white", "grey", "grey", "black", "red"))
    body = paint(rng, color, "metal")
    shape = Shape("refrigerator", color, "metal")
    w, d, h = (
        rng.uniform(0.55, 0.75),
        rng.uniform(0.58, 0.68),
        rng.choice([rng.uniform(1.6, 1.95), rng.uniform(0.85, 1.2)]),
    )
    shape.box((0, 0, h / 2), (w, d, h), body.darker(0.92))
    split = h * pick(rng, (0.35, 0.62, 0.7)) if h > 1.3 else h * 0.75
    handle = plain(rng, pick(rng, ("grey", "black")), gloss=0.2)
    side = rng.choice([-1, 1])
    for low, high in ((0.05, split - 0.004), (split + 0.004, h)):
        shape.box((0, d / 2 + 0.02, (low + high) / 2), (w, 0.045, high - low), body)
        x, z = side * (w / 2 - 0.05), (low + high) / 2
        reach = min(0.2, (high - low) * 0.35)
        shape.bar((x, d / 2 + 0.07, z - reach), (x, d / 2 + 0.07, z + reach), 0.022, handle)
    return shape.surface((0, 0, h), w, d, 0.4)


def microwave(rng: Rng) -> Shape:
    color = pick(rng, ("black", "white", "grey"))
    body = paint(rng, color, "metal")
    shape = Shape("microwave", color, "metal")
    w, d, h = rng.uniform(0.44, 0.54), rng.uniform(0.32, 0.42), rng.uniform(0.25, 0.31)
    shape.box((0, 0, h / 2 + 0.008), (w, d, h - 0.016), body)
    shape.box((-w * 0.12, d / 2 + 0.004, h / 2), (w * 0.68, 0.01, h * 0.78), plain(rng, "black", gloss=0.75))
    shape.box((w * 0.37, d / 2 + 0.004, h / 2), (w * 0.2, 0.008, h * 0.78), body.darker(0.6))
    return shape


def kettle(rng: Rng) -> Shape:
    color = pick(rng, ("grey", "white", "black", "red", "blue"))
    body = paint(rng, color, "metal" if color in ("grey", "black") else "plastic")
    shape = Shape("kettle", color, "metal" if color in ("grey", "black") else "plastic")
    h = rng.uniform(0.18, 0.24)
    shape.frustum((0, 0, h / 2), 0.085, 0.06, h, body)
    shape.ellipsoid((0, 0, h), (0.11, 0.11, 0.03), plain(rng, "black"))
    dark = plain(rng, "black")
    shape.bar((0.07, 0, h * 0.95), (0.13, 0, h * 0.85), 0.02, dark)
    shape.bar((0.13, 0, h * 0.88), (0.11, 0, h * 0.25), 0.02, dark)
    shape.bar((-0.06, 0, h * 0.75), (-0.115, 0, h * 0.95), 0.028, body)
    return shape


def toaster(rng: Rng) -> Shape:
    color = pick(rng, ("grey", "white", "black", "red"))
    shape = Shape("toaster", color, "metal")
    h = rng.uniform(0.17, 0.2)
    shape.box((0, 0, h / 2), (rng.uniform(0.26, 0.32), 0.17, h), paint(rng, color, "metal"))
    for y in (-0.035, 0.035):
        shape.box((0, y, h), (0.2, 0.025, 0.006), plain(rng, "black"))
    return shape


def coffee_machine(rng: Rng) -> Shape:
    color = pick(rng, ("black", "grey", "red", "white"))
    body = paint(rng, color, "plastic")
    shape = Shape("coffee machine", color, "plastic")
    h = rng.uniform(0.28, 0.36)
    shape.box((0, 0, 0.02), (0.2, 0.3, 0.04), body)
    shape.box((0, -0.09, h / 2), (0.2, 0.12, h), body)
    shape.box((0, 0.01, h - 0.05), (0.2, 0.28, 0.1), body)
    shape.cylinder((0, 0.06, 0.1), 0.06, 0.12, plain(rng, "black", gloss=0.6))
    return shape


def wall_cupboard(rng: Rng, width: float, face: Paint) -> Shape:
    """Hangs on the wall; its origin is at its lower edge."""
    shape = Shape("wall cupboard", face.color, "wooden", tags={"wall"})
    d, h = rng.uniform(0.3, 0.37), rng.uniform(0.55, 0.8)
    shape.box((0, 0, h / 2), (width, d, h), face.darker(0.92))
    fronts(rng, shape, width, d, 0.0, h, face, drawers=False)
    return shape


def range_hood(rng: Rng) -> Shape:
    color = pick(rng, ("grey", "grey", "black", "white"))
    steel = paint(rng, color, "metal")
    shape = Shape("range hood", color, "metal", tags={"wall"})
    shape.box((0, 0, 0.03), (0.6, 0.48, 0.06), steel)
    shape.box((0, -0.1, 0.12), (0.42, 0.28, 0.12), steel)
    shape.box((0, -0.14, 0.5), (0.24, 0.2, 0.7), steel)
    return shape


def wall_screen(rng: Rng, category: str = "tv") -> Shape:
    """A flat screen hung on the wall, origin at its lower edge."""
    shape = Shape(category, "black", "plastic", tags={"wall", "screen"})
    w = rng.uniform(0.6, 1.4)
    h = w * 0.58
    shape.box((0, 0, h / 2), (w, 0.06, h), plain(rng, "black", gloss=0.3))
    shape.box((0, 0.031, h / 2), (w - 0.05, 0.006, h - 0.05), screen(rng, on=bool(rng.random() < 0.5)))
    return shape


ON_COUNTER = {
    "microwave": microwave, "kettle": kettle, "toaster": toaster, "coffee machine": coffee_machine,
}  # fmt: skip
