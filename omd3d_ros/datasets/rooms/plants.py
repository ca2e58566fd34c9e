"""Plants in pots: leafy, bushy, upright, hanging, spiny; the palm is held out."""

from __future__ import annotations

import numpy as np

from .palette import Paint, linear, pick, plain, wood
from .shapes import Shape, rotation
from .variants import variant

Rng = np.random.Generator


def plant(rng: Rng, big: bool | None = None) -> Shape:
    """A plant of table size, or of 0.5 to 1.5 m where ``big``."""
    big = rng.random() < 0.3 if big is None else big
    make = variant(rng, (_leafy, _leafy, _bushy, _upright, _grassy, _cactus), _palm)
    return make(rng, rng.uniform(2.2, 3.4) if big else rng.uniform(0.8, 1.2))


def _pot(rng: Rng, k: float) -> tuple[Shape, float, float]:
    """A plant's pot with its earth, its height and its radius."""
    shape = Shape("plant", "green", "organic")
    h, r = rng.uniform(0.09, 0.13) * k**0.8, rng.uniform(0.055, 0.075) * k**0.8
    paint = plain(rng, pick(rng, ("orange", "white", "black", "grey", "brown", "blue", "white")))
    if rng.random() < 0.75:
        shape.tube((0, 0, h / 2), r * rng.uniform(0.7, 1.0), r, h, paint)
        shape.cylinder((0, 0, h * 0.4), r * 0.75, h * 0.8, plain(rng, "brown").darker(0.4))
    else:
        shape.box((0, 0, h / 2), (2 * r, 2 * r, h), paint)
        shape.box((0, 0, h), (1.8 * r, 1.8 * r, 0.01), plain(rng, "brown").darker(0.4))
    return shape, h, r


def _green(rng: Rng) -> Paint:
    return plain(rng, "green").darker(rng.uniform(0.6, 1.25))


def _leafy(rng: Rng, k: float) -> Shape:
    shape, pot_h, _ = _pot(rng, k)
    crown = rng.uniform(0.1, 0.2) * k
    for _ in range(int(rng.integers(7, 14))):
        a, reach = rng.uniform(0, 2 * np.pi), crown * rng.uniform(0.3, 0.9)
        z = pot_h + crown * rng.uniform(0.2, 1.5)
        end = np.array([reach * np.cos(a), reach * np.sin(a), z])
        leaf = _green(rng)
        turn = rotation(roll=rng.uniform(-0.8, 0.8), pitch=rng.uniform(-0.8, 0.8), yaw=a)
        shape.bar((0, 0, pot_h * 0.7), end, 0.008 * k**0.5, leaf.darker(0.7), round=True)
        shape.ellipsoid(end, np.array([0.14, 0.07, 0.02]) * k * rng.uniform(0.6, 1.1), leaf, turn)
    return shape


def _bushy(rng: Rng, k: float) -> Shape:
    shape, pot_h, _ = _pot(rng, k)
    stem = rng.uniform(0.0, 0.18) * k
    shape.bar((0, 0, pot_h * 0.7), (0, 0, pot_h + stem + 0.02), 0.018 * k, wood(rng, dark=True), round=True)
    leaf = _green(rng).with_(texture=4, scale=30.0, accent=linear((30, 60, 30)))
    size = rng.uniform(0.1, 0.18) * k
    for _ in range(int(rng.integers(4, 9))):
        x, y, z = rng.uniform(-0.5, 0.5, 3) * size
        shape.ellipsoid((x, y, pot_h + stem + size * 0.6 + z), rng.uniform(0.5, 1.0, 3) * size, leaf)
    return shape


def _upright(rng: Rng, k: float) -> Shape:
    """Stiff blades straight up."""
    shape, pot_h, r = _pot(rng, k)
    for _ in range(int(rng.integers(6, 12))):
        x, y = rng.uniform(-0.5, 0.5, 2) * r
        h = rng.uniform(0.12, 0.3) * k
        turn = rotation(rng.normal(0, 0.12), rng.normal(0, 0.12), rng.uniform(0, np.pi))
        shape.ellipsoid((x, y, pot_h * 0.8 + h / 2), (0.045 * k, 0.012 * k, h), _green(rng), turn)
    return shape


def _grassy(rng: Rng, k: float) -> Shape:
    """Thin leaves that arch over the rim and hang down."""
    shape, pot_h, r = _pot(rng, k)
    for _ in range(int(rng.integers(7, 11))):
        a, reach = rng.uniform(0, 2 * np.pi), rng.uniform(0.1, 0.22) * k
        c, s, up = np.cos(a), np.sin(a), rng.uniform(0.03, 0.12) * k
        tip = max(0.02, pot_h + up - rng.uniform(0.02, 0.2) * k)
        points = ((0, 0, pot_h * 0.9), (reach * 0.5 * c, reach * 0.5 * s, pot_h + up), (reach * c, reach * s, tip))
        shape.path(points, 0.012 * k, _green(rng))
    return shape


def _cactus(rng: Rng, k: float) -> Shape:
    shape, pot_h, r = _pot(rng, k)
    body, h = _green(rng), rng.uniform(0.08, 0.25) * k
    shape.ellipsoid((0, 0, pot_h + h * 0.4), (r * 1.3, r * 1.3, h * 1.2), body)
    for side in (-1, 1):
        if rng.random() < 0.5:
            z = pot_h + h * rng.uniform(0.3, 0.6)
            shape.path(((0, 0, z), (side * r * 1.2, 0, z), (side * r * 1.3, 0, z + h * 0.4)), r * 0.5, body)
    return shape


def _palm(rng: Rng, k: float) -> Shape:
    """A bare trunk with a fan of long fronds."""
    shape, pot_h, _ = _pot(rng, k)
    trunk = rng.uniform(0.15, 0.3) * k
    top = np.array([rng.normal(0, 0.02) * k, rng.normal(0, 0.02) * k, pot_h + trunk])
    shape.bar((0, 0, pot_h * 0.7), top, 0.03 * k, wood(rng, dark=True), round=True)
    for a in np.linspace(0, 2 * np.pi, int(rng.integers(7, 11))):
        out = np.array([np.cos(a), np.sin(a), 0]) * rng.uniform(0.12, 0.2) * k
        middle, end = top + out * 0.6 + [0, 0, 0.07 * k], top + out * 1.2 + [0, 0, -0.02 * k]
        shape.bar(top, middle, 0.012 * k, _green(rng))
        shape.bar(middle, end, 0.022 * k, _green(rng))
    return shape
