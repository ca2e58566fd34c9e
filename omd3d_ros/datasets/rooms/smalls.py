"""Small things that stand on tables, counters, shelves and floors."""

from __future__ import annotations

import numpy as np

from .palette import ALL_COLORS, BRIGHT, NEUTRAL, fabric, linear, paint, pick, plain, printed, screen, wood
from .shapes import Shape, rotation

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
    shape = Shape("bowl", color, pick(rng, ("ceramic", "plastic", "wooden") if color == "brown" else ("ceramic", "plastic")))
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
    shape.tube((0, 0, h / 2), 0.028, rng.uniform(0.03, 0.04), h, plain(rng, "grey", gloss=0.55).with_(rgb=linear((190, 200, 205))))
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


def book(rng: Rng, standing: bool | None = None) -> Shape:
    """Lying, or standing half open, or leaning back as on a display."""
    color = pick(rng, ALL_COLORS + BRIGHT)
    cover = printed(rng, color)
    shape = Shape("book", color, "paper")
    w, h, t = rng.uniform(0.12, 0.2), rng.uniform(0.18, 0.28), rng.uniform(0.012, 0.045)
    standing = rng.random() < 0.35 if standing is None else standing
    if standing:
        lean = rng.uniform(0.0, 0.3)
        turn = rotation(roll=lean)
        z = (h * np.cos(lean) + t * np.sin(lean)) / 2
        shape.box((0, 0, z), (w, t, h), cover, turn)
        shape.tags.add("standing")
        return shape
    pages = plain(rng, "white").with_(rgb=linear((225, 218, 200)))
    shape.box((0, 0, t / 2), (w - 0.004, h - 0.004, t - 0.004), pages)
    shape.box((0, 0, t - 0.0015), (w, h, 0.003), cover)
    shape.box((0, 0, 0.0015), (w, h, 0.003), cover)
    shape.box((-w / 2 + 0.002, 0, t / 2), (0.004, h, t), cover)
    return shape


def book_row(rng: Rng, width: float, headroom: float) -> Shape:
    """Several upright books as one group."""
    shape = Shape("books", "colourful", "paper", tags={"row"})
    x, end = -width / 2, width / 2
    while True:
        t, h, d = rng.uniform(0.015, 0.05), min(rng.uniform(0.17, 0.3), headroom - 0.02), rng.uniform(0.12, 0.18)
        if x + t > end or h < 0.08:
            break
        shape.box((x + t / 2, rng.uniform(-0.01, 0.01), h / 2), (t - 0.001, d, h), printed(rng, pick(rng, ALL_COLORS)))
        x += t
    return shape


def magazine(rng: Rng) -> Shape:
    color = pick(rng, ("white", "black", "red", "blue", "purple", "yellow", "green", "grey"))
    shape = Shape(pick(rng, ("magazine", "magazine", "newspaper", "paper")), color, "paper")
    if shape.category != "magazine":
        shape.color = color = "white"
    w = rng.uniform(0.19, 0.23) if shape.category != "newspaper" else rng.uniform(0.28, 0.4)
    t = rng.uniform(0.003, 0.008)
    shape.box((0, 0, t / 2), (w, w * 1.35, t), printed(rng, color))
    return shape


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


def plant(rng: Rng, big: bool | None = None) -> Shape:
    shape = Shape("plant", "green", "organic")
    big = rng.random() < 0.3 if big is None else big
    k = rng.uniform(2.2, 3.4) if big else 1.0
    pot_h, r = 0.11 * k**0.8, 0.065 * k**0.8
    shape.tube((0, 0, pot_h / 2), r * 0.75, r, pot_h, plain(rng, pick(rng, ("orange", "white", "black", "grey", "brown", "blue"))))
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


def laptop(rng: Rng) -> Shape:
    color = pick(rng, ("grey", "grey", "black", "white"))
    body = paint(rng, color, "metal")
    shape = Shape("laptop", color, "metal", tags={"screen"})
    w, d = rng.uniform(0.3, 0.38), rng.uniform(0.21, 0.26)
    shape.box((0, 0, 0.009), (w, d, 0.018), body)
    shape.box((0, -0.02, 0.0185), (w * 0.86, d * 0.45, 0.002), plain(rng, "black"))
    tilt = rng.uniform(0.1, 0.5)
    up = rotation(roll=tilt)
    lid = np.array([0, -d / 2 - np.sin(tilt) * d / 2, 0.018 + np.cos(tilt) * d / 2])
    shape.box(lid, (w, 0.008, d), body, up)
    shape.box(lid + up @ np.array([0, 0.005, 0]), (w * 0.94, 0.003, d * 0.9), screen(rng, on=bool(rng.random() < 0.6)), up)
    return shape


