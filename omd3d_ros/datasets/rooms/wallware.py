"""More of what hangs on walls: blinds, pipes, switches, lamps, hooks with clothes, a fireplace, framed things."""

from __future__ import annotations

import numpy as np

from .clutter import hanging_cable, pinned_papers
from .palette import ALL_COLORS, TILES, fabric, linear, paint, pick, plain, wood
from .pantry import hanging_pan
from .shapes import Shape, rotation

Rng = np.random.Generator


def blinds(rng: Rng, width: float | None = None) -> Shape:
    """Slats or a sheet rolled down part of the way; the origin is at the lower edge."""
    color = pick(rng, ("white", "white", "beige", "grey", "brown", "blue", "green"))
    body = plain(rng, color)
    shape = Shape("blinds", color, pick(rng, ("fabric", "plastic")), tags={"wall"}, aside={"z": rng.uniform(1.2, 1.5)})
    w, h = width or rng.uniform(0.8, 1.6), rng.uniform(0.4, 1.0)
    shape.box((0, 0.01, h - 0.03), (w, 0.07, 0.06), body.darker(0.9))
    if rng.random() < 0.5:
        for z in np.arange(0.02, h - 0.05, 0.06):
            shape.box((0, 0.01, z), (w - 0.02, 0.045, 0.006), body, rotation(roll=rng.uniform(0.5, 0.9)))
    else:
        shape.box((0, 0, h / 2), (w - 0.04, 0.008, h), body)
        shape.box((0, 0, 0.01), (w - 0.04, 0.025, 0.025), body.darker(0.8))
    return shape


def pipe(rng: Rng, height: float = 2.2) -> Shape:
    """Upright from the floor, one or two side by side, with brackets."""
    color = pick(rng, ("white", "white", "grey", "brown", "red"))
    body = plain(rng, color)
    shape = Shape("pipe", color, "metal", tags={"wall"}, aside={"z": 0.0})
    r = rng.uniform(0.012, 0.05)
    for x in (-2.2 * r, 2.2 * r) if rng.random() < 0.4 else (0.0,):
        shape.cylinder((x, r + 0.02, height / 2), r, height, body)
    for z in (0.4, height - 0.4):
        shape.box((0, r / 2 + 0.01, z), (2.4 * r, r + 0.03, 0.03), plain(rng, "grey"))
    return shape


def light_switch(rng: Rng) -> Shape:
    shape = Shape("light switch", "white", "plastic", tags={"wall"}, aside={"z": rng.uniform(1.0, 1.2)})
    n = pick(rng, (1, 1, 2))
    shape.box((0, 0, 0.042 * n), (0.082, 0.012, 0.084 * n), plain(rng, "white"))
    for k in range(n):
        shape.box((0, 0.008, 0.042 + 0.084 * k), (0.06, 0.008, 0.06), plain(rng, "white"), rotation(roll=0.06))
    return shape


def wall_lamp(rng: Rng) -> Shape:
    color = pick(rng, ("white", "beige", "yellow", "grey", "black"))
    shade = plain(rng, color, emission=0.25 if color != "black" else 0.0)
    shape = Shape("lamp", color, "fabric", tags={"wall"}, aside={"z": rng.uniform(1.4, 1.7)})
    metal = plain(rng, pick(rng, ("grey", "black")), gloss=0.15)
    shape.box((0, 0, 0.1), (0.08, 0.02, 0.12), metal)
    if rng.random() < 0.5:
        shape.path(((0, 0, 0.1), (0, 0.12, 0.08), (0, 0.14, 0.16)), 0.015, metal)
        shape.tube((0, 0.14, 0.22), 0.1, 0.06, 0.14, shade)
    else:
        shape.ellipsoid((0, 0.07, 0.12), (0.2, 0.14, 0.2), shade)
    return shape


def hook_row(rng: Rng) -> Shape:
    """A board with hooks and the clothes and bags on them, as one coat rack."""
    shape = Shape("coat rack", "brown", "wooden", tags={"wall"}, aside={"z": rng.uniform(0.75, 0.95)})
    w, top, n = rng.uniform(0.5, 1.0), 0.85, int(rng.integers(3, 6))
    board = wood(rng) if rng.random() < 0.6 else plain(rng, "white")
    shape.color = board.color
    shape.box((0, 0, top), (w, 0.02, 0.09), board)
    for x in np.linspace(-w / 2 + 0.08, w / 2 - 0.08, n):
        shape.bar((x, 0, top), (x, 0.05, top + 0.02), 0.015, plain(rng, "grey"), round=True)
        if rng.random() < 0.65:
            cloth, drop = fabric(rng, pick(rng, ALL_COLORS)), rng.uniform(0.35, 0.8)
            size = (rng.uniform(0.14, 0.24), rng.uniform(0.08, 0.14), drop)
            shape.ellipsoid((x, 0.06, top - drop / 2), size, cloth)
            shape.ellipsoid((x, 0.06, top - drop * 0.75), (size[0] * 1.2, size[1], drop * 0.5), cloth)
    return shape


def fireplace(rng: Rng) -> Shape:
    """A mantel round a dark opening; its top carries things."""
    color = pick(rng, ("white", "grey", "beige", "brown", "red"))
    stone = plain(rng, color) if rng.random() < 0.5 else plain(
        rng, color, texture=TILES, scale=9.0, accent=linear((190, 185, 178)))  # fmt: skip
    shape = Shape("fireplace", color, "stone")
    w, d, h = rng.uniform(1.0, 1.4), rng.uniform(0.25, 0.4), rng.uniform(0.95, 1.2)
    side, lintel = w * 0.22, h * 0.28
    for x in (-1, 1):
        shape.box((x * (w - side) / 2, 0, h / 2), (side, d, h), stone)
    shape.box((0, 0, h - lintel / 2), (w - 2 * side, d, lintel), stone)
    shape.box((0, -d / 2 + 0.02, (h - lintel) / 2), (w - 2 * side, 0.03, h - lintel), plain(rng, "black"))
    shape.box((0, 0.02, h + 0.025), (w + 0.12, d + 0.08, 0.05), stone.darker(0.9))
    for _ in range(int(rng.integers(0, 5))):
        at, y = rng.uniform(-0.2, 0.2), rng.uniform(-0.3, 0.2) * d
        shape.bar((at - 0.15, y, 0.05), (at + 0.15, y + 0.03, 0.08), 0.07, wood(rng, dark=True), round=True)
    return shape.surface((0, 0.02, h + 0.05), w, d, 0.6)


def leaflet_rack(rng: Rng) -> Shape:
    """Rows of pockets with printed sheets, as in waiting rooms."""
    shape = pinned_papers(rng)
    low, high = shape.bounds()
    shape.box((0, 0.035, 0.04), (high[0] - low[0], 0.05, 0.08), paint(rng, pick(rng, ("grey", "black")), "metal"))
    return shape


WALLWARE = {
    "pipe": pipe, "light switch": light_switch, "wall lamp": wall_lamp, "hook row": hook_row, "blinds": blinds,
    "hanging pan": hanging_pan, "hanging cable": hanging_cable, "notice board": pinned_papers,
    "leaflet rack": leaflet_rack,
}  # fmt: skip
