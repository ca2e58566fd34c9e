"""What makes a room look lived in: clothes over chairs, things leaning, pushed under tables, cables, rubbish."""

from __future__ import annotations

import numpy as np

from . import clutter as nameless
from . import fixtures
from .containers import box
from .household import HOUSEHOLD
from .layout import Layout, Placed
from .palette import paint, pick, plain, printed
from .scatter import CLUTTER, clutter, small
from .shapes import Shape, extents, rotation

TABLES = ("dining table", "desk")


def unsettle(layout: Layout, amount: float) -> None:
    """Add disorder to a furnished room; ``amount`` 0..1 from tidy to chaos."""
    rng = layout.rng
    for support in list(layout.placed):
        if "rail" in support.shape.aside and rng.random() < 0.1 + 0.3 * amount:
            hang_over(layout, support)
        if support.shape.category in TABLES and rng.random() < 0.3 + 0.5 * amount:
            push_under(layout, support, int(rng.integers(1, 4)))
        flat = support.shape.category in TABLES and not support.shape.tags & {"round"}
        if flat and rng.random() < 0.05 + 0.2 * amount:
            hang_over_edge(layout, support)
        if support.shape.category == "chair" and rng.random() < 0.12 * amount:
            _lay_on_seat(layout, support)
    for _ in range(rng.poisson(1.2 * amount)):
        lean_on_wall(layout)
    for _ in range(rng.poisson(0.8 * amount)):
        lean_on_furniture(layout)
    for _ in range(rng.poisson(0.8 * amount)):
        layout.somewhere_along(nameless.cable(rng, rng.uniform(0.5, 1.5)), tries=4)
    for _ in range(rng.poisson(3.5 * amount)):
        floor_thing(layout)


def hang_over(layout: Layout, support: Placed) -> Placed | None:
    """A jacket, towel, blanket or nameless cloth over the upper edge of a back."""
    rng = layout.rng
    y, z, width = support.shape.aside["rail"]
    name = pick(rng, ("jacket", "jacket", "towel", "object", "blanket"))
    if support.shape.category in ("sofa", "bed"):
        name = "blanket"
    wide = width * rng.uniform(0.6, 1.05) if width < 0.7 else rng.uniform(0.4, 0.9)
    shape = nameless.drape(rng, name, wide, rng.uniform(0.04, 0.1))
    at = support.to_world((rng.uniform(-0.5, 0.5) * max(0.0, width - wide), y, z))
    return layout.put(shape, at, support.yaw + rng.normal(0, 0.05), mount="on", on=support.id)


def hang_over_edge(layout: Layout, table: Placed) -> Placed | None:
    """A towel, a garment or a nameless cloth half on a top, half down its long side."""
    rng = layout.rng
    surface = table.shape.surfaces[0]
    cloth = nameless.edge_cloth(rng, pick(rng, ("towel", "towel", "object", "jacket")))
    side = float(rng.choice([-1, 1]))
    reach = max(0.0, surface.width / 2 - cloth.footprint()[0])
    _, high = table.shape.bounds()
    local = (rng.uniform(-reach, reach), side * high[1], surface.center[2])
    return layout.put(cloth, table.to_world(local), table.yaw + (0.0 if side > 0 else np.pi), mount="on", on=table.id)


def _lay_on_seat(layout: Layout, chair: Placed) -> None:
    rng = layout.rng
    w, d, _ = chair.shape.footprint()
    local = chair.shape.primitives()
    reach = extents(local)
    seat = (np.abs(local["center"][:, :2]).max(1) < 0.08) & (reach[:, :2].min(1) > 0.1) & (local["center"][:, 2] > 0.3)
    if not seat.any():
        return
    height = float((local["center"][seat, 2] + reach[seat, 2]).max())
    shape = small(rng, pick(rng, ("bag", "pillow", "book", "box", "backpack", "hat", "object", "magazine")))
    wide, deep, _ = shape.footprint()
    if wide < w * 1.1 and deep < d:
        layout.put(shape, chair.to_world((0, 0, height)), chair.yaw + rng.normal(0, 0.4), mount="on", on=chair.id)


def push_under(layout: Layout, table: Placed, count: int) -> None:
    """Floor things under a table, wholly or by half."""
    rng = layout.rng
    w, d, h = table.shape.footprint()
    for _ in range(count):
        name = pick(rng, ("box", "trash can", "bag", "backpack", "shoes", "computer tower", "object", "crate", "basket",
                          "storage box", "power strip", "toy"))  # fmt: skip
        shape = small(rng, name)
        if shape.footprint()[2] > h - 0.1:
            continue
        at = (rng.uniform(-0.4, 0.4) * w, rng.uniform(-0.6, 0.6) * d, 0.0)
        layout.put(shape, table.to_world(at), rng.uniform(-np.pi, np.pi), beside=(table.id,))