def monitor(rng: Rng) -> Shape:
    shape = Shape("monitor", "black", "plastic", tags={"screen"})
    color = pick(rng, ("black", "black", "black", "grey", "white"))
    shape.color = color
    body = plain(rng, color)
    w = rng.uniform(0.42, 0.68)
    h, lift = w * 0.6, rng.uniform(0.08, 0.16)
    shape.box((0, 0, 0.008), (w * 0.4, 0.18, 0.016), body)
    shape.box((0, -0.03, lift / 2 + 0.06), (0.06, 0.03, lift + 0.12), body)
    shape.box((0, 0, lift + h / 2), (w, 0.035, h), body)
    shape.box((0, 0.018, lift + h / 2), (w - 0.03, 0.003, h - 0.03), screen(rng, on=bool(rng.random() < 0.5)))
    return shape


def tv(rng: Rng) -> Shape:
    shape = monitor(rng)
    shape.category, shape.color = "tv", "black"
    grow = np.array([2.0, 1.2, 1.6])
    shape.parts = [(k, c * grow, t, h * grow, e, p) for k, c, t, h, e, p in shape.parts]
    return shape


def keyboard(rng: Rng) -> Shape:
    color = pick(rng, ("black", "black", "white", "grey"))
    shape = Shape("keyboard", color, "plastic")
    w = rng.uniform(0.32, 0.45)
    shape.box((0, 0, 0.009), (w, 0.14, 0.018), plain(rng, color))
    keys = plain(rng, color, texture=3, scale=50.0)
    shape.box((0, 0, 0.02), (w - 0.02, 0.12, 0.006), keys)
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
                    (x * 0.035 * k, y * 0.045 * k, 0.018 * k), 0.018 * k, 0.02 * k, plain(rng, "black"), rotation(pitch=np.pi / 2)
                )
    elif style == 1:
        for i in range(int(rng.integers(2, 5))):
            shape.box((rng.uniform(-0.01, 0.01), 0, 0.025 + i * 0.05), (0.06, 0.05, 0.05), body if i % 2 == 0 else plain(rng, pick(rng, BRIGHT)))
    else:
        r = rng.uniform(0.05, 0.12)
        shape.category = "ball"
        shape.ellipsoid((0, 0, r), (2 * r, 2 * r, 2 * r), body)
    return shape


def controller(rng: Rng) -> Shape:
    color = pick(rng, ("black", "black", "white", "grey"))
    body = plain(rng, color, gloss=0.1)
    if rng.random() < 0.5:
        shape = Shape("remote control", color, "plastic")
        shape.box((0, 0, 0.01), (0.045, rng.uniform(0.14, 0.2), 0.02), body)
        return shape
    shape = Shape("game controller", color, "plastic")
    shape.box((0, 0, 0.025), (0.1, 0.06, 0.035), body)
    for x in (-1, 1):
        shape.ellipsoid((x * 0.06, -0.03, 0.025), (0.05, 0.1, 0.05), body, rotation(yaw=x * 0.3))
    return shape


def phone(rng: Rng) -> Shape:
    shape = Shape("phone", "black", "plastic")
    shape.box((0, 0, 0.005), (0.075, 0.15, 0.01), plain(rng, "black", gloss=0.5))
    return shape


def picture_stand(rng: Rng) -> Shape:
    """A small framed card or leaflet holder that leans back."""
    color = pick(rng, ALL_COLORS)
    shape = Shape("picture frame", color, "paper", tags={"standing"})
    w, h = rng.uniform(0.1, 0.22), rng.uniform(0.13, 0.3)
    turn = rotation(roll=rng.uniform(0.12, 0.35))
    shape.box((0, 0, h / 2), (w, 0.012, h), paint(rng, pick(rng, ("brown", "white", "black")), "wooden"), turn)
    shape.box(np.array([0, 0, h / 2]) + turn @ np.array([0, 0.007, 0]), (w * 0.84, 0.003, h * 0.86), printed(rng, color), turn)
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


SMALLS = {
    "mug": mug, "bowl": bowl, "plate": plate, "glass": glass, "bottle": bottle, "book": book, "magazine": magazine,
    "box": box, "storage box": storage_box, "basket": basket, "jar": jar, "pot": pot, "vase": vase, "plant": plant,
    "laptop": laptop, "monitor": monitor, "tv": tv, "keyboard": keyboard, "lamp": lamp, "floor lamp": floor_lamp,
    "trash can": trash_can, "backpack": backpack, "pillow": pillow, "shoes": shoe, "teddy bear": teddy, "toy": toy,
    "remote control": controller, "phone": phone, "picture frame": picture_stand, "tissue box": tissue_box,
    "object": thing, "dish rack": cable_tray, "cutting board": cutting_board,
}  # fmt: skip
