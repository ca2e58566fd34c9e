"""What a kitchen, living room, bedroom, office, bathroom, store or corridor holds, and in which order."""

from __future__ import annotations

import numpy as np

from . import (
    bathroom,
    chairs,
    fixtures,
    groups,
    household,
    kitchen,
    kitchen_run,
    lamps,
    plants,
    seating,
    shelves,
    storage,
    tables,
    wallware,
)
from .disorder import floor_thing, lean_on_wall, unsettle
from .everywhere import add_extras, build_closet, furnish_walls, hang_on_walls, strew_floor
from .layout import Layout
from .openings import cut_openings
from .palette import paint, pick
from .scatter import fill, small
from .shells import build_shell
from .variants import HELD_OUT_SEEDS, RoomRng

ROOM_TYPES = ("kitchen", "living room", "bedroom", "office", "corridor", "bathroom", "store")
SHARES = (0.39, 0.17, 0.12, 0.15, 0.06, 0.06, 0.05)
CLOSETS = (0.06, 0.12, 0.25, 0.1, 0.15, 0.05, 0.1)
SMALL_ROOMS = ("corridor", "bathroom", "store")


def furnish(seed: int) -> tuple[Layout, str]:
    """A furnished room of a random type, the same for the same seed.

    Rooms of seeds from HELD_OUT_SEEDS on also hold constructions that no other room has.
    """
    rng = RoomRng([seed, 0x3D], held_out=seed >= HELD_OUT_SEEDS)
    kind = str(rng.choice(ROOM_TYPES, p=SHARES))
    layout = Layout(rng, _size(rng, kind))
    build_shell(layout)
    cut_openings(layout)
    if rng.random() < CLOSETS[ROOM_TYPES.index(kind)]:
        build_closet(layout)
    PLANS[kind](layout)
    hang_on_walls(layout)
    add_extras(layout)
    strew_floor(layout)
    unsettle(layout, float(rng.beta(1.2, 1.6)))
    return layout, kind


def _size(rng: np.random.Generator, kind: str) -> tuple[float, float, float]:
    if kind == "corridor":
        return rng.uniform(3.5, 6.5), rng.uniform(1.5, 2.4), rng.uniform(2.4, 2.8)
    if kind in SMALL_ROOMS:
        return rng.uniform(2.3, 3.8), rng.uniform(2.0, 3.2), rng.uniform(2.3, 2.8)
    return rng.uniform(3.0, 5.6), rng.uniform(2.8, 4.8), rng.uniform(2.4, 2.9)


def _kitchen(layout: Layout) -> None:
    rng = layout.rng
    depth, height = rng.uniform(0.54, 0.64), rng.uniform(0.86, 0.94)
    color = pick(
        rng, ("white", "white", "red", "red", "brown", "brown", "grey", "blue", "green", "black", "beige", "yellow")
    )
    face, top = paint(rng, color, "wooden"), kitchen.counter_paint(rng)
    clear = kitchen_run.clear_wall(layout)
    if clear is not None and rng.random() < 0.93:
        kitchen_run.kitchen_runs(layout, clear, face, top, depth, height)
    if rng.random() < 0.92:
        groups.dining_group(layout)
    for _ in range(int(rng.integers(0, 3))):
        kitchen_run.stocked_wall_shelf(layout)
    furnish_walls(layout, ((storage.cabinet, 0.35, "top"), (shelves.shelf, 0.3, "shelf")))
    if rng.random() < 0.25:
        for _ in range(int(rng.integers(1, 4))):
            layout.somewhere(seating.stool(rng))


def _living(layout: Layout) -> None:
    rng = layout.rng
    groups.sofa_group(layout)
    if rng.random() < 0.35 and layout.size[0] > 4:
        groups.dining_group(layout)
    furnish_walls(
        layout,
        (
            (shelves.bookcase, 0.6, "shelf"), (storage.cabinet, 0.5, "top"), (shelves.shelf, 0.4, "shelf"),
            (tables.side_table, 0.4, "coffee"), (wallware.fireplace, 0.15, "top"), (household.piano, 0.1, "top"),
        ),
    )  # fmt: skip
    if rng.random() < 0.5:
        layout.somewhere_along(lamps.floor_lamp(rng))
    if rng.random() < 0.5:
        layout.somewhere_along(plants.plant(rng, big=True))
    if rng.random() < 0.12:
        layout.somewhere(household.room_divider(rng))


