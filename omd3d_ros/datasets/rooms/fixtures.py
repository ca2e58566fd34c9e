"""What belongs to the walls and the floor: doors, windows, pictures, shelves, radiators, rugs.

Wall pieces have their back at -y and their origin at their lower edge; ``aside["z"]`` is the height to hang it at.
"""

from __future__ import annotations

import numpy as np

from .palette import (
    ALL_COLORS,
    CHECKER,
    COLORS,
    PLAIN,
    PRINT,
    STRIPES,
    Paint,
    fabric,
    jitter,
    linear,
    paint,
    pick,
    plain,
    printed,
)
from .shapes import Shape, rotation

Rng = np.random.Generator


def door(rng: Rng) -> Shape:
    color = pick(rng, ("white", "white", "brown", "brown", "grey", "blue", "red"))
    leaf = paint(rng, color, "wooden")
    shape = Shape("door", color, "wooden", tags={"wall"}, aside={"z": 0.0})
    w, h = rng.uniform(0.78, 0.95), rng.uniform(1.98, 2.1)
    if rng.random() < 0.25:
        return _open_door(rng, shape, w, h, leaf)
    shape.box((0, 0, h / 2), (w, 0.04, h), leaf)
    if rng.random() < 0.15:
        shape.box((0, 0.021, h * 0.7), (w * 0.55, 0.006, h * 0.4), plain(rng, "grey", gloss=0.7))
    frame = plain(rng, "white") if rng.random() < 0.6 else leaf.darker()
    for x in (-1, 1):
        shape.box((x * (w / 2 + 0.03), 0.005, h / 2 + 0.02), (0.06, 0.07, h + 0.04), frame)
    shape.box((0, 0.005, h + 0.03), (w + 0.12, 0.07, 0.06), frame)
    side = rng.choice([-1, 1]) * (w / 2 - 0.07)
    metal = plain(rng, "grey", gloss=0.15)
    shape.box((side, 0.04, 1.02), (0.025, 0.04, 0.025), metal)
    shape.box((side * 0.85, 0.065, 1.02), (0.12, 0.02, 0.025), metal)
    if rng.random() < 0.4:
        for z in (0.55, 1.45):
            shape.box((0, 0.022, z), (w * 0.6, 0.012, 0.6), leaf.darker(0.9))
    return shape


def _open_door(rng: Rng, shape: Shape, w: float, h: float, leaf: Paint) -> Shape:
    """The leaf swung into the room; the dim next room shows in the opening."""
    shape.box((0, 0, h / 2), (w, 0.01, h), plain(rng, pick(rng, ("grey", "beige", "brown"))).darker(0.5))
    for x in (-1, 1):
        shape.box((x * (w / 2 + 0.03), 0.005, h / 2 + 0.02), (0.06, 0.07, h + 0.04), leaf.darker(1.1))
    shape.box((0, 0.005, h + 0.03), (w + 0.12, 0.07, 0.06), leaf.darker(1.1))
    side, swing = float(rng.choice([-1, 1])), rng.uniform(0.3, 1.7)
    hinge = np.array([side * w / 2, 0.03, 0.0])
    turn = rotation(yaw=-side * swing)
    shape.box(hinge + turn @ np.array([-side * w / 2, 0, h / 2]), (w, 0.04, h), leaf, turn)
    grip = hinge + turn @ np.array([-side * (w - 0.07), 0.05, 1.02])
    shape.box(grip, (0.12, 0.03, 0.025), plain(rng, "grey", gloss=0.15), turn)
    return shape


def window(rng: Rng) -> Shape:
    color = pick(rng, ("white", "white", "brown", "grey"))
    frame = paint(rng, color, "wooden")
    shape = Shape("window", color, "glass", tags={"wall"}, aside={"z": rng.uniform(0.8, 1.1)})
    w, h = rng.uniform(0.8, 1.8), rng.uniform(0.9, 1.3)
    sky = plain(rng, "white", gloss=0.7, emission=rng.uniform(0.5, 1.0)).with_(
        rgb=linear((205, 222, 240)), accent=linear((150, 170, 160)), texture=PRINT if rng.random() < 0.3 else PLAIN
    )
    shape.box((0, -0.02, h / 2), (w, 0.01, h), sky)
    n = 1 if w < 1.0 else pick(rng, (2, 2, 3))
    for x in np.linspace(-w / 2, w / 2, n + 1):
        shape.box((x, 0, h / 2), (0.07, 0.06, h), frame)
    for z in (0.0, h):
        shape.box((0, 0, z), (w + 0.07, 0.06, 0.07), frame)
    shape.box((0, 0.06, -0.05), (w + 0.14, 0.16, 0.025), frame)
    return shape