def leaning_board(rng: np.random.Generator) -> Shape:
    """Something flat that has been put down against a wall: a board, a picture, a mirror, a folded table, a sheet."""
    roll = rng.random()
    if roll < 0.35:
        make = pick(rng, (fixtures.picture, fixtures.picture, fixtures.mirror, fixtures.whiteboard))
        shape = make(rng)
        shape.tags.discard("wall")
    else:
        color = pick(rng, ("brown", "brown", "white", "grey", "black", "red", "blue"))
        material = pick(rng, ("wooden", "wooden", "cardboard", "metal", "plastic"))
        body = printed(rng, color) if rng.random() < 0.2 else paint(rng, color, material)
        shape = Shape("object", color, material)
        w, h, t = rng.uniform(0.3, 1.1), rng.uniform(0.4, 1.5), rng.uniform(0.01, 0.06)
        shape.box((0, 0, h / 2), (w, t, h), body)
        if rng.random() < 0.3:
            for z in (0.1, 0.9):
                shape.box((0, t / 2, z * h), (w, 0.02, 0.05), body.darker(0.8))
    return shape.turned(rotation(roll=rng.uniform(0.06, 0.3), pitch=rng.normal(0, 0.02)))


def lean_on_wall(layout: Layout) -> Placed | None:
    """A board, a broom, a stick or several against a wall."""
    rng = layout.rng
    if rng.random() < 0.6:
        return layout.somewhere_along(leaning_board(rng), tries=6)
    return layout.somewhere_along(_stick(rng), tries=6)


def _stick(rng: np.random.Generator) -> Shape:
    name = pick(rng, ("broom", "umbrella", "guitar", "ironing board", "stick", "stick"))
    if name == "ironing board":
        folded = Shape("ironing board", "grey", "fabric").box((0, 0, 0.65), (0.36, 0.06, 1.3), plain(rng, "grey"))
        return folded.turned(rotation(roll=rng.uniform(0.1, 0.2)))
    if name != "stick":
        return HOUSEHOLD[name](rng)
    color = pick(rng, ("brown", "grey", "black", "white"))
    shape = Shape("object", color, "wooden" if color == "brown" else "metal")
    for x in np.arange(int(rng.integers(1, 4))) * 0.05:
        h = rng.uniform(0.7, 1.7)
        shape.bar((x, 0, 0), (x + rng.normal(0, 0.05), -0.15 * h, h), rng.uniform(0.015, 0.05), plain(rng, color))
    return shape.turned(np.eye(3))


def lean_on_furniture(layout: Layout) -> Placed | None:
    """Something flat or long against the side of a cabinet, a sofa or a desk."""
    rng = layout.rng
    supports = [p for p in layout.placed if p.mount == "floor" and p.shape.footprint()[2] > 0.5 and p.shape.surfaces]
    if not supports:
        return None
    support = supports[int(rng.integers(len(supports)))]
    shape = leaning_board(rng) if rng.random() < 0.6 else _stick(rng)
    low, high = support.shape.bounds()
    own_low, _ = shape.bounds()
    side = float(rng.choice([-1, 1]))
    at = (high[0] - own_low[1] + 0.01) if side > 0 else (low[0] + own_low[1] - 0.01)
    local = (at, rng.uniform(-0.2, 0.3) * (high[1] - low[1]), 0.0)
    return layout.put(shape, support.to_world(local), support.yaw - side * np.pi / 2)


def floor_thing(layout: Layout) -> Placed | None:
    """Something from the floor list, by a wall or in the way, full where it can be filled."""
    rng = layout.rng
    shape = small(rng, pick(rng, CLUTTER["floor"]))
    if shape.category == "object" and rng.random() < 0.5:
        shape = nameless.thing(rng, rng.uniform(0.3, 0.9))
    if shape.category == "box" and rng.random() < 0.3:
        shape = box(rng, big=True)
    if rng.random() < 0.65 or "leans" in shape.tags:
        new = layout.somewhere_along(shape, tries=6)
    else:
        new = layout.somewhere(shape, tries=6)
    if new is None:
        return None
    if shape.surfaces:
        clutter(layout, new, shape.surfaces[0].use, int(rng.integers(1, 5)))
    elif shape.category in ("box", "storage box", "suitcase") and rng.random() < 0.35:
        w, d, h = shape.footprint()
        shape.surface((0, 0, h), w, d, 0.8)
        layout.set_on(small(rng, pick(rng, ("box", "box", "object", "bag", "book pile", "storage box"))), new,
                      shape.surfaces[-1], tries=4)  # fmt: skip
    return new