def _bedroom(layout: Layout) -> None:
    rng = layout.rng
    groups.bed_group(layout)
    furnish_walls(
        layout,
        (
            (storage.wardrobe, 0.75, "top"), (storage.dresser, 0.5, "top"), (shelves.shelf, 0.4, "shelf"),
            (storage.cabinet, 0.2, "top"),
        ),
    )  # fmt: skip
    if rng.random() < 0.4:
        groups.desk_group(layout)
    if rng.random() < 0.4:
        layout.somewhere(chairs.chair(rng))
    for name, odds in (("clothes rack", 0.12), ("coat rack", 0.12), ("ironing board", 0.08)):
        if rng.random() < odds:
            layout.somewhere(small(rng, name))
    if rng.random() < 0.25:
        layout.somewhere_along(bathroom.laundry_basket(rng))


def _office(layout: Layout) -> None:
    rng = layout.rng
    for _ in range(int(rng.integers(1, 4))):
        groups.desk_group(layout)
    if rng.random() < 0.35:
        groups.dining_group(layout)
    furnish_walls(
        layout,
        (
            (shelves.bookcase, 0.5, "shelf"), (storage.cabinet, 0.6, "top"), (shelves.shelf, 0.5, "shelf"),
            (lamps.floor_lamp, 0.2, "top"),
        ),
    )  # fmt: skip
    for make, odds in ((fixtures.whiteboard, 0.6), (wallware.pinned_papers, 0.3)):
        if rng.random() < odds:
            shape = make(rng)
            layout.somewhere_along(shape, z=shape.aside["z"], mount="wall")


def _corridor(layout: Layout) -> None:
    furnish_walls(
        layout,
        (
            (storage.cabinet, 0.4, "top"), (shelves.shelf, 0.4, "shelf"), (seating.bench, 0.4, "floor"),
            (tables.side_table, 0.4, "top"), (chairs.chair, 0.4, "top"), (shelves.bookcase, 0.3, "shelf"),
            (household.bicycle, 0.2, "top"), (household.stroller, 0.15, "top"), (household.coat_rack, 0.25, "top"),
        ),
    )  # fmt: skip
    if layout.rng.random() < 0.5:
        shape = wallware.hook_row(layout.rng)
        layout.somewhere_along(shape, z=shape.aside["z"], mount="wall")


def _bathroom(layout: Layout) -> None:
    rng = layout.rng
    for make, odds in ((bathroom.bathtub, 0.6), (bathroom.shower, 0.45), (bathroom.toilet, 0.9)):
        if rng.random() < odds:
            layout.somewhere_along(make(rng), tries=20)
    basin = layout.somewhere_along(bathroom.vanity(rng), tries=20)
    if basin is not None:
        fill(layout, basin, "wash", 7.0)
        above = pick(rng, (fixtures.mirror, fixtures.mirror, bathroom.mirror_cabinet))(rng)
        at = basin.to_world((0, basin.shape.bounds()[0][1] - above.bounds()[0][1], 0))
        at[2] = max(1.1, above.aside["z"])
        layout.put(above, at, basin.yaw, mount="wall")
    for make, odds in ((bathroom.towel_rail, 0.7), (fixtures.towel, 0.8), (fixtures.towel, 0.4)):
        if rng.random() < odds:
            shape = make(rng)
            layout.somewhere_along(shape, z=shape.aside["z"], mount="wall")
    furnish_walls(
        layout,
        (
            (storage.cabinet, 0.3, "wash"), (shelves.shelf, 0.35, "wash"), (kitchen.washing_machine, 0.25, "wash"),
            (bathroom.laundry_basket, 0.4, "wash"), (bathroom.scale, 0.4, "wash"), (seating.stool, 0.2, "wash"),
        ),
    )  # fmt: skip


def _store(layout: Layout) -> None:
    """A room where things are put away: shelves, crates, ladders, bicycles, stacks."""
    rng = layout.rng
    furnish_walls(
        layout,
        (
            (shelves.shelf, 0.9, "store"), (shelves.shelf, 0.7, "store"), (storage.cabinet, 0.5, "store"),
            (tables.desk, 0.4, "store"), (household.bicycle, 0.4, "store"), (shelves.bookcase, 0.3, "store"),
        ),
    )  # fmt: skip
    for name in ("ladder", "vacuum cleaner", "bucket", "ironing board", "clothes rack", "suitcase", "stroller", "fan"):
        if rng.random() < 0.35:
            layout.somewhere_along(small(rng, name), tries=6)
    for _ in range(int(rng.integers(3, 9))):
        floor_thing(layout)
    for _ in range(int(rng.integers(1, 4))):
        lean_on_wall(layout)


PLANS = {
    "kitchen": _kitchen, "living room": _living, "bedroom": _bedroom, "office": _office, "corridor": _corridor,
    "bathroom": _bathroom, "store": _store,
}  # fmt: skip
