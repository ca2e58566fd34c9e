"""Electric things: computers and what belongs to them, speakers, printers."""

from __future__ import annotations

import numpy as np

from .palette import paint, pick, plain
from .shapes import Shape, rotation

Rng = np.random.Generator
FRONT = rotation(roll=np.pi / 2)


def printer(rng: Rng) -> Shape:
    """A box with a paper tray in front and a lid or a feeder on top."""
    color = pick(rng, ("white", "white", "grey", "black"))
    body, dark = plain(rng, color), plain(rng, "black", gloss=0.2)
    shape = Shape("printer", color, "plastic")
    w, d, h = rng.uniform(0.36, 0.5), rng.uniform(0.32, 0.42), rng.uniform(0.16, 0.34)
    shape.box((0, 0, h / 2), (w, d, h), body)
    shape.box((0, d / 2, h * 0.35), (w * 0.7, 0.01, h * 0.3), dark)
    shape.box((0, d / 2 + 0.07, h * 0.22), (w * 0.6, 0.16, 0.012), body.darker(0.8))
    shape.box((w * 0.3, d / 2, h * 0.8), (w * 0.3, 0.012, 0.05), dark)
    if rng.random() < 0.5:
        shape.box((0, -d / 2 - 0.03, h + 0.08), (w * 0.65, 0.01, 0.24), body.darker(0.9), rotation(roll=0.35))
    else:
        shape.box((0, -0.01, h + 0.02), (w * 0.96, d * 0.9, 0.04), body.darker(0.9))
    return shape


def speaker(rng: Rng) -> Shape:
    color = pick(rng, ("black", "black", "brown", "white", "grey"))
    material = "wooden" if color == "brown" else "plastic"
    body, dark = paint(rng, color, material), plain(rng, "black", gloss=0.2)
    shape = Shape("speaker", color, material)
    if rng.random() < 0.25:
        r, h = rng.uniform(0.05, 0.08), rng.uniform(0.12, 0.22)
        shape.cylinder((0, 0, h / 2), r, h, body.with_(texture=5, scale=90.0))
        shape.cylinder((0, 0, h), r * 0.9, 0.01, dark)
        return shape
    h = rng.choice([rng.uniform(0.18, 0.35), rng.uniform(0.7, 1.1)])
    w, d = rng.uniform(0.14, 0.22), rng.uniform(0.15, 0.28)
    shape.box((0, 0, h / 2), (w, d, h), body)
    for z, r in ((0.3, 0.4), (0.75, 0.22)):
        shape.cylinder((0, d / 2, z * h), min(w * r, 0.28 * h), 0.02, dark, FRONT)
    return shape


def computer_tower(rng: Rng) -> Shape:
    color = pick(rng, ("black", "black", "grey", "white"))
    body = plain(rng, color, gloss=0.1)
    shape = Shape("computer tower", color, "metal")
    w, d, h = rng.uniform(0.16, 0.21), rng.uniform(0.38, 0.48), rng.uniform(0.36, 0.46)
    if rng.random() < 0.2:
        w, d, h = rng.uniform(0.3, 0.4), rng.uniform(0.3, 0.38), rng.uniform(0.08, 0.13)
    shape.box((0, 0, h / 2), (w, d, h), body)
    shape.box((0, d / 2 + 0.004, h / 2), (w * 0.96, 0.01, h * 0.96), body.darker(0.6))
    for z in (0.72, 0.82):
        shape.box((0, d / 2 + 0.01, z * h), (w * 0.75, 0.004, 0.03), plain(rng, "grey"))
    return shape


def mouse(rng: Rng) -> Shape:
    color = pick(rng, ("black", "black", "grey", "white"))
    shape = Shape("mouse", color, "plastic")
    shape.ellipsoid((0, 0, 0.016), (0.06, 0.105, 0.036), plain(rng, color))
    shape.box((0, 0, 0.003), (0.05, 0.09, 0.006), plain(rng, "black"))
    return shape


def headphones(rng: Rng) -> Shape:
    color = pick(rng, ("black", "black", "white", "red", "blue"))
    body = plain(rng, color)
    shape = Shape("headphones", color, "plastic")
    arc = [(0.085 * np.cos(a), 0.1 * np.sin(a), 0.03) for a in np.linspace(-0.2, np.pi + 0.2, 7)]
    shape.path(arc, 0.018, body)
    for x in (-1, 1):
        shape.cylinder((x * 0.085, -0.01, 0.035), 0.038, 0.035, body.darker(0.8), rotation(pitch=np.pi / 2))
    return shape


def calculator(rng: Rng) -> Shape:
    color = pick(rng, ("black", "grey", "white", "blue"))
    shape = Shape("calculator", color, "plastic")
    w, d = rng.uniform(0.08, 0.15), rng.uniform(0.14, 0.2)
    shape.box((0, 0, 0.01), (w, d, 0.02), plain(rng, color))
    shape.box((0, -d * 0.1, 0.021), (w * 0.85, d * 0.6, 0.004), plain(rng, color, texture=3, scale=55.0))
    shape.box((0, d * 0.36, 0.021), (w * 0.8, d * 0.16, 0.003), plain(rng, "green", gloss=0.5))
    return shape


def power_strip(rng: Rng) -> Shape:
    """A row of sockets on a cord, lying about."""
    color = pick(rng, ("white", "black", "grey"))
    body = plain(rng, color)
    shape = Shape("power socket", color, "plastic")
    long = rng.uniform(0.25, 0.45)
    shape.box((0, 0, 0.02), (long, 0.055, 0.04), body)
    for x in np.linspace(-0.36, 0.3, 4):
        shape.cylinder((x * long, 0, 0.04), 0.018, 0.004, plain(rng, "black"))
    points = [(long / 2 + 0.1 * k, rng.normal(0, 0.05) if k else 0.0, 0.008) for k in range(4)]
    shape.path(points, 0.011, body)
    return shape.turned(np.eye(3))


def game_console(rng: Rng) -> Shape:
    """A flat box under a television; people call it by no common name, so it is an object."""
    color = pick(rng, ("black", "black", "white"))
    shape = Shape("object", color, "plastic")
    w, d, h = rng.uniform(0.28, 0.44), rng.uniform(0.2, 0.3), rng.uniform(0.04, 0.08)
    shape.box((0, 0, h / 2), (w, d, h), plain(rng, color, gloss=0.2))
    shape.box((0, d / 2, h * 0.55), (w * 0.6, 0.006, 0.012), plain(rng, "grey"))
    return shape


DEVICES = {
    "printer": printer, "speaker": speaker, "computer tower": computer_tower, "mouse": mouse, "headphones": headphones,
    "calculator": calculator, "power strip": power_strip, "game console": game_console,
}  # fmt: skip
