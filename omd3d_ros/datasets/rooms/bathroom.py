"""Bathroom fittings; backs at -y, against the wall."""

from __future__ import annotations

import numpy as np

from .palette import ALL_COLORS, fabric, paint, pick, plain
from .shapes import Shape, rotation
from .storage import fronts

Rng = np.random.Generator


def bathtub(rng: Rng) -> Shape:
    """Long side to the wall; hollow, so that a camera sees into it."""
    shape = Shape("bathtub", "white", "ceramic")
    white = plain(rng, "white", gloss=0.08)
    w, d, h, rim = rng.uniform(1.5, 1.8), rng.uniform(0.7, 0.8), rng.uniform(0.5, 0.6), 0.07
    shape.box((0, 0, 0.12), (w - 0.1, d - 0.1, 0.04), white)
    for s in (-1, 1):
        shape.box((s * (w - rim) / 2, 0, h / 2), (rim, d, h), white)
        shape.box((0, s * (d - rim) / 2, h / 2), (w, rim, h), white)
    chrome = plain(rng, "grey", gloss=0.35)
    shape.path(((-w / 2 + 0.04, 0, h), (-w / 2 + 0.04, 0, h + 0.12), (-w / 2 + 0.2, 0, h + 0.1)), 0.028, chrome)
    return shape


def toilet(rng: Rng) -> Shape:
    """A bowl with a lid and a cistern, or hung on the wall without one."""
    shape = Shape("toilet", "white", "ceramic")
    white = plain(rng, "white", gloss=0.06)
    lid = white if rng.random() < 0.8 else plain(rng, pick(rng, ALL_COLORS))
    shape.oval((0, 0.06, 0.19), (0.24, 0.36, 0.38), white)
    shape.oval((0, 0.1, 0.38), (0.38, 0.48, 0.06), white)
    if rng.random() < 0.5:
        shape.oval((0, 0.1, 0.42), (0.38, 0.48, 0.025), lid)
    else:
        shape.oval((0, -0.1, 0.6), (0.37, 0.03, 0.4), lid)
        shape.oval((0, 0.12, 0.412), (0.24, 0.3, 0.004), plain(rng, "grey"))
    shape.box((0, -0.12, 0.3), (0.26, 0.2, 0.2), white)
    if rng.random() < 0.7:
        shape.box((0, -0.2, 0.6), (0.38, 0.16, 0.36), white)
        shape.box((0, -0.2, 0.79), (0.4, 0.18, 0.03), white)
    return shape


def shower(rng: Rng) -> Shape:
    """A tray in a corner with a head on a rail; glass or a curtain on the open sides."""
    shape = Shape("shower", "white", "ceramic")
    side, h = rng.uniform(0.8, 1.0), rng.uniform(1.9, 2.0)
    chrome = plain(rng, "grey", gloss=0.3)
    shape.box((0, 0, 0.05), (side, side, 0.1), plain(rng, "white", gloss=0.05))
    back = -side / 2 + 0.05
    shape.path(((0, back, 1.0), (0, back, h), (0, back + 0.2, h)), 0.025, chrome)
    shape.cylinder((0, back + 0.22, h - 0.02), 0.09, 0.03, chrome)
    if rng.random() < 0.6:
        glass = plain(rng, "grey", gloss=0.9)
        for center, size in (((side / 2, 0), (0.012, side)), ((side / 4, side / 2), (side / 2, 0.012))):
            shape.box((*center, h / 2 + 0.05), (*size, h - 0.1), glass)
        for x, y in ((side / 2, side / 2), (-side / 2, side / 2), (side / 2, -side / 2)):
            shape.bar((x, y, 0.1), (x, y, h), 0.03, chrome)
    else:
        cloth = fabric(rng, pick(rng, ALL_COLORS))
        for i in range(6):
            x = side / 2 - 0.05 - i * 0.07
            shape.oval((x, side / 2 + 0.01 * (-1) ** i, h / 2 + 0.1), (0.09, 0.05, h - 0.2), cloth)
        shape.bar((-side / 2, side / 2, h), (side / 2, side / 2, h), 0.025, chrome, round=True)
    return shape


