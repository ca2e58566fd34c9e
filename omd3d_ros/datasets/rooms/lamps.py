"""Lamps for tables, floors and ceilings."""

from __future__ import annotations

import numpy as np

from .palette import Paint, paint, pick, plain, wood
from .shapes import Shape, rotation
from .variants import variant

Rng = np.random.Generator
SHADES = ("white", "white", "beige", "yellow", "red", "blue", "green", "black", "grey", "orange")


def lamp(rng: Rng) -> Shape:
    """A table lamp; the one with a dome on a thick foot is held out."""
    return variant(rng, (_shaded, _shaded, _jointed, _ball), _dome)(rng, rng.uniform(0.28, 0.55))


def floor_lamp(rng: Rng) -> Shape:
    """As high as a person; the one on a wide arc is held out."""
    return variant(rng, (_shaded, _shaded, _tripod, _uplighter), _arc)(rng, rng.uniform(1.35, 1.8))


def _parts(rng: Rng) -> tuple[Shape, Paint, Paint]:
    """An empty lamp, the paint of its shade and of its stand."""
    color = pick(rng, SHADES)
    shade = plain(rng, color, emission=0.25 if color != "black" and rng.random() < 0.5 else 0.0)
    stand = wood(rng) if rng.random() < 0.25 else paint(rng, pick(rng, ("black", "grey", "brown", "white")), "metal")
    return Shape("lamp", color, "fabric"), shade, stand


def _shaded(rng: Rng, h: float) -> Shape:
    shape, shade, stand = _parts(rng)
    r = rng.uniform(0.1, 0.17) if h < 1 else rng.uniform(0.16, 0.24)
    tall = r * rng.uniform(0.9, 1.5)
    shape.cylinder((0, 0, 0.012), r * 0.75, 0.024, stand)
    if h < 1 and rng.random() < 0.4:
        shape.ellipsoid((0, 0, (h - tall) * 0.5), (r, r, h - tall), stand)
    shape.cylinder((0, 0, (h - tall / 2) / 2), 0.014 if h < 1 else 0.018, h - tall / 2, stand)
    shape.tube((0, 0, h - tall / 2), r, r * rng.uniform(0.5, 0.95), tall, shade)
    return shape


def _jointed(rng: Rng, h: float) -> Shape:
    """Two arms with a joint and a small cone: a desk lamp."""
    shape, shade, stand = _parts(rng)
    shape.material = "metal"
    elbow = np.array([0, -rng.uniform(0.08, 0.18), h * rng.uniform(0.55, 0.8)])
    head = np.array([0, rng.uniform(0.05, 0.22), h])
    shape.cylinder((0, 0, 0.015), 0.085, 0.03, stand)
    shape.path(((0, 0, 0.02), elbow, head), 0.018, stand)
    shape.frustum(head + [0, 0.02, -0.04], 0.075, 0.03, 0.12, shade, rotation(roll=rng.uniform(0.1, 0.6)))
    return shape


def _ball(rng: Rng, h: float) -> Shape:
    shape, shade, stand = _parts(rng)
    shape.material = "glass"
    r = rng.uniform(0.08, 0.14)
    shape.cylinder((0, 0, 0.012), r * 0.7, 0.024, stand)
    shape.cylinder((0, 0, (h - r) / 2), 0.016, h - r, stand)
    shape.ellipsoid((0, 0, h - r), (2 * r, 2 * r, 2 * r), shade)
    return shape


def _dome(rng: Rng, h: float) -> Shape:
    shape, shade, stand = _parts(rng)
    r = rng.uniform(0.13, 0.2)
    shape.frustum((0, 0, h * 0.35), r * 0.55, r * 0.25, h * 0.7, stand)
    shape.ellipsoid((0, 0, h * 0.8), (2 * r, 2 * r, h * 0.4), shade)
    return shape


def _tripod(rng: Rng, h: float) -> Shape:
    shape, shade, stand = _parts(rng)
    r = rng.uniform(0.2, 0.28)
    for k in range(3):
        c, s = 0.3 * np.cos(2.1 * k), 0.3 * np.sin(2.1 * k)
        shape.bar((c, s, 0), (c * 0.1, s * 0.1, h - r), 0.03, stand, round=True)
    shape.tube((0, 0, h - r * 0.6), r, r * 0.85, r * 1.2, shade)
    return shape


def _uplighter(rng: Rng, h: float) -> Shape:
    shape, shade, stand = _parts(rng)
    shape.material = "metal"
    shape.cylinder((0, 0, 0.015), 0.13, 0.03, stand)
    shape.cylinder((0, 0, h / 2), 0.014, h, stand)
    shape.tube((0, 0, h), 0.03, 0.15, 0.1, shade)
    if rng.random() < 0.5:
        shape.path(((0, 0, h * 0.6), (0, 0.18, h * 0.68)), 0.014, stand)
        shape.frustum((0, 0.2, h * 0.67), 0.06, 0.025, 0.1, shade, rotation(roll=0.5))
    return shape


def _arc(rng: Rng, h: float) -> Shape:
    shape, shade, stand = _parts(rng)
    reach = rng.uniform(0.6, 0.9)
    shape.cylinder((0, -reach / 2, 0.02), 0.15, 0.04, stand)
    arc = [(0, reach * (t - 0.5), h * np.sqrt(t) if t < 1 else h * 0.93) for t in (0.0, 0.05, 0.2, 0.45, 0.7, 1.0)]
    shape.path(arc, 0.024, stand)
    shape.tube((0, reach / 2, h * 0.85), 0.19, 0.06, 0.17, shade)
    return shape


def ceiling_lamp(rng: Rng, drop: float) -> Shape:
    """Hangs from the ceiling, which is at z = ``drop``; a pendant, a disc, a row of spots or a tube."""
    shape, shade, stand = _parts(rng)
    shape.category = "ceiling lamp"
    style = rng.integers(4)
    if style == 0:
        r = rng.uniform(0.14, 0.26)
        shape.tube((0, 0, 0.1), r, r * rng.uniform(0.2, 0.9), 0.2, shade)
        shape.bar((0, 0, 0.15), (0, 0, drop), 0.012, stand, round=True)
    elif style == 1:
        shape.cylinder((0, 0, drop - 0.04), rng.uniform(0.15, 0.24), 0.08, shade)
    elif style == 2:
        w = rng.uniform(0.6, 1.0)
        shape.box((0, 0, drop - 0.02), (w, 0.06, 0.04), stand)
        for x in (-0.4, 0.0, 0.4):
            turn = rotation(roll=rng.uniform(-0.7, 0.7), pitch=rng.uniform(-0.5, 0.5))
            shape.frustum((x * w, 0, drop - 0.09), 0.05, 0.03, 0.1, shade, turn)
    else:
        w = rng.uniform(0.9, 1.25)
        shape.box((0, 0, drop - 0.035), (w, 0.16, 0.07), plain(rng, "white", emission=0.4))
    return shape
