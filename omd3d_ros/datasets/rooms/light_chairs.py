"""Chairs of bent tube, of moulded plastic, and folding ones; see chairs for the rest and for ``aside["rail"]``."""

from __future__ import annotations

import numpy as np

from .palette import paint, pick, plain
from .shapes import Shape, rotation

Rng = np.random.Generator


def cantilever_chair(rng: Rng) -> Shape:
    """One bent tube: runners on the floor, uprights at the front only, seat and back hung from it."""
    color = pick(rng, ("black", "black", "brown", "grey", "white", "red", "blue"))
    pad = plain(rng, color, texture=5, scale=60.0, gloss=0.02)
    shape = Shape("chair", color, pick(rng, ("leather", "fabric", "plastic")))
    tube = plain(rng, "grey", gloss=0.2) if rng.random() < 0.7 else plain(rng, "black", gloss=0.15)
    w, d, seat, top = rng.uniform(0.42, 0.5), rng.uniform(0.44, 0.52), rng.uniform(0.43, 0.47), rng.uniform(0.78, 0.92)
    for x in (-w / 2, w / 2):
        path = ((x, -d / 2, 0.012), (x, d / 2, 0.012), (x, d / 2, seat), (x, -d / 2 + 0.02, seat - 0.02),
                (x, -d / 2 - 0.08, top))  # fmt: skip
        shape.path(path, 0.024, tube)
    shape.bar((-w / 2, -d / 2, 0.012), (w / 2, -d / 2, 0.012), 0.024, tube, round=True)
    shape.box((0, 0.01, seat + 0.005), (w - 0.03, d - 0.06, rng.uniform(0.02, 0.06)), pad)
    tall = rng.uniform(0.18, 0.38)
    shape.box((0, -d / 2 - 0.055, top - tall / 2), (w - 0.03, 0.03, tall), pad, rotation(roll=0.2))
    if rng.random() < 0.4:
        for x in (-w / 2, w / 2):
            shape.box((x, 0.02, seat + 0.2), (0.04, d * 0.8, 0.025), pad)
            shape.bar((x, d / 2 - 0.05, seat), (x, d / 2 - 0.05, seat + 0.2), 0.024, tube, round=True)
    shape.aside["rail"] = (-d / 2 - 0.08, top, w)
    return shape


def garden_chair(rng: Rng) -> Shape:
    """Moulded in one piece of plastic, with arms and a slotted back."""
    color = pick(rng, ("white", "white", "green", "grey", "red", "blue", "yellow", "brown"))
    body = plain(rng, color)
    shape = Shape("chair", color, "plastic")
    w, d, seat, top = rng.uniform(0.48, 0.56), rng.uniform(0.44, 0.5), rng.uniform(0.4, 0.44), rng.uniform(0.78, 0.9)
    shape.box((0, 0, seat), (w * 0.86, d, 0.02), body, rotation(roll=0.06))
    for x in (-1, 1):
        for y in (-1, 1):
            shape.box(
                (x * w / 2, y * d * 0.46, seat / 2 + 0.1), (0.03, 0.06, seat + 0.2), body, rotation(pitch=x * -0.05)
            )
        shape.box((x * w / 2, 0, seat + 0.21), (0.05, d * 1.05, 0.02), body)
    tilt = rotation(roll=0.25)
    for x in np.linspace(-0.38, 0.38, 5):
        shape.box((x * w, -d / 2 - 0.05, (seat + top) / 2), (w * 0.13, 0.014, top - seat), body, tilt)
    shape.box((0, -d / 2 - 0.1, top - 0.03), (w * 0.92, 0.02, 0.08), body, tilt)
    shape.aside["rail"] = (-d / 2 - 0.12, top, w * 0.9)
    return shape


def folding_chair(rng: Rng) -> Shape:
    """Two crossed pairs of legs, one of which goes on up as the back."""
    color = pick(rng, ("brown", "black", "grey", "white", "red"))
    material = "wooden" if color == "brown" else "metal"
    body = paint(rng, color, material)
    shape = Shape("chair", color, material)
    w, d, seat, top = rng.uniform(0.38, 0.46), rng.uniform(0.4, 0.48), rng.uniform(0.43, 0.47), rng.uniform(0.76, 0.88)
    for x in (-1, 1):
        shape.bar((x * w / 2, d / 2, 0), (x * w / 2, -d / 2 - 0.06, top), 0.025, body)
        shape.bar((x * (w / 2 - 0.03), -d / 2, 0), (x * (w / 2 - 0.03), d / 2 - 0.06, seat), 0.025, body)
    for y in np.linspace(-0.4, 0.4, 5 if material == "wooden" else 1):
        shape.box((0, y * d, seat + 0.01), (w - 0.03, d * (0.17 if material == "wooden" else 0.9), 0.018), body)
    for z in (top - 0.05, top - 0.16):
        shape.box((0, -d / 2 + 0.015 * (top - z) - 0.04, z), (w, 0.015, 0.07), body, rotation(roll=0.4))
    shape.aside["rail"] = (-d / 2 - 0.06, top, w)
    return shape