def vanity(rng: Rng) -> Shape:
    """A washbasin on a cupboard or on a pedestal."""
    white, chrome = plain(rng, "white", gloss=0.05), plain(rng, "grey", gloss=0.3)
    shape = Shape("sink", "white", "ceramic")
    w, d, h = rng.uniform(0.5, 0.8), rng.uniform(0.42, 0.5), rng.uniform(0.8, 0.88)
    if rng.random() < 0.6:
        face = paint(rng, pick(rng, ("white", "brown", "grey", "blue", "green")), "wooden")
        shape.box((0, 0, (h - 0.16) / 2), (w * 0.95, d * 0.9, h - 0.16), face)
        fronts(rng, shape, w * 0.95, d * 0.9, 0.08, h - 0.17, face, drawers=bool(rng.random() < 0.5))
    else:
        shape.frustum((0, -0.05, (h - 0.1) / 2), 0.11, 0.09, h - 0.1, white)
    shape.box((0, 0, h - 0.12), (w - 0.06, d - 0.06, 0.03), white)
    for s in (-1, 1):
        shape.box((s * (w - 0.05) / 2, 0, h - 0.05), (0.05, d, 0.1), white)
        shape.box((0, s * (d - 0.05) / 2 - 0.02 * (s < 0), h - 0.05), (w, 0.05 + 0.04 * (s < 0), 0.1), white)
    shape.path(((0, -d / 2 + 0.05, h), (0, -d / 2 + 0.05, h + 0.14), (0, -d / 2 + 0.17, h + 0.11)), 0.025, chrome)
    return shape.surface((w * 0.3, -d / 2 + 0.045, h), w * 0.36, 0.09, 0.5, "wash")


def towel_rail(rng: Rng) -> Shape:
    """A heated ladder of tubes or a single bar, with a towel over it now and then."""
    color = pick(rng, ("grey", "white", "white", "black"))
    metal = plain(rng, color, gloss=0.15)
    shape = Shape("towel rail", color, "metal", tags={"wall"}, aside={"z": rng.uniform(0.7, 1.1)})
    w = rng.uniform(0.4, 0.6)
    if rng.random() < 0.6:
        h = rng.uniform(0.7, 1.1)
        shape.aside["z"] = rng.uniform(0.4, 0.7)
        for x in (-w / 2, w / 2):
            shape.bar((x, 0.04, 0), (x, 0.04, h), 0.03, metal, round=True)
        for z in np.linspace(0.05, h - 0.05, 8):
            shape.bar((-w / 2, 0.04, z), (w / 2, 0.04, z), 0.02, metal, round=True)
        shape.bar((0, 0, h * 0.8), (0, 0.04, h * 0.8), 0.03, metal)
        return shape
    shape.bar((-w / 2, 0.06, 0.3), (w / 2, 0.06, 0.3), 0.018, metal, round=True)
    for x in (-w / 2, w / 2):
        shape.bar((x, 0, 0.3), (x, 0.06, 0.3), 0.02, metal)
    return shape


def scale(rng: Rng) -> Shape:
    color = pick(rng, ("white", "black", "grey", "pink", "blue"))
    shape = Shape("scale", color, pick(rng, ("glass", "plastic", "metal")))
    shape.box((0, 0, 0.02), (0.3, rng.uniform(0.26, 0.32), 0.036), plain(rng, color))
    shape.box((0, 0.1, 0.039), (0.09, 0.05, 0.004), plain(rng, "black", gloss=0.4))
    return shape


def mirror_cabinet(rng: Rng) -> Shape:
    """A wall cupboard whose doors are mirrors."""
    shape = Shape("wall cupboard", "white", "wooden", tags={"wall"}, aside={"z": rng.uniform(1.2, 1.35)})
    w, h, d = rng.uniform(0.5, 0.9), rng.uniform(0.5, 0.7), rng.uniform(0.12, 0.18)
    shape.box((0, 0, h / 2), (w, d, h), plain(rng, "white"))
    for i in range(2):
        shape.box(((i - 0.5) * w / 2, d / 2, h / 2), (w / 2 - 0.01, 0.012, h - 0.01), plain(rng, "grey", gloss=0.9))
    return shape


def laundry_basket(rng: Rng) -> Shape:
    """Tall, with washing on top."""
    color = pick(rng, ("brown", "white", "grey", "beige"))
    shape = Shape("basket", color, pick(rng, ("wicker", "plastic", "fabric")))
    r, h = rng.uniform(0.18, 0.24), rng.uniform(0.45, 0.62)
    shape.tube((0, 0, h / 2), r * 0.85, r, h, plain(rng, color, texture=8, scale=45.0))
    if rng.random() < 0.6:
        for _ in range(3):
            x, y = rng.uniform(-0.4, 0.4, 2) * r
            size = np.array([1.3, 1.1, 0.7]) * r
            shape.ellipsoid((x, y, h * 0.92), size, fabric(rng, pick(rng, ALL_COLORS)), rotation(yaw=rng.uniform(0, 3)))
    return shape
