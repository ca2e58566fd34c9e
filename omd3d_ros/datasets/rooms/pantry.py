"""Small things of kitchens, bathrooms and sideboards: food, trays, pans, candles, hats."""

from __future__ import annotations

import numpy as np

from .palette import ALL_COLORS, BRIGHT, fabric, linear, paint, pick, plain, wood
from .shapes import Shape, rotation

Rng = np.random.Generator


def tray(rng: Rng) -> Shape:
    """A board with a rim, on which other things may stand."""
    color = pick(rng, ("brown", "brown", "black", "white", "red", "grey", "green"))
    material = pick(rng, ("wooden", "wooden", "plastic", "metal")) if color != "brown" else "wooden"
    body = paint(rng, color, material)
    shape = Shape("tray", color, material, tags={"tray"})
    w, d, h = rng.uniform(0.3, 0.5), rng.uniform(0.2, 0.36), rng.uniform(0.025, 0.05)
    shape.box((0, 0, 0.006), (w, d, 0.012), body)
    for s in (-1, 1):
        shape.box((s * (w - 0.01) / 2, 0, h / 2), (0.012, d, h), body)
        shape.box((0, s * (d - 0.01) / 2, h / 2), (w, 0.012, h), body)
    return shape.surface((0, 0, 0.012), w - 0.05, d - 0.05, 0.4, "tray")


def pan(rng: Rng) -> Shape:
    color = pick(rng, ("black", "black", "grey", "red"))
    body = plain(rng, color, gloss=0.2)
    shape = Shape("pan", color, "metal")
    r, h = rng.uniform(0.1, 0.15), rng.uniform(0.035, 0.06)
    shape.tube((0, 0, h / 2), r * 0.82, r, h, body)
    shape.cylinder((0, 0, 0.006), r * 0.8, 0.012, body.darker(0.8))
    long = rng.uniform(0.14, 0.2)
    shape.bar((0, r * 0.95, h * 0.8), (0, r + long, h + 0.02), 0.022, plain(rng, "black"))
    return shape


def hanging_pan(rng: Rng) -> Shape:
    """A pan on a hook, its bottom to the wall at -y."""
    shape = pan(rng).turned(rotation(roll=np.pi / 2))
    shape.tags, shape.aside = {"wall"}, {"z": rng.uniform(1.2, 1.6)}
    return shape


def cutlery_jar(rng: Rng) -> Shape:
    color = pick(rng, ("white", "grey", "brown", "black", "blue"))
    shape = Shape("cutlery jar", color, pick(rng, ("ceramic", "metal")))
    r, h = rng.uniform(0.045, 0.065), rng.uniform(0.12, 0.17)
    shape.tube((0, 0, h / 2), r * 0.9, r, h, plain(rng, color))
    for _ in range(int(rng.integers(3, 7))):
        a, out = rng.uniform(0, 2 * np.pi), rng.uniform(0.02, 0.07)
        top = np.array([out * np.cos(a), out * np.sin(a), h + rng.uniform(0.06, 0.15)])
        stick = wood(rng) if rng.random() < 0.5 else plain(rng, pick(rng, ("grey", "black", "red")))
        shape.bar((0, 0, 0.02), top, 0.011, stick, round=True)
        shape.ellipsoid(top, (0.045, 0.015, 0.07), stick, rotation(yaw=a))
    return shape


def paper_towel_roll(rng: Rng) -> Shape:
    shape = Shape("paper towel roll", "white", "paper")
    r = rng.uniform(0.05, 0.07)
    shape.cylinder((0, 0, 0.125), r, 0.23, plain(rng, "white"))
    if rng.random() < 0.6:
        foot = wood(rng) if rng.random() < 0.5 else plain(rng, "grey", gloss=0.2)
        shape.cylinder((0, 0, 0.012), r * 1.2, 0.024, foot)
        shape.cylinder((0, 0, 0.16), 0.011, 0.3, foot)
    return shape


def fruit(rng: Rng) -> Shape:
    """One or several of a kind: round ones, or bananas."""
    color = pick(rng, ("red", "orange", "yellow", "green"))
    shape = Shape("fruit", color, "organic")
    if color == "yellow" and rng.random() < 0.6:
        for k in range(int(rng.integers(1, 4))):
            points = [(x, 0.03 * k + 0.25 * x * x, 0.02) for x in np.linspace(-0.09, 0.09, 4)]
            shape.path(points, 0.034, plain(rng, color))
        return shape.turned(np.eye(3))
    r = rng.uniform(0.03, 0.045)
    for k in range(pick(rng, (1, 1, 1, 2, 3))):
        shape.ellipsoid((2.1 * r * k, rng.normal(0, r / 2), r * 0.95), (2 * r, 2 * r, 1.9 * r), plain(rng, color))
    return shape.turned(np.eye(3))


def bread(rng: Rng) -> Shape:
    crust = plain(rng, "brown", texture=5, scale=60.0).with_(rgb=linear((178, 120, 66)))
    shape = Shape("bread", "brown", "organic")
    w = rng.uniform(0.18, 0.32)
    if rng.random() < 0.5:
        shape.ellipsoid((0, 0, 0.045), (w, w * 0.45, 0.1), crust)
    else:
        shape.box((0, 0, 0.04), (w, 0.11, 0.08), crust)
        shape.oval((0, 0, 0.055), (w, 0.12, 0.08), crust)
    return shape