def curtain(rng: Rng) -> Shape:
    color = pick(rng, ALL_COLORS)
    cloth = fabric(rng, color)
    height = rng.uniform(1.9, 2.2)
    shape = Shape("curtain", color, "fabric", tags={"wall"}, aside={"z": rng.uniform(0.02, 0.2)})
    w = rng.uniform(0.3, 0.7)
    n = max(3, round(w / 0.08))
    for i in range(n):
        x = -w / 2 + (i + 0.5) * w / n
        shape.oval((x, 0.01 * (-1) ** i, height / 2), (w / n * 1.24, 0.07, height), cloth)
    return shape


def picture(rng: Rng) -> Shape:
    color = pick(rng, ALL_COLORS)
    shape = Shape("picture", color, "paper", tags={"wall"}, aside={"z": rng.uniform(1.1, 1.5)})
    w, h = rng.uniform(0.25, 0.9), rng.uniform(0.25, 0.7)
    frame = paint(rng, pick(rng, ("black", "white", "brown", "brown")), "wooden")
    art = printed(rng, color).with_(accent=linear(jitter(rng, pick(rng, COLORS[pick(rng, ALL_COLORS)]))))
    shape.box((0, 0, h / 2), (w, 0.025, h), frame)
    shape.box((0, 0.0135, h / 2), (w - 0.05, 0.003, h - 0.05), art.with_(gloss=0.08))
    return shape


def poster(rng: Rng) -> Shape:
    color = pick(rng, ("white", "white", *ALL_COLORS))
    shape = Shape("poster", color, "paper", tags={"wall"}, aside={"z": rng.uniform(0.95, 1.4)})
    w = pick(rng, (0.21, 0.3, 0.42, 0.6))
    h = w * pick(rng, (1.41, 1.41, 0.71))
    shape.box((0, 0, h / 2), (w, 0.004, h), printed(rng, color))
    return shape


def whiteboard(rng: Rng) -> Shape:
    shape = Shape("whiteboard", "white", "metal", tags={"wall"}, aside={"z": rng.uniform(0.8, 1.0)})
    w, h = rng.uniform(0.9, 2.2), rng.uniform(0.7, 1.2)
    metal = plain(rng, "grey")
    shape.box((0, 0, h / 2), (w, 0.02, h), plain(rng, "white", gloss=0.1))
    for x in (-1, 1):
        shape.box((x * w / 2, 0.002, h / 2), (0.025, 0.03, h), metal)
    for z in (0, h):
        shape.box((0, 0.002, z), (w, 0.03, 0.025), metal)
    shape.box((0, 0.04, 0.0), (w * 0.5, 0.07, 0.012), metal)
    return shape


def wall_shelf(rng: Rng, width: float | None = None) -> Shape:
    """A long thin board on the wall, any colour."""
    color = pick(rng, ("red", "red", "white", "brown", "brown", "black", "grey", "blue", "green", "yellow"))
    board = paint(rng, color, "wooden")
    shape = Shape("wall shelf", color, "wooden", tags={"wall"}, aside={"z": rng.uniform(0.95, 1.6)})
    w, d, t = width or rng.uniform(0.6, 1.9), rng.uniform(0.16, 0.3), rng.uniform(0.018, 0.05)
    shape.box((0, 0, t / 2), (w, d, t), board)
    if rng.random() < 0.5:
        metal = plain(rng, "black")
        for x in (-0.35, 0.35):
            shape.box((x * w, 0, -0.01), (0.02, d * 0.8, 0.02), metal)
            shape.box((x * w, -d / 2 + 0.01, -0.08), (0.02, 0.02, 0.16), metal)
    return shape.surface((0, 0, t), w - 0.04, d - 0.02, 0.38, "shelf")


def clock(rng: Rng) -> Shape:
    color = pick(rng, ("white", "black", "red", "blue", "grey"))
    shape = Shape("clock", color, "plastic", tags={"wall"}, aside={"z": rng.uniform(1.6, 1.95)})
    r = rng.uniform(0.11, 0.2)
    facing = rotation(roll=-np.pi / 2)
    shape.cylinder((0, 0, r), r, 0.04, paint(rng, color, "plastic"), facing)
    shape.cylinder((0, 0.021, r), r * 0.86, 0.006, plain(rng, "white" if color != "white" else "beige"), facing)
    dark = plain(rng, "black")
    shape.bar((0, 0.028, r), (r * 0.4, 0.028, r * 1.3), 0.01, dark)
    shape.bar((0, 0.028, r), (-r * 0.2, 0.028, r * 1.65), 0.008, dark)
    return shape


