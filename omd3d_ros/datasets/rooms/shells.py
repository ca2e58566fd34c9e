"""The house itself: floor, walls, ceiling, and what breaks up a plain box of a room."""

from __future__ import annotations

import numpy as np

from .layout import Layout
from .palette import (
    CHECKER,
    COLORS,
    FABRIC,
    PLANKS,
    SPECKLE,
    STRIPES,
    TILES,
    Paint,
    jitter,
    linear,
    pick,
    plain,
    wood,
)
from .shapes import rotation


def build_shell(layout: Layout) -> None:
    """Walls, floor and ceiling, and by chance a pillar, beams, a slanted ceiling, a wainscot, a chimney breast."""
    rng = layout.rng
    w, d, h = layout.size
    wall = _wall_paint(rng)
    t = 0.1
    layout.build((w / 2, d / 2, -t / 2), (w + 2 * t, d + 2 * t, t), _floor_paint(rng))
    ceiling = plain(rng, "white", gloss=0.0) if rng.random() < 0.85 else wood(rng).with_(texture=PLANKS, scale=7.0)
    layout.build((w / 2, d / 2, h + t / 2), (w + 2 * t, d + 2 * t, t), ceiling)
    own = [wall] * 4
    if rng.random() < 0.35:
        own[int(rng.integers(4))] = _wall_paint(rng)
    for k, (center, size) in enumerate(
        (((w / 2, -t / 2, h / 2), (w, t, h)), ((w + t / 2, d / 2, h / 2), (t, d, h)),
         ((w / 2, d + t / 2, h / 2), (w, t, h)), ((-t / 2, d / 2, h / 2), (t, d, h)))
    ):  # fmt: skip
        layout.build(center, size, own[k])
    if rng.random() < 0.6:
        _strip(layout, plain(rng, pick(rng, ("white", "grey", "brown"))), 0.0, rng.uniform(0.06, 0.12))
    roll = rng.random()
    if roll < 0.1:
        _wainscot(layout)
    elif roll < 0.16:
        _strip(layout, wood(rng), 0.85, 0.06)
    if rng.random() < 0.14:
        _beams(layout)
    elif rng.random() < 0.12:
        _slanted_ceiling(layout, ceiling)
    if rng.random() < 0.15:
        _pillar(layout, wall)
    if rng.random() < 0.18:
        _chimney_breast(layout, wall)


def _wall_paint(rng: np.random.Generator) -> Paint:
    wall = plain(rng, pick(rng, ("white", "white", "white", "white", "beige", "grey", *COLORS)), gloss=0.01)
    if wall.color not in ("white", "beige", "grey"):
        pale = rng.uniform(0.2, 0.45)
        wall = wall.with_(rgb=tuple((1 - pale) * c + pale for c in wall.rgb))
    if rng.random() < 0.08:
        accent = tuple(0.85 * c for c in wall.rgb)
        return wall.with_(texture=pick(rng, (STRIPES, CHECKER, TILES)), scale=rng.uniform(4, 12), accent=accent)
    return wall


def _floor_paint(rng: np.random.Generator) -> Paint:
    roll = rng.random()
    if roll < 0.33:
        return wood(rng).with_(texture=PLANKS, scale=rng.uniform(5, 12))
    color = pick(rng, ("grey", "grey", "white", "beige", "brown", "black", "blue", "green"))
    if roll < 0.55:
        grout = linear(jitter(rng, pick(rng, COLORS["grey"])))
        return plain(rng, color, texture=TILES, scale=rng.uniform(1.8, 5), accent=grout, gloss=0.04)
    if roll < 0.75:
        return plain(rng, color, texture=STRIPES, scale=rng.uniform(12, 30), gloss=0.0).with_(
            accent=linear(jitter(rng, pick(rng, COLORS[pick(rng, ("grey", "black", color))])))
        )
    if roll < 0.8:
        return plain(rng, color, texture=CHECKER, scale=rng.uniform(2, 4), accent=linear((40, 40, 42)))
    return plain(rng, color, texture=pick(rng, (FABRIC, SPECKLE)), scale=40.0, gloss=0.0)


def _strip(layout: Layout, paint: Paint, z: float, height: float, thick: float = 0.012) -> None:
    """A band along all four walls: a skirting board, a rail, a dado."""
    for k in range(4):
        mid, yaw, length = layout.wall(k)
        at = mid + rotation(yaw=yaw) @ np.array([0, thick / 2, z + height / 2])
        layout.build(at, (length, thick, height) if k % 2 == 0 else (thick, length, height), paint)


def _wainscot(layout: Layout) -> None:
    """Panelling or paint up to the hip."""
    rng = layout.rng
    panel = plain(rng, pick(rng, ("white", "grey", "green", "blue", "beige")))
    if rng.random() < 0.5:
        panel = wood(rng).with_(texture=PLANKS, scale=9.0)
    height = rng.uniform(0.8, 1.2)
    _strip(layout, panel, 0.0, height, 0.006)
    _strip(layout, panel.darker(0.85), height, 0.04, 0.02)


def _beams(layout: Layout) -> None:
    rng = layout.rng
    w, d, h = layout.size
    beam, thick = wood(rng), rng.uniform(0.1, 0.18)
    for x in np.arange(rng.uniform(0.3, 0.8), w, rng.uniform(0.8, 1.3)):
        layout.build((x, d / 2, h - thick / 2), (thick, d, thick), beam)


def _slanted_ceiling(layout: Layout, paint: Paint) -> None:
    """The roof comes down along one wall, no lower than furniture of 1.7 m needs."""
    rng = layout.rng
    k = int(rng.integers(4))
    mid, yaw, length = layout.wall(k)
    drop = layout.size[2] - rng.uniform(1.75, 2.0)
    if drop < 0.3:
        return
    run = drop * rng.uniform(0.8, 1.3)
    slope = float(np.arctan2(drop, run))
    turn = rotation(yaw=yaw) @ rotation(roll=slope)
    at = mid + rotation(yaw=yaw) @ np.array([0, run / 2, layout.size[2] - drop / 2 + 0.03])
    layout.build(at, (length, float(np.hypot(run, drop)) + 0.1, 0.06), paint, turn)
    middle = mid + rotation(yaw=yaw) @ np.array([0, run / 4, 0])
    layout.keep_free(middle, (length / 2, run / 4), yaw, layout.size[2], layout.size[2] - drop)


def _pillar(layout: Layout, paint: Paint) -> None:
    rng = layout.rng
    w, d, h = layout.size
    s = rng.uniform(0.2, 0.45)
    corner = np.array([rng.choice([s / 2, w - s / 2]), rng.choice([s / 2, d - s / 2])])
    layout.build((*corner, h / 2), (s, s, h), paint)
    layout.keep_free(corner, (s / 2, s / 2), height=h, low=0.0)


def _chimney_breast(layout: Layout, paint: Paint) -> None:
    """A shallow block up a wall, with an alcove on each side; no deeper than a camera keeps away from walls."""
    rng = layout.rng
    k = int(rng.integers(4))
    mid, yaw, length = layout.wall(k)
    wide, deep, h = rng.uniform(0.7, 1.5), rng.uniform(0.12, 0.24), layout.size[2]
    s = rng.uniform(-0.5, 0.5) * max(0.0, length - wide)
    at = mid + rotation(yaw=yaw) @ np.array([s, deep / 2, h / 2])
    layout.build(at, (wide, deep, h) if k % 2 == 0 else (deep, wide, h), paint)
    layout.keep_free(at, (wide / 2, deep / 2), yaw, h, 0.0)