def soap_dispenser(rng: Rng) -> Shape:
    color = pick(rng, ("white", "white", "green", "blue", "pink", "orange", "black"))
    shape = Shape("soap dispenser", color, "plastic")
    r, h = rng.uniform(0.028, 0.04), rng.uniform(0.11, 0.16)
    top = plain(rng, pick(rng, ("white", "black", "grey")))
    shape.cylinder((0, 0, h / 2), r, h, plain(rng, color))
    shape.cylinder((0, 0, h + 0.02), r * 0.3, 0.04, top)
    shape.bar((0, 0, h + 0.045), (0, 0.05, h + 0.04), 0.016, top)
    return shape


def candle(rng: Rng) -> Shape:
    color = pick(rng, ("white", "white", "red", "beige", "green", "yellow"))
    wax = plain(rng, color)
    shape = Shape("candle", color, "plastic")
    if rng.random() < 0.5:
        r, h = rng.uniform(0.03, 0.05), rng.uniform(0.07, 0.18)
        shape.cylinder((0, 0, h / 2), r, h, wax)
        shape.cylinder((0, 0, h + 0.006), 0.003, 0.014, plain(rng, "black"))
        return shape
    holder = plain(rng, pick(rng, ("grey", "black", "yellow")), gloss=0.25)
    foot = rng.uniform(0.08, 0.2)
    shape.cylinder((0, 0, 0.01), 0.05, 0.02, holder)
    shape.cylinder((0, 0, foot / 2), 0.013, foot, holder)
    shape.cylinder((0, 0, foot + 0.01), 0.028, 0.02, holder)
    shape.cylinder((0, 0, foot + 0.11), 0.012, 0.2, wax)
    return shape


def pen(rng: Rng) -> Shape:
    color = pick(rng, ("black", "blue", "red", "yellow", "green", "white"))
    shape = Shape("pen", color, "plastic")
    shape.bar((0, -0.075, 0.006), (0, 0.075, 0.006), 0.012, plain(rng, color), round=True)
    shape.bar((0, 0.04, 0.007), (0, 0.08, 0.007), 0.013, plain(rng, pick(rng, ("black", "grey"))), round=True)
    return shape


def globe(rng: Rng) -> Shape:
    shape = Shape("globe", "blue", "plastic")
    r = rng.uniform(0.09, 0.17)
    land = linear((80, 130, 70))
    foot = wood(rng) if rng.random() < 0.5 else plain(rng, "black")
    middle = np.array([0, 0, r + 0.08])
    shape.cylinder((0, 0, 0.012), r * 0.6, 0.024, foot)
    shape.cylinder((0, 0, 0.05), 0.012, 0.08, foot)
    shape.ellipsoid(middle, (2 * r, 2 * r, 2 * r), plain(rng, "blue", texture=4).with_(accent=land))
    arc = [middle + 1.08 * r * np.array([np.sin(a), 0, -np.cos(a)]) for a in np.linspace(0, np.pi, 6)]
    shape.path(arc, 0.012, plain(rng, "grey", gloss=0.2))
    return shape


def hat(rng: Rng) -> Shape:
    color = pick(rng, ALL_COLORS)
    cloth = fabric(rng, color)
    shape = Shape("hat", color, pick(rng, ("fabric", "wicker")))
    if rng.random() < 0.6:
        shape.oval((0, 0, 0.006), (rng.uniform(0.3, 0.42), 0.34, 0.012), cloth)
        shape.frustum((0, 0, 0.06), 0.1, 0.085, 0.11, cloth)
    else:
        shape.ellipsoid((0, 0, 0.04), (0.2, 0.22, 0.18), cloth)
        shape.oval((0, 0.11, 0.045), (0.17, 0.16, 0.012), cloth.darker(0.9))
    return shape.turned(np.eye(3))


def helmet(rng: Rng) -> Shape:
    color = pick(rng, (*BRIGHT, "white", "black"))
    shell = plain(rng, color, gloss=0.12)
    shape = Shape("helmet", color, "plastic")
    shape.ellipsoid((0, 0, 0.09), (0.22, 0.28, 0.2), shell)
    shape.oval((0, 0.02, 0.06), (0.24, 0.3, 0.03), shell.darker(0.8))
    for x in (-0.05, 0.0, 0.05):
        shape.bar((x, -0.1, 0.17), (x, 0.1, 0.17), 0.018, plain(rng, "black"))
    return shape.turned(np.eye(3))


def blanket(rng: Rng) -> Shape:
    """Folded to a flat parcel."""
    color = pick(rng, ALL_COLORS)
    cloth = fabric(rng, color)
    shape = Shape("blanket", color, "fabric")
    w, d = rng.uniform(0.35, 0.6), rng.uniform(0.28, 0.45)
    for i in range(int(rng.integers(2, 5))):
        shift = rng.normal(0, 0.012, 2)
        shape.box((*shift, 0.025 * (i + 0.5)), (w, d, 0.024), cloth.darker(rng.uniform(0.88, 1.0)))
    return shape


def toilet_paper(rng: Rng) -> Shape:
    shape = Shape("toilet paper", "white", "paper")
    for k in range(pick(rng, (1, 1, 2, 3))):
        shape.tube((0, 0, 0.05 + 0.1 * k), 0.055, 0.055, 0.098, plain(rng, "white"))
        shape.cylinder((0, 0, 0.05 + 0.1 * k), 0.053, 0.09, plain(rng, "white"))
    return shape


PANTRY = {
    "tray": tray, "pan": pan, "cutlery jar": cutlery_jar, "paper towel roll": paper_towel_roll, "fruit": fruit,
    "bread": bread, "soap dispenser": soap_dispenser, "candle": candle, "pen": pen, "globe": globe, "hat": hat,
    "helmet": helmet, "blanket": blanket, "toilet paper": toilet_paper,
}  # fmt: skip
