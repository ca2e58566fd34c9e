"""What any kind of room may hold: closets, more furniture, things on the walls and on the floor."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from . import (
    chairs,
    containers,
    fixtures,
    household,
    kitchen,
    lamps,
    plants,
    seating,
    shelves,
    storage,
    tables,
    wallware,
)
from .disorder import floor_thing
from .layout import Layout
from .palette import pick
from .scatter import clutter, fill
from .shapes import Shape

Make = Callable[[np.random.Generator], Shape]
EXTRAS: tuple[tuple[Make, str], ...] = (
    (storage.cabinet, "top"), (storage.cabinet, "store"), (shelves.shelf, "shelf"), (shelves.shelf, "store"),
    (shelves.bookcase, "shelf"), (tables.side_table, "top"), (tables.desk, "desk"), (seating.stool, "top"),
    (seating.armchair, "coffee"), (seating.bench, "floor"), (seating.pouf, "top"), (chairs.chair, "top"),
    (lamps.floor_lamp, "top"), (plants.plant, "top"), (storage.dresser, "top"), (household.crate, "crate"),
    (household.coat_rack, "top"), (kitchen.refrigerator, "top"), (storage.tv_stand, "top"),
)  # fmt: skip


def build_closet(layout: Layout) -> None:
    """A closet built into a corner."""
    shape = storage.built_in_closet(layout.rng, float(layout.size[2]))
    k = int(layout.rng.integers(4))
    end = float(layout.rng.choice([-1, 1])) * (layout.wall(k)[2] - shape.footprint()[0]) / 2
    layout.against(shape, k, end, mount="built-in")


def furnish_walls(layout: Layout, furniture: tuple[tuple[Make, float, str], ...]) -> None:
    """Each piece by its odds against some wall, its boards and top stocked: (maker, odds, kind of clutter)."""
    rng = layout.rng
    for make, odds, kind in furniture:
        if rng.random() < odds:
            new = layout.somewhere_along(make(rng))
            if new is not None and rng.random() < 0.9:
                fill(layout, new, kind, rng.uniform(2.0, 8.0))


def hang_on_walls(layout: Layout) -> None:
    rng = layout.rng
    pieces = {**fixtures.WALL_PIECES, **wallware.WALLWARE}
    names = (*fixtures.WALL_PIECES, *fixtures.WALL_PIECES, *wallware.WALLWARE)
    for _ in range(int(rng.integers(2, 12))):
        shape = pieces[pick(rng, names)](rng)
        new = layout.somewhere_along(shape, tries=6, z=shape.aside["z"], mount="wall")
        if new is not None and shape.surfaces:
            clutter(layout, new, "shelf", int(rng.integers(1, 7)))
    if rng.random() < 0.15:
        layout.somewhere_along(kitchen.wall_screen(rng), z=rng.uniform(1.1, 1.5), mount="wall")
    if rng.random() < 0.3:
        drop = rng.uniform(0.15, 0.4)
        at = (*(layout.size[:2] * rng.uniform(0.4, 0.6, 2)), layout.size[2] - drop)
        layout.put(lamps.ceiling_lamp(rng, drop), at, float(rng.choice([0, np.pi / 2])), mount="built-in")


def add_extras(layout: Layout) -> None:
    """Furniture of any room, as people have nowhere else to put it."""
    rng = layout.rng
    for _ in range(int(rng.integers(0, 6))):
        make, kind = EXTRAS[int(rng.integers(len(EXTRAS)))]
        furnish_walls(layout, ((make, 0.8, kind),))


def strew_floor(layout: Layout) -> None:
    rng = layout.rng
    for _ in range(int(rng.integers(2, 8))):
        floor_thing(layout)
    if rng.random() < 0.3:
        layout.somewhere_along(containers.box(rng, big=True))
    if rng.random() < 0.35:
        shape = fixtures.rug(rng)
        standing = tuple(p.id for p in layout.placed)
        layout.somewhere(shape, yaw=float(rng.choice([0, np.pi / 2])), beside=standing, solid=False)