def mirror(rng: Rng) -> Shape:
    shape = Shape("mirror", "grey", "glass", tags={"wall"}, aside={"z": rng.uniform(0.6, 1.1)})
    w, h = rng.uniform(0.4, 0.7), rng.uniform(0.6, 1.2)
    shape.box((0, 0, h / 2), (w, 0.02, h), paint(rng, pick(rng, ("brown", "black", "white")), "wooden"))
    glass = plain(rng, "grey", gloss=0.9).with_(rgb=linear((185, 195, 200)))
    shape.box((0, 0.011, h / 2), (w - 0.07, 0.004, h - 0.07), glass)
    return shape


def radiator(rng: Rng) -> Shape:
    color = pick(rng, ("white", "white", "grey"))
    shape = Shape("radiator", color, "metal", tags={"wall"}, aside={"z": rng.uniform(0.08, 0.16)})
    w, h = rng.uniform(0.6, 1.5), rng.uniform(0.4, 0.65)
    body = paint(rng, color, "metal")
    shape.box((0, 0.0, h / 2), (w, 0.05, h), body)
    n = round(w / 0.09)
    for i in range(n):
        shape.box((-w / 2 + (i + 0.5) * w / n, 0.035, h / 2), (0.045, 0.03, h * 0.9), body)
    shape.cylinder((w / 2 + 0.03, 0, 0.06), 0.02, 0.1, plain(rng, "white"))
    return shape


def towel(rng: Rng) -> Shape:
    color = pick(rng, ALL_COLORS)
    shape = Shape("towel", color, "fabric", tags={"wall"}, aside={"z": rng.uniform(0.7, 1.1)})
    w, h = rng.uniform(0.25, 0.5), rng.uniform(0.4, 0.7)
    cloth = fabric(rng, color)
    shape.box((0, 0, h / 2), (w, 0.025, h), cloth)
    shape.box((0, 0.016, h * 0.65), (w * 0.98, 0.016, h * 0.7), cloth)
    shape.bar((-w / 2 - 0.05, 0, h), (w / 2 + 0.05, 0, h), 0.018, plain(rng, "grey"), round=True)
    return shape


def coat_hook(rng: Rng) -> Shape:
    """A jacket on a hook."""
    color = pick(rng, ALL_COLORS)
    shape = Shape("jacket", color, "fabric", tags={"wall"}, aside={"z": rng.uniform(0.8, 1.0)})
    cloth = fabric(rng, color).with_(texture=5)
    h = rng.uniform(0.65, 0.85)
    shape.oval((0, 0.05, h * 0.25), (0.38, 0.16, h * 0.5), cloth)
    shape.oval((0, 0.04, h * 0.75), (0.3, 0.12, h * 0.5), cloth)
    for x in (-1, 1):
        shape.bar((x * 0.12, 0.05, h - 0.05), (x * 0.2, 0.06, h * 0.25), 0.1, cloth, round=True)
    shape.cylinder((0, 0.0, h + 0.03), 0.012, 0.06, plain(rng, "grey"))
    return shape


def socket(rng: Rng) -> Shape:
    shape = Shape("power socket", "white", "plastic", tags={"wall"}, aside={"z": rng.uniform(0.2, 1.2)})
    white = plain(rng, "white")
    n = pick(rng, (1, 2, 3))
    shape.box((0, 0, 0.042), (0.082 * n, 0.02, 0.082), white)
    return shape


def rug(rng: Rng) -> Shape:
    color = pick(rng, ALL_COLORS)
    shape = Shape("rug", color, "fabric", tags={"flat"})
    w, d = rng.uniform(0.8, 2.4), rng.uniform(0.6, 1.6)
    cloth = fabric(rng, color)
    if rng.random() < 0.4:
        cloth = cloth.with_(
            texture=pick(rng, (STRIPES, CHECKER)), scale=rng.uniform(2, 9),
            accent=linear(jitter(rng, pick(rng, COLORS[pick(rng, ALL_COLORS)]))),
        )  # fmt: skip
    if rng.random() < 0.2:
        shape.cylinder((0, 0, 0.006), d * 0.7, 0.012, cloth)
    else:
        shape.box((0, 0, 0.006), (w, d, 0.012), cloth)
    return shape


WALL_PIECES = {
    "picture": picture, "poster": poster, "whiteboard": whiteboard, "wall shelf": wall_shelf, "clock": clock,
    "mirror": mirror, "towel": towel, "jacket": coat_hook, "curtain": curtain, "power socket": socket,
}  # fmt: skip
